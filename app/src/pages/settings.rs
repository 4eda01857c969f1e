//! Settings: how the console looks to me.

use crate::door::{self, Theme};
use crate::form::Form;
use crate::model::Failure;
use crate::page::{self, Acted, Loaded, Turn};
use crate::routes;
use leptos::prelude::*;
use leptos_meta::Title;
use std::sync::Arc;

/// What may be asked.
pub mod can {
    use doorward::Principal;
    use doorward::action::{Action, Read};
    use doorward::policy::Decision;

    /// To see one's own settings.
    pub struct ReadSettings;

    impl Action for ReadSettings {
        const NAME: &'static str = "settings.read";
        type Facts = ();
        type Effect = Read;

        fn about(&self) {}

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.signed_in()
        }
    }

    /// To change them. They live in the browser's own cookie, so nothing is written here.
    pub struct ChangeSettings;

    impl Action for ChangeSettings {
        const NAME: &'static str = "settings.change";
        type Facts = ();
        type Effect = Read;

        fn about(&self) {}

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.signed_in()
        }
    }
}

async fn load() -> Result<Loaded<Theme>, Failure> {
    let permit = door::permit(can::ReadSettings).await?;
    Ok(Loaded::new(page::frame(&permit), door::visit()?.theme))
}

async fn act(form: Arc<Form>) -> Result<Acted<()>, Failure> {
    let _permit = door::permit(can::ChangeSettings).await?;
    form.only(&["theme"])?;
    let theme =
        Theme::parse(form.text("theme")).ok_or_else(|| Failure::invalid("theme", "Choose one of the three."))?;
    door::visit()?.head.set(|head| head.theme = Some(theme));
    Ok(Acted::SeeOther(routes::local(routes::SETTINGS), Some("Your settings are saved.")))
}

/// The page.
pub fn page() -> impl IntoView {
    page::acting(load(), act, |theme, turn, _| view(theme, &turn).into_any())
}

fn view(theme: Theme, turn: &Turn<()>) -> impl IntoView + use<> {
    let error = turn.error("theme");
    let choice = |this: Theme, label: &'static str, hint: Option<&'static str>| {
        view! {
            <label>
                <input type="radio" name="theme" value=this.as_str() checked=theme == this />
                {label}
                {hint.map(|hint| view! { <small>{hint}</small> })}
            </label>
        }
    };
    view! {
        <Title text="Settings · Doorward" />
        <header class="page">
            <h1>"Settings"</h1>
        </header>
        <form class="sheet" method="post" action=routes::SETTINGS>
            <fieldset class="choices">
                <legend>"Theme"</legend>
                {choice(Theme::System, "System", Some("Follows this device"))}
                {choice(Theme::Light, "Light", None)}
                {choice(Theme::Dark, "Dark", None)}
                {error.map(|message| view! { <p class="error" role="alert">{message}</p> })}
            </fieldset>
            <div class="actions">
                <button class="primary">"Save"</button>
            </div>
        </form>
    }
}
