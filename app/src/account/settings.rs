//! Settings: how the console looks to this user.

use crate::account::methods::Methods;
use crate::account::policy;
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::head::Theme;
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, Requested, ViewContext};
use crate::ui::PageHeader;
use leptos::prelude::*;

#[derive(Clone)]
pub struct Settings;

impl Address for Settings {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

impl Page for Settings {
    type Opens = policy::ReadSettings;
    type Data = Theme;
    type Within = Console;
    type Actions = (ChooseTheme,);

    fn opens(&self) -> policy::ReadSettings {
        policy::ReadSettings
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, _: Permit<policy::ReadSettings>) -> Result<Theme, PageError> {
        Ok(request()?.extra.theme)
    }

    fn title(&self, _: &Theme) -> String {
        "Settings".to_owned()
    }

    fn view(&self, theme: Theme, shown: &ViewContext) -> AnyView {
        view(theme, &shown.turn).into_any()
    }
}

/// Changes the colour theme.
pub struct ChooseTheme;

impl FormAction<Settings> for ChooseTheme {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["theme"];
    type Asks = policy::ChangeSettings;
    type Input = Theme;

    fn read(form: &Form) -> Result<Theme, PageError> {
        Theme::parse(form.text("theme")).ok_or_else(|| PageError::invalid("theme", "Choose one of the three."))
    }

    fn asks(_: &Settings, _: &Theme) -> policy::ChangeSettings {
        policy::ChangeSettings
    }

    async fn run(page: &Settings, _: Permit<policy::ChangeSettings>, theme: Theme) -> Result<FormOutcome, PageError> {
        request()?.head.set(|head| head.theme = Some(theme));
        Ok(FormOutcome::SeeOther(page.path(), Some("Your settings are saved.")))
    }
}

fn view(theme: Theme, turn: &FormResult) -> impl IntoView + use<> {
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
        <PageHeader title="Settings">
            <a class="button" href=Methods.href()>"Ways to sign in"</a>
        </PageHeader>
        <form class="sheet" method="post" action=Settings.href() data-guard>
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
