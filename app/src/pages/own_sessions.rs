//! My sessions: where I am signed in, and how I end it there.

use super::{Revocation, SignedOut};
use crate::door::{self, HandleChange, Permit};
use crate::form::Form;
use crate::model::Failure;
use crate::page::{Acted, Action, Address, Console, Page, Requested, Shown};
use crate::store::{OwnSessions as Data, SessionCard};
use crate::ui::{Receipt, session_table};
use doorward::{LocalPath, RevocationId, SessionId};
use leptos::prelude::*;

/// What may be asked.
pub mod can {
    use crate::page::for_oneself;
    use crate::store::SessionFacts;
    use doorward::action::{Action, Needed, Read, Resource, Write};
    use doorward::policy::Decision;
    use doorward::{Grounds, Principal, Reason, SessionId};

    for_oneself! {
        /// To see one's own sessions.
        ListOwnSessions = "session.list_own", Read;
        /// To go on in this session: the asking alone is a use of it.
        Stay = "session.stay", Read;
    }

    /// Who may end the sessions of others.
    pub const REVOKE: &str = "session.revoke";

    /// To end one session: one's own, or anybody's for whoever may end those.
    pub struct EndSession {
        /// Which.
        pub id: SessionId,
    }

    impl Action for EndSession {
        const NAME: &'static str = "session.end_one";
        const PERMISSION: Option<&'static str> = None;
        const ASSURANCE: Needed = Needed::FreshTwoFactorsWhereProtected;
        type Facts = SessionFacts;
        type Effect = Write;

        fn about(&self) -> SessionId {
            self.id
        }

        fn resource(&self) -> Resource {
            Resource::of("session", self.id)
        }

        fn decide(&self, who: &Principal, about: &SessionFacts) -> Decision {
            let own = Decision::when(about.identity == who.identity, Grounds::OWNER, Reason::NotGranted);
            own.or(who.holds(REVOKE).everywhere()).or_hidden()
        }
    }

    /// To end every session of one's own.
    pub struct EndOwnSessions {
        /// All but this one.
        pub others_only: bool,
    }

    impl Action for EndOwnSessions {
        const NAME: &'static str = "session.end_own";
        const PERMISSION: Option<&'static str> = None;
        type Facts = ();
        type Effect = Write;

        fn about(&self) {}

        fn resource(&self) -> Resource {
            Resource::none().with("others-only", if self.others_only { "true" } else { "false" })
        }

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.signed_in()
        }
    }
}

/// The page.
#[derive(Clone)]
pub struct OwnSessions;

impl Address for OwnSessions {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

impl Page for OwnSessions {
    type Opens = can::ListOwnSessions;
    type Data = Data;
    type Within = Console;
    type Actions = (EndOne, EndOthers, EndAll, StaySignedIn);

    fn opens(&self) -> can::ListOwnSessions {
        can::ListOwnSessions
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<can::ListOwnSessions>) -> Result<Data, Failure> {
        Ok(door::visit()?.backend.own_sessions(permit).await?)
    }

    fn title(&self, _: &Data) -> String {
        "Your sessions".to_owned()
    }

    fn view(&self, data: Data, shown: &Shown) -> AnyView {
        view(&data, shown).into_any()
    }
}

/// Reads which session a form is about.
pub(super) fn read_session(form: &Form) -> Result<SessionId, Failure> {
    SessionId::parse(form.text("session")).map_err(|_| Failure::invalid("", "There is no such session."))
}

/// Where it goes on after sessions ended: to how fast that held, or out where this one was among them.
pub(super) fn ended(id: RevocationId, this_too: bool) -> Result<Acted, Failure> {
    if this_too {
        door::visit()?.head.set(|head| head.handle = Some(HandleChange::Clear));
        return Ok(Acted::SeeOther(SignedOut::plainly().path(), None));
    }
    Ok(Acted::SeeOther(Revocation { id }.path(), None))
}

/// Ends one of them.
pub struct EndOne;

impl Action<OwnSessions> for EndOne {
    const BUTTON: &'static str = "end";
    const FIELDS: &'static [&'static str] = &["session"];
    type Asks = can::EndSession;
    type Input = SessionId;

    fn read(form: &Form) -> Result<SessionId, Failure> {
        read_session(form)
    }

