//! Every canary, and a button that adds a decoy.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, ViewContext, addresses};
use crate::secrets::add::not_added;
use crate::secrets::canary::SecretCanary;
use crate::secrets::list::Secrets;
use crate::secrets::policy;
use crate::secrets::secret::Secret;
use crate::secrets::store::{AddError, CanaryList, CanaryRow, SHAPES};
use crate::ui::time::Ago;
use crate::ui::{Choice, Column, Empty, PageHeader, Panel, Select, Table, environment_mark};
use doorward::{Environment, Refusal, RefusalKind, Timestamp};
use leptos::prelude::*;

addresses! {
    Canaries {}
}

impl Page for Canaries {
    type Opens = policy::ListCanaries;
    type Data = CanaryList;
    type Within = Console;
    type Actions = (AddDecoy,);

    fn opens(&self) -> policy::ListCanaries {
        policy::ListCanaries
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ListCanaries>) -> Result<CanaryList, PageError> {
        Ok(request()?.backend.canaries(permit).await?)
    }

    fn title(&self, _: &CanaryList) -> String {
        "Canaries".to_owned()
    }

    fn view(&self, list: CanaryList, shown: &ViewContext) -> AnyView {
        view(&list, shown).into_any()
    }
}

/// Adds a decoy. The form has a token, so that sending it again adds no second one.
pub struct AddDecoy;

/// The fields of the form.
pub struct NewDecoy {
    environment: Environment,
    shape: &'static str,
    form: Option<String>,
}

impl FormAction<Canaries> for AddDecoy {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["environment", "shape", FORM_TOKEN];
    type Asks = policy::AddDecoy;
    type Input = NewDecoy;

    fn read(form: &Form) -> Result<NewDecoy, PageError> {
        let environment = Environment::parse(form.text("environment"));
        let shape = SHAPES.into_iter().find(|(value, _)| *value == form.text("shape"));
        Ok(NewDecoy {
            environment: environment.map_err(|_| PageError::invalid("environment", "Choose an environment."))?,
            shape: shape.ok_or_else(|| PageError::invalid("shape", "Choose one of these."))?.0,
            form: read_form_token(form),
        })
    }

    fn asks(_: &Canaries, new: &NewDecoy) -> policy::AddDecoy {
        policy::AddDecoy { environment: new.environment.clone(), shape: new.shape }
    }

    async fn run(_: &Canaries, permit: Permit<policy::AddDecoy>, new: NewDecoy) -> Result<FormOutcome, PageError> {
        let added = request()?.backend.add_decoy(permit, new.form.as_deref()).await;
        let (id, name) = added.map_err(|error| match error {
            AddError::SentBefore => PageError::invalid("", "This form was already sent, and the decoy was added then."),
            error => not_added(error),
        })?;
        let said = format!("Added {name} in {}, which is a canary. Rename it as you like.", new.environment);
        Ok(FormOutcome::SeeOtherSaying(Secret { id }.path(), said))
    }

    /// Somebody who sees the form may add one somewhere, so a refusal is about the environment.
    fn refused(_: &Canaries, _: &NewDecoy, refusal: PageError) -> Result<FormOutcome, PageError> {
        match refusal {
            PageError::Refused(Refusal { answer: RefusalKind::NotFound, .. }) => {
                Err(PageError::invalid("environment", "There is no such environment."))
            }
            other => Err(other),
        }
    }
}

const COLUMNS: &[Column] =
    &[Column::Text("Name"), Column::Text("Environment"), Column::Text("Marked by"), Column::Text("Marked")];

fn view(list: &CanaryList, shown: &ViewContext) -> impl IntoView + use<> {
    let rows = list.rows.iter().map(|canary| row(canary, shown.now)).collect_view();
    let table = if list.rows.is_empty() {
        view! {
            <Empty title="No canaries">
                <p>"A canary is a secret that nobody needs. Whoever reveals it loses the session at once, and an incident tells you who it was. Add a decoy, or mark a secret on its own page."</p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <Table caption="Canaries, by name" columns=COLUMNS>{rows}</Table> }.into_any()
    };
    view! {
        <PageHeader title="Canaries" intro=Some("Only administrators see this list.")>
            <a class="button" href=Secrets::default().href()>"All secrets"</a>
        </PageHeader>
        <div class="panels">
            <Panel id="canaries" title="Canaries">{table}</Panel>
            {add(list, &shown.turn)}
        </div>
    }
}

fn row(canary: &CanaryRow, now: Timestamp) -> impl IntoView + use<> {
    let by = canary.marked_by.clone().unwrap_or_else(|| "the command line".to_owned());
    view! {
        <tr>
            <th scope="row"><a href=SecretCanary { id: canary.id }.href()><code>{canary.name.clone()}</code></a></th>
            <td data-label="Environment">{environment_mark(&canary.environment, canary.protected)}</td>
            <td data-label="Marked by"><bdi>{by}</bdi></td>
            <td data-label="Marked"><Ago at=canary.marked now /></td>
        </tr>
    }
}

fn add(list: &CanaryList, turn: &FormResult) -> impl IntoView + use<> {
    let environments = list.environments.iter().map(|name| Choice::plain(name.as_str())).collect();
    let shapes = SHAPES.map(|(value, label)| Choice::new(value, label)).to_vec();
    let inside = view! {
        {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <form method="post" action=Canaries {}.href()>
            {form_token::<Console>()}
            <Select name="shape" label="Looks like" choices=shapes chosen=turn.typed("shape") error=turn.error("shape") />
            <Select
                name="environment"
                label="Environment"
                choices=environments
                chosen=turn.typed("environment")
                error=turn.error("environment")
                hint=Some("You own it. Share it with those whose sessions you want to guard.")
            />
            <div class="actions">
                <button class="primary">"Add a decoy"</button>
            </div>
        </form>
    };
    view! { <Panel id="decoy" title="Add a decoy">{inside}</Panel> }
}
