//! The fields in which somebody chooses a password, on the pages that nobody is signed in to, and their check.

use crate::page::FormResult;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::ui::Field;
use doorward::SecretText;
use leptos::prelude::*;

/// Reads a password that was typed twice.
pub fn read_new_password(form: &Form) -> Result<SecretText, PageError> {
    let password = form.secret("password")?;
    if form.secret("repeat")? != password {
        return Err(PageError::invalid("repeat", "The two passwords differ."));
    }
    Ok(password)
}

pub fn new_password_fields(turn: &FormResult) -> impl IntoView + use<> {
    view! {
        <Field
            name="password"
            label="Password"
            kind="password"
            autocomplete="new-password"
            hint=Some("12 characters or more. A sentence is fine.")
            error=turn.error("password")
        />
        <Field name="repeat" label="Password again" kind="password" autocomplete="new-password" error=turn.error("repeat") />
    }
}
