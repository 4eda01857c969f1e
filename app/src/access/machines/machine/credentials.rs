//! The credentials of a service account: the table, the form that makes one, and the secret as it is shown once.

use crate::access::machines::machine::{Machine, refused};
use crate::access::policy::machines as policy;
use crate::access::store::machines::{CredentialRow, LONGEST_LABEL, MachineDetail, MadeCredential};
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::islands::CopyValue;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::ui::time::{Ago, Until};
use crate::ui::{Choice, Column, Field, Panel, Select, Table};
use doorward::{CredentialId, TimeSpan, Timestamp};
use leptos::prelude::*;

const fn days(count: i64) -> TimeSpan {
    TimeSpan::hours(count * 24)
}

/// The choices for how long a credential lasts, the usual one first.
const LASTS: [(&str, &str, TimeSpan); 5] = [
    ("90d", "90 days", days(90)),
    ("30d", "30 days", days(30)),
    ("7d", "7 days", days(7)),
    ("180d", "180 days", days(180)),
    ("365d", "365 days", days(365)),
];
/// The choices for how long the earlier credential still counts.
const OVERLAPS: [(&str, &str, TimeSpan); 4] = [
    ("1d", "1 day", days(1)),
    ("1h", "1 hour", TimeSpan::hours(1)),
    ("7d", "7 days", days(7)),
    ("0", "Not at all", TimeSpan(0)),
];

fn chosen(choices: &[(&str, &str, TimeSpan)], form: &Form, field: &'static str) -> Result<TimeSpan, PageError> {
    let found = choices.iter().find(|(value, _, _)| *value == form.text(field));
    found.map(|(_, _, span)| *span).ok_or_else(|| PageError::invalid(field, "Choose one of these."))
}

/// Makes a credential. The form has a token, so that sending it again makes no second one.
pub struct Make;

/// The fields of the form.
pub struct NewCredential {
    label: String,
    lasts: TimeSpan,
    overlap: TimeSpan,
    form: Option<String>,
}

impl FormAction<Machine> for Make {
    const BUTTON: &'static str = "make-credential";
    const FIELDS: &'static [&'static str] = &["label", "lasts", "overlap", FORM_TOKEN];
    type Asks = policy::MakeCredential;
    type Input = NewCredential;

    fn read(form: &Form) -> Result<NewCredential, PageError> {
        let label = form.text("label").trim();
        let count = label.chars().count();
        if !(1..=LONGEST_LABEL as usize).contains(&count) || label.chars().any(char::is_control) {
            return Err(PageError::invalid("label", "Say where it is used, in at most 64 characters on one line."));
        }
        Ok(NewCredential {
            label: label.to_owned(),
            lasts: chosen(&LASTS, form, "lasts")?,
            overlap: chosen(&OVERLAPS, form, "overlap")?,
            form: read_form_token(form),
        })
    }

    fn asks(page: &Machine, new: &NewCredential) -> policy::MakeCredential {
        policy::MakeCredential { id: page.id, label: new.label.clone(), lasts: new.lasts, overlap: new.overlap }
    }

    async fn run(
        _: &Machine,
        permit: Permit<policy::MakeCredential>,
        new: NewCredential,
    ) -> Result<FormOutcome, PageError> {
        let made = request()?.backend.make_credential(permit, new.form.as_deref()).await;
        Ok(FormOutcome::show(made.map_err(|error| refused("label", error))?))
    }
}

/// Revokes a credential.
pub struct Revoke;

impl FormAction<Machine> for Revoke {
    const BUTTON: &'static str = "revoke";
    const FIELDS: &'static [&'static str] = &["credential"];
    type Asks = policy::RevokeCredential;
    type Input = CredentialId;

    fn read(form: &Form) -> Result<CredentialId, PageError> {
        let id = CredentialId::parse(form.text("credential"));
        id.map_err(|_| PageError::invalid("credential", "There is no such credential."))
    }

    fn asks(page: &Machine, credential: &CredentialId) -> policy::RevokeCredential {
        policy::RevokeCredential { id: page.id, credential: *credential }
    }

    async fn run(
        page: &Machine,
        permit: Permit<policy::RevokeCredential>,
        _: CredentialId,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.revoke_credential(permit).await.map_err(|error| refused("credential", error))?;
        let done = "The credential is revoked, and the sessions that came from it have ended.";
        Ok(FormOutcome::SeeOther(page.path(), Some(done)))
    }
}

