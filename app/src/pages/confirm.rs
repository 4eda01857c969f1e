//! Step-up: a person confirms who they are, and goes on to what asked for it.

use super::sign_in::next;
use crate::door::{self, HandleChange};
use crate::form::Form;
use crate::model::Failure;
use crate::page::{self, Acted, Loaded, Turn};
use crate::routes;
use crate::store::SignInError;
use crate::ui::Field;
use doorward::LocalPath;
use leptos::prelude::*;
use leptos_meta::Title;
use std::sync::Arc;

/// What may be asked.
pub mod can {
    use doorward::Principal;
    use doorward::action::{Action, Read, Write};
    use doorward::policy::Decision;

    /// To try to confirm who one is. The password is checked before any transaction begins, for that takes long.
    pub struct Confirm;

    impl Action for Confirm {
        const NAME: &'static str = "session.confirm";
        type Facts = ();
        type Effect = Read;

        fn about(&self) {}

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.signed_in()
        }
    }

    /// To go on in this session with a fresh authentication, under a new handle.
    pub struct StepUp;

    impl Action for StepUp {
        const NAME: &'static str = "session.step_up";
        type Facts = ();
        type Effect = Write;

        fn about(&self) {}

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.signed_in()
        }
    }
}

/// Who is asked.
struct Asked {
    name: String,
    sign_in_name: String,
}

async fn load() -> Result<Loaded<Asked>, Failure> {
    let permit = door::permit(can::Confirm).await?;
    let who = permit.principal();
    let asked = Asked { name: who.display_name.to_string(), sign_in_name: who.name.to_string() };
    Ok(Loaded::new(page::frame(&permit), asked))
}

async fn act(form: Arc<Form>, next: LocalPath) -> Result<Acted<()>, Failure> {
    let permit = door::permit(can::Confirm).await?;
    form.only(&["password"])?;
    let password = form.secret("password")?;
    let visit = door::visit()?;
    let confirmed = visit.backend.confirm(&visit.asked, permit, password).await.map_err(|error| match error {
        SignInError::Wrong => Failure::invalid("", "That password does not match."),
        other => other.into(),
    })?;
    visit.head.set(|head| head.handle = Some(HandleChange::Set(confirmed.handle)));
    Ok(Acted::SeeOther(next, None))
}

/// The page.
pub fn page() -> impl IntoView {
    let next = next();
    let here = routes::and_then(routes::CONFIRM, &next);
    let back = next.clone();
    page::acting(
        load(),
        move |form| act(form, next),
        move |asked, turn, _| view(&asked, &turn, &here, &back).into_any(),
    )
}

fn view(asked: &Asked, turn: &Turn<()>, here: &LocalPath, back: &LocalPath) -> impl IntoView + use<> {
    let Asked { name, sign_in_name } = asked;
    let sign_in_name = sign_in_name.clone();
    view! {
        <Title text="Confirm it is you · Doorward" />
        <section class="card">
            <header>
                <h1>"Confirm it is you"</h1>
                <p>"What you asked for needs a sign-in within the last 5 minutes."</p>
            </header>
            {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            <form method="post" action=here.to_string()>
                // For password managers; without a name it is not sent.
                <input type="text" autocomplete="username" value=sign_in_name readonly hidden />
                <Field
                    name="password"
                    label=format!("Password of {name}")
                    kind="password"
                    autocomplete="current-password"
                    error=turn.error("password")
                    autofocus=true
                />
                <div class="actions">
                    <button class="primary">"Confirm"</button>
                    <a class="button" href=back.to_string()>"Not now"</a>
                </div>
            </form>
        </section>
    }
}
