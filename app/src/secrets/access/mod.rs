//! Access to one secret: the page that lists, adds and revokes grants.

pub mod consumers;
mod declared;
mod groups;
pub mod readers;
mod users;

use crate::backend::Permit;
use crate::console::error_page::ErrorCopy;
use crate::console::{Console, request};
use crate::identities::choices::choices;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome, Page, Requested, ViewContext};
use crate::secrets::policy;
use crate::secrets::section::{SecretSection, refusal_of_a_secret};
use crate::secrets::store::{AccessList, GrantRow, ShareError, Shared};
use crate::ui::time::{Ago, Until, exact};
use crate::ui::{Because, Choice, Column, Field, Panel, Select, Table, because_in_row};
use doorward::{IdentityId, Reason, SecretId, TimeSpan, Timestamp};
use groups::{GrantToGroup, TakeBackFromGroup};
use leptos::prelude::*;

#[derive(Clone)]
pub struct SecretAccess {
    /// Which secret.
    pub id: SecretId,
}

impl Address for SecretAccess {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { id: SecretId::parse(asked.segment("id")).unwrap_or(SecretId::NOTHING) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.to_string())]
    }
}

impl Page for SecretAccess {
    type Opens = policy::ReadAccess;
    type Data = AccessList;
    type Within = SecretSection;
    type Actions = (Grant, TakeBack, GrantToGroup, TakeBackFromGroup);

    fn opens(&self) -> policy::ReadAccess {
        policy::ReadAccess { id: self.id }
    }

    fn within(&self) -> SecretSection {
        SecretSection { id: self.id }
    }

    async fn load(&self, permit: Permit<policy::ReadAccess>) -> Result<AccessList, PageError> {
        Ok(request()?.backend.access(permit).await?)
    }

    fn title(&self, access: &AccessList) -> String {
        format!("Access to {}", access.name)
    }

    fn view(&self, access: AccessList, shown: &ViewContext) -> AnyView {
        view(self, &access, shown).into_any()
    }

    fn refusal(failure: &PageError) -> ErrorCopy {
        refusal_of_a_secret(failure)
    }
}

/// The choices for how long a grant lasts.
pub(super) const LASTS: [(&str, &str, Option<TimeSpan>); 4] = [
    ("1h", "1 hour", Some(TimeSpan::hours(1))),
    ("8h", "8 hours", Some(TimeSpan::hours(8))),
    ("7d", "7 days", Some(TimeSpan::hours(7 * 24))),
    ("", "Until I remove it", None),
];

pub(super) fn read_lasts(form: &Form, field: &'static str) -> Result<Option<TimeSpan>, PageError> {
    let chosen = LASTS.into_iter().find(|(value, _, _)| *value == form.text(field));
    chosen.map(|(_, _, lasts)| lasts).ok_or_else(|| PageError::invalid(field, "Choose one of these."))
}

/// Gives an identity access. The form has a token, so that sending it again neither extends the
/// grant nor restores one that was revoked.
pub struct Grant;

/// The fields of the form.
pub struct Given {
    with: String,
    lasts: Option<TimeSpan>,
    why: StatedReason,
    form: Option<String>,
}

impl FormAction<SecretAccess> for Grant {
    const BUTTON: &'static str = "grant";
    const FIELDS: &'static [&'static str] = &["with", "lasts", WHY, FORM_TOKEN];
    type Asks = policy::ShareSecret;
    type Input = Given;

    fn read(form: &Form) -> Result<Given, PageError> {
        let with = form.text("with").to_lowercase();
        if with.is_empty() || with.len() > 64 || with.chars().any(char::is_control) {
            return Err(PageError::invalid("with", "Give the sign-in name of whom it is for."));
        }
        let lasts = read_lasts(form, "lasts")?;
        Ok(Given { with, lasts, why: StatedReason::read(form)?, form: read_form_token(form) })
    }

    fn asks_anyway(page: &SecretAccess) -> Option<policy::ShareSecret> {
        Some(policy::ShareSecret { id: page.id, with: String::new(), lasts: None, why: StatedReason::default() })
    }

    fn asks(page: &SecretAccess, given: &Given) -> policy::ShareSecret {
        policy::ShareSecret { id: page.id, with: given.with.clone(), lasts: given.lasts, why: given.why.clone() }
    }

    async fn run(
        page: &SecretAccess,
        permit: Permit<policy::ShareSecret>,
        given: Given,
    ) -> Result<FormOutcome, PageError> {
        let shared = request()?.backend.share(permit, given.form.as_deref()).await.map_err(|error| match error {
            ShareError::Nobody => PageError::invalid("with", format!("No one has the sign-in name “{}”.", given.with)),
            ShareError::Owner => PageError::invalid("with", "They own it, and need no grant."),
            ShareError::SentBefore => PageError::invalid(
                "with",
                "This form was already sent, and access was granted then. To grant it again, press “Grant access” once more.",
            ),
            ShareError::Store(error) => error.into(),
        })?;
        Ok(FormOutcome::SeeOtherSaying(page.path(), in_words(&shared)))
    }

    fn refused(_: &SecretAccess, _: &Given, refusal: PageError) -> Result<FormOutcome, PageError> {
        // Whoever is refused for that alone may share, so the form is there to say so.
        let to_oneself = request()?.refused.get().is_some_and(|refused| refused.reason == Reason::SamePerson);
        Err(if to_oneself { PageError::invalid("with", "You cannot share a secret with yourself.") } else { refusal })
    }
}

const NO_EFFECT: &str = "No role of theirs may reveal secrets here, so this has no effect yet.";

