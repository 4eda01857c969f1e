//! Step-up: a person confirms who they are, and goes on to what asked for it.

use super::sign_in::next;
use crate::door::{self, HandleChange, Permit};
use crate::form::Form;
use crate::model::Failure;
use crate::page::{Acted, Action, Address, Console, Page, Requested, Shown, Turn};
use crate::store::SignInError;
use crate::ui::Field;
use doorward::{LocalPath, Reason, SecretText};
use leptos::prelude::*;

/// The page that asks for the password again.
#[derive(Clone)]
pub struct Confirm {
    /// Where to go afterwards.
    pub next: LocalPath,
}

/// What may be asked.
pub mod can {
    use crate::page::for_oneself;
    use doorward::action::{Read, Write};

    for_oneself! {
        /// To try to confirm who one is. The proof is checked before any transaction begins, for that takes long.
        Confirm = "session.confirm", Read, Unconfirmed;
        /// To go on in this session with a fresh authentication, under a new handle.
        StepUp = "session.step_up", Write, Unconfirmed;
    }
}

impl Address for Confirm {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { next: next(asked) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("next", self.next.to_string())]
    }
}

/// Who is asked.
pub struct Who {
    name: String,
    sign_in_name: String,
    why: &'static str,
}

/// Why somebody is asked, in a sentence.
const fn why(unconfirmed: Option<Reason>) -> &'static str {
    match unconfirmed {
        Some(Reason::Moved) => {
            "This request comes from another network or browser than the one you confirmed last. Until you confirm, nothing is shown."
        }
        Some(Reason::NoSecondFactor) => "You have a second factor, and every session of yours needs it once.",
        _ => "What you asked for needs a sign-in within the last 5 minutes.",
    }
}

impl Page for Confirm {
    type Opens = can::Confirm;
    type Data = Who;
    type Within = Console;
    type Actions = (ByPassword,);

    fn opens(&self) -> can::Confirm {
        can::Confirm
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<can::Confirm>) -> Result<Who, Failure> {
        let who = permit.principal();
        Ok(Who { name: who.display_name.to_string(), sign_in_name: who.name.to_string(), why: why(who.unconfirmed) })
    }

    fn title(&self, _: &Who) -> String {
        "Confirm it is you".to_owned()
    }

    fn view(&self, who: Who, shown: &Shown) -> AnyView {
        view(&who, &shown.turn, &self.href(), &self.next).into_any()
    }
}

/// Confirms with the password.
pub struct ByPassword;

impl Action<Confirm> for ByPassword {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["password"];
    type Asks = can::Confirm;
    type Input = SecretText;

    fn read(form: &Form) -> Result<SecretText, Failure> {
        form.secret("password")
    }

    fn asks(_: &Confirm, _: &SecretText) -> can::Confirm {
        can::Confirm
    }

    async fn run(page: &Confirm, permit: Permit<can::Confirm>, password: SecretText) -> Result<Acted, Failure> {
        let visit = door::visit()?;
        let confirmed = visit.backend.confirm(&visit.asked, permit, password).await.map_err(|error| match error {
            SignInError::Wrong => Failure::invalid("", "That password does not match."),
            other => other.into(),
        })?;
        visit.head.set(|head| head.handle = Some(HandleChange::Set(confirmed.handle)));
        Ok(Acted::SeeOther(page.next.clone(), None))
    }
}

fn view(asked: &Who, turn: &Turn, here: &str, back: &LocalPath) -> impl IntoView + use<> {
    let Who { name, sign_in_name, why } = asked;
    let sign_in_name = sign_in_name.clone();
    view! {
        <section class="card">
            <header>
                <h1>"Confirm it is you"</h1>
                <p>{*why}</p>
            </header>
            {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            <form method="post" action=here.to_owned()>
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
