//! Systems that somebody declared as users of a secret, because no record can tell of them.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::secrets::access::consumers::SecretConsumers;
use crate::secrets::policy;
use crate::secrets::store::{AddConsumerError, Consumers, Declared, NewConsumer};
use crate::ui::time::Ago;
use crate::ui::{Column, Field, Panel, Table};
use doorward::{ConsumerId, Timestamp};
use leptos::prelude::*;

/// Declares a system. The form has a token, so that sending it again declares nothing.
pub struct AddConsumer;

impl FormAction<SecretConsumers> for AddConsumer {
    const BUTTON: &'static str = "declare";
    const FIELDS: &'static [&'static str] = &["system", "contact", "note", FORM_TOKEN];
    type Asks = policy::AddConsumer;
    type Input = (NewConsumer, Option<String>);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        let name = read_text(form, "system", 100)?;
        if name.is_empty() {
            return Err(PageError::invalid("system", "Name the system."));
        }
        let (contact, note) = (read_text(form, "contact", 200)?, read_text(form, "note", 500)?);
        Ok((NewConsumer { name, contact, note }, read_form_token(form)))
    }

    fn asks_anyway(page: &SecretConsumers) -> Option<policy::AddConsumer> {
        Some(policy::AddConsumer { id: page.id })
    }

    fn asks(page: &SecretConsumers, _: &Self::Input) -> policy::AddConsumer {
        policy::AddConsumer { id: page.id }
    }

    async fn run(
        page: &SecretConsumers,
        permit: Permit<policy::AddConsumer>,
        (new, form): Self::Input,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.add_consumer(permit, new, form.as_deref()).await.map_err(|error| match error {
            AddConsumerError::SentBefore => {
                PageError::invalid("system", "This form was already sent, and the system was declared then.")
            }
            AddConsumerError::TooMany => {
                PageError::invalid("system", "There are 100 systems already. Remove one that is gone.")
            }
            AddConsumerError::Store(error) => error.into(),
        })?;
        Ok(FormOutcome::SeeOther(page.path(), Some("Declared.")))
    }
}

fn read_text(form: &Form, name: &'static str, most: usize) -> Result<String, PageError> {
    let text = form.text(name);
    if text.chars().count() > most {
        return Err(PageError::invalid(name, format!("Enter at most {most} characters.")));
    }
    if text.chars().any(char::is_control) {
        return Err(PageError::invalid(name, "Enter it in one line."));
    }
    Ok(text.to_owned())
}

/// Removes a declared system.
pub struct RemoveConsumer;

impl FormAction<SecretConsumers> for RemoveConsumer {
    const BUTTON: &'static str = "remove-consumer";
    const FIELDS: &'static [&'static str] = &["consumer"];
    type Asks = policy::RemoveConsumer;
    type Input = ConsumerId;

    fn read(form: &Form) -> Result<ConsumerId, PageError> {
        ConsumerId::parse(form.text("consumer")).map_err(|_| PageError::invalid("", "There is no such system."))
    }

    fn asks(page: &SecretConsumers, consumer: &ConsumerId) -> policy::RemoveConsumer {
        policy::RemoveConsumer { id: page.id, consumer: *consumer }
    }

    async fn run(
        page: &SecretConsumers,
        permit: Permit<policy::RemoveConsumer>,
        _: ConsumerId,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.remove_consumer(permit).await?;
        Ok(FormOutcome::SeeOther(page.path(), Some("Removed.")))
    }
}

const COLUMNS: &[Column] = &[
    Column::Text("System"),
    Column::Text("Contact"),
    Column::Text("Note"),
    Column::Text("Declared"),
    Column::Unseen("Actions"),
];

pub(super) fn panel(page: &SecretConsumers, consumers: &Consumers, shown: &ViewContext) -> impl IntoView + use<> {
    let rows = consumers.declared.iter().map(|system| row(page, system, consumers.may_edit, shown.now)).collect_view();
    let table = if consumers.declared.is_empty() {
        view! { <p>"None. Declare what gets the value by another way, so that somebody tells its people before a rotation."</p> }
            .into_any()
    } else {
        view! { <Table caption="Declared systems" columns=COLUMNS>{rows}</Table> }.into_any()
    };
    let form = consumers.may_edit.then(|| form(page, shown));
    let wrong = shown.turn.of(RemoveConsumer::BUTTON).and_then(|turn| turn.error(""));
    let inside = view! {
        {wrong.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        {table}
        {form}
    };
    view! { <Panel id="declared" title="Declared systems" part=true>{inside}</Panel> }
}

fn row(page: &SecretConsumers, system: &Declared, may_edit: bool, now: Timestamp) -> impl IntoView + use<> {
    let by = system.added_by.as_ref().map(|by| view! { " by " <bdi>{by.clone()}</bdi> });
    let remove = may_edit.then(|| {
        view! {
            <form method="post" action=page.href() data-enhance data-removes>
                <input type="hidden" name="consumer" value=system.id.to_string() />
                <button
                    class="danger"
                    name="action"
                    value=RemoveConsumer::BUTTON
                    aria-label=format!("Remove {}", system.name)
                >
                    "Remove"
                </button>
            </form>
        }
    });
    view! {
        <tr>
            <th scope="row"><bdi>{system.name.clone()}</bdi></th>
            <td data-label="Contact"><bdi>{system.contact.clone()}</bdi></td>
            <td data-label="Note" class="prose"><bdi>{system.note.clone()}</bdi></td>
            <td data-label="Declared"><Ago at=system.added now /> {by}</td>
            <td class="actions">{remove}</td>
        </tr>
    }
}

fn form(page: &SecretConsumers, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(AddConsumer::BUTTON);
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let typed = |field: &str| turn.map(|turn| turn.typed(field)).unwrap_or_default();
    view! {
        <form method="post" action=page.href() data-enhance data-guard>
            {form_token::<Console>()}
            <Field
                name="system"
                label="System"
                value=typed("system")
                maxlength=Some(100)
                autofocus=error("system").is_some()
                error=error("system")
            />
            <Field
                name="contact"
                label="Contact (optional)"
                value=typed("contact")
                required=false
                maxlength=Some(200)
                hint=Some("Whom to tell before a rotation.")
                error=error("contact")
            />
            <Field
                name="note"
                label="Note (optional)"
                value=typed("note")
                required=false
                maxlength=Some(500)
                error=error("note")
            />
            <div class="actions">
                <button name="action" value=AddConsumer::BUTTON>"Declare the system"</button>
            </div>
        </form>
    }
}
