//! Fields of a form: label, input, the error below it, the hint.

use leptos::prelude::*;

/// The sentence under a field that is not right.
pub fn field_error(id: &str, error: Option<String>) -> impl IntoView + use<> {
    let id = format!("{id}-error");
    error.map(|message| view! { <p class="error" id=id>{message}</p> })
}

/// The ids of what describes a field.
fn described(name: &str, hint: Option<&str>, error: Option<&String>) -> Option<String> {
    let parts = [hint.map(|_| "hint"), error.map(|_| "error")];
    let ids: Vec<String> = parts.into_iter().flatten().map(|part| format!("{name}-{part}")).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

fn below(name: &str, hint: Option<String>, error: Option<String>) -> impl IntoView + use<> {
    let id = format!("{name}-hint");
    view! {
        {field_error(name, error)}
        {hint.map(|hint| view! { <small id=id>{hint}</small> })}
    }
}

/// An input with its label. Its id is its name.
#[component]
pub fn Field(
    name: &'static str,
    #[prop(into)] label: String,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(default = String::new())] value: String,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(default = None)] hint: Option<&'static str>,
    #[prop(default = None)] error: Option<String>,
    #[prop(default = true)] required: bool,
    #[prop(default = false)] autofocus: bool,
    /// In characters.
    #[prop(default = None)]
    maxlength: Option<u32>,
    /// The step of a time or a number: a browser sends no value between two steps.
    #[prop(default = None)]
    step: Option<&'static str>,
    /// What may be chosen instead of typed.
    #[prop(default = Vec::new())]
    suggestions: Vec<Choice>,
) -> impl IntoView {
    let described = described(name, hint, error.as_ref());
    let hint = hint.map(str::to_owned);
    let list = (!suggestions.is_empty()).then(|| format!("{name}-list"));
    let options = list.clone().map(|id| view! { <datalist id=id>{options(suggestions, "")}</datalist> });
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type=kind
                value=value
                step=step
                list=list
                maxlength=maxlength
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                required=required
                autofocus=autofocus
                aria-invalid=error.as_ref().map(|_| "true")
                aria-describedby=described
            />
            {options}
            {below(name, hint, error)}
        </div>
    }
}

/// The reason that somebody may state for what a form does.
#[component]
pub fn Because(
    #[prop(default = String::new())] value: String,
    #[prop(default = None)] error: Option<String>,
) -> impl IntoView {
    let hint = Some("Kept in the record.");
    let autofocus = error.is_some();
    view! { <Field name="why" label="Reason (optional)" value maxlength=Some(200) required=false hint autofocus error /> }
}

/// The reason that an environment asks for before it shows a value. `id` is the field's id, because a page may have
/// other reasons.
pub fn because_asked(id: &'static str, value: String, error: Option<String>) -> impl IntoView {
    let hint = format!("{id}-hint");
    let invalid = error.as_ref().map(|_| "true");
    view! {
        <div class="field">
            <label for=id>"Reason"</label>
            <input
                id=id
                name="why"
                value=value
                minlength="10"
                maxlength="500"
                autocomplete="off"
                required
                autofocus=error.is_some()
                aria-invalid=invalid
                aria-describedby=hint.clone()
            />
            {field_error(id, error)}
            <small id=hint>"10 to 500 characters. Kept in the record."</small>
        </div>
    }
}

/// The same in the row of a table, where there may be several.
pub fn because_in_row(of: &str) -> impl IntoView + use<> {
    let label = format!("Reason, optional: {of}");
    view! {
        <details class="because">
            <summary aria-label=label.clone()>"Reason…"</summary>
            <input name="why" aria-label=label maxlength="200" autocomplete="off" placeholder="Kept in the record" />
        </details>
    }
}

/// The reason that an environment asks for, in the row of a table.
pub fn because_asked_in_row(of: &str) -> impl IntoView + use<> {
    let label = format!("Reason: {of}");
    view! {
        <input
            name="why"
            aria-label=label
            minlength="10"
            maxlength="500"
            autocomplete="off"
            placeholder="Reason, 10 to 500 characters"
            required
        />
    }
}

/// One entry of a list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }

    /// An entry whose value is what is shown.
    pub fn plain(value: impl Into<String>) -> Self {
        let value = value.into();
        Self { label: value.clone(), value }
    }
}

fn options(choices: Vec<Choice>, chosen: &str) -> impl IntoView + use<> {
    let options = choices.into_iter().map(|Choice { value, label }| {
        let selected = value == chosen;
        let text = if label == value { None } else { Some(value) };
        view! { <option value=text selected=selected>{label}</option> }
    });
    options.collect_view()
}

/// A list to choose from, with its label. Its id is its name.
#[component]
pub fn Select(
    name: &'static str,
    label: &'static str,
    choices: Vec<Choice>,
    /// The value that is chosen.
    #[prop(into, default = String::new())]
    chosen: String,
    #[prop(default = None)] hint: Option<&'static str>,
    #[prop(default = None)] error: Option<String>,
) -> impl IntoView {
    let described = described(name, hint, error.as_ref());
    let hint = hint.map(str::to_owned);
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select id=name name=name aria-invalid=error.as_ref().map(|_| "true") aria-describedby=described>
                {options(choices, &chosen)}
            </select>
            {below(name, hint, error)}
        </div>
    }
}

/// Escapes a text: Leptos writes what is inside a `textarea` as it is. A browser drops the first line feed.
fn inside_textarea(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if escaped.is_empty() { escaped } else { format!("\n{escaped}") }
}

/// A text of several lines, with its label. Its id is its name.
#[component]
pub fn TextArea(
    name: &'static str,
    label: &'static str,
    #[prop(default = None)] hint: Option<String>,
    #[prop(default = None)] error: Option<String>,
    /// How many bytes are sent at most, and what is said if there are more. The server has a limit of its own.
    #[prop(default = None)]
    most_bytes: Option<(usize, &'static str)>,
    /// What it holds. A secret value is never sent back.
    #[prop(default = String::new())]
    value: String,
    #[prop(default = true)] required: bool,
    /// In characters.
    #[prop(default = None)]
    maxlength: Option<u32>,
) -> impl IntoView {
    let described = described(name, hint.as_deref(), error.as_ref());
    let value = inside_textarea(&value);
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <textarea
                data-most-bytes=most_bytes.map(|(most, _)| most)
                data-too-large=most_bytes.map(|(_, sentence)| sentence)
                id=name
                name=name
                rows="3"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                required=required
                maxlength=maxlength
                autofocus=error.is_some()
                aria-invalid=error.as_ref().map(|_| "true")
                aria-describedby=described
            >{value}</textarea>
            {below(name, hint, error)}
        </div>
    }
}

/// A file to choose, with its label. Its id is its name. The form needs `enctype="multipart/form-data"`.
#[component]
pub fn FileField(
    name: &'static str,
    label: &'static str,
    #[prop(default = None)] hint: Option<String>,
    #[prop(default = None)] error: Option<String>,
    #[prop(default = true)] required: bool,
) -> impl IntoView {
    let described = described(name, hint.as_deref(), error.as_ref());
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type="file"
                required=required
                autofocus=error.is_some()
                aria-invalid=error.as_ref().map(|_| "true")
                aria-describedby=described
            />
            {below(name, hint, error)}
        </div>
    }
}
