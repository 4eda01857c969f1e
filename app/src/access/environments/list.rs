//! The list of environments: their order, and the form that adds one.

use crate::access::environments::environment::EnvironmentPage;
use crate::access::environments::rules::{RULE, fields, read_description, read_rules};
use crate::access::policy::environments as policy;
use crate::access::store::environments::{EnvironmentError, EnvironmentListing, EnvironmentRow, rules_in_words};
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, Requested, ViewContext};
use crate::ui::{Column, Field, PageHeader, Panel, Table, protected_mark};
use doorward::Environment;
use doorward::policy::Protection;
use leptos::prelude::*;

#[derive(Clone)]
pub struct EnvironmentList;

impl Address for EnvironmentList {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

impl Page for EnvironmentList {
    type Opens = policy::ListEnvironments;
    type Data = EnvironmentListing;
    type Within = Console;
    type Actions = (Add, Move);

    fn opens(&self) -> policy::ListEnvironments {
        policy::ListEnvironments
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ListEnvironments>) -> Result<EnvironmentListing, PageError> {
        Ok(request()?.backend.environments(permit).await?)
    }

    fn title(&self, _: &EnvironmentListing) -> String {
        "Environments".to_owned()
    }

    fn view(&self, listing: EnvironmentListing, shown: &ViewContext) -> AnyView {
        view(&listing, &shown.turn).into_any()
    }
}

/// Adds an environment.
pub struct Add;

/// The fields of the form.
pub struct New {
    name: Environment,
    description: String,
    rules: Protection,
}

impl FormAction<EnvironmentList> for Add {
    const BUTTON: &'static str = "add";
    const FIELDS: &'static [&'static str] = &["name", "description", RULE];
    type Asks = policy::AddEnvironment;
    type Input = New;

    fn read(form: &Form) -> Result<New, PageError> {
        let name = Environment::parse(form.text("name"));
        let name = name.map_err(|error| PageError::invalid("name", sentence(&error.to_string())))?;
        Ok(New { name, description: read_description(form)?, rules: read_rules(form)? })
    }

    fn asks(_: &EnvironmentList, New { name, rules, .. }: &New) -> policy::AddEnvironment {
        policy::AddEnvironment { name: name.clone(), rules: *rules }
    }

    async fn run(
        _: &EnvironmentList,
        permit: Permit<policy::AddEnvironment>,
        New { name, description, .. }: New,
    ) -> Result<FormOutcome, PageError> {
        let added = request()?.backend.add_environment(permit, &description).await;
        added.map_err(|error| match error {
            EnvironmentError::Store(error) => error.into(),
            _ => PageError::invalid("name", format!("There is an environment “{name}” already.")),
        })?;
        Ok(FormOutcome::SeeOtherSaying(EnvironmentList.path(), format!("The environment {name} was added.")))
    }
}

/// Moves an environment up or down.
pub struct Move;

impl FormAction<EnvironmentList> for Move {
    const BUTTON: &'static str = "move";
    const FIELDS: &'static [&'static str] = &["environment", "to"];
    type Asks = policy::MoveEnvironment;
    type Input = (Environment, bool);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        let name = Environment::parse(form.text("environment"));
        let name = name.map_err(|error| PageError::invalid("", sentence(&error.to_string())))?;
        match form.text("to") {
            "up" => Ok((name, true)),
            "down" => Ok((name, false)),
            _ => Err(PageError::invalid("", "An environment is moved up or down.")),
        }
    }

    fn asks(_: &EnvironmentList, (name, up): &Self::Input) -> policy::MoveEnvironment {
        policy::MoveEnvironment { name: name.clone(), up: *up }
    }

    async fn run(
        _: &EnvironmentList,
        permit: Permit<policy::MoveEnvironment>,
        (name, _): Self::Input,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.move_environment(permit).await.map_err(|error| match error {
            EnvironmentError::Store(error) => error.into(),
            other => PageError::invalid("", sentence(&other.to_string())),
        })?;
        Ok(FormOutcome::SeeOtherSaying(EnvironmentList.path(), format!("{name} was moved.")))
    }
}

