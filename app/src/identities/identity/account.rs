//! An identity's account: whether it can sign in, and the forms that change that.

use crate::access::machines::machine::Machine;
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::identities::identity::{Identity, refused};
use crate::identities::policy;
use crate::identities::reset_methods::ResetMethods;
use crate::identities::state::state_badge;
use crate::identities::store::{ChangeError, IdentityDetail, State};
use crate::ledger::list::Ledger;
use crate::ledger::search::Search;
use crate::page::error::PageError;
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::sessions::all::AllSessions;
use crate::ui::time::Ago;
use crate::ui::{Field, Panel, kind_in_words};
use doorward::{DisplayName, Kind, Timestamp};
use leptos::prelude::*;

/// Changes the display name.
pub struct Rename;

impl FormAction<Identity> for Rename {
    const BUTTON: &'static str = "rename";
    const FIELDS: &'static [&'static str] = &["display-name"];
    type Asks = policy::RenameIdentity;
    type Input = DisplayName;

    fn read(form: &Form) -> Result<DisplayName, PageError> {
        let wrong = |error: doorward::BadDisplayName| PageError::invalid("display-name", sentence(&error.to_string()));
        DisplayName::parse(form.text("display-name")).map_err(wrong)
    }

    fn asks(page: &Identity, to: &DisplayName) -> policy::RenameIdentity {
        policy::RenameIdentity { id: page.id, to: to.clone() }
    }

    async fn run(
        page: &Identity,
        permit: Permit<policy::RenameIdentity>,
        to: DisplayName,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.rename_identity(permit).await.map_err(|error| refused("display-name", error))?;
        Ok(FormOutcome::SeeOtherSaying(page.path(), format!("The name is {to} now.")))
    }
}

/// Makes a new invitation.
pub struct Invite;

impl FormAction<Identity> for Invite {
    const BUTTON: &'static str = "invite";
    const FIELDS: &'static [&'static str] = &[FORM_TOKEN];
    type Asks = policy::InviteAgain;
    type Input = Option<String>;

    fn read(form: &Form) -> Result<Option<String>, PageError> {
        Ok(read_form_token(form))
    }

    fn asks(page: &Identity, _: &Option<String>) -> policy::InviteAgain {
        policy::InviteAgain { id: page.id }
    }

    async fn run(
        _: &Identity,
        permit: Permit<policy::InviteAgain>,
        form: Option<String>,
    ) -> Result<FormOutcome, PageError> {
        let made = request()?.backend.invite(permit, form.as_deref()).await.map_err(|error| match error {
            ChangeError::Already => PageError::invalid("", "They can sign in already, and need no invitation."),
            other => refused("", other),
        })?;
        Ok(FormOutcome::show(made))
    }
}

/// Makes a link for a new password.
pub struct Reset;

impl FormAction<Identity> for Reset {
    const BUTTON: &'static str = "reset-password";
    const FIELDS: &'static [&'static str] = &[FORM_TOKEN];
    type Asks = policy::ResetPassword;
    type Input = Option<String>;

    fn read(form: &Form) -> Result<Option<String>, PageError> {
        Ok(read_form_token(form))
    }

    fn asks(page: &Identity, _: &Option<String>) -> policy::ResetPassword {
        policy::ResetPassword { id: page.id }
    }

    async fn run(
        _: &Identity,
        permit: Permit<policy::ResetPassword>,
        form: Option<String>,
    ) -> Result<FormOutcome, PageError> {
        let made = request()?.backend.reset_password(permit, form.as_deref()).await.map_err(|error| match error {
            ChangeError::Already => PageError::invalid("", "They have no password yet. Make an invitation instead."),
            other => refused("", other),
        })?;
        Ok(FormOutcome::show(made))
    }
}

/// Disables the identity.
pub struct Disable;

impl FormAction<Identity> for Disable {
    const BUTTON: &'static str = "disable";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = policy::DisableIdentity;
    type Input = ();

    fn read(_: &Form) -> Result<(), PageError> {
        Ok(())
    }

    fn asks(page: &Identity, (): &()) -> policy::DisableIdentity {
        policy::DisableIdentity { id: page.id }
    }

    async fn run(page: &Identity, permit: Permit<policy::DisableIdentity>, (): ()) -> Result<FormOutcome, PageError> {
        request()?.backend.disable(permit).await.map_err(|error| refused("", error))?;
        Ok(FormOutcome::SeeOther(page.path(), Some("The account is disabled, and its sessions have ended.")))
    }
}

/// Enables the identity again.
pub struct Enable;

impl FormAction<Identity> for Enable {
    const BUTTON: &'static str = "enable";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = policy::EnableIdentity;
    type Input = ();

    fn read(_: &Form) -> Result<(), PageError> {
        Ok(())
    }

    fn asks(page: &Identity, (): &()) -> policy::EnableIdentity {
        policy::EnableIdentity { id: page.id }
    }

    async fn run(page: &Identity, permit: Permit<policy::EnableIdentity>, (): ()) -> Result<FormOutcome, PageError> {
        request()?.backend.enable(permit).await.map_err(|error| refused("", error))?;
        Ok(FormOutcome::SeeOther(page.path(), Some("The account is enabled. Sessions that ended stay ended.")))
    }
}

