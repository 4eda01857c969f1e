//! The field for a value, by the kind of the secret.

use crate::page::FormResult;
use crate::page::error::PageError;
use crate::page::form::{Form, sentence};
use crate::secrets::secret::{MOST_BYTES, read_value};
use crate::secrets::store::{GivenValue, SecretFileName, SecretKind};
use crate::ui::{FileField, TextArea};
use doorward::SecretBytes;
use leptos::prelude::*;

/// The field with the kind.
pub(in crate::secrets) const KIND: &str = "kind";

const VALUE: &str = "value";
const FILE: &str = "file";

/// The fields with the value: of a text, and of a file.
pub(in crate::secrets) const VALUE_FIELDS: [&str; 2] = [VALUE, FILE];

/// Reads the kind and the value. A form without a kind is about a text.
pub(in crate::secrets) fn read_given(form: &Form) -> Result<(SecretKind, GivenValue), PageError> {
    let kind = match form.text(KIND) {
        "" => SecretKind::Text,
        text => SecretKind::parse(text).ok_or_else(|| PageError::invalid("", "There is no such kind of secret."))?,
    };
    let value = if kind == SecretKind::File { read_file(form)? } else { GivenValue::Text(read_value(form)?) };
    Ok((kind, value))
}

fn read_file(form: &Form) -> Result<GivenValue, PageError> {
    let file = form.file(FILE).ok_or_else(|| PageError::invalid(FILE, "Choose a file."))?;
    let invalid = |reason: String| PageError::invalid(FILE, sentence(&reason));
    let bytes = SecretBytes::new(file.bytes.to_vec()).map_err(|error| invalid(error.to_string()))?;
    let name = SecretFileName::parse(&file.name).map_err(|error| invalid(error.to_string()))?;
    Ok(GivenValue::File(name, bytes))
}

/// The words around the field.
pub(in crate::secrets) struct ValueField {
    pub label: &'static str,
    pub hint: String,
}

/// Returns how a form with such a value is sent.
pub(in crate::secrets) const fn enctype(kind: SecretKind) -> Option<&'static str> {
    match kind {
        SecretKind::File => Some("multipart/form-data"),
        SecretKind::Text | SecretKind::KeyValue | SecretKind::Certificate => None,
    }
}

/// Renders the field. A value that was sent is never sent back.
pub(in crate::secrets) fn value_fields(
    kind: SecretKind,
    words: ValueField,
    turn: Option<&FormResult>,
) -> impl IntoView + use<> {
    let ValueField { label, hint } = words;
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let how = match kind {
        SecretKind::Text => "",
        SecretKind::KeyValue => " One NAME=value a line, as in a dotenv file.",
        SecretKind::File => " At most 1,048,576 bytes (1 MiB).",
        SecretKind::Certificate => {
            " In PEM: the certificate, those of its issuers behind it if you have them, and its private key if you want it kept here."
        }
    };
    let hint = Some(format!("{hint}{how}"));
    let field = if kind == SecretKind::File {
        view! { <FileField name=FILE label=label hint error=error(FILE) /> }.into_any()
    } else {
        view! { <TextArea name=VALUE label=label hint error=error(VALUE) most_bytes=Some(MOST_BYTES) /> }.into_any()
    };
    view! {
        <input type="hidden" name=KIND value=kind.as_str() />
        {field}
    }
}
