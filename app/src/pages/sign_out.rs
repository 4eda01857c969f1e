//! Sign-out: ends this session at once, and clears what the browser kept.

use super::{Overview, SignedOut};
use crate::door::{self, HandleChange, Permit};
use crate::form::Form;
use crate::model::Failure;
use crate::page::{Acted, Action, Address, Console, Page, Requested, Shown};
use doorward::{Answer, Refusal};
use leptos::prelude::*;

/// What may be asked.
pub mod can {
    use crate::page::for_oneself;
    use doorward::action::{Read, Write};

    for_oneself! {
        /// To see the page that asks whether to sign out.
        AskToSignOut = "session.ask_to_end", Read, Unconfirmed;
        /// To end one's own session.
        EndOwnSession = "session.end", Write, Unconfirmed;
    }
}

/// The page that asks whether to sign out.
#[derive(Clone)]
pub struct SignOut;

impl Address for SignOut {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

impl Page for SignOut {
    type Opens = can::AskToSignOut;
    type Data = ();
    type Within = Console;
    type Actions = (EndThisSession,);

    fn opens(&self) -> can::AskToSignOut {
        can::AskToSignOut
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, _: Permit<can::AskToSignOut>) -> Result<(), Failure> {
        Ok(())
    }

    fn title(&self, (): &()) -> String {
        "Sign out".to_owned()
    }

    fn view(&self, (): (), _: &Shown) -> AnyView {
        view().into_any()
    }
}

/// Ends the session.
pub struct EndThisSession;

fn signed_out() -> Result<Acted, Failure> {
    door::visit()?.head.set(|head| head.handle = Some(HandleChange::Clear));
    Ok(Acted::SeeOther(SignedOut::plainly().path(), None))
}

impl Action<SignOut> for EndThisSession {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = can::EndOwnSession;
    type Input = ();

    fn read(_: &Form) -> Result<(), Failure> {
        Ok(())
    }

    fn asks(_: &SignOut, (): &()) -> can::EndOwnSession {
        can::EndOwnSession
    }

    async fn run(_: &SignOut, permit: Permit<can::EndOwnSession>, (): ()) -> Result<Acted, Failure> {
        door::visit()?.backend.end_own(permit).await?;
        signed_out()
    }

    fn refused(refusal: Failure) -> Result<Acted, Failure> {
        match refusal {
            // Whoever has no session any more wanted just that.
            Failure::Refused(Refusal { answer: Answer::SignIn, .. }) => signed_out(),
            failure => Err(failure),
        }
    }
}

fn view() -> impl IntoView {
    view! {
        <header class="page">
            <h1>"Sign out"</h1>
        </header>
        <form class="sheet" method="post" action=SignOut.href()>
            <p>"This session ends at once, in every tab."</p>
            <div class="actions">
                <button class="primary">"End this session"</button>
                <a class="button" href=Overview::default().href()>"Not now"</a>
            </div>
        </form>
    }
}