const COLUMNS: &[Column] =
    &[Column::Text("Environment"), Column::Text("Rules"), Column::Number("Secrets"), Column::Text("Order")];
/// Without the buttons.
const READ_ONLY: &[Column] = &[Column::Text("Environment"), Column::Text("Rules"), Column::Number("Secrets")];

fn view(listing: &EnvironmentListing, turn: &FormResult) -> impl IntoView + use<> {
    let last = listing.rows.len().saturating_sub(1);
    let rows = listing.rows.iter().enumerate().map(|(at, environment)| {
        let order = listing.may_edit.then(|| order(&environment.name, at > 0, at < last).into_any());
        row(environment, order)
    });
    let rows = rows.collect_view();
    let columns = if listing.may_edit { COLUMNS } else { READ_ONLY };
    let moved = turn.of(Move::BUTTON).and_then(|turn| turn.error(""));
    view! {
        <PageHeader
            title="Environments"
            intro=Some("Each secret belongs to one. Lists and forms show them in this order. The numbers are of the secrets that you can see.")
        />
        {moved.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <section class="panel wide" aria-label="Environments">
            <Table caption="Environments" columns=columns class="two-lines">{rows}</Table>
        </section>
        {listing.may_edit.then(|| view! { <div class="panels">{add_panel(turn.of(Add::BUTTON))}</div> })}
    }
}

fn row(environment: &EnvironmentRow, order: Option<AnyView>) -> impl IntoView + use<> {
    let name = environment.name.clone();
    let description = environment.description.clone();
    let description = (!description.is_empty()).then(|| view! { <small><bdi>{description}</bdi></small> });
    let rules = rules_in_words(environment.rules);
    let rules = if rules.is_empty() { "None".to_owned() } else { rules.join(", ") };
    let order = order.map(|order| view! { <td data-label="Order">{order}</td> });
    view! {
        <tr>
            <th scope="row">
                <a href=EnvironmentPage { name: name.clone() }.href()>{name.to_string()}</a>
                {protected_mark(environment.rules.is_protected())}
                {description}
            </th>
            <td data-label="Rules">{rules}</td>
            <td data-label="Secrets" class="number">{environment.secrets}</td>
            {order}
        </tr>
    }
}

fn order(name: &Environment, may_rise: bool, may_fall: bool) -> impl IntoView + use<> {
    let button = |to: &'static str, label: &'static str| {
        let described = format!("Move {name} {to}");
        view! {
            <form method="post" action=EnvironmentList.href()>
                <input type="hidden" name="environment" value=name.to_string() />
                <input type="hidden" name="to" value=to />
                <button class="quiet" name="action" value=Move::BUTTON aria-label=described>{label}</button>
            </form>
        }
    };
    view! {
        <div class="actions">
            {may_rise.then(|| button("up", "Up"))}
            {may_fall.then(|| button("down", "Down"))}
        </div>
    }
}

fn add_panel(posted: Option<&FormResult>) -> impl IntoView + use<> {
    let error = posted.and_then(|turn| turn.error(""));
    let name_error = posted.and_then(|turn| turn.error("name"));
    let inside = view! {
        {error.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <form method="post" action=EnvironmentList.href() data-guard>
            <Field
                name="name"
                label="Name"
                value=posted.map(|turn| turn.typed("name")).unwrap_or_default()
                autofocus=name_error.is_some()
                error=name_error
                maxlength=Some(32)
                hint=Some("For example dr-site. Lower-case letters, digits and -. It cannot be changed later.")
            />
            {fields(posted, "", Protection::NONE)}
            <div class="actions">
                <button class="primary" name="action" value=Add::BUTTON>"Add the environment"</button>
            </div>
        </form>
    };
    view! { <Panel id="add" title="Add an environment">{inside}</Panel> }
}
