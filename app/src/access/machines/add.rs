//! Adds a service account, without roles and without credentials.

use crate::access::machines::MachineList;
use crate::access::machines::machine::Machine;
use crate::access::policy::machines as policy;
use crate::access::store::machines::{LONGEST_PURPOSE, MachineChoices, MachineError, NewMachine};
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::identities::choices::choices;
use crate::page::error::PageError;
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, ViewContext, addresses};
use crate::ui::{Choice, Field, PageHeader, Panel, Select};
use doorward::{DisplayName, Environment, SignInName};
use leptos::prelude::*;

addresses! {
    AddMachine {}
}

impl Page for AddMachine {
    type Opens = policy::AskToAddMachine;
    type Data = MachineChoices;
    type Within = Console;
    type Actions = (Add,);

    fn opens(&self) -> policy::AskToAddMachine {
        policy::AskToAddMachine
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::AskToAddMachine>) -> Result<MachineChoices, PageError> {
        Ok(request()?.backend.machine_choices(permit).await?)
    }

    fn title(&self, _: &MachineChoices) -> String {
        "Add a machine".to_owned()
    }

    fn view(&self, choices: MachineChoices, shown: &ViewContext) -> AnyView {
        view(&choices, &shown.turn).into_any()
    }
}

/// Adds the service account.
pub struct Add;

/// The fields of the form.
pub struct Fields {
    name: SignInName,
    owner: String,
    environment: Environment,
    new: NewMachine,
}

/// Reads the sign-in name of a person.
pub(super) fn read_person(form: &Form, field: &'static str) -> Result<String, PageError> {
    let name = SignInName::parse(form.text(field));
    name.map(|name| name.to_string()).map_err(|error| PageError::invalid(field, sentence(&error.to_string())))
}

fn read_purpose(form: &Form) -> Result<String, PageError> {
    let purpose = form.text("purpose").trim();
    let count = purpose.chars().count();
    let fits = (1..=LONGEST_PURPOSE as usize).contains(&count) && !purpose.chars().any(char::is_control);
    let message = "Say what it is for, in at most 200 characters on one line.";
    if fits { Ok(purpose.to_owned()) } else { Err(PageError::invalid("purpose", message)) }
}

impl FormAction<AddMachine> for Add {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["display-name", "name", "owner", "purpose", "environment", FORM_TOKEN];
    type Asks = policy::AddMachine;
    type Input = Fields;

    fn read(form: &Form) -> Result<Fields, PageError> {
        let wrong = |field: &'static str, error: String| PageError::invalid(field, sentence(&error));
        let display_name = DisplayName::parse(form.text("display-name"));
        let display_name = display_name.map_err(|error| wrong("display-name", error.to_string()))?;
        let name = SignInName::parse(form.text("name")).map_err(|error| wrong("name", error.to_string()))?;
        let owner = read_person(form, "owner")?;
        let purpose = read_purpose(form)?;
        let environment = Environment::parse(form.text("environment"))
            .map_err(|_| PageError::invalid("environment", "Choose an environment."))?;
        Ok(Fields { name, owner, environment, new: NewMachine { display_name, purpose, form: read_form_token(form) } })
    }

    fn asks(_: &AddMachine, fields: &Fields) -> policy::AddMachine {
        policy::AddMachine {
            name: fields.name.clone(),
            owner: fields.owner.clone(),
            environment: fields.environment.clone(),
        }
    }

    async fn run(_: &AddMachine, permit: Permit<policy::AddMachine>, fields: Fields) -> Result<FormOutcome, PageError> {
        let name = fields.name;
        let id = request()?.backend.add_machine(permit, fields.new).await.map_err(|error| match error {
            MachineError::Store(error) => error.into(),
            MachineError::NameTaken => PageError::invalid("name", format!("The sign-in name “{name}” is taken.")),
            MachineError::NoSuchOwner => PageError::invalid("owner", sentence(&error.to_string())),
            MachineError::NoSuchEnvironment => PageError::invalid("environment", sentence(&error.to_string())),
            error => PageError::invalid("", sentence(&error.to_string())),
        })?;
        let done = format!("{name} was added. Its owner makes a credential, and somebody else gives it a role.");
        Ok(FormOutcome::SeeOtherSaying(Machine { id }.path(), done))
    }
}

fn view(offered: &MachineChoices, turn: &FormResult) -> impl IntoView + use<> {
    let environments = offered.environments.iter().map(|name| Choice::plain(name.as_str())).collect();
    let inside = view! {
        {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <form method="post" action=AddMachine {}.href() data-guard>
            {form_token::<Console>()}
            <Field
                name="display-name"
                label="Name"
                value=turn.typed("display-name")
                error=turn.error("display-name")
                maxlength=Some(128)
                autofocus=turn.error("display-name").is_some()
            />
            <Field
                name="name"
                label="Sign-in name"
                value=turn.typed("name")
                error=turn.error("name")
                maxlength=Some(64)
                hint=Some("For example ci-billing. It is in every record, and cannot be changed.")
                autofocus=turn.error("name").is_some()
            />
            <Field
                name="owner"
                label="Owner’s sign-in name"
                value=turn.typed("owner")
                error=turn.error("owner")
                maxlength=Some(64)
                hint=Some("The person who answers for it and makes its credentials. If they are disabled, it is frozen.")
                suggestions=choices(&offered.people)
                autofocus=turn.error("owner").is_some()
            />
            <Field
                name="purpose"
                label="What it is for"
                value=turn.typed("purpose")
                error=turn.error("purpose")
                maxlength=Some(LONGEST_PURPOSE)
            />
            <Select
                name="environment"
                label="Environment"
                choices=environments
                chosen=turn.typed("environment")
                hint=Some("Where it runs. Its roles say what it may do.")
                error=turn.error("environment")
            />
            <div class="actions">
                <button class="primary">"Add the machine"</button>
                <a class="button" href=MachineList::default().href()>"Cancel"</a>
            </div>
        </form>
    };
    view! {
        <PageHeader
            title="Add a machine"
            intro=Some("A service account for one program in one place. It can do nothing until somebody gives it a role.")
        />
        <div class="panels">
            <Panel id="add" title="Which machine">{inside}</Panel>
        </div>
    }
}
