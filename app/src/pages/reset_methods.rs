//! For whoever has lost their second factor: an administrator removes it. Nothing of it can be used by the administrator.

use super::methods::Methods;
use super::own_sessions::ended;
use crate::door::{self, Permit};
use crate::form::Form;
use crate::model::Failure;
use crate::page::{Acted, Action, Address, Console, Page, Requested, Shown, Turn};
use crate::store::MethodError;
use crate::ui::{Field, Receipt};
use leptos::prelude::*;

/// What may be asked.
pub mod can {
    use doorward::Principal;
    use doorward::action::{Action, Needed, Read, Resource, Write};
    use doorward::policy::Decision;

    /// To see the form.
    pub struct AskToResetMethods;

    impl Action for AskToResetMethods {
        const NAME: &'static str = "methods.ask_to_reset";
        const PERMISSION: Option<&'static str> = Some(ResetMethods::NAME);
        type Facts = ();
        type Effect = Read;

        fn about(&self) {}

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.holds(ResetMethods::NAME).everywhere()
        }
    }

    /// To remove somebody else's second factors.
    pub struct ResetMethods {
        /// Whose: their sign-in name.
        pub whose: String,
    }

    impl Action for ResetMethods {
        const NAME: &'static str = "methods.reset";
        const ASSURANCE: Needed = Needed::TwoFactors;
        type Facts = ();
        type Effect = Write;

        fn about(&self) {}

        fn resource(&self) -> Resource {
            Resource::none().with("whose", &self.whose)
        }

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.holds(Self::NAME).everywhere().and(who.is_not(&self.whose))
        }
    }
}

/// The page.
#[derive(Clone)]
pub struct ResetMethods;

impl Address for ResetMethods {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

impl Page for ResetMethods {
    type Opens = can::AskToResetMethods;
    /// Whether the asker has a second factor of their own, without which they reset nobody's.
    type Data = bool;
    type Within = Console;
    type Actions = (Reset,);

    fn opens(&self) -> can::AskToResetMethods {
        can::AskToResetMethods
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<can::AskToResetMethods>) -> Result<bool, Failure> {
        Ok(permit.principal().has_second_factor)
    }

    fn title(&self, _: &bool) -> String {
        "Reset ways to sign in".to_owned()
    }

    fn view(&self, has_second_factor: bool, shown: &Shown) -> AnyView {
        view(has_second_factor, shown).into_any()
    }
}

/// Removes somebody's second factors.
pub struct Reset;

impl Action<ResetMethods> for Reset {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["whose"];
    type Asks = can::ResetMethods;
    type Input = String;

    fn read(form: &Form) -> Result<String, Failure> {
        let whose = form.text("whose").to_lowercase();
        let fits = !whose.is_empty() && whose.len() <= 64 && !whose.chars().any(char::is_control);
        if fits { Ok(whose) } else { Err(Failure::invalid("whose", "Give the sign-in name of whom it is for.")) }
    }

    fn asks(_: &ResetMethods, whose: &String) -> can::ResetMethods {
        can::ResetMethods { whose: whose.clone() }
    }

    async fn run(_: &ResetMethods, permit: Permit<can::ResetMethods>, _: String) -> Result<Acted, Failure> {
        let revocation = door::visit()?.backend.reset_methods(permit).await.map_err(|error| match error {
            MethodError::Nothing => Failure::invalid("whose", "There is nobody of that name."),
            other => other.into(),
        })?;
        ended(revocation, false)
    }
}

fn view(has_second_factor: bool, shown: &Shown) -> impl IntoView + use<> {
    let inside = if has_second_factor { form(&shown.turn).into_any() } else { not_yet().into_any() };
    view! {
        <header class="page">
            <h1>"Reset ways to sign in"</h1>
            <p>"For whoever has lost their phone, their passkeys and their recovery codes."</p>
        </header>
        <section class="panel wide" aria-labelledby="reset-heading">
            <header>
                <h2 id="reset-heading">"What it does"</h2>
            </header>
            <ul class="plain-list">
                <li>"It removes their one-time codes, their passkeys and their recovery codes, and ends all their sessions."</li>
                <li>"Their password stays as it is, and you do not learn it: you cannot sign in as them."</li>
                <li>"From then on their password alone is enough, so make sure first that it is them who asks. They are told of it."</li>
            </ul>
            {inside}
            <Receipt grounds=shown.grounds record=shown.record />
        </section>
    }
}

fn form(turn: &Turn) -> impl IntoView + use<> {
    view! {
        <form method="post" action=ResetMethods.href()>
            <Field
                name="whose"
                label="Sign-in name".to_owned()
                autocomplete="off"
                value=turn.typed("whose")
                hint=Some("Your own is reset by another administrator.")
                error=turn.error("whose")
                autofocus=turn.error("whose").is_some()
            />
            <div class="actions">
                <button class="danger">"Reset"</button>
            </div>
        </form>
    }
}

fn not_yet() -> impl IntoView {
    view! {
        <p>"You need a second factor of your own before you can reset that of others. "
            <a href=Methods.href()>"Set one up"</a></p>
    }
}
