//! My sessions: lists the user's own sessions and ends them.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::StatedReason;
use crate::page::head::HandleChange;
use crate::page::{Address, FormAction, FormOutcome, Page, Requested, ViewContext};
use crate::sessions::policy;
use crate::sessions::revocation::Revocation;
use crate::sessions::store::{OwnSessions as Data, SessionCard};
use crate::sessions::table::{Shows, session_table};
use crate::sign_in::signed_out::SignedOut;
use crate::ui::{PageHeader, Panel, because_in_row};
use doorward::{LocalPath, RevocationId, SessionId};
use leptos::prelude::*;

#[derive(Clone)]
pub struct OwnSessions;

impl Address for OwnSessions {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

impl Page for OwnSessions {
    type Opens = policy::ListOwnSessions;
    type Data = (Data, Shows);
    type Within = Console;
    type Actions = (EndOne, EndOthers, EndAll, StaySignedIn);

    fn opens(&self) -> policy::ListOwnSessions {
        policy::ListOwnSessions
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ListOwnSessions>) -> Result<(Data, Shows), PageError> {
        let shows = Shows::to(permit.principal(), false);
        Ok((request()?.backend.own_sessions(permit).await?, shows))
    }

    fn title(&self, _: &(Data, Shows)) -> String {
        "Your sessions".to_owned()
    }

    fn view(&self, (data, shows): (Data, Shows), shown: &ViewContext) -> AnyView {
        view(&data, shows, shown).into_any()
    }
}

/// Reads which session a form is about.
pub(super) fn read_session(form: &Form) -> Result<SessionId, PageError> {
    SessionId::parse(form.text("session")).map_err(|_| PageError::invalid("", "There is no such session."))
}

/// Returns where to go after sessions ended: to the measurements, or to the signed-out page if this
/// session ended too.
pub(super) fn ended(id: RevocationId, this_too: bool) -> Result<FormOutcome, PageError> {
    if this_too {
        request()?.head.set(|head| head.handle = Some(HandleChange::Clear));
        return Ok(FormOutcome::SeeOther(SignedOut::plainly().path(), None));
    }
    Ok(FormOutcome::SeeOther(Revocation { id }.path(), None))
}

/// Ends one of the user's sessions.
pub struct EndOne;

impl FormAction<OwnSessions> for EndOne {
    const BUTTON: &'static str = "end";
    const FIELDS: &'static [&'static str] = &["session"];
    type Asks = policy::EndSession;
    type Input = SessionId;

    fn read(form: &Form) -> Result<SessionId, PageError> {
        read_session(form)
    }

    fn asks(_: &OwnSessions, id: &SessionId) -> policy::EndSession {
        policy::EndSession { id: *id, why: StatedReason::default() }
    }

    async fn run(_: &OwnSessions, permit: Permit<policy::EndSession>, id: SessionId) -> Result<FormOutcome, PageError> {
        let this = permit.principal().session;
        let revocation = request()?.backend.end_session(permit).await?;
        ended(revocation, this == id)
    }
}

/// Ends every other session of the user.
pub struct EndOthers;

impl FormAction<OwnSessions> for EndOthers {
    const BUTTON: &'static str = "end-others";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = policy::EndOwnSessions;
    type Input = ();

    fn read(_: &Form) -> Result<(), PageError> {
        Ok(())
    }

    fn asks(_: &OwnSessions, (): &()) -> policy::EndOwnSessions {
        policy::EndOwnSessions { others_only: true }
    }

    async fn run(_: &OwnSessions, permit: Permit<policy::EndOwnSessions>, (): ()) -> Result<FormOutcome, PageError> {
        ended(request()?.backend.end_own_sessions(permit).await?, false)
    }
}

/// Ends all sessions of the user.
pub struct EndAll;

impl FormAction<OwnSessions> for EndAll {
    const BUTTON: &'static str = "end-all";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = policy::EndOwnSessions;
    type Input = ();

    fn read(_: &Form) -> Result<(), PageError> {
        Ok(())
    }

    fn asks(_: &OwnSessions, (): &()) -> policy::EndOwnSessions {
        policy::EndOwnSessions { others_only: false }
    }

    async fn run(_: &OwnSessions, permit: Permit<policy::EndOwnSessions>, (): ()) -> Result<FormOutcome, PageError> {
        ended(request()?.backend.end_own_sessions(permit).await?, true)
    }
}

/// The name of the action that keeps the user signed in, available on every page.
pub const STAY: &str = "stay";

/// Keeps this session from ending at its idle limit.
pub struct StaySignedIn;

impl FormAction<OwnSessions> for StaySignedIn {
    const BUTTON: &'static str = STAY;
    const FIELDS: &'static [&'static str] = &["next"];
    type Asks = policy::Stay;
    type Input = LocalPath;

    fn read(form: &Form) -> Result<LocalPath, PageError> {
        Ok(LocalPath::parse(form.text("next")).unwrap_or_else(|_| OwnSessions.path()))
    }

    fn asks(_: &OwnSessions, _: &LocalPath) -> policy::Stay {
        policy::Stay
    }

    async fn run(_: &OwnSessions, _: Permit<policy::Stay>, next: LocalPath) -> Result<FormOutcome, PageError> {
        Ok(FormOutcome::SeeOther(next, None))
    }
}

/// Returns the form that ends one session, posted to `address`. `because` says whether it takes a reason.
pub(super) fn end_form(address: String, session: &SessionCard, whose: &str, because: bool) -> AnyView {
    let label = format!("End the session {} {whose}", session.id);
    let because = because.then(|| because_in_row(&label));
    view! {
        <form method="post" action=address data-enhance="onward">
            <input type="hidden" name="session" value=session.id.to_string() />
            <button class="danger" name="action" value=EndOne::BUTTON aria-label=label>
                "End"
            </button>
            {because}
        </form>
    }
    .into_any()
}

fn view(data: &Data, shows: Shows, shown: &ViewContext) -> impl IntoView + use<> {
    let count = data.sessions.len();
    let heading = if count == 1 { "1 session".to_owned() } else { format!("{count} sessions") };
    let last = data
        .last_revocation
        .map(|id| view! { <a href=Revocation { id }.href()>"Report of your last sign-out"</a> }.into_any());
    let end = |session: &SessionCard| Some(end_form(OwnSessions.href(), session, "of yours", false));
    let table = session_table("Your sessions", &data.sessions, shows, &end, None, shown.now);
    view! {
        <PageHeader
            title="Your sessions"
            intro=Some("Where you are signed in. If you do not recognise a session, end it and change your password.")
        >
            <form class="actions" method="post" action=OwnSessions.href()>
                {(count > 1).then(|| view! { <button name="action" value=EndOthers::BUTTON>"End all others"</button> })}
                <button class="danger" name="action" value=EndAll::BUTTON>"End all, and sign out"</button>
            </form>
        </PageHeader>
        <Panel id="sessions" title=heading actions=last>{table}</Panel>
    }
}
