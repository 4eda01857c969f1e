//! The hidden field of a form that must take effect only once, even if it is sent twice.

use crate::page::Site;
use crate::page::context::request;
use crate::page::form::Form;
use leptos::prelude::*;

pub const FORM_TOKEN: &str = "form";

/// Renders the field, with a new token for each answer.
pub fn form_token<S: Site>() -> impl IntoView + use<S> {
    let token = request::<S>().map(|request| request.form_token.to_string()).unwrap_or_default();
    // A browser that keeps fields over a reload would send the old token with a new page.
    view! { <input type="hidden" name=FORM_TOKEN value=token autocomplete="off" /> }
}

/// Returns the token of a posted form.
#[must_use]
pub fn read_form_token(form: &Form) -> Option<String> {
    Some(form.text(FORM_TOKEN)).filter(|token| !token.is_empty()).map(str::to_owned)
}
