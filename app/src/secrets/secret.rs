//! One secret: reveal its value, change it, rename the secret.

use crate::backend::Permit;
use crate::console::error_page::ErrorCopy;
use crate::console::receipt::Receipt;
use crate::console::{Console, request};
use crate::islands::{CopyValue, Reveal};
use crate::page::error::PageError;
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, Requested, ViewContext, deferred};
use crate::secrets::Revealed;
use crate::secrets::section::{SecretSection, refusal_of_a_secret};
use crate::secrets::store::{RenameError, RotateError, SecretUses};
use crate::secrets::{history, policy};
use crate::sign_in::confirm::Confirm;
use crate::sign_in::held_up::HeldUp;
use crate::ui::{Field, Panel, TextArea};
use doorward::action::Action as _;
use doorward::{LONGEST_SECRET, SecretId, SecretName, SecretText};
use leptos::prelude::*;

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
    type Actions = (RevealValue, RotateValue, Rename);
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

/// Reveals the value of the secret that the permit names, for islands and for the page's own form.
pub async fn reveal(permit: Permit<policy::RevealSecret>) -> Result<Revealed, PageError> {
    let record = permit.record();
    let request = request()?;
    request.head.set(|head| head.reveals = true);
    let (value, version) = request.backend.reveal(permit).await?;
    Ok(Revealed { value: value.expose().to_owned(), version, record })
}

/// Shows the value on the page.
pub struct RevealValue;

impl FormAction<Secret> for RevealValue {
    const BUTTON: &'static str = "reveal";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = policy::RevealSecret;
    type Input = ();

    fn read(_: &Form) -> Result<(), PageError> {
        Ok(())
    }

    fn asks(page: &Secret, (): &()) -> policy::RevealSecret {
        policy::RevealSecret { id: page.id }
    }

    async fn run(_: &Secret, permit: Permit<policy::RevealSecret>, (): ()) -> Result<FormOutcome, PageError> {
        reveal(permit).await.map(FormOutcome::show)
    }
}

/// Reads the field `value`, which must not be blank.
pub(super) fn read_value(form: &Form) -> Result<SecretText, PageError> {
    let value = form.secret("value")?;
    let is_blank = value.expose().trim().is_empty();
    if is_blank { Err(PageError::invalid("value", "This value is blank. Enter the new value.")) } else { Ok(value) }
}

/// The most bytes that a browser sends as a value, and what is said if there are more.
pub(super) const MOST_BYTES: (usize, &str) = (LONGEST_SECRET, "A value may have at most 65,536 bytes.");

/// Stores a new value. The form has a token, so that sending it again adds no second version.
pub struct RotateValue;

/// The fields of the form.
pub struct NewValue {
    value: SecretText,
    form: Option<String>,
}

impl FormAction<Secret> for RotateValue {
    const BUTTON: &'static str = "rotate";
    const FIELDS: &'static [&'static str] = &["value", FORM_TOKEN];
    type Asks = policy::RotateSecret;
    type Input = NewValue;

    fn read(form: &Form) -> Result<NewValue, PageError> {
        Ok(NewValue { value: read_value(form)?, form: read_form_token(form) })
    }

    fn asks_anyway(page: &Secret) -> Option<policy::RotateSecret> {
        Some(policy::RotateSecret { id: page.id })
    }

    fn asks(page: &Secret, _: &NewValue) -> policy::RotateSecret {
        policy::RotateSecret { id: page.id }
    }

    async fn run(page: &Secret, permit: Permit<policy::RotateSecret>, new: NewValue) -> Result<FormOutcome, PageError> {
        let NewValue { value, form } = new;
        let version = request()?.backend.rotate(permit, value, form.as_deref()).await.map_err(|error| match error {
            RotateError::SentBefore => PageError::invalid(
                "value",
                "This form was already sent, and the secret was rotated then. To rotate it again, enter a new value.",
            ),
            RotateError::Store(error) => error.into(),
        })?;
        Ok(FormOutcome::SeeOtherSaying(page.path(), format!("Value changed; this is version {version}.")))
    }
}

/// Renames the secret.
pub struct Rename;

