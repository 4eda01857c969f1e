//! Removes the second factors of somebody who has lost them. An administrator does this after a
//! preview and after typing the name, and gains nothing that they could use themselves.

use crate::account::methods::Methods;
use crate::account::store::{MethodError, SecondFactors};
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::identities::policy;
use crate::identities::store::{MethodReset, ResetPreview};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, Requested, ViewContext};
use crate::sessions::end::EndSessions;
use crate::sessions::revocation::Revocation;
use crate::sessions::scope::Scope;
use crate::ui::{Because, Field, PageHeader, Panel};
use doorward::{Refusal, RefusalKind};
use leptos::prelude::*;

#[derive(Clone, Default)]
pub struct ResetMethods {
    /// The sign-in name of the person, once one is chosen.
    pub whose: Option<String>,
}

/// Reads and normalizes a sign-in name.
fn read_name(text: &str) -> Result<String, PageError> {
    let name = text.to_lowercase();
    let fits = !name.is_empty() && name.len() <= 64 && !name.chars().any(char::is_control);
    if fits { Ok(name) } else { Err(PageError::invalid("whose", "Enter a sign-in name.")) }
}

impl Address for ResetMethods {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { whose: asked.query("whose", None, |text| read_name(text).map(Some)) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("whose", self.whose.clone().unwrap_or_default())]
    }
}

/// The person who was chosen.
enum Chosen {
    Nobody,
    Unknown(String),
    Oneself(String),
    Somebody(ResetPreview),
}

/// The page's data.
pub struct Data {
    /// Whether the administrator has a second factor. Without one they cannot remove anybody's.
    has_second_factor: bool,
    chosen: Chosen,
}

impl Page for ResetMethods {
    type Opens = policy::AskToResetMethods;
    type Data = Data;
    type Within = Console;
    type Actions = (Reset,);

    fn opens(&self) -> policy::AskToResetMethods {
        policy::AskToResetMethods { whose: self.whose.clone() }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::AskToResetMethods>) -> Result<Data, PageError> {
        let has_second_factor = permit.principal().has_second_factor;
        let chosen = match self.whose.clone() {
            None => Chosen::Nobody,
            Some(own) if *own == *permit.principal().name => Chosen::Oneself(own),
            Some(name) => match request()?.backend.preview_reset(permit).await? {
                Some(preview) => Chosen::Somebody(preview),
                None => Chosen::Unknown(name),
            },
        };
        Ok(Data { has_second_factor, chosen })
    }

    fn title(&self, _: &Data) -> String {
        "Remove second factors".to_owned()
    }

    fn view(&self, data: Data, shown: &ViewContext) -> AnyView {
        view(&data, shown).into_any()
    }
}

/// Removes the person's second factors.
pub struct Reset;

const NOT_YOUR_OWN: &str = "This is your own name. Ask another administrator to remove your second factors.";

fn unknown(name: &str) -> PageError {
    PageError::invalid("whose", format!("No one has the sign-in name “{name}”."))
}

fn nothing_to_remove(name: &str) -> PageError {
    PageError::invalid("whose", format!("“{name}” has no second factor. Nothing was changed."))
}

impl FormAction<ResetMethods> for Reset {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["whose", "typed", WHY];
    type Asks = policy::ResetMethods;
    type Input = (String, StatedReason);

    fn read(form: &Form) -> Result<(String, StatedReason), PageError> {
        let whose = read_name(form.text("whose"))?;
        if form.text("typed").to_lowercase() != whose {
            return Err(PageError::invalid("typed", format!("Type “{whose}” to confirm.")));
        }
        Ok((whose, StatedReason::read(form)?))
    }

    fn asks(_: &ResetMethods, (whose, why): &(String, StatedReason)) -> policy::ResetMethods {
        policy::ResetMethods { whose: whose.clone(), why: why.clone() }
    }

    async fn run(
        _: &ResetMethods,
        permit: Permit<policy::ResetMethods>,
        (whose, _): (String, StatedReason),
    ) -> Result<FormOutcome, PageError> {
        let done = request()?.backend.reset_methods(permit).await.map_err(|error| match error {
            MethodError::Nothing => unknown(&whose),
            MethodError::NoSecondFactor => nothing_to_remove(&whose),
            other => other.into(),
        })?;
        let MethodReset { revocation, display_name, removed } = done;
        let said = format!("Removed from {display_name} ({whose}): {removed}. All their sessions have ended.");
        Ok(FormOutcome::SeeOtherSaying(Revocation { id: revocation }.path(), said))
    }

