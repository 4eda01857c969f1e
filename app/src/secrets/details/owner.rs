//! Gives a secret to another owner.

use crate::backend::Permit;
use crate::console::request;
use crate::identities::choices::choices;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::secrets::details::EditSecret;
use crate::secrets::list::Secrets;
use crate::secrets::policy;
use crate::secrets::secret::{OVER, read_over};
use crate::secrets::store::{GiveError, SecretDetails};
use crate::ui::{Because, Field, Panel};
use doorward::Reason;
use leptos::prelude::*;

pub struct Give;

/// The fields of the form.
pub struct NewOwner {
    to: String,
    why: StatedReason,
    over: Option<i64>,
}

impl FormAction<EditSecret> for Give {
    const BUTTON: &'static str = "give";
    const FIELDS: &'static [&'static str] = &["to", WHY, OVER];
    type Asks = policy::GiveSecret;
    type Input = NewOwner;

    fn read(form: &Form) -> Result<NewOwner, PageError> {
        let to = form.text("to").to_lowercase();
        if to.is_empty() || to.len() > 64 || to.chars().any(char::is_control) {
            return Err(PageError::invalid("to", "Give the sign-in name of the new owner."));
        }
        Ok(NewOwner { to, why: StatedReason::read(form)?, over: read_over(form)? })
    }

    fn asks(page: &EditSecret, new: &NewOwner) -> policy::GiveSecret {
        policy::GiveSecret { id: page.id, to: new.to.clone(), why: new.why.clone() }
    }

    async fn run(_: &EditSecret, permit: Permit<policy::GiveSecret>, new: NewOwner) -> Result<FormOutcome, PageError> {
        let given = request()?.backend.give_secret(permit, new.over).await;
        let owner = given.map_err(|error| match error {
            GiveError::Nobody => PageError::invalid("to", format!("No one has the sign-in name “{}”.", new.to)),
            GiveError::Unfit => PageError::invalid("to", "This account is disabled, or does not belong to a person."),
            GiveError::Owner => PageError::invalid("to", "They own it already."),
            GiveError::Stale(change) => {
                let said =
                    format!("{} The owner is the same as before. To go on, press the button again.", change.in_words());
                PageError::invalid("to", said)
            }
            GiveError::Store(error) => error.into(),
        })?;
        // The giver may not know of the secret any more, so not to its page.
        Ok(FormOutcome::SeeOtherSaying(Secrets::default().path(), format!("{owner} is the owner now, and was told.")))
    }

    fn refused(_: &EditSecret, _: &NewOwner, refusal: PageError) -> Result<FormOutcome, PageError> {
        let to_oneself = request()?.refused.get().is_some_and(|refused| refused.reason == Reason::SamePerson);
        Err(if to_oneself { PageError::invalid("to", "You cannot make yourself the owner.") } else { refusal })
    }
}

pub(super) fn panel(page: &EditSecret, details: &SecretDetails, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Give::BUTTON);
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let typed = |field: &str| turn.map(|turn| turn.typed(field)).unwrap_or_default();
    let owner = details.owner.clone();
    let inside = view! {
        <form method="post" action=page.href() data-enhance="onward" data-guard>
            <input type="hidden" name=OVER value=details.revision autocomplete="off" />
            <p>"The owner is " <bdi>{owner}</bdi> ". They keep no access unless it is granted to them afterwards."</p>
            <Field
                name="to"
                label="Sign-in name of the new owner"
                value=typed("to")
                autofocus=error("to").is_some()
                error=error("to")
                suggestions=choices(&details.people)
            />
            <Because value=typed(WHY) error=error(WHY) />
            <div class="actions">
                <button name="action" value=Give::BUTTON>"Change the owner"</button>
            </div>
        </form>
    };
    view! { <Panel id="owner" title="Owner" part=true>{inside}</Panel> }
}