pub(super) fn panel(identity: &IdentityDetail, now: Timestamp) -> impl IntoView + use<> {
    let row = &identity.row;
    let signed_in = match row.signed_in {
        Some(at) => view! { <Ago at now /> }.into_any(),
        None => "Never".into_any(),
    };
    let of_person = AllSessions { matching: row.name.clone(), ..AllSessions::default() }.href();
    let sessions = match identity.may_see_sessions {
        true => view! { <a href=of_person>{row.sessions}</a> }.into_any(),
        false => row.sessions.into_any(),
    };
    let search = Search { who: row.name.clone(), ..Search::default() };
    let ledger = identity.may_read_ledger.then(|| {
        let records = Ledger { search, ..Ledger::default() }.href();
        view! { <a href=records>"What they did"</a> }.into_any()
    });
    let kind = match row.kind {
        Kind::ServiceAccount => {
            let machine = Machine { id: row.id }.href();
            view! { "Service account, " <a href=machine>"owner and credentials"</a> }.into_any()
        }
        other => kind_in_words(other).into_any(),
    };
    let second_factor = match (row.kind.is_machine(), row.second_factor) {
        (true, _) => "Not needed",
        (false, true) => "Yes",
        (false, false) => "No",
    };
    let inside = view! {
        <dl class="across">
            <div><dt>"Sign-in name"</dt><dd><code>{row.name.clone()}</code></dd></div>
            <div><dt>"Kind"</dt><dd>{kind}</dd></div>
            <div><dt>"State"</dt><dd>{state_badge(row.kind, row.state, now)}</dd></div>
            <div><dt>"Second factor"</dt><dd>{second_factor}</dd></div>
            <div><dt>"Last sign-in"</dt><dd>{signed_in}</dd></div>
            <div><dt>"Sessions"</dt><dd>{sessions}</dd></div>
            <div><dt>"Added"</dt><dd><Ago at=row.created now /></dd></div>
        </dl>
    };
    view! { <Panel id="account" title="Account" actions=ledger>{inside}</Panel> }
}

/// The forms that change the account.
pub(super) fn changes(page: &Identity, identity: &IdentityDetail, shown: &ViewContext) -> Option<AnyView> {
    let IdentityDetail { row, may_rename, may_invite, may_disable, may_reset, .. } = identity;
    if !(*may_rename || *may_invite || *may_disable) {
        return None;
    }
    let here = page.href();
    let invited = !row.kind.is_machine() && matches!(row.state, State::Invited(_) | State::NotInvited);
    let invite = (*may_invite && invited).then(|| {
        view! {
            <form method="post" action=here.clone()>
                {form_token::<Console>()}
                <div class="actions">
                    <button name="action" value=Invite::BUTTON>"Make a new invitation"</button>
                    <small>"An earlier link stops working."</small>
                </div>
            </form>
        }
    });
    let reset = (*may_reset && matches!(row.state, State::Active)).then(|| {
        view! {
            <form method="post" action=here>
                {form_token::<Console>()}
                <div class="actions">
                    <button name="action" value=Reset::BUTTON>"Make a link for a new password"</button>
                    <small>"For somebody who forgot it. Using the link ends their sessions; second factors stay."</small>
                </div>
            </form>
        }
    });
    let inside = view! {
        {shown.turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        {may_rename.then(|| rename_form(page, identity, shown))}
        {invite}
        {reset}
        {may_disable.then(|| standing(page, identity))}
    };
    Some(view! { <Panel id="changes" title="Change the account">{inside}</Panel> }.into_any())
}

fn rename_form(page: &Identity, identity: &IdentityDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Rename::BUTTON);
    let value = turn.map_or_else(|| identity.row.display_name.clone(), |turn| turn.typed("display-name"));
    let error = turn.and_then(|turn| turn.error("display-name"));
    view! {
        <form method="post" action=page.href()>
            <Field
                name="display-name"
                label="Name"
                value
                autofocus=error.is_some()
                error
                maxlength=Some(128)
            />
            <div class="actions">
                <button name="action" value=Rename::BUTTON>"Change the name"</button>
            </div>
        </form>
    }
}

/// The button that disables or enables the account.
fn standing(page: &Identity, identity: &IdentityDetail) -> AnyView {
    let (here, name) = (page.href(), identity.row.name.clone());
    if matches!(identity.row.state, State::Disabled(_)) {
        return view! {
            <form method="post" action=here>
                <div class="actions">
                    <button name="action" value=Enable::BUTTON>"Enable the account"</button>
                    <small>"They can sign in again, with the roles that are listed here."</small>
                </div>
            </form>
        }
        .into_any();
    }
    let reset = ResetMethods { whose: Some(name) }.href();
    view! {
        <form method="post" action=here>
            <div class="actions">
                <button class="danger" name="action" value=Disable::BUTTON>"Disable the account"</button>
                <small>"Ends every session at once. Nothing is deleted, and it can be enabled again."</small>
            </div>
        </form>
        <p>"Lost phone? " <a href=reset>"Remove their second factors…"</a></p>
    }
    .into_any()
}
