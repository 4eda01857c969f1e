//! Changes what is said about a secret, gives it to another owner, and takes it out of use.

mod archive;
mod owner;
mod rotation;

use crate::backend::Permit;
use crate::console::error_page::ErrorCopy;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::stated::WHY;
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, Page, Requested, ViewContext};
use crate::secrets::policy;
use crate::secrets::secret::{OVER, Secret, read_number};
use crate::secrets::section::{SecretSection, refusal_of_a_secret};
use crate::secrets::store::{EditError, LONGEST_DESCRIPTION, NewDetails, SecretDetails, Tag};
use crate::ui::{Field, Panel, TextArea};
use archive::{Archive, BringBack, Cancel, Delete};
use doorward::SecretId;
use leptos::prelude::*;
use owner::Give;
use rotation::SetRotation;

#[derive(Clone)]
pub struct EditSecret {
    pub id: SecretId,
}

impl Address for EditSecret {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { id: SecretId::parse(asked.segment("id")).unwrap_or(SecretId::NOTHING) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.to_string())]
    }
}

impl Page for EditSecret {
    type Opens = policy::ReadDetails;
    type Data = SecretDetails;
    type Within = SecretSection;
    type Actions = (Save, SetRotation, Give, Archive, BringBack, Delete, Cancel);

    fn opens(&self) -> policy::ReadDetails {
        policy::ReadDetails { id: self.id }
    }

    fn within(&self) -> SecretSection {
        SecretSection { id: self.id }
    }

    async fn load(&self, permit: Permit<policy::ReadDetails>) -> Result<SecretDetails, PageError> {
        Ok(request()?.backend.details(permit).await?)
    }

    fn title(&self, details: &SecretDetails) -> String {
        format!("Edit {}", details.name)
    }

    fn view(&self, details: SecretDetails, shown: &ViewContext) -> AnyView {
        view(self, &details, shown).into_any()
    }

    fn refusal(failure: &PageError) -> ErrorCopy {
        refusal_of_a_secret(failure)
    }
}

/// Stores the description and the tags.
pub struct Save;

/// The fields of the form.
pub struct Said {
    new: NewDetails,
    over: i64,
}

fn read_description(form: &Form) -> Result<String, PageError> {
    let text = form.text("description").replace("\r\n", "\n");
    if text.chars().count() > LONGEST_DESCRIPTION {
        return Err(PageError::invalid("description", "Enter at most 2,000 characters."));
    }
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')) {
        return Err(PageError::invalid("description", "Enter plain text, without control characters."));
    }
    Ok(text)
}

impl FormAction<EditSecret> for Save {
    const BUTTON: &'static str = "save";
    const FIELDS: &'static [&'static str] = &["description", "tags", OVER];
    type Asks = policy::EditSecret;
    type Input = Said;

    fn read(form: &Form) -> Result<Said, PageError> {
        let description = read_description(form)?;
        let tags = Tag::parse_all(form.text("tags"));
        let tags = tags.map_err(|error| PageError::invalid("tags", sentence(&error.to_string())))?;
        // All of it is replaced, so a form must say what it was made from.
        let over = read_number(form.text(OVER));
        let over = over.ok_or_else(|| PageError::invalid("description", "Open the page again, then save."))?;
        Ok(Said { new: NewDetails { description, tags }, over })
    }

    fn asks_anyway(page: &EditSecret) -> Option<policy::EditSecret> {
        Some(policy::EditSecret { id: page.id, description: 0, tags: 0 })
    }

    fn asks(page: &EditSecret, said: &Said) -> policy::EditSecret {
        let NewDetails { description, tags } = &said.new;
        policy::EditSecret { id: page.id, description: description.chars().count(), tags: tags.len() }
    }

    async fn run(page: &EditSecret, permit: Permit<policy::EditSecret>, said: Said) -> Result<FormOutcome, PageError> {
        request()?.backend.edit_secret(permit, said.new, said.over).await.map_err(|error| match error {
            EditError::Stale(change) => {
                let said = format!("{} Nothing was saved. To save it anyway, press “Save” again.", change.in_words());
                PageError::invalid("description", said)
            }
            EditError::Store(error) => error.into(),
        })?;
        Ok(FormOutcome::SeeOther(page.path(), Some("Saved.")))
    }
}

fn view(page: &EditSecret, details: &SecretDetails, shown: &ViewContext) -> impl IntoView + use<> {
    let forms = [archive::ARCHIVE, archive::BRING_BACK, archive::DELETE, archive::CANCEL];
    let wrong = forms.into_iter().find_map(|button| {
        let turn = shown.turn.of(button)?;
        turn.error("").or_else(|| turn.error(WHY))
    });
    view! {
        {wrong.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <div class="panels">
            {details.may_edit.then(|| save_panel(page, details, shown))}
            {details.may_edit.then(|| rotation::panel(page, details, shown))}
            {details.may_give.then(|| owner::panel(page, details, shown))}
            {archive::panels(page, details, shown)}
        </div>
    }
}

fn save_panel(page: &EditSecret, details: &SecretDetails, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Save::BUTTON);
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let about = &details.about;
    let typed = |field: &str, stored: &str| turn.map_or_else(|| stored.to_owned(), |turn| turn.typed(field));
    let hint = "Plain text for everyone who can see the secret. Up to 2,000 characters; no secret values.";
    let inside = view! {
        <form method="post" action=page.href() data-enhance data-guard>
            <input type="hidden" name=OVER value=details.revision autocomplete="off" />
            <TextArea
                name="description"
                label="Description"
                value=typed("description", &about.description)
                required=false
                maxlength=Some(2_000)
                hint=Some(hint.to_owned())
                error=error("description")
            />
            <Field
                name="tags"
                label="Tags"
                value=typed("tags", &about.tags.join(", "))
                required=false
                maxlength=Some(900)
                hint=Some("With commas or blanks between them: letters, digits and - _ . : /. Up to 20.")
                autofocus=error("tags").is_some()
                error=error("tags")
            />
            <div class="actions">
                <button class="primary" name="action" value=Save::BUTTON>"Save"</button>
                <a class="button" href=Secret { id: page.id }.href()>"Cancel"</a>
            </div>
        </form>
    };
    view! { <Panel id="about" title="Description and tags" part=true>{inside}</Panel> }
}
