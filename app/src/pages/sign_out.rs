//! Sign-out: ends this session at once, and clears what the browser kept.

use crate::door::{self, HandleChange};
use crate::form::Form;
use crate::model::Failure;
use crate::page::{self, Acted, Loaded};
use crate::routes;
use doorward::{Answer, Refusal};
use leptos::prelude::*;
use leptos_meta::Title;
use std::sync::Arc;

/// What may be asked.
pub mod can {
    use doorward::Principal;
    use doorward::action::{Action, Read, Write};
    use doorward::policy::Decision;

    /// To see the page that asks whether to sign out.
    pub struct AskToSignOut;

    impl Action for AskToSignOut {
        const NAME: &'static str = "session.ask_to_end";
        type Facts = ();
        type Effect = Read;

        fn about(&self) {}

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.signed_in()
        }
    }

    /// To end one's own session.
    pub struct EndOwnSession;

    impl Action for EndOwnSession {
        const NAME: &'static str = "session.end";
        type Facts = ();
        type Effect = Write;

        fn about(&self) {}

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.signed_in()
        }
    }
}

async fn load() -> Result<Loaded<()>, Failure> {
    let permit = door::permit(can::AskToSignOut).await?;
    Ok(Loaded::new(page::frame(&permit), ()))
}

async fn act(form: Arc<Form>) -> Result<Acted<()>, Failure> {
    form.only(&[])?;
    let visit = door::visit()?;
    match door::permit(can::EndOwnSession).await {
        Ok(permit) => visit.backend.end_own(permit).await?,
        // Whoever has no session any more wanted just that.
        Err(Failure::Refused(Refusal { answer: Answer::SignIn, .. })) => {}
        Err(failure) => return Err(failure),
    }
    visit.head.set(|head| head.handle = Some(HandleChange::Clear));
    Ok(Acted::SeeOther(routes::local(routes::SIGNED_OUT), None))
}

/// The page.
pub fn page() -> impl IntoView {
    page::acting(load(), act, |(), _, _| view().into_any())
}

fn view() -> impl IntoView {
    view! {
        <Title text="Sign out · Doorward" />
        <header class="page">
            <h1>"Sign out"</h1>
        </header>
        <form class="sheet" method="post" action=routes::SIGN_OUT>
            <p>"This session ends at once, in every tab."</p>
            <div class="actions">
                <button class="primary">"End this session"</button>
                <a class="button" href=routes::HOME>"Not now"</a>
            </div>
        </form>
    }
}
