//! Adding and removing passkeys.

use crate::account::methods::{Methods, end_others, read_end_others, stopped};
use crate::account::policy;
use crate::account::store::{OwnMethods, PasskeyRow};
use crate::backend::Permit;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::head::HandleChange;
use crate::page::{Address, FormAction, FormOutcome, FormResult, ViewContext};
use crate::sign_in::passkey_form::{passkey_form, read_passkey};
use crate::sign_in::store::PasskeyAnswer;
use crate::ui::time::Ago;
use crate::ui::{Column, Field, Panel, Table};
use doorward::Timestamp;
use leptos::prelude::*;

/// Adds a passkey.
pub struct AddPasskey;

/// The fields of the form.
pub struct New {
    name: String,
    answer: PasskeyAnswer,
    end_others: bool,
}

impl FormAction<Methods> for AddPasskey {
    const BUTTON: &'static str = "add-passkey";
    const FIELDS: &'static [&'static str] = &["passkey-name", "passkey", "ceremony", "end-others"];
    type Asks = policy::AddPasskey;
    type Input = New;

    fn read(form: &Form) -> Result<New, PageError> {
        let name = form.text("passkey-name").to_owned();
        let fits = !name.is_empty() && name.chars().count() <= 64 && !name.chars().any(char::is_control);
        if !fits {
            return Err(PageError::invalid("passkey-name", "Give it a name of at most 64 characters."));
        }
        Ok(New { name, answer: read_passkey(form), end_others: read_end_others(form) })
    }

    fn asks(_: &Methods, new: &New) -> policy::AddPasskey {
        policy::AddPasskey { end_others: new.end_others }
    }

    async fn run(page: &Methods, permit: Permit<policy::AddPasskey>, new: New) -> Result<FormOutcome, PageError> {
        let request = request()?;
        let is_first = !permit.principal().has_second_factor;
        let confirmed = request.backend.add_passkey(&request.asked, permit, new.name, new.answer).await?;
        if let Some(confirmed) = confirmed {
            request.head.set(|head| head.handle = Some(HandleChange::Set(confirmed.handle)));
        }
        let next = match is_first {
            true => "Your passkey is added. Make recovery codes next, and keep them.",
            false => "Your passkey is added.",
        };
        Ok(FormOutcome::SeeOther(page.path(), Some(next)))
    }
}

/// Removes a passkey.
pub struct RemovePasskey;

/// The fields of the form.
pub struct Which {
    credential_id: String,
    end_others: bool,
}

impl FormAction<Methods> for RemovePasskey {
    const BUTTON: &'static str = "remove-passkey";
    const FIELDS: &'static [&'static str] = &["which", "end-others"];
    type Asks = policy::RemovePasskey;
    type Input = Which;

    fn read(form: &Form) -> Result<Which, PageError> {
        let credential_id = form.text("which").to_owned();
        let fits = credential_id.len() <= 2048 && !credential_id.chars().any(char::is_control);
        if fits {
            Ok(Which { credential_id, end_others: read_end_others(form) })
        } else {
            Err(PageError::invalid("", "There is no such passkey."))
        }
    }

    fn asks(_: &Methods, which: &Which) -> policy::RemovePasskey {
        policy::RemovePasskey { credential_id: which.credential_id.clone(), end_others: which.end_others }
    }

    async fn run(page: &Methods, permit: Permit<policy::RemovePasskey>, _: Which) -> Result<FormOutcome, PageError> {
        request()?.backend.remove_passkey(permit).await?;
        Ok(FormOutcome::SeeOther(page.path(), Some("The passkey is removed.")))
    }
}

const COLUMNS: &[Column] =
    &[Column::Text("Name"), Column::Text("Added"), Column::Text("Last used"), Column::Unseen("Actions")];

pub(super) fn panel(methods: &OwnMethods, offered: bool, shown: &ViewContext) -> impl IntoView + use<> {
    let rows = methods.passkeys.iter().map(|passkey| row(passkey, shown.now)).collect_view();
    let some = !methods.passkeys.is_empty();
    let inside = view! {
            {stopped(shown.turn.of(RemovePasskey::BUTTON))}
            <p>"A passkey uses your device’s screen lock in place of a password. It works on this site only, so a fake copy of the site cannot use it."</p>
            {some.then(|| view! { <Table caption="Your passkeys" columns=COLUMNS>{rows}</Table> })}
            {if offered { add_form(shown.turn.of(AddPasskey::BUTTON)).into_any() } else { not_here().into_any() }}
    };
    view! {
        <Panel id="passkeys" title="Passkeys">{inside}</Panel>
    }
}

fn row(passkey: &PasskeyRow, now: Timestamp) -> impl IntoView + use<> {
    let label = format!("Remove the passkey {}", passkey.name);
    let used = match passkey.last_used {
        Some(at) => view! { <Ago at now /> }.into_any(),
        None => "never".into_any(),
    };
    view! {
        <tr>
            <th scope="row">{passkey.name.clone()}</th>
            <td data-label="Added"><Ago at=passkey.added now /></td>
            <td data-label="Last used">{used}</td>
            <td class="actions">
                <form class="actions" method="post" action=Methods.href() data-enhance="onward">
                    <input type="hidden" name="which" value=passkey.credential_id.clone() />
                    {end_others(None)}
                    <button class="danger" name="action" value=RemovePasskey::BUTTON aria-label=label>"Remove"</button>
                </form>
            </td>
        </tr>
    }
}

fn add_form(turn: Option<&FormResult>) -> impl IntoView + use<> {
    let error = turn.and_then(|turn| turn.error("passkey-name"));
    let typed = turn.map(|turn| turn.typed("passkey-name")).unwrap_or_default();
    let focus = error.is_some();
    let inside = view! {
        {stopped(turn)}
        <Field
            name="passkey-name"
            label="Name of the new passkey"
            value=typed
            hint=Some("To recognise it later, for example “Laptop”.")
            error
            autofocus=focus
        />
        {end_others(turn)}
        <noscript>
            <p>"To add a passkey, the browser needs JavaScript."</p>
        </noscript>
    };
    passkey_form(Methods.href(), "add", Some(AddPasskey::BUTTON), "Add a passkey", inside.into_any())
}

fn not_here() -> impl IntoView {
    view! { <p>"Passkeys are not offered at this address. They need Doorward to be opened by its name and over HTTPS."</p> }
}
