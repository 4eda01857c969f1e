//! The page of one environment: its description and its rules, and the button that removes it.

use crate::access::environments::list::EnvironmentList;
use crate::access::environments::rules::{RULE, fields, read_description, read_rules};
use crate::access::policy::environments as policy;
use crate::access::store::environments::{EnvironmentDetail, EnvironmentError, rules_in_words};
use crate::account::methods::Methods;
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, Page, Requested, ViewContext};
use crate::ui::{PageHeader, Panel, protected_mark};
use doorward::Environment;
use doorward::policy::Protection;
use leptos::prelude::*;

#[derive(Clone)]
pub struct EnvironmentPage {
    pub name: Environment,
}

impl Address for EnvironmentPage {
    /// A name that no environment can have is answered like one that no environment has.
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { name: Environment::parse(asked.segment("id")).unwrap_or_else(|_| Environment::nothing()) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.name.to_string())]
    }
}

impl Page for EnvironmentPage {
    type Opens = policy::ReadEnvironment;
    type Data = EnvironmentDetail;
    type Within = Console;
    type Actions = (Save, Remove);

    fn opens(&self) -> policy::ReadEnvironment {
        policy::ReadEnvironment { name: self.name.clone() }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadEnvironment>) -> Result<EnvironmentDetail, PageError> {
        Ok(request()?.backend.environment(permit).await?)
    }

    fn title(&self, _: &EnvironmentDetail) -> String {
        format!("Environment {}", self.name)
    }

    fn view(&self, environment: EnvironmentDetail, shown: &ViewContext) -> AnyView {
        view(self, &environment, shown).into_any()
    }
}

fn refused(field: &'static str, error: EnvironmentError) -> PageError {
    let message = match error {
        EnvironmentError::Store(error) => return error.into(),
        EnvironmentError::Stale => {
            "Somebody changed this environment meanwhile, so nothing was saved. Reload the page to see it.".to_owned()
        }
        EnvironmentError::InUse(contents) => {
            format!("It is not empty, so it was not removed. In it: {}.", contents.in_words())
        }
        other => sentence(&other.to_string()),
    };
    PageError::invalid(field, message)
}

/// Saves the description and the rules.
pub struct Save;

/// The fields of the form, and what it was made from.
pub struct Edit {
    description: String,
    described: String,
    was: Protection,
    becomes: Protection,
}

impl FormAction<EnvironmentPage> for Save {
    const BUTTON: &'static str = "save";
    const FIELDS: &'static [&'static str] = &["description", "described", "was", RULE];
    type Asks = policy::EditEnvironment;
    type Input = Edit;

    fn read(form: &Form) -> Result<Edit, PageError> {
        let was = Protection::parse(form.text("was"));
        Ok(Edit {
            description: read_description(form)?,
            described: form.text("described").to_owned(),
            was: was.ok_or_else(|| PageError::invalid("", "There is no such rule."))?,
            becomes: read_rules(form)?,
        })
    }

    fn asks(page: &EnvironmentPage, edit: &Edit) -> policy::EditEnvironment {
        policy::EditEnvironment { name: page.name.clone(), was: edit.was, becomes: edit.becomes }
    }

    async fn run(
        page: &EnvironmentPage,
        permit: Permit<policy::EditEnvironment>,
        edit: Edit,
    ) -> Result<FormOutcome, PageError> {
        let edited = request()?.backend.edit_environment(permit, &edit.description, &edit.described).await;
        edited.map_err(|error| refused("", error))?;
        let message = if edit.becomes == edit.was {
            "Saved."
        } else if edit.becomes.relaxes(edit.was) {
            "Saved. The rules apply from the next request on, and the other administrators are told."
        } else {
            "Saved. The rules apply from the next request on."
        };
        Ok(FormOutcome::SeeOther(page.path(), Some(message)))
    }
}

/// Removes the environment.
pub struct Remove;

