//! Adds a secret.

pub mod copy;
mod value;

pub(in crate::secrets) use value::{KIND, VALUE_FIELDS, ValueField, enctype, read_given, value_fields};

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, Requested, ViewContext};
use crate::secrets::list::Secrets;
use crate::secrets::policy;
use crate::secrets::secret::{Secret, generator};
use crate::secrets::store::{AddError, GivenValue, SecretKind};
use crate::ui::{Choice, Field, PageHeader, Panel, Select};
use doorward::generator::Generator;
use doorward::{Environment, Refusal, RefusalKind, SecretName};
use leptos::prelude::*;

/// The page, with a form for one kind of secret.
#[derive(Clone, Default)]
pub struct AddSecret {
    pub kind: SecretKind,
}

impl Address for AddSecret {
    fn at(asked: &mut Requested<'_>) -> Self {
        let invalid = || PageError::invalid(KIND, "There is no such kind of secret.");
        let kind = asked.query(KIND, SecretKind::Text, |text| SecretKind::parse(text).ok_or_else(invalid));
        Self { kind }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let kind = if self.kind == SecretKind::Text { "" } else { self.kind.as_str() };
        vec![(KIND, kind.to_owned())]
    }
}

impl Page for AddSecret {
    type Opens = policy::AskToAddSecret;
    /// The environments in which a secret may be added.
    type Data = Vec<Environment>;
    type Within = Console;
    type Actions = (Add, AddGenerated);
    const TAKES_FILES: bool = true;

    fn opens(&self) -> policy::AskToAddSecret {
        policy::AskToAddSecret
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::AskToAddSecret>) -> Result<Vec<Environment>, PageError> {
        Ok(request()?.backend.environments_to_add(permit).await?)
    }

    fn title(&self, _: &Vec<Environment>) -> String {
        "Add a secret".to_owned()
    }

    fn view(&self, environments: Vec<Environment>, shown: &ViewContext) -> AnyView {
        view(self, &environments, &shown.turn).into_any()
    }
}

/// Both buttons are of one form, so both know its fields.
const BOTH: &[&str] = &{
    let [a, b, c, d, e, f, g, h, i] = generator::FIELDS;
    ["environment", "name", KIND, VALUE_FIELDS[0], VALUE_FIELDS[1], FORM_TOKEN, a, b, c, d, e, f, g, h, i]
};

/// Adds the secret. The form has a token, so that sending it again adds nothing.
pub struct Add;

/// The fields of the form.
pub struct NewSecret {
    environment: Environment,
    name: SecretName,
    kind: SecretKind,
    value: GivenValue,
    form: Option<String>,
}

impl FormAction<AddSecret> for Add {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = BOTH;
    type Asks = policy::AddSecret;
    type Input = NewSecret;

    fn read(form: &Form) -> Result<NewSecret, PageError> {
        let (environment, name) = read_place(form)?;
        let (kind, value) = read_given(form)?;
        Ok(NewSecret { environment, name, kind, value, form: read_form_token(form) })
    }

    fn asks(_: &AddSecret, new: &NewSecret) -> policy::AddSecret {
        policy::AddSecret { environment: new.environment.clone(), name: new.name.clone() }
    }

    async fn run(_: &AddSecret, permit: Permit<policy::AddSecret>, new: NewSecret) -> Result<FormOutcome, PageError> {
        let NewSecret { environment, name, kind, value, form } = new;
        let id = request()?.backend.add_secret(permit, kind, value, form.as_deref()).await.map_err(not_added)?;
        Ok(FormOutcome::SeeOtherSaying(Secret { id }.path(), format!("Added {name} in {environment}.")))
    }

    /// Somebody who sees the form may add somewhere, so a refusal is about the environment.
    fn refused(_: &AddSecret, _: &NewSecret, refusal: PageError) -> Result<FormOutcome, PageError> {
        Err(refused_there(refusal))
    }
}

/// Adds the secret with a value that the server generates.
pub struct AddGenerated;

/// The fields of the form.
pub struct NewGenerated {
    environment: Environment,
    name: SecretName,
    generator: Generator,
    form: Option<String>,
}

