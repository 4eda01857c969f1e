//! The form that posts a passkey's answer.

use crate::islands::Passkey;
use crate::page::Address;
use crate::page::form::Form;
use crate::sign_in::confirm::Confirm;
use crate::sign_in::held_up::HeldUp;
use crate::sign_in::store::PasskeyAnswer;
use doorward::LocalPath;
use leptos::prelude::*;

/// The field for the passkey's answer, filled by the island.
pub const PASSKEY: &str = "passkey";
/// The field for the ceremony's id.
pub const CEREMONY: &str = "ceremony";

/// Reads the passkey's answer from a form. A missing answer becomes one that does not count.
#[must_use]
pub fn read_passkey(form: &Form) -> PasskeyAnswer {
    PasskeyAnswer { ceremony: form.text(CEREMONY).to_owned(), answer: form.text(PASSKEY).to_owned() }
}

/// Returns a form that is posted to `here` once a passkey has answered for `purpose`. `inside` is
/// placed before its button.
pub fn passkey_form(
    here: String,
    purpose: &'static str,
    action: Option<&'static str>,
    label: &'static str,
    inside: AnyView,
) -> impl IntoView {
    // Only adding a passkey may need a confirmation first.
    let confirm = (purpose == "add").then(|| {
        let next = LocalPath::parse(&here).unwrap_or_else(|_| LocalPath::home());
        Confirm { next, held_up: HeldUp::of("methods.add_passkey"), lacks_factor: false }.href()
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