    fn asks(_: &OwnSessions, id: &SessionId) -> can::EndSession {
        can::EndSession { id: *id }
    }

    async fn run(_: &OwnSessions, permit: Permit<can::EndSession>, id: SessionId) -> Result<Acted, Failure> {
        let this = permit.principal().session;
        let revocation = door::visit()?.backend.end_session(permit).await?;
        ended(revocation, this == id)
    }
}

/// Ends every other one.
pub struct EndOthers;

impl Action<OwnSessions> for EndOthers {
    const BUTTON: &'static str = "end-others";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = can::EndOwnSessions;
    type Input = ();

    fn read(_: &Form) -> Result<(), Failure> {
        Ok(())
    }

    fn asks(_: &OwnSessions, (): &()) -> can::EndOwnSessions {
        can::EndOwnSessions { others_only: true }
    }

    async fn run(_: &OwnSessions, permit: Permit<can::EndOwnSessions>, (): ()) -> Result<Acted, Failure> {
        ended(door::visit()?.backend.end_own_sessions(permit).await?, false)
    }
}

/// Ends all of them.
pub struct EndAll;

impl Action<OwnSessions> for EndAll {
    const BUTTON: &'static str = "end-all";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = can::EndOwnSessions;
    type Input = ();

    fn read(_: &Form) -> Result<(), Failure> {
        Ok(())
    }

    fn asks(_: &OwnSessions, (): &()) -> can::EndOwnSessions {
        can::EndOwnSessions { others_only: false }
    }

    async fn run(_: &OwnSessions, permit: Permit<can::EndOwnSessions>, (): ()) -> Result<Acted, Failure> {
        ended(door::visit()?.backend.end_own_sessions(permit).await?, true)
    }
}

/// The name of the action by which somebody stays signed in, from any page.
pub const STAY: &str = "stay";

/// Keeps this session from ending idle.
pub struct StaySignedIn;

impl Action<OwnSessions> for StaySignedIn {
    const BUTTON: &'static str = STAY;
    const FIELDS: &'static [&'static str] = &["next"];
    type Asks = can::Stay;
    type Input = LocalPath;

    fn read(form: &Form) -> Result<LocalPath, Failure> {
        Ok(LocalPath::parse(form.text("next")).unwrap_or_else(|_| OwnSessions.path()))
    }

    fn asks(_: &OwnSessions, _: &LocalPath) -> can::Stay {
        can::Stay
    }

    async fn run(_: &OwnSessions, _: Permit<can::Stay>, next: LocalPath) -> Result<Acted, Failure> {
        Ok(Acted::SeeOther(next, None))
    }
}

/// The form that ends one session, sent to `address`.
pub(super) fn end_form(address: String, session: &SessionCard, whose: &str) -> AnyView {
    let label = format!("End the session {} {whose}", session.id);
    view! {
        <form method="post" action=address data-enhance="onward">
            <input type="hidden" name="session" value=session.id.to_string() />
            <button class="danger" name="action" value=EndOne::BUTTON aria-label=label>
                "End"
            </button>
        </form>
    }
    .into_any()
}

fn view(data: &Data, shown: &Shown) -> impl IntoView + use<> {
    let count = data.sessions.len();
    let heading = if count == 1 { "1 session".to_owned() } else { format!("{count} sessions") };
    let last = data.last_revocation.map(|id| {
        view! { <a href=Revocation { id }.href()>"How fast your last ending held"</a> }
    });
    let end = |session: &SessionCard| Some(end_form(OwnSessions.href(), session, "of yours"));
    view! {
        <header class="page">
            <h1>"Your sessions"</h1>
            <form class="actions" method="post" action=OwnSessions.href()>
                {(count > 1).then(|| view! { <button name="action" value=EndOthers::BUTTON>"End all others"</button> })}
                <button class="danger" name="action" value=EndAll::BUTTON>"End all, and sign out"</button>
            </form>
            <p>"Where you are signed in. A session that you do not know: end it, then change your password."</p>
        </header>
        <section class="panel wide" aria-labelledby="sessions-heading">
            <header>
                <h2 id="sessions-heading">{heading}</h2>
                {last}
            </header>
            {session_table("Your sessions", &data.sessions, data.this, false, &end, shown.now)}
            <Receipt grounds=shown.grounds record=shown.record />
        </section>
    }
}