impl FormAction<AddSecret> for AddGenerated {
    const BUTTON: &'static str = "generate";
    const FIELDS: &'static [&'static str] = BOTH;
    type Asks = policy::AddSecret;
    type Input = NewGenerated;

    fn read(form: &Form) -> Result<NewGenerated, PageError> {
        let (environment, name) = read_place(form)?;
        Ok(NewGenerated { environment, name, generator: generator::read(form)?, form: read_form_token(form) })
    }

    fn asks(_: &AddSecret, new: &NewGenerated) -> policy::AddSecret {
        policy::AddSecret { environment: new.environment.clone(), name: new.name.clone() }
    }

    async fn run(
        _: &AddSecret,
        permit: Permit<policy::AddSecret>,
        new: NewGenerated,
    ) -> Result<FormOutcome, PageError> {
        let NewGenerated { environment, name, generator, form } = new;
        let added = request()?.backend.add_generated(permit, &generator, form.as_deref()).await;
        let id = added.map_err(not_added)?;
        let what = generator::in_words(&generator);
        Ok(FormOutcome::SeeOtherSaying(Secret { id }.path(), format!("Added {name} in {environment}: {what}.")))
    }

    fn refused(_: &AddSecret, _: &NewGenerated, refusal: PageError) -> Result<FormOutcome, PageError> {
        Err(refused_there(refusal))
    }
}

fn read_place(form: &Form) -> Result<(Environment, SecretName), PageError> {
    let environment = Environment::parse(form.text("environment"));
    let name = SecretName::parse(form.text("name"));
    Ok((
        environment.map_err(|_| PageError::invalid("environment", "Choose an environment."))?,
        name.map_err(|error| PageError::invalid("name", sentence(&error.to_string())))?,
    ))
}

pub(super) fn not_added(error: AddError) -> PageError {
    match error {
        AddError::Taken => PageError::invalid("name", "Another secret of this environment has that name."),
        AddError::SentBefore => PageError::invalid("", "This form was already sent, and the secret was added then."),
        AddError::Value(error) => PageError::invalid(error.field, sentence(&error.reason)),
        AddError::Store(error) => error.into(),
    }
}

fn refused_there(refusal: PageError) -> PageError {
    match refusal {
        PageError::Refused(Refusal { answer: RefusalKind::Forbidden | RefusalKind::NotFound, .. }) => {
            PageError::invalid("environment", "You cannot add a secret there.")
        }
        other => other,
    }
}

fn view(page: &AddSecret, environments: &[Environment], turn: &FormResult) -> impl IntoView + use<> {
    let choices = environments.iter().map(|name| Choice::plain(name.as_str())).collect();
    let generated = turn.of(AddGenerated::BUTTON);
    let generate = (page.kind == SecretKind::Text).then(|| generate(generated));
    let inside = view! {
        {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <form method="post" action=page.href() enctype=enctype(page.kind) data-guard>
            {form_token::<Console>()}
            <Select
                name="environment"
                label="Environment"
                choices
                chosen=turn.typed("environment")
                error=turn.error("environment")
            />
            <Field
                name="name"
                label="Name"
                value=turn.typed("name")
                error=turn.error("name")
                maxlength=Some(128)
                hint=Some("Letters, digits and _ . / -, for example billing/api-key.")
                autofocus=VALUE_FIELDS.iter().all(|field| turn.error(field).is_none())
            />
            {value_fields(page.kind, ValueField { label: "Value", hint: "Encrypted before it is stored.".to_owned() }, Some(turn))}
            <div class="actions">
                <button class="primary">"Add the secret"</button>
                <a class="button" href=Secrets::default().href()>"Cancel"</a>
            </div>
            {generate}
        </form>
    };
    view! {
        <PageHeader title="Add a secret" intro=Some("You own it: share it with others on its page.") />
        {kinds(page)}
        <div class="panels">
            <Panel id="add" title="The secret">{inside}</Panel>
        </div>
    }
}

/// The second way to add a text. Its type is erased, because that of the whole form would be too deep for the compiler.
fn generate(turn: Option<&FormResult>) -> AnyView {
    view! {
        <details open=turn.is_some()>
            <summary>"Or let the server generate it"</summary>
            {generator::fields(turn, None)}
            <div class="actions">
                <button name="action" value=AddGenerated::BUTTON formnovalidate>"Generate and add"</button>
            </div>
        </details>
    }
    .into_any()
}

/// Links to the form for each kind.
fn kinds(page: &AddSecret) -> impl IntoView + use<> {
    let here = page.kind;
    let link = |kind: SecretKind| {
        let current = (kind == here).then_some("page");
        view! { <li><a href=AddSecret { kind }.href() aria-current=current>{kind.label()}</a></li> }
    };
    view! {
        <nav class="tabs" aria-label="Kind of secret">
            <ul>{SecretKind::ALL.map(link).collect_view()}</ul>
        </nav>
    }
}
