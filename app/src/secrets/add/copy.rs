//! Copies a secret: what is said about it, and its value or another one.

use crate::backend::Permit;
use crate::console::error_page::ErrorCopy;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, Requested, ViewContext};
use crate::secrets::add::{
    KIND, VALUE_FIELDS, ValueField, enctype, not_added, read_given, read_place, refused_there, value_fields,
};
use crate::secrets::policy;
use crate::secrets::secret::Secret;
use crate::secrets::section::{SecretSection, refusal_of_a_secret};
use crate::secrets::store::{AddError, CopiedValue, CopyError, CopyForm, NewCopy};
use crate::ui::{Choice, Field, Panel, Select, because_asked};
use doorward::action::Action as _;
use doorward::guard::Refused;
use doorward::{Environment, RefusalKind, SecretId, SecretName};
use leptos::prelude::*;

const VALUE: &str = "value";
const ANOTHER: &str = "another";

/// The page, with the form for a copy of the value, or for another value.
#[derive(Clone)]
pub struct CopySecret {
    pub id: SecretId,
    /// Whether the copy gets another value.
    pub another: bool,
}

impl CopySecret {
    #[must_use]
    pub const fn of(id: SecretId) -> Self {
        Self { id, another: false }
    }
}

impl Address for CopySecret {
    fn at(asked: &mut Requested<'_>) -> Self {
        let id = SecretId::parse(asked.segment("id")).unwrap_or(SecretId::NOTHING);
        let invalid = || PageError::invalid(VALUE, "This address is not valid.");
        let read = |text: &str| if text == ANOTHER { Ok(true) } else { Err(invalid()) };
        Self { id, another: asked.query(VALUE, false, read) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let value = if self.another { ANOTHER } else { "" };
        vec![("id", self.id.to_string()), (VALUE, value.to_owned())]
    }
}

impl Page for CopySecret {
    type Opens = policy::AskToCopySecret;
    type Data = CopyForm;
    type Within = SecretSection;
    type Actions = (Copy, CopyWithValue);
    const TAKES_FILES: bool = true;

    fn opens(&self) -> policy::AskToCopySecret {
        policy::AskToCopySecret { id: self.id }
    }

    fn within(&self) -> SecretSection {
        SecretSection { id: self.id }
    }

    async fn load(&self, permit: Permit<policy::AskToCopySecret>) -> Result<CopyForm, PageError> {
        Ok(request()?.backend.ask_to_copy(permit).await?)
    }

    fn title(&self, copy: &CopyForm) -> String {
        format!("Copy {}", copy.name)
    }

    fn view(&self, copy: CopyForm, shown: &ViewContext) -> AnyView {
        view(self, &copy, &shown.turn).into_any()
    }

    fn refusal(failure: &PageError) -> ErrorCopy {
        refusal_of_a_secret(failure)
    }
}

/// Where the copy goes, and its value.
pub struct Wanted {
    environment: Environment,
    name: SecretName,
    value: CopiedValue,
    form: Option<String>,
}

impl Wanted {
    fn read(form: &Form, value: CopiedValue) -> Result<Self, PageError> {
        let (environment, name) = read_place(form)?;
        Ok(Self { environment, name, value, form: read_form_token(form) })
    }

    fn asks(&self) -> policy::AddSecret {
        policy::AddSecret { environment: self.environment.clone(), name: self.name.clone() }
    }

    async fn add(self, page: &CopySecret, permit: Permit<policy::AddSecret>) -> Result<FormOutcome, PageError> {
        let request = request()?;
        let Self { environment, name, value, form } = self;
        let copy = NewCopy { id: page.id, value, form };
        let id = request.backend.copy_secret(permit, &request.asked, copy).await.map_err(not_copied)?;
        Ok(FormOutcome::SeeOtherSaying(Secret { id }.path(), format!("Copied to {name} in {environment}.")))
    }
}

fn not_copied(error: CopyError) -> PageError {
    match error {
        CopyError::Add(AddError::SentBefore) => {
            PageError::invalid("", "This form was already sent, and the secret was copied then.")
        }
        CopyError::Add(error) => not_added(error),
        CopyError::Refused(refused) => held_up(not_taken(refused)),
    }
}

/// Says why the secret may not be taken. Where the copy would go is not at fault.
fn not_taken(refused: Refused) -> PageError {
    let refusal = refused.refusal;
    if let (Ok(request), Some(by_policy)) = (request(), refused.by_policy) {
        let _ = request.refused.set(*by_policy);
    }
    match refusal.answer {
        RefusalKind::NeedsReason => PageError::invalid(WHY, PageError::Refused(refusal).sentence()),
        RefusalKind::NotFound => PageError::invalid("", "It does not exist, or you do not have access to it."),
        RefusalKind::Forbidden => PageError::invalid("", "You do not have permission to copy this value."),
        RefusalKind::SignIn | RefusalKind::Confirm | RefusalKind::Unavailable => refusal.into(),
    }
}

/// The confirmation is for the copy, whichever decision asks for it.
fn held_up(failure: PageError) -> PageError {
    if let (PageError::Refused(refusal), Ok(request)) = (&failure, request())
        && refusal.answer == RefusalKind::Confirm
    {
        request.head.set(|head| head.held_up = Some(policy::CopySecret::NAME));
    }
    failure
}

/// Copies it with its value, which is taken on the server and not shown.
pub struct Copy;

impl FormAction<CopySecret> for Copy {
    const BUTTON: &'static str = "copy";
    const FIELDS: &'static [&'static str] = &["environment", "name", WHY, FORM_TOKEN];
    type Asks = policy::AddSecret;
    type Input = Wanted;

