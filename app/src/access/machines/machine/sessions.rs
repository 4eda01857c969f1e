//! The live sessions of a service account.

use crate::access::machines::machine::{Machine, refused};
use crate::access::policy::machines as policy;
use crate::access::store::machines::MachineDetail;
use crate::backend::Permit;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::sessions::store::SessionCard;
use crate::sessions::table::{Shows, session_table};
use crate::ui::Panel;
use doorward::SessionId;
use leptos::prelude::*;

/// Ends one session.
pub struct EndSession;

impl FormAction<Machine> for EndSession {
    const BUTTON: &'static str = "end";
    const FIELDS: &'static [&'static str] = &["session"];
    type Asks = policy::EndMachineSession;
    type Input = SessionId;

    fn read(form: &Form) -> Result<SessionId, PageError> {
        SessionId::parse(form.text("session")).map_err(|_| PageError::invalid("session", "There is no such session."))
    }

    fn asks(page: &Machine, session: &SessionId) -> policy::EndMachineSession {
        policy::EndMachineSession { id: page.id, session: *session }
    }

    async fn run(
        page: &Machine,
        permit: Permit<policy::EndMachineSession>,
        _: SessionId,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.end_machine_session(permit).await.map_err(|error| refused("session", error))?;
        Ok(FormOutcome::SeeOther(page.path(), Some("The session has ended.")))
    }
}

pub(super) fn panel(page: &Machine, machine: &MachineDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let here = page.href();
    let error = shown.turn.of(EndSession::BUTTON).and_then(|turn| turn.error("session"));
    let shows = Shows { this: SessionId::NOTHING, owners: false, records: machine.may_read_ledger };
    let end = |session: &SessionCard| {
        machine.may_end.then(|| {
            view! {
                <form method="post" action=here.clone()>
                    <input type="hidden" name="session" value=session.id.to_string() />
                    <button class="danger" name="action" value=EndSession::BUTTON aria-label=format!("End the session {}", session.id)>
                        "End"
                    </button>
                </form>
            }
            .into_any()
        })
    };
    let inside = if machine.sessions.is_empty() {
        view! { <p>"No session is live."</p> }.into_any()
    } else {
        session_table("The live sessions of this machine", &machine.sessions, shows, &end, None, shown.now).into_any()
    };
    view! {
        <Panel id="sessions" title="Sessions">
            {error.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            {inside}
        </Panel>
    }
}
