//! The credentials of a service account: the table, and a client secret as it is shown once.

use crate::access::machines::machine::{Machine, refused};
use crate::access::policy::machines as policy;
use crate::access::store::machines::{CredentialRow, MachineDetail, MadeCredential};
use crate::backend::Permit;
use crate::console::request;
use crate::islands::CopyValue;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::ui::time::{Ago, Until};
use crate::ui::{Column, Panel, Table};
use doorward::{CredentialId, Timestamp};
use leptos::prelude::*;

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
    let kind = match credential.key {
        None => "Client secret".into_any(),
        Some(key) => view! { "Key " <code>{key.fingerprint()}</code> }.into_any(),
    };
    let by = credential.made_by.clone().map(|by| view! { <small>"by " <bdi>{by}</bdi></small> });
    view! {
        <tr>
            <th scope="row"><bdi>{credential.label.clone()}</bdi> <small>{kind} ", id " <code>{credential.id.to_string()}</code></small></th>
            <td data-label="State"><span class=class>{state}</span></td>
            <td data-label="Made"><Ago at=credential.made now /> {by}</td>
            <td data-label="Last use">{used}</td>
            <td data-label="Ends">{ends}</td>
            <td class="actions">{revoke}</td>
        </tr>
    }
}