impl FormAction<EnvironmentPage> for Remove {
    const BUTTON: &'static str = "remove";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = policy::RemoveEnvironment;
    type Input = ();

    fn read(_: &Form) -> Result<(), PageError> {
        Ok(())
    }

    fn asks(page: &EnvironmentPage, (): &()) -> policy::RemoveEnvironment {
        policy::RemoveEnvironment { name: page.name.clone() }
    }

    async fn run(
        _: &EnvironmentPage,
        permit: Permit<policy::RemoveEnvironment>,
        (): (),
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.remove_environment(permit).await.map_err(|error| refused("remove", error))?;
        Ok(FormOutcome::SeeOther(EnvironmentList.path(), Some("The environment was removed.")))
    }
}

fn view(page: &EnvironmentPage, environment: &EnvironmentDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let row = &environment.row;
    let secrets = match row.secrets {
        1 => "You can see 1 secret in it.".to_owned(),
        many => format!("You can see {many} secrets in it."),
    };
    view! {
        <PageHeader title=row.name.to_string() purpose=row.description.clone()>
            <a class="button" href=EnvironmentList.href()>"All environments"</a>
        </PageHeader>
        <p>{secrets} {protected_mark(row.rules.is_protected())}</p>
        <div class="panels">
            {if environment.may_edit {
                editor(page, environment, shown).into_any()
            } else {
                rules_panel(row.rules).into_any()
            }}
            {environment.may_edit.then(|| remove_panel(page, shown))}
        </div>
    }
}

fn rules_panel(rules: Protection) -> impl IntoView + use<> {
    let names = rules_in_words(rules);
    let none = names.is_empty();
    let items = names.into_iter().map(|name| view! { <li>{name}</li> }).collect_view();
    let inside = view! {
        <ul>{items}</ul>
        {none.then(|| view! { <p>"Roles and grants decide alone."</p> })}
    };
    view! { <Panel id="rules" title="Rules">{inside}</Panel> }
}

fn editor(page: &EnvironmentPage, environment: &EnvironmentDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let row = &environment.row;
    let posted = shown.turn.of(Save::BUTTON);
    let error = posted.and_then(|turn| turn.error(""));
    // What the form was made from, also when it is shown again.
    let described = posted.map_or_else(|| row.description.clone(), |turn| turn.typed("described"));
    let was = posted.map_or_else(|| row.rules.codes(), |turn| turn.typed("was"));
    let relaxing = if environment.has_second_factor {
        view! {
            <p>
                "To turn a rule off, you confirm with your second factor. The record keeps the rules before and after, and the other administrators are told."
            </p>
        }
        .into_any()
    } else {
        view! {
            <p>
                "To turn a rule off, you need a second factor: " <a href=Methods.href()>"ways to sign in"</a>
                ". Anybody who may edit can turn one on."
            </p>
        }
        .into_any()
    };
    let inside = view! {
        {error.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <form method="post" action=page.href() data-guard>
            <input type="hidden" name="described" value=described />
            <input type="hidden" name="was" value=was />
            {fields(posted, &row.description, row.rules)}
            {relaxing}
            <div class="actions">
                <button class="primary" name="action" value=Save::BUTTON>"Save"</button>
            </div>
        </form>
    };
    view! { <Panel id="rules" title="Description and rules">{inside}</Panel> }
}

fn remove_panel(page: &EnvironmentPage, shown: &ViewContext) -> impl IntoView + use<> {
    let error = shown.turn.of(Remove::BUTTON).and_then(|turn| turn.error("remove"));
    let inside = view! {
        {error.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <p>"An environment can be removed when nothing is in it: no secret, archived or not, no delivery, and no role."</p>
        <form method="post" action=page.href()>
            <div class="actions">
                <button class="danger" name="action" value=Remove::BUTTON>"Remove the environment"</button>
            </div>
        </form>
    };
    view! { <Panel id="remove" title="Remove the environment">{inside}</Panel> }
}