    fn read(form: &Form) -> Result<Wanted, PageError> {
        Wanted::read(form, CopiedValue::Present(StatedReason::read_asked(form)?))
    }

    fn asks(_: &CopySecret, wanted: &Wanted) -> policy::AddSecret {
        wanted.asks()
    }

    async fn run(
        page: &CopySecret,
        permit: Permit<policy::AddSecret>,
        wanted: Wanted,
    ) -> Result<FormOutcome, PageError> {
        wanted.add(page, permit).await
    }

    fn refused(_: &CopySecret, _: &Wanted, refusal: PageError) -> Result<FormOutcome, PageError> {
        Err(refused_there(held_up(refusal)))
    }
}

/// Copies what is said about it, with a value that is sent.
pub struct CopyWithValue;

impl FormAction<CopySecret> for CopyWithValue {
    const BUTTON: &'static str = "copy-with-value";
    const FIELDS: &'static [&'static str] =
        &["environment", "name", KIND, VALUE_FIELDS[0], VALUE_FIELDS[1], FORM_TOKEN];
    type Asks = policy::AddSecret;
    type Input = Wanted;

    fn read(form: &Form) -> Result<Wanted, PageError> {
        // The kind is that of the secret, whatever the form says.
        Wanted::read(form, CopiedValue::Another(read_given(form)?.1))
    }

    fn asks(_: &CopySecret, wanted: &Wanted) -> policy::AddSecret {
        wanted.asks()
    }

    async fn run(
        page: &CopySecret,
        permit: Permit<policy::AddSecret>,
        wanted: Wanted,
    ) -> Result<FormOutcome, PageError> {
        wanted.add(page, permit).await
    }

    fn refused(_: &CopySecret, _: &Wanted, refusal: PageError) -> Result<FormOutcome, PageError> {
        Err(refused_there(held_up(refusal)))
    }
}

/// A name that is free, as long as nobody has copied it before.
fn suggested(name: &str) -> String {
    let copy = format!("{name}-copy");
    if SecretName::parse(&copy).is_ok() { copy } else { name.to_owned() }
}

fn view(page: &CopySecret, copy: &CopyForm, turn: &FormResult) -> impl IntoView + use<> {
    let was_sent = turn.action.is_some();
    let typed = |field: &str, usual: String| if was_sent { turn.typed(field) } else { usual };
    let another = page.another || !copy.may_reveal;
    let enctype = if another { enctype(copy.kind) } else { None };
    let button = if another { CopyWithValue::BUTTON } else { Copy::BUTTON };
    let choices = copy.environments.iter().map(|name| Choice::plain(name.as_str())).collect();
    let wrong = turn.error("").or_else(|| turn.error("reveal"));
    let inside = view! {
        {wrong.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <p>"The copy has the same kind, description and tags. It is yours: grants, history and versions are not copied."</p>
        {other_way(page, copy)}
        <form method="post" action=page.href() enctype=enctype data-guard>
            {form_token::<Console>()}
            <Select
                name="environment"
                label="Environment"
                choices
                chosen=typed("environment", copy.environment.to_string())
                error=turn.error("environment")
            />
            <Field
                name="name"
                label="Name of the copy"
                value=typed("name", suggested(&copy.name))
                error=turn.error("name")
                maxlength=Some(128)
                hint=Some("Letters, digits and _ . / -. Another environment may have the same name.")
            />
            {if another { value(copy, turn).into_any() } else { taken(copy, turn).into_any() }}
            <div class="actions">
                <button class="primary" name="action" value=button>"Copy the secret"</button>
                <a class="button" href=Secret { id: page.id }.href()>"Cancel"</a>
            </div>
        </form>
    };
    view! {
        <div class="panels">
            <Panel id="copy" title="Make a copy">{inside}</Panel>
        </div>
    }
}

fn value(copy: &CopyForm, turn: &FormResult) -> impl IntoView + use<> {
    let words = ValueField { label: "Value of the copy", hint: "Encrypted before it is stored.".to_owned() };
    value_fields(copy.kind, words, Some(turn))
}

/// Says what becomes of the value, and asks for the reason if the environment does.
fn taken(copy: &CopyForm, turn: &FormResult) -> impl IntoView + use<> {
    view! {
        <p>"The value is copied on the server, and is not shown. That counts as a reveal: it is recorded, with your name and the time, and the owner is told."</p>
        {copy.asks_reason.then(|| because_asked(WHY, turn.typed(WHY), turn.error(WHY)))}
    }
}

/// Links to the other form, if there are two.
fn other_way(page: &CopySecret, copy: &CopyForm) -> AnyView {
    if !copy.may_reveal {
        return view! { <p>"You may not reveal its value, so the copy needs one of its own."</p> }.into_any();
    }
    let (other, words) = match page.another {
        true => (CopySecret::of(page.id), "Copy the value as well"),
        false => (CopySecret { id: page.id, another: true }, "Give the copy another value"),
    };
    view! { <p><a href=other.href()>{words}</a></p> }.into_any()
}