/// The secret of a new credential, which is shown once.
pub(super) fn made_panel(made: &MadeCredential, now: Timestamp) -> impl IntoView + use<> {
    let secret = made.secret.expose().to_owned();
    let inside = view! {
        <p>
            "Copy it to where the program reads it. It is not shown again, and it ends in " <Until at=made.ends now />
            ". Whoever has it can act as this machine."
        </p>
        <div class="reveal">
            <output class="value" id="revealed" aria-labelledby="made-heading">{secret}</output>
            <div class="actions">
                <CopyValue />
            </div>
        </div>
    };
    view! { <Panel id="made" title="Client secret">{inside}</Panel> }
}

const COLUMNS: &[Column] = &[
    Column::Text("Credential"),
    Column::Text("State"),
    Column::Text("Made"),
    Column::Text("Last use"),
    Column::Text("Ends"),
    Column::Unseen("Actions"),
];

pub(super) fn panel(page: &Machine, machine: &MachineDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let rows = machine.credentials.iter().map(|credential| row(page, credential, machine.may_end, shown.now));
    let rows = rows.collect_view();
    let none = machine.credentials.is_empty();
    let error = shown.turn.of(Revoke::BUTTON).and_then(|turn| turn.error("credential"));
    let inside = view! {
        {error.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <Table caption="The credentials of this machine, the newest first" columns=COLUMNS class="two-lines">{rows}</Table>
        {none.then(|| view! { <p>"No credential: it cannot start a session. Its owner makes one."</p> })}
    };
    view! { <Panel id="credentials" title="Credentials">{inside}</Panel> }
}

fn row(page: &Machine, credential: &CredentialRow, may_end: bool, now: Timestamp) -> impl IntoView + use<> {
    let (class, state) = match credential.revoked {
        Some(_) => ("badge refused", "Revoked"),
        None if credential.counts(now) => ("badge allowed", "Live"),
        None => ("badge", "Expired"),
    };
    let used = match credential.used {
        Some(at) => view! { <Ago at now /> }.into_any(),
        None => "Never".into_any(),
    };
    let ends = match credential.revoked {
        Some(at) => view! { "revoked " <Ago at now /> }.into_any(),
        None if credential.counts(now) => view! { "in " <Until at=credential.ends now /> }.into_any(),
        None => view! { <Ago at=credential.ends now /> }.into_any(),
    };
    let revoke = (may_end && credential.counts(now)).then(|| {
        let label = format!("Revoke {}", credential.label);
        view! {
            <form method="post" action=page.href()>
                <input type="hidden" name="credential" value=credential.id.to_string() />
                <button class="danger" name="action" value=Revoke::BUTTON aria-label=label>"Revoke"</button>
            </form>
        }
    });
    let by = credential.made_by.clone().map(|by| view! { <small>"by " <bdi>{by}</bdi></small> });
    view! {
        <tr>
            <th scope="row"><bdi>{credential.label.clone()}</bdi></th>
            <td data-label="State"><span class=class>{state}</span></td>
            <td data-label="Made"><Ago at=credential.made now /> {by}</td>
            <td data-label="Last use">{used}</td>
            <td data-label="Ends">{ends}</td>
            <td class="actions">{revoke}</td>
        </tr>
    }
}

pub(super) fn make_panel(page: &Machine, machine: &MachineDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Make::BUTTON).filter(|turn| turn.done::<MadeCredential>().is_none());
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let typed = |field: &str| turn.map(|turn| turn.typed(field)).unwrap_or_default();
    let offered = |choices: &[(&str, &str, TimeSpan)]| {
        choices.iter().map(|(value, label, _)| Choice::new(*value, *label)).collect::<Vec<_>>()
    };
    let hint = match machine.row.credentials {
        0 => "There is no earlier credential.",
        _ => "Time to put the new one in place. Then the earlier one ends by itself.",
    };
    let inside = view! {
        <form method="post" action=page.href() data-guard>
            {form_token::<Console>()}
            <Field
                name="label"
                label="Where it is used"
                value=typed("label")
                error=error("label")
                maxlength=Some(LONGEST_LABEL)
                hint=Some("For example the name of a pipeline. It is shown in this list.")
                autofocus=error("label").is_some()
            />
            <Select name="lasts" label="How long it works" choices=offered(&LASTS) chosen=typed("lasts") error=error("lasts") />
            <Select
                name="overlap"
                label="How long the earlier one still works"
                choices=offered(&OVERLAPS)
                chosen=typed("overlap")
                hint=Some(hint)
                error=error("overlap")
            />
            <div class="actions">
                <button class="primary" name="action" value=Make::BUTTON>"Make a client secret"</button>
            </div>
        </form>
    };
    view! { <Panel id="make" title="Make a client secret">{inside}</Panel> }
}