fn in_words(shared: &Shared) -> String {
    let until = shared.ends.map(|at| format!(" until {}", exact(at))).unwrap_or_default();
    let but = if shared.may_reveal { String::new() } else { format!(" {NO_EFFECT}") };
    format!("Shared with {}{until}.{but}", shared.with)
}

/// Revokes an identity's access.
pub struct TakeBack;

impl FormAction<SecretAccess> for TakeBack {
    const BUTTON: &'static str = "take-back";
    const FIELDS: &'static [&'static str] = &["from", WHY];
    type Asks = policy::UnshareSecret;
    type Input = (IdentityId, StatedReason);

    fn read(form: &Form) -> Result<(IdentityId, StatedReason), PageError> {
        let from = IdentityId::parse(form.text("from"));
        let from = from.map_err(|_| PageError::invalid("", "There is no such grant."))?;
        Ok((from, StatedReason::read(form)?))
    }

    fn asks(page: &SecretAccess, (from, why): &(IdentityId, StatedReason)) -> policy::UnshareSecret {
        policy::UnshareSecret { id: page.id, from: *from, why: why.clone() }
    }

    async fn run(
        page: &SecretAccess,
        permit: Permit<policy::UnshareSecret>,
        _: (IdentityId, StatedReason),
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.unshare(permit).await?;
        Ok(FormOutcome::SeeOther(page.path(), Some("Access is removed.")))
    }
}

fn view(page: &SecretAccess, access: &AccessList, shown: &ViewContext) -> impl IntoView + use<> {
    let count = access.grants.len();
    let heading = if count == 1 { "1 grant".to_owned() } else { format!("{count} grants") };
    let table = table(page, access, shown.now);
    let wrong = shown.turn.of(TakeBack::BUTTON).and_then(|turn| turn.error(WHY));
    view! {
        {wrong.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <div class="panels">
            <Panel id="grants" title=heading part=true>{table}</Panel>
            {access.may_share.then(|| grant_panel(page, access, shown))}
            {groups::panel(page, access, shown)}
            {users::panel(access.users.as_ref())}
        </div>
    }
}

const COLUMNS: &[Column] = &[
    Column::Text("Who"),
    Column::Text("Granted by"),
    Column::Text("Granted"),
    Column::Text("Ends"),
    Column::Unseen("Actions"),
];

fn table(page: &SecretAccess, access: &AccessList, now: Timestamp) -> impl IntoView + use<> {
    let empty = access.grants.is_empty();
    let rows = access.grants.iter().map(|grant| row(page, grant, access.may_take_back, now)).collect_view();
    view! {
        <Table caption="Who was granted this secret" columns=COLUMNS class="two-lines">{rows}</Table>
        {empty.then(|| view! { <p>"Not shared with anyone."</p> })}
    }
}

fn row(page: &SecretAccess, grant: &GrantRow, may_take_back: bool, now: Timestamp) -> impl IntoView + use<> {
    let ends = match grant.ends {
        Some(at) => view! { "in " <Until at now /> }.into_any(),
        None => "No end".into_any(),
    };
    let (name, identity) = (grant.name.clone(), grant.identity.to_string());
    let no_effect = (!grant.may_reveal).then(|| view! { <small>{NO_EFFECT}</small> });
    let take_back = view! {
        <form method="post" action=page.href() data-enhance data-removes>
            <input type="hidden" name="from" value=identity />
            <button class="danger" name="action" value=TakeBack::BUTTON aria-label=format!("Remove access of {name}")>
                "Remove"
            </button>
            {because_in_row(&format!("remove access of {}", grant.name))}
        </form>
    };
    view! {
        <tr>
            <th scope="row">{grant.display_name.clone()} " " <code>{name}</code> {no_effect}</th>
            <td data-label="Granted by">{grant.granted_by.clone().unwrap_or_else(|| "an import".to_owned())}</td>
            <td data-label="Granted"><Ago at=grant.granted now /></td>
            <td data-label="Ends">{ends}</td>
            <td class="actions">{may_take_back.then_some(take_back)}</td>
        </tr>
    }
}

fn grant_panel(page: &SecretAccess, access: &AccessList, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Grant::BUTTON);
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let typed = |field: &str| turn.map(|turn| turn.typed(field)).unwrap_or_default();
    let lasts = if turn.is_some() { typed("lasts") } else { LASTS[1].0.to_owned() };
    let spans = LASTS.map(|(value, label, _)| Choice::new(value, label)).to_vec();
    let inside = view! {
            <form method="post" action=page.href() data-enhance data-guard data-adds="#grants tbody">
                {form_token::<Console>()}
                // The row that stands in the table until the answer comes; a refusal takes it away
                // again.
                <template>
                    <tr class="expected">
                        <th scope="row" data-from="with"></th>
                        <td data-label="Granted by">"you"</td>
                        <td data-label="Granted">"…"</td>
                        <td data-label="Ends"></td>
                        <td class="actions"></td>
                    </tr>
                </template>
                <Field
                    name="with"
                    label="Sign-in name"
                    value=typed("with")
                    autofocus=error("with").is_some()
                    error=error("with")
                    hint=Some("They can do with it what their role allows.")
                    suggestions=choices(&access.people)
                />
                <Select name="lasts" label="Access lasts" choices=spans chosen=lasts error=error("lasts") />
                <Because value=typed(WHY) error=error(WHY) />
                <div class="actions">
                    <button class="primary" name="action" value=Grant::BUTTON>"Grant access"</button>
                </div>
            </form>
    };
    view! {
        <Panel id="grant" title="Grant" part=true>{inside}</Panel>
    }
}