    /// Opening this page needs the same permission and is asked next. A user who holds it is
    /// refused only for their own name.
    fn refused(_: &ResetMethods, _: &Self::Input, refusal: PageError) -> Result<FormOutcome, PageError> {
        match refusal {
            PageError::Refused(Refusal { answer: RefusalKind::Forbidden, .. }) => {
                Err(PageError::invalid("whose", NOT_YOUR_OWN))
            }
            other => Err(other),
        }
    }
}

fn view(data: &Data, shown: &ViewContext) -> impl IntoView + use<> {
    let choose =
        if data.has_second_factor { choose_form(&data.chosen, &shown.turn).into_any() } else { not_yet().into_any() };
    let preview = match &data.chosen {
        Chosen::Somebody(preview) if data.has_second_factor => Some(preview_panel(preview, &shown.turn)),
        _ => None,
    };
    let what = view! {
        <ul class="plain-list">
            <li>"It removes one person’s one-time codes, passkeys and recovery codes, and ends all their sessions."</li>
            <li>"Their password stays as it is, and you do not learn it: you cannot sign in as them."</li>
            <li>"From then on their password alone is enough, so check first that it is really them who asks. They will be told."</li>
        </ul>
        {choose}
    };
    view! {
        <PageHeader
            title="Remove second factors"
            intro=Some("For somebody who has lost their phone, their passkeys and their recovery codes.")
        />
        <div class="panels" id="reset" data-part>
            <Panel id="what" title="What it does">{what}</Panel>
            {preview}
        </div>
    }
}

/// Returns what is wrong with the name: the posted form's error, or the address's.
fn wrong_name(chosen: &Chosen, turn: &FormResult) -> Option<String> {
    let of_address = || match chosen {
        Chosen::Unknown(name) => Some(format!("No one has the sign-in name “{name}”.")),
        Chosen::Oneself(_) => Some(NOT_YOUR_OWN.to_owned()),
        Chosen::Nobody | Chosen::Somebody(_) => None,
    };
    turn.error("whose").or_else(of_address)
}

fn choose_form(chosen: &Chosen, turn: &FormResult) -> impl IntoView + use<> {
    let error = wrong_name(chosen, turn);
    let value = match chosen {
        Chosen::Nobody => turn.typed("whose"),
        Chosen::Unknown(name) | Chosen::Oneself(name) => name.clone(),
        Chosen::Somebody(preview) => preview.name.clone(),
    };
    view! {
        {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <form method="get" action=ResetMethods::default().href()>
            <Field
                name="whose"
                label="Sign-in name"
                value
                autofocus=error.is_some()
                error
            />
            <div class="actions">
                <button>"Preview"</button>
            </div>
        </form>
    }
}

fn preview_panel(preview: &ResetPreview, turn: &FormResult) -> impl IntoView + use<> {
    let sessions = match preview.sessions {
        0 => "none".to_owned(),
        count => count.to_string(),
    };
    let inside = if preview.held == SecondFactors::default() {
        nothing_there(preview).into_any()
    } else {
        confirm_form(preview, turn).into_any()
    };
    let inside = view! {
            <dl class="across">
                <div><dt>"Name"</dt><dd>{preview.display_name.clone()}</dd></div>
                <div><dt>"Sign-in name"</dt><dd><code>{preview.name.clone()}</code></dd></div>
                <div><dt>"To be removed"</dt><dd>{preview.held.to_string()}</dd></div>
                <div><dt>"Sessions that end"</dt><dd>{sessions}</dd></div>
            </dl>
            {inside}
    };
    view! {
        <Panel id="preview" title="What will change">{inside}</Panel>
    }
}

fn confirm_form(preview: &ResetPreview, turn: &FormResult) -> impl IntoView + use<> {
    let ResetPreview { name, display_name, .. } = preview.clone();
    view! {
        <form method="post" action=ResetMethods { whose: Some(name.clone()) }.href() data-enhance="onward">
            <input type="hidden" name="whose" value=name.clone() />
            <Because value=turn.typed(WHY) error=turn.error(WHY) />
            <Field
                name="typed"
                label=format!("Type “{name}” to remove the second factors of {display_name}")
                value=turn.typed("typed")
                error=turn.error("typed")
                autofocus=turn.error("typed").is_some()
            />
            <div class="actions">
                <button class="danger">"Remove second factors"</button>
            </div>
        </form>
    }
}

fn nothing_there(preview: &ResetPreview) -> impl IntoView + use<> {
    let end = EndSessions { scope: Some(Scope::Identity(preview.name.clone())) }.href();
    view! {
        <p>"There is nothing to remove: a password is enough for this person already. You can still "
            <a href=end>"end their sessions"</a> "."</p>
    }
}

fn not_yet() -> impl IntoView {
    view! {
        <p>"You need a second factor of your own before you can remove those of others. "
            <a href=Methods.href()>"Set one up"</a></p>
    }
}
