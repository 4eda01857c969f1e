//! One secret: reveal its value, change it, rename the secret.

mod generate;
pub(in crate::secrets) mod generator;
mod pending;
mod rename;
mod rotate;
mod value;

use crate::backend::Permit;
use crate::console::error_page::ErrorCopy;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::head::Attachment;
use crate::page::{Address, FormOutcome, Page, Requested, ViewContext, deferred};
use crate::secrets::Revealed;
use crate::secrets::section::{SecretSection, refusal_of_a_secret};
use crate::secrets::store::{OpenedValue, SecretFileName, SecretKind, SecretUses};
use crate::secrets::{history, policy};
use doorward::{LONGEST_SECRET, LocalPath, RecordId, SecretId, SecretText};
use generate::{Generate, GenerateAgain};
use leptos::prelude::*;
use pending::SavePending;
use rename::Rename;
use rotate::RotateValue;
pub(crate) use value::HIDDEN_AGAIN;
use value::RevealValue;
use zeroize::Zeroizing;

/// The page. An id that does not parse is treated like the id of a secret that does not exist.
#[derive(Clone)]
pub struct Secret {
    /// Which secret.
    pub id: SecretId,
}

impl Address for Secret {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { id: SecretId::parse(asked.segment("id")).unwrap_or(SecretId::NOTHING) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.to_string())]
    }
}

impl Page for Secret {
    type Opens = policy::ReadUses;
    type Data = SecretUses;
    type Within = SecretSection;
    type Actions = (RevealValue, RotateValue, SavePending, Generate, GenerateAgain, Rename);
    const TAKES_FILES: bool = true;
    const ISLANDS: &'static [&'static str] = &["Reveal", "CopyValue"];

    fn opens(&self) -> policy::ReadUses {
        policy::ReadUses { id: self.id }
    }

    fn within(&self) -> SecretSection {
        SecretSection { id: self.id }
    }

    async fn load(&self, permit: Permit<policy::ReadUses>) -> Result<SecretUses, PageError> {
        Ok(request()?.backend.uses(permit).await?)
    }

    fn title(&self, uses: &SecretUses) -> String {
        uses.name.to_string()
    }

    fn view(&self, uses: SecretUses, shown: &ViewContext) -> AnyView {
        view(self, &uses, shown).into_any()
    }

    fn refusal(failure: &PageError) -> ErrorCopy {
        refusal_of_a_secret(failure)
    }
}

/// Reveals the value of the secret that the permit names, for islands. A file is never shown.
pub async fn reveal(permit: Permit<policy::RevealSecret>) -> Result<Revealed, PageError> {
    let record = permit.record();
    let (opened, version) = open(permit).await?;
    shown_as_text(&opened, version, record)
        .ok_or_else(|| PageError::invalid("", "This is a file. Download it instead."))
}

async fn open(permit: Permit<policy::RevealSecret>) -> Result<(OpenedValue, i64), PageError> {
    let request = request()?;
    request.head.set(|head| head.reveals = true);
    Ok(request.backend.reveal(permit).await?)
}

/// Returns a value as a page shows it, or `None` for a file.
pub(in crate::secrets) fn shown_as_text(opened: &OpenedValue, version: i64, record: RecordId) -> Option<Revealed> {
    opened.text().map(|value| Revealed { value: value.to_owned(), version, record })
}

/// Returns what an action gives for a value: to be shown until the browser goes `back`, or to be stored as a file.
pub(in crate::secrets) fn outcome(
    opened: OpenedValue,
    version: i64,
    record: RecordId,
    back: LocalPath,
) -> Result<FormOutcome, PageError> {
    if let Some(revealed) = shown_as_text(&opened, version, record) {
        request()?.head.set(|head| head.leaves_for = Some(back));
        return Ok(FormOutcome::show(revealed));
    }
    let name = opened.file_name.as_ref().map_or("secret", SecretFileName::as_str).to_owned();
    Ok(FormOutcome::Attach(Attachment { name, bytes: Zeroizing::new(opened.value.expose().to_vec()) }))
}

/// Reads the field `value`, which must not be blank.
pub(crate) fn read_value(form: &Form) -> Result<SecretText, PageError> {
    let value = form.secret("value")?;
    let is_blank = value.expose().trim().is_empty();
    if is_blank { Err(PageError::invalid("value", "This value is blank. Enter the new value.")) } else { Ok(value) }
}

/// The most bytes that a browser sends as a value, and what is said if there are more.
pub(crate) const MOST_BYTES: (usize, &str) = (LONGEST_SECRET, "A value may have at most 65,536 bytes.");

/// The field with the version, or the revision, that a form was made from.
pub(in crate::secrets) const OVER: &str = "over";

/// Reads it. A form without it overwrites nothing that is not kept, and counts as one that has seen everything.
pub(in crate::secrets) fn read_over(form: &Form) -> Result<Option<i64>, PageError> {
    match form.text(OVER) {
        "" => Ok(None),
        text => read_number(text).map(Some).ok_or_else(|| PageError::invalid("", "Open the page again.")),
    }
}

/// Reads the number of a version: digits alone, from 1 on.
pub(in crate::secrets) fn read_number(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number > 0)
}

fn view(page: &Secret, uses: &SecretUses, shown: &ViewContext) -> impl IntoView + use<> {
    let id = page.id;
    let generates = uses.may_rotate && uses.kind == SecretKind::Text && !uses.needs_second_factor;
    let history = || deferred::<Console, _>(history::skeleton(), move || history::panel(id));
    view! {
        <div class="panels">
            {value::panel(page, uses, shown)}
            {uses.may_rotate.then(|| rotate::panel(page, uses, shown))}
            {generates.then(|| generate::panel(page, uses, shown))}
            {uses.may_rename.then(|| rename::panel(page, uses, shown))}
        </div>
        {uses.may_see_history.then(history)}
    }
}