impl FormAction<Secret> for Rename {
    const BUTTON: &'static str = "rename";
    const FIELDS: &'static [&'static str] = &["name"];
    type Asks = policy::RenameSecret;
    type Input = SecretName;

    fn read(form: &Form) -> Result<SecretName, PageError> {
        SecretName::parse(form.text("name")).map_err(|error| PageError::invalid("name", sentence(&error.to_string())))
    }

    fn asks(page: &Secret, to: &SecretName) -> policy::RenameSecret {
        policy::RenameSecret { id: page.id, to: to.clone() }
    }

    async fn run(
        page: &Secret,
        permit: Permit<policy::RenameSecret>,
        to: SecretName,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.rename(permit).await.map_err(|error| match error {
            RenameError::Taken => PageError::invalid("name", "Another secret of this environment has that name."),
            RenameError::Store(error) => error.into(),
        })?;
        Ok(FormOutcome::SeeOtherSaying(page.path(), format!("Renamed to {to}.")))
    }
}

fn view(page: &Secret, uses: &SecretUses, shown: &ViewContext) -> impl IntoView + use<> {
    let id = page.id;
    let history = || deferred::<Console, _>(history::skeleton(), move || history::panel(id));
    view! {
        <div class="panels">
            {value_panel(page, uses, shown)}
            {uses.may_rotate.then(|| rotate_panel(page, uses, shown))}
            {uses.may_rename.then(|| rename_panel(page, uses, shown))}
        </div>
        {uses.may_see_history.then(history)}
    }
}

fn value_panel(page: &Secret, uses: &SecretUses, state: &ViewContext) -> impl IntoView + use<> {
    let address = page.href();
    let (id, protected) = (page.id, uses.protected);
    let revealed = state.turn.done::<Revealed>();
    // The page's own receipt is about opening the page.
    let grounds = state.grounds;
    let receipt = revealed.map(|revealed| view! { <Receipt grounds record=revealed.record /> });
    let inside = match revealed {
        Some(revealed) => shown(revealed, address).into_any(),
        None if uses.may_reveal => {
            let held_up = HeldUp::of(policy::RevealSecret::NAME);
            let confirm = Confirm { next: page.path(), held_up }.href();
            view! { <Reveal id=id.to_string() address confirm protected /> }.into_any()
        }
        None => view! { <p>"You can see that this secret exists, but not its value."</p> }.into_any(),
    };
    let damaged = state.turn.error("reveal").map(|message| view! { <p class="notice" role="alert">{message}</p> });
    let inside = view! {
            {inside}
            {receipt}
    };
    view! {
        <Panel id="value" title="Value">{damaged}{inside}</Panel>
    }
}

fn shown(revealed: &Revealed, address: String) -> impl IntoView + use<> {
    view! {
        <div class="reveal" data-value-in-page>
            <output class="value" id="revealed" aria-labelledby="value-heading">{revealed.value.clone()}</output>
            <div class="actions">
                <CopyValue />
                <a class="button" href=address>"Hide"</a>
                <small>"Version " {revealed.version}</small>
            </div>
        </div>
    }
}

fn rotate_panel(page: &Secret, uses: &SecretUses, shown: &ViewContext) -> impl IntoView + use<> {
    let error = shown.turn.of(RotateValue::BUTTON).and_then(|turn| turn.error("value"));
    let hint = format!("Replaces the value at once, for everyone who reads it, as version {}.", uses.version + 1);
    let inside = view! {
            <form method="post" action=page.href() data-enhance data-guard>
                {form_token::<Console>()}
                <TextArea
                    name="value"
                    label="New value"
                    hint=Some(hint)
                    most_bytes=Some(MOST_BYTES)
                    error
                />
                <div class="actions">
                    <button class="primary" name="action" value=RotateValue::BUTTON>"Rotate"</button>
                </div>
            </form>
    };
    view! {
        <Panel id="rotate" title="Rotate" part=true>{inside}</Panel>
    }
}

fn rename_panel(page: &Secret, uses: &SecretUses, shown: &ViewContext) -> impl IntoView + use<> {
    let turn: Option<&FormResult> = shown.turn.of(Rename::BUTTON);
    let error = turn.and_then(|turn| turn.error("name"));
    let typed = turn.filter(|_| error.is_some()).map(|turn| turn.typed("name"));
    let value = typed.unwrap_or_else(|| uses.name.to_string());
    let inside = view! {
            // The heading shows the new name at once; a refusal takes it back.
            <form method="post" action=page.href() data-enhance data-guard data-shows="#secret-name code" data-from="name">
                <Field
                    name="name"
                    label="Name"
                    value
                    maxlength=Some(128)
                    hint=Some("Up to 128 letters, digits and _ . / -, starting with a letter or _. Programs that use the old name must be changed.")
                    autofocus=error.is_some()
                    error
                />
                <div class="actions">
                    <button name="action" value=Rename::BUTTON>"Rename"</button>
                </div>
            </form>
    };
    view! {
        <Panel id="rename" title="Rename" part=true>{inside}</Panel>
    }
}
