//! Sign-out: ends this session and clears what the browser stored.

use crate::access::overview::Overview;
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::head::HandleChange;
use crate::page::{Address, FormAction, FormOutcome, Page, Requested, ViewContext};
use crate::sign_in::policy;
use crate::sign_in::signed_out::SignedOut;
use doorward::{Refusal, RefusalKind};
use leptos::prelude::*;

/// The page that asks whether to sign out.
#[derive(Clone)]
pub struct SignOut;

impl Address for SignOut {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

impl Page for SignOut {
    type Opens = policy::AskToSignOut;
    type Data = ();
    type Within = Console;
    type Actions = (EndThisSession,);

    fn opens(&self) -> policy::AskToSignOut {
        policy::AskToSignOut
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, _: Permit<policy::AskToSignOut>) -> Result<(), PageError> {
        Ok(())
    }

    fn title(&self, (): &()) -> String {
        "Sign out".to_owned()
    }

    fn view(&self, (): (), _: &ViewContext) -> AnyView {
        view().into_any()
    }
}

/// Ends the session.
pub struct EndThisSession;

fn signed_out() -> Result<FormOutcome, PageError> {
    request()?.head.set(|head| head.handle = Some(HandleChange::Clear));
    Ok(FormOutcome::SeeOther(SignedOut::plainly().path(), None))
}

impl FormAction<SignOut> for EndThisSession {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = policy::EndOwnSession;
    type Input = ();

    fn read(_: &Form) -> Result<(), PageError> {
        Ok(())
    }

    fn asks(_: &SignOut, (): &()) -> policy::EndOwnSession {
        policy::EndOwnSession
    }

    async fn run(_: &SignOut, permit: Permit<policy::EndOwnSession>, (): ()) -> Result<FormOutcome, PageError> {
        request()?.backend.end_own(permit).await?;
        signed_out()
    }

    fn refused(_: &SignOut, (): &(), refusal: PageError) -> Result<FormOutcome, PageError> {
        match refusal {
            // The session has already ended, which is what the user wanted.
            PageError::Refused(Refusal { answer: RefusalKind::SignIn, .. }) => signed_out(),
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
            <p>"You will be signed out in every tab."</p>
            <div class="actions">
                <button class="primary">"Sign out of this session"</button>
                <a class="button" href=Overview::default().href()>"Not now"</a>
            </div>
        </form>
    }
}
