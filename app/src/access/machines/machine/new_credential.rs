//! The form for a new credential: a client secret that is made here, or the public half of a key pair.

use crate::access::machines::machine::{Machine, refused};
use crate::access::policy::machines as policy;
use crate::access::store::machines::{LONGEST_LABEL, MachineDetail, MachineError, MadeCredential};
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::ui::{Choice, Field, Panel, Select, TextArea};
use doorward::{BadPublicKey, PublicKey, TimeSpan};
use leptos::prelude::*;

const fn days(count: i64) -> TimeSpan {
    TimeSpan::hours(count * 24)
}

/// The choices for how long a credential lasts, the usual one first.
const LASTS: [(&str, &str, TimeSpan); 5] = [
    ("90d", "90 days", days(90)),
    ("30d", "30 days", days(30)),
    ("7d", "7 days", days(7)),
    ("180d", "180 days", days(180)),
    ("365d", "365 days", days(365)),
];
/// The choices for how long the earlier credential still counts.
const OVERLAPS: [(&str, &str, TimeSpan); 4] = [
    ("1d", "1 day", days(1)),
    ("1h", "1 hour", TimeSpan::hours(1)),
    ("7d", "7 days", days(7)),
    ("0", "Not at all", TimeSpan(0)),
];

fn chosen(choices: &[(&str, &str, TimeSpan)], form: &Form, field: &'static str) -> Result<TimeSpan, PageError> {
    let found = choices.iter().find(|(value, _, _)| *value == form.text(field));
    found.map(|(_, _, span)| *span).ok_or_else(|| PageError::invalid(field, "Choose one of these."))
}

/// What the form says of either kind.
pub struct NewCredential {
    label: String,
    lasts: TimeSpan,
    overlap: TimeSpan,
    form: Option<String>,
}

fn read(form: &Form) -> Result<NewCredential, PageError> {
    let label = form.text("label").trim();
    let count = label.chars().count();
    if !(1..=LONGEST_LABEL as usize).contains(&count) || label.chars().any(char::is_control) {
        return Err(PageError::invalid("label", "Say where it is used, in at most 64 characters on one line."));
    }
    Ok(NewCredential {
        label: label.to_owned(),
        lasts: chosen(&LASTS, form, "lasts")?,
        overlap: chosen(&OVERLAPS, form, "overlap")?,
        form: read_form_token(form),
    })
}

const FIELDS: &[&str] = &["label", "lasts", "overlap", "public-key", FORM_TOKEN];

/// Makes a client secret. The form has a token, so that sending it again makes no second one.
pub struct Make;

impl FormAction<Machine> for Make {
    const BUTTON: &'static str = "make-credential";
    const FIELDS: &'static [&'static str] = FIELDS;
    type Asks = policy::MakeCredential;
    type Input = NewCredential;

    fn read(form: &Form) -> Result<NewCredential, PageError> {
        if !form.text("public-key").trim().is_empty() {
            let sentence = "For a client secret leave this empty. For this key press “Add the public key”.";
            return Err(PageError::invalid("public-key", sentence));
        }
        read(form)
    }

    fn asks(page: &Machine, new: &NewCredential) -> policy::MakeCredential {
        policy::MakeCredential { id: page.id, label: new.label.clone(), lasts: new.lasts, overlap: new.overlap }
    }

    async fn run(
        _: &Machine,
        permit: Permit<policy::MakeCredential>,
        new: NewCredential,
    ) -> Result<FormOutcome, PageError> {
        let made = request()?.backend.make_credential(permit, new.form.as_deref()).await;
        Ok(FormOutcome::show(made.map_err(|error| refused("label", error))?))
    }
}

/// Adds the public half of a key pair.
pub struct AddKey;

impl FormAction<Machine> for AddKey {
    const BUTTON: &'static str = "add-key";
    const FIELDS: &'static [&'static str] = FIELDS;
    type Asks = policy::AddKey;
    type Input = (NewCredential, PublicKey);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        let new = read(form)?;
        let wrong = |error: BadPublicKey| PageError::invalid("public-key", sentence(&error.to_string()));
        Ok((new, PublicKey::parse(form.text("public-key")).map_err(wrong)?))
    }

    fn asks(page: &Machine, (new, key): &Self::Input) -> policy::AddKey {
        policy::AddKey { id: page.id, label: new.label.clone(), lasts: new.lasts, overlap: new.overlap, key: *key }
    }

    async fn run(
        page: &Machine,
        permit: Permit<policy::AddKey>,
        (new, _): Self::Input,
    ) -> Result<FormOutcome, PageError> {
        let added = request()?.backend.add_key(permit, new.form.as_deref()).await;
        let field = |error: &MachineError| if matches!(error, MachineError::KeyKnown) { "public-key" } else { "label" };
        added.map_err(|error| refused(field(&error), error))?;
        Ok(FormOutcome::SeeOther(page.path(), Some("The public key is added. Its private half begins sessions now.")))
    }
}

pub(super) fn panel(page: &Machine, machine: &MachineDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Make::BUTTON).filter(|turn| turn.done::<MadeCredential>().is_none());
    let turn = turn.or_else(|| shown.turn.of(AddKey::BUTTON));
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let typed = |field: &str| turn.map(|turn| turn.typed(field)).unwrap_or_default();
    // What was pasted by mistake may be the private half.
    let key = Some(typed("public-key")).filter(|text| PublicKey::parse(text).is_ok()).unwrap_or_default();
    let offered = |choices: &[(&str, &str, TimeSpan)]| {
        choices.iter().map(|(value, label, _)| Choice::new(*value, *label)).collect::<Vec<_>>()
    };
    let hint = match machine.row.credentials {
        0 => "There is no earlier credential.",
        _ => "Time to put the new one in place. Then the earlier one ends by itself.",
    };
    let about_key = "Ed25519, as OpenSSH or PEM writes it. Leave it empty for a client secret.".to_owned();
    let inside = view! {
        <form method="post" action=page.href() data-guard>
            {form_token::<Console>()}
            <Field
                name="label"
                label="Where it is used"
                value=typed("label")
                error=error("label")
                maxlength=Some(LONGEST_LABEL)
                hint=Some("For example the name of a pipeline. It is shown in this list.")
                autofocus=error("label").is_some()
            />
            <Select name="lasts" label="How long it works" choices=offered(&LASTS) chosen=typed("lasts") error=error("lasts") />
            <Select
                name="overlap"
                label="How long the earlier one still works"
                choices=offered(&OVERLAPS)
                chosen=typed("overlap")
                hint=Some(hint)
                error=error("overlap")
            />
            <TextArea
                name="public-key"
                label="Public key (for a key pair)"
                value=key
                hint=Some(about_key)
                error=error("public-key")
                required=false
                maxlength=Some(1000)
            />
            <div class="actions">
                <button class="primary" name="action" value=Make::BUTTON>"Make a client secret"</button>
                <button name="action" value=AddKey::BUTTON>"Add the public key"</button>
            </div>
        </form>
    };
    view! { <Panel id="make" title="Add a credential">{inside}</Panel> }
}
