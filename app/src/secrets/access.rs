//! Access to one secret: the page that lists, adds and revokes grants.

use crate::backend::Permit;
use crate::console::error_page::ErrorCopy;
use crate::console::receipt::Receipt;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome, Page, Requested, ViewContext};
use crate::secrets::policy;
use crate::secrets::section::{SecretSection, refusal_of_a_secret};
use crate::secrets::store::{AccessList, GrantRow, ShareError};
use crate::ui::time::{Ago, Until};
use crate::ui::{Field, field_error};
use doorward::{IdentityId, SecretId, TimeSpan, Timestamp};
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
    type Actions = (Grant, TakeBack);

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
const LASTS: [(&str, &str, Option<TimeSpan>); 4] = [
    ("1h", "1 hour", Some(TimeSpan::hours(1))),
    ("8h", "8 hours", Some(TimeSpan::hours(8))),
    ("7d", "7 days", Some(TimeSpan::hours(7 * 24))),
    ("", "Until I remove it", None),
];

/// Gives an identity access. The form has a token, so that sending it again neither extends the
/// grant nor restores one that was revoked.
pub struct Grant;

/// The fields of the form.
pub struct Given {
    with: String,
    lasts: Option<TimeSpan>,
    form: Option<String>,
}

impl FormAction<SecretAccess> for Grant {
    const BUTTON: &'static str = "grant";
    const FIELDS: &'static [&'static str] = &["with", "lasts", FORM_TOKEN];
    type Asks = policy::ShareSecret;
    type Input = Given;

    fn read(form: &Form) -> Result<Given, PageError> {
        let with = form.text("with").to_lowercase();
        if with.is_empty() || with.len() > 64 || with.chars().any(char::is_control) {
            return Err(PageError::invalid("with", "Give the sign-in name of whom it is for."));
        }
        let chosen = LASTS.into_iter().find(|(value, _, _)| *value == form.text("lasts"));
        let (_, _, lasts) = chosen.ok_or_else(|| PageError::invalid("lasts", "Choose one of these."))?;
        Ok(Given { with, lasts, form: read_form_token(form) })
    }

    fn asks_anyway(page: &SecretAccess) -> Option<policy::ShareSecret> {
        Some(policy::ShareSecret { id: page.id, with: String::new(), lasts: None })
    }

    fn asks(page: &SecretAccess, given: &Given) -> policy::ShareSecret {
        policy::ShareSecret { id: page.id, with: given.with.clone(), lasts: given.lasts }
    }

    async fn run(
        page: &SecretAccess,
        permit: Permit<policy::ShareSecret>,
        given: Given,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.share(permit, given.form.as_deref()).await.map_err(|error| match error {
            ShareError::Nobody => PageError::invalid("with", "No one has that sign-in name."),
            ShareError::Owner => PageError::invalid("with", "They own it, and need no grant."),
            ShareError::SentBefore => PageError::invalid(
                "with",
                "This form was already sent, and access was granted then. To grant it again, press “Grant access” once more.",
            ),
            ShareError::Store(error) => error.into(),
        })?;
        Ok(FormOutcome::SeeOther(page.path(), Some("Access is granted.")))
    }
}

/// Revokes an identity's access.
pub struct TakeBack;

impl FormAction<SecretAccess> for TakeBack {
    const BUTTON: &'static str = "take-back";
    const FIELDS: &'static [&'static str] = &["from"];
    type Asks = policy::UnshareSecret;
    type Input = IdentityId;

    fn read(form: &Form) -> Result<IdentityId, PageError> {
        IdentityId::parse(form.text("from")).map_err(|_| PageError::invalid("", "There is no such grant."))
    }

    fn asks(page: &SecretAccess, from: &IdentityId) -> policy::UnshareSecret {
        policy::UnshareSecret { id: page.id, from: *from }
    }

    async fn run(
        page: &SecretAccess,
        permit: Permit<policy::UnshareSecret>,
        _: IdentityId,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.unshare(permit).await?;
        Ok(FormOutcome::SeeOther(page.path(), Some("Access is removed.")))
    }
}

