//! Settings: how the console looks to this user.

use crate::account::methods::Methods;
use crate::account::notices::NoticeKind;
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

/// The page's data.
pub struct Data {
    theme: Theme,
    muted: Vec<NoticeKind>,
}

impl Page for Settings {
    type Opens = policy::ReadSettings;
    type Data = Data;
    type Within = Console;
    type Actions = (ChooseTheme, ChooseNotices);

    fn opens(&self) -> policy::ReadSettings {
        policy::ReadSettings
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadSettings>) -> Result<Data, PageError> {
        let request = request()?;
        Ok(Data { theme: request.extra.theme, muted: request.backend.muted_notices(permit).await? })
    }

    fn title(&self, _: &Data) -> String {
        "Settings".to_owned()
    }

    fn view(&self, data: Data, shown: &ViewContext) -> AnyView {
        view(&data, &shown.turn).into_any()
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

/// Chooses what the user is told of.
pub struct ChooseNotices;

impl FormAction<Settings> for ChooseNotices {
    const BUTTON: &'static str = "notices";
    const FIELDS: &'static [&'static str] =
        &["shared", "access_removed", "revealed", "owner_changed", "archived", "rotation_due", "rotation_overdue"];
    type Asks = policy::MuteNotices;
    type Input = Vec<NoticeKind>;

    fn read(form: &Form) -> Result<Vec<NoticeKind>, PageError> {
        Ok(NoticeKind::MUTABLE.into_iter().filter(|kind| form.text(kind.as_str()) != "yes").collect())
    }

    fn asks(_: &Settings, kinds: &Vec<NoticeKind>) -> policy::MuteNotices {
        policy::MuteNotices { kinds: kinds.clone() }
    }

    async fn run(
        page: &Settings,
        permit: Permit<policy::MuteNotices>,
        _: Vec<NoticeKind>,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.mute_notices(permit).await?;
        Ok(FormOutcome::SeeOther(page.path(), Some("Your settings are saved.")))
    }
}

fn view(data: &Data, turn: &FormResult) -> impl IntoView + use<> {
    view! {
        <PageHeader title="Settings">
            <a class="button" href=Methods.href()>"Ways to sign in"</a>
        </PageHeader>
        {theme_form(data.theme, turn)}
        {notices_form(&data.muted)}
    }
}

fn theme_form(theme: Theme, turn: &FormResult) -> impl IntoView + use<> {
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
        <form class="sheet" method="post" action=Settings.href() data-guard>
            <fieldset class="choices">
                <legend>"Theme"</legend>
                {choice(Theme::System, "System", Some("Follows this device"))}
                {choice(Theme::Light, "Light", None)}
                {choice(Theme::Dark, "Dark", None)}
                {error.map(|message| view! { <p class="error" role="alert">{message}</p> })}
            </fieldset>
            <div class="actions">
                <button class="primary">"Save theme"</button>
            </div>
        </form>
    }
}

const fn in_words(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Shared => "A secret is shared with me",
        NoticeKind::AccessRemoved => "My access to a secret is removed",
        NoticeKind::OwnerChanged => "A secret becomes mine, or is not mine any more",
        NoticeKind::Archived => "A secret that I own or use is archived, brought back or deleted",
        NoticeKind::RotationDue => "A secret of mine is due for a new value",
        NoticeKind::RotationOverdue => "A secret of mine is overdue for a new value",
        _ => "Somebody else reveals a secret that I own",
    }
}

fn notices_form(muted: &[NoticeKind]) -> impl IntoView + use<> {
    let choices = NoticeKind::MUTABLE.map(|kind| {
        view! {
            <label>
                <input type="checkbox" name=kind.as_str() value="yes" checked=!muted.contains(&kind) />
                {in_words(kind)}
            </label>
        }
    });
    view! {
        <form class="sheet" method="post" action=Settings.href() data-guard>
            <fieldset class="choices">
                <legend>"Tell me in my inbox when"</legend>
                {choices.into_iter().collect_view()}
            </fieldset>
            <small>"You are always told of new browsers, changed ways to sign in, ended sessions and incidents."</small>
            <div class="actions">
                <button class="primary" name="action" value=ChooseNotices::BUTTON>"Save notices"</button>
            </div>
        </form>
    }
}
