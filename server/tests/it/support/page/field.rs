//! Fields, and the forms that they are in.

use crate::support::client::{Answer, Client};

use super::text::{name_of, visible};
use scraper::{ElementRef, Html, Selector};

/// A field of a form.
#[derive(Debug)]
pub struct Field {
    pub label: String,
    /// Under which name it is sent.
    pub name: String,
    pub value: String,
    /// The sentence below it that says what is not right.
    pub error: Option<String>,
    pub checked: bool,
    /// Of a list to choose from: the value and the text of each.
    pub options: Vec<(String, String)>,
    pub attributes: Vec<(String, String)>,
}

fn all<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    element.select(&Selector::parse(selector).expect("a selector")).collect()
}

/// What is sent for an option: its value, or else its text.
fn value_of_option(option: ElementRef<'_>) -> String {
    option.attr("value").map_or_else(|| visible(option), ToOwned::to_owned)
}

/// What a field holds. A browser sends the first option if none is chosen.
fn value_of(field: ElementRef<'_>) -> String {
    match field.value().name() {
        "textarea" => field.text().collect(),
        "select" => {
            let options = all(field, "option");
            let chosen = options.iter().find(|option| option.attr("selected").is_some()).or(options.first());
            chosen.map(|option| value_of_option(*option)).unwrap_or_default()
        }
        _ => field.attr("value").unwrap_or_default().to_owned(),
    }
}

/// Whether a browser would send it.
fn is_sent(field: ElementRef<'_>) -> bool {
    let choice = matches!(field.attr("type"), Some("checkbox" | "radio"));
    let sends = !matches!(field.attr("type"), Some("submit" | "file" | "button"));
    sends && field.attr("disabled").is_none() && (!choice || field.attr("checked").is_some())
}

impl Field {
    pub(super) fn of(html: &Html, field: ElementRef<'_>) -> Self {
        let id = field.attr("id").unwrap_or("no id");
        let root = html.root_element();
        let error = format!("{id}-error");
        let error = all(root, "[id]").into_iter().find(|element| element.attr("id") == Some(&error)).map(visible);
        let mut options = all(field, "option");
        if let Some(list) = field.attr("list") {
            let lists = all(root, "datalist");
            let list =
                lists.into_iter().find(|each| each.attr("id") == Some(list)).expect("the list that a field names");
            options.extend(all(list, "option"));
        }
        Self {
            label: name_of(html, field),
            name: field.attr("name").unwrap_or_default().to_owned(),
            value: value_of(field),
            error,
            checked: field.attr("checked").is_some(),
            options: options.into_iter().map(|option| (value_of_option(option), visible(option))).collect(),
            attributes: field.value().attrs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(each, _)| each == name).map(|(_, value)| value.as_str())
    }

    /// The texts of what may be chosen.
    pub fn choices(&self) -> Vec<&str> {
        self.options.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// What a browser sends when a button is pressed, and where to.
#[derive(Clone, Debug)]
pub struct Form {
    /// The form's own address; empty if it is the page's.
    pub address: String,
    fields: Vec<(String, String)>,
}

impl Form {
    #[track_caller]
    pub(super) fn of(button: ElementRef<'_>) -> Self {
        let around = button.ancestors().filter_map(ElementRef::wrap).find(|each| each.value().name() == "form");
        let form = around.expect("a button in a form");
        let sent = all(form, "input, select, textarea").into_iter().filter(|field| is_sent(*field));
        let mut fields: Vec<_> =
            sent.filter_map(|field| Some((field.attr("name")?.to_owned(), value_of(field)))).collect();
        if let (Some(name), Some(value)) = (button.attr("name"), button.attr("value")) {
            fields.push((name.to_owned(), value.to_owned()));
        }
        Self { address: form.attr("action").unwrap_or_default().to_owned(), fields }
    }

    /// What is sent.
    pub fn fields(&self) -> Vec<(&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// What a field of this name holds.
    #[track_caller]
    pub fn value(&self, name: &str) -> &str {
        let Some((_, value)) = self.fields.iter().find(|(each, _)| each == name) else {
            panic!("the form sends no {name:?}, but {:?}", self.fields)
        };
        value
    }

    /// The token that lets a form count once.
    #[track_caller]
    pub fn token(&self) -> String {
        self.value("form").to_owned()
    }

    pub fn sends(&self, name: &str) -> bool {
        self.fields.iter().any(|(each, _)| each == name)
    }

    /// Fills a field that the form has.
    #[track_caller]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        let Some(field) = self.fields.iter_mut().find(|(each, _)| each == name) else {
            panic!("the form has no field {name:?}, but {:?}", self.fields)
        };
        value.clone_into(&mut field.1);
        self
    }
}

impl Client {
    /// Sends a form of the page at `here`, as a browser does.
    pub async fn submit(&mut self, here: &str, form: &Form) -> Answer {
        let address = if form.address.is_empty() { here } else { &form.address };
        self.post(address, &form.fields()).await
    }
}
