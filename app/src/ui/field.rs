//! One field of a form: label, input, hint, and the error beside it.

use leptos::prelude::*;

/// The sentence under a field that is not right.
pub fn field_error(id: &str, error: Option<String>) -> impl IntoView + use<> {
    let id = format!("{id}-error");
    error.map(|message| view! { <p class="error" id=id>{message}</p> })
}

/// An input with its label.
#[component]
pub fn Field(
    /// Its name, which is its id too.
    name: &'static str,
    /// Its label.
    label: String,
    /// `text` or `password`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What stands in it.
    #[prop(default = String::new())]
    value: String,
    /// What browsers may fill in.
    autocomplete: &'static str,
    /// A hint under it.
    #[prop(default = None)]
    hint: Option<&'static str>,
    /// What is wrong with it.
    error: Option<String>,
    /// Whether it has the focus at first.
    #[prop(default = false)]
    autofocus: bool,
) -> impl IntoView {
    let described = [hint.map(|_| "hint"), error.as_ref().map(|_| "error")]
        .into_iter()
        .flatten()
        .map(|part| format!("{name}-{part}"))
        .collect::<Vec<_>>()
        .join(" ");
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                required
                autofocus=autofocus
                aria-invalid=error.as_ref().map(|_| "true")
                aria-describedby=(!described.is_empty()).then_some(described)
            />
            {field_error(name, error)}
            {hint.map(|hint| view! { <small id=format!("{name}-hint")>{hint}</small> })}
        </div>
    }
}
