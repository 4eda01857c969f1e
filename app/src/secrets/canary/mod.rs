//! Canaries: the page of one secret, and the list of all of them. Only whoever may make canaries
//! sees these pages.

pub mod list;

use crate::backend::Permit;
use crate::console::error_page::ErrorCopy;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, Page, ViewContext, addresses};
use crate::secrets::canary::list::Canaries;
use crate::secrets::policy;
use crate::secrets::section::{SecretSection, refusal_of_a_secret};
use crate::ui::Panel;
use doorward::SecretId;
use leptos::prelude::*;

addresses! {
    SecretCanary { id: SecretId }
}

impl Page for SecretCanary {
    type Opens = policy::ReadCanary;
    /// Whether it is a canary, and its name.
    type Data = (bool, String);
    type Within = SecretSection;
    type Actions = (Mark,);

    fn opens(&self) -> policy::ReadCanary {
        policy::ReadCanary { id: self.id }
    }

    fn within(&self) -> SecretSection {
        SecretSection { id: self.id }
    }

    async fn load(&self, permit: Permit<policy::ReadCanary>) -> Result<(bool, String), PageError> {
        Ok(request()?.backend.canary(permit).await?)
    }

    fn title(&self, (_, name): &(bool, String)) -> String {
        format!("Canary {name}")
    }

    fn view(&self, (is_canary, _): (bool, String), shown: &ViewContext) -> AnyView {
        let (sentence, value, label) = if is_canary {
            (
                "This secret is a canary: whoever reveals or delivers it loses the session, and an incident opens.",
                "off",
                "Make it an ordinary secret",
            )
        } else {
            (
                "This is an ordinary secret. As a canary, it ends the session of whoever reveals or delivers it, also yours and its owner’s, and opens an incident.",
                "on",
                "Make it a canary",
            )
        };
        let inside = view! {
            {shown.turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            <p>{sentence}</p>
            <p>"Only administrators see this page. Nothing else tells a canary from another secret."</p>
            <form method="post" action=self.href()>
                <input type="hidden" name="state" value=value />
                <div class="actions">
                    <button>{label}</button>
                    <a class="button" href=Canaries {}.href()>"All canaries"</a>
                </div>
            </form>
        };
        view! {
            <div class="panels">
                <Panel id="canary" title="Canary">{inside}</Panel>
            </div>
        }
        .into_any()
    }

    fn refusal(failure: &PageError) -> ErrorCopy {
        refusal_of_a_secret(failure)
    }
}

/// Makes it a canary, or an ordinary secret again.
pub struct Mark;

impl FormAction<SecretCanary> for Mark {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["state"];
    type Asks = policy::MarkCanary;
    type Input = bool;

    fn read(form: &Form) -> Result<bool, PageError> {
        match form.text("state") {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(PageError::invalid("", "Press one of the buttons.")),
        }
    }

    fn asks(page: &SecretCanary, on: &bool) -> policy::MarkCanary {
        policy::MarkCanary { id: page.id, on: *on }
    }

    async fn run(page: &SecretCanary, permit: Permit<policy::MarkCanary>, on: bool) -> Result<FormOutcome, PageError> {
        request()?.backend.mark_canary(permit).await?;
        let said = if on { "It is a canary now." } else { "It is an ordinary secret now." };
        Ok(FormOutcome::SeeOther(page.path(), Some(said)))
    }
}
