//! The form that a passkey's answer is sent with.

use crate::islands::Passkey;
use crate::page::Address;
use crate::page::form::Form;
use crate::sign_in::confirm::Confirm;
use crate::sign_in::held_up::HeldUp;
use crate::sign_in::store::PasskeyAnswer;
use doorward::LocalPath;
use leptos::prelude::*;

/// The fields that the island fills.
pub const PASSKEY: &str = "passkey";
/// The field that leads back to the ceremony.
pub const CEREMONY: &str = "ceremony";

/// The passkey's answer as a form carries it. Where there is none, it is one that does not count.
#[must_use]
pub fn read_passkey(form: &Form) -> PasskeyAnswer {
    PasskeyAnswer { ceremony: form.text(CEREMONY).to_owned(), answer: form.text(PASSKEY).to_owned() }
}

/// A form that is sent to `here` once a passkey has answered for `purpose`; `inside` stands before its button.
pub fn passkey_form(
    here: String,
    purpose: &'static str,
    action: Option<&'static str>,
    label: &'static str,
    inside: AnyView,
) -> impl IntoView {
    // Only to add one may take a confirmation first.
    let confirm = (purpose == "add").then(|| {
        let next = LocalPath::parse(&here).unwrap_or_else(|_| LocalPath::home());
        Confirm { next, held_up: HeldUp::of("methods.add_passkey") }.href()
    });
    view! {
        <form method="post" action=here data-passkey=purpose data-label=label data-confirm=confirm>
            {inside}
            {action.map(|action| view! { <input type="hidden" name="action" value=action /> })}
            <input type="hidden" name=CEREMONY />
            <input type="hidden" name=PASSKEY />
            <Passkey />
        </form>
    }
}