fn view(page: &SecretAccess, access: &AccessList, shown: &ViewContext) -> impl IntoView + use<> {
    let count = access.grants.len();
    let heading = if count == 1 { "1 grant".to_owned() } else { format!("{count} grants") };
    view! {
        <div class="panels">
            <section class="panel wide" id="grants" data-part aria-labelledby="grants-heading">
                <header>
                    <h2 id="grants-heading">{heading}</h2>
                </header>
                {table(page, access, shown.now)}
                <Receipt grounds=shown.grounds record=shown.record />
            </section>
            {access.may_share.then(|| grant_panel(page, shown))}
        </div>
    }
}

fn table(page: &SecretAccess, access: &AccessList, now: Timestamp) -> impl IntoView + use<> {
    let empty = access.grants.is_empty();
    let rows = access.grants.iter().map(|grant| row(page, grant, access.may_share, now)).collect_view();
    view! {
        <table>
            <caption class="unseen">"Who was granted this secret"</caption>
            <thead>
                <tr>
                    <th scope="col">"Who"</th>
                    <th scope="col">"Granted by"</th>
                    <th scope="col">"Granted"</th>
                    <th scope="col">"Ends"</th>
                    <th scope="col"><span class="unseen">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {empty.then(|| view! { <p>"Not shared with anyone."</p> })}
    }
}

fn row(page: &SecretAccess, grant: &GrantRow, may_share: bool, now: Timestamp) -> impl IntoView + use<> {
    let ends = match grant.ends {
        Some(at) => view! { "in " <Until at now /> }.into_any(),
        None => "No end".into_any(),
    };
    let (name, identity) = (grant.name.clone(), grant.identity.to_string());
    let take_back = view! {
        <form method="post" action=page.href() data-enhance data-removes>
            <input type="hidden" name="from" value=identity />
            <button class="danger" name="action" value=TakeBack::BUTTON aria-label=format!("Remove access of {name}")>
                "Remove"
            </button>
        </form>
    };
    view! {
        <tr>
            <th scope="row">{grant.display_name.clone()} " " <code>{name}</code></th>
            <td data-label="Granted by">{grant.granted_by.clone().unwrap_or_else(|| "an import".to_owned())}</td>
            <td data-label="Granted"><Ago at=grant.granted now /></td>
            <td data-label="Ends">{ends}</td>
            <td class="actions">{may_share.then_some(take_back)}</td>
        </tr>
    }
}

fn grant_panel(page: &SecretAccess, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Grant::BUTTON);
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let typed = |field: &str| turn.map(|turn| turn.typed(field)).unwrap_or_default();
    let lasts = if turn.is_some() { typed("lasts") } else { LASTS[1].0.to_owned() };
    let options = LASTS.map(|(value, label, _)| {
        let selected = value == lasts;
        view! { <option value=value selected=selected>{label}</option> }
    });
    view! {
        <section class="panel wide" id="grant" data-part aria-labelledby="grant-heading">
            <header>
                <h2 id="grant-heading">"Grant"</h2>
            </header>
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
                    label="Sign-in name".to_owned()
                    autocomplete="off"
                    value=typed("with")
                    autofocus=error("with").is_some()
                    error=error("with")
                    hint=Some("They can do with it what their role allows.")
                />
                <div class="field">
                    <label for="lasts">"For"</label>
                    <select id="lasts" name="lasts">{options.collect_view()}</select>
                    {field_error("lasts", error("lasts"))}
                </div>
                <div class="actions">
                    <button class="primary" name="action" value=Grant::BUTTON>"Grant access"</button>
                </div>
            </form>
            <Receipt grounds=shown.grounds record=shown.record />
        </section>
    }
}
