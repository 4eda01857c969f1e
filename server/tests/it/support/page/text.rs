//! What of an element a person sees, and what it is called.

use scraper::{ElementRef, Html, Node, Selector};

/// What is no text to a person.
const NOT_TEXT: [&str; 4] = ["script", "style", "template", "head"];
/// Elements whose text goes on in the same line.
const INLINE: [&str; 16] =
    ["a", "abbr", "b", "bdi", "code", "em", "i", "kbd", "mark", "q", "s", "span", "strong", "sub", "sup", "time"];

/// A text with one space wherever it has white space.
pub fn alone(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text of an element that a person sees.
pub fn visible(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    if element.value().name() == "title" {
        text.extend(element.text());
    } else {
        gather(element, &mut text);
    }
    alone(&text)
}

fn is_hidden(element: ElementRef<'_>) -> bool {
    let closed = element.value().name() == "dialog" && element.attr("open").is_none();
    closed || element.attr("hidden").is_some() || NOT_TEXT.contains(&element.value().name())
}

fn gather(element: ElementRef<'_>, text: &mut String) {
    if is_hidden(element) {
        return;
    }
    // A browser without scripts, for which the pages are made, reads what is inside.
    if element.value().name() == "noscript" {
        let inside = Html::parse_fragment(&element.text().collect::<String>());
        return gather(inside.root_element(), text);
    }
    let inline = INLINE.contains(&element.value().name());
    let edge = if inline { "" } else { "\n" };
    text.push_str(edge);
    for child in element.children() {
        match child.value() {
            Node::Text(words) => text.push_str(words),
            _ => {
                if let Some(child) = ElementRef::wrap(child) {
                    gather(child, text);
                }
            }
        }
    }
    text.push_str(edge);
}

fn of_id<'a>(html: &'a Html, id: &str) -> Option<ElementRef<'a>> {
    html.select(&Selector::parse("[id]").expect("a selector")).find(|element| element.attr("id") == Some(id))
}

/// What an element is called: its label, or what is written on it.
pub fn name_of(html: &Html, element: ElementRef<'_>) -> String {
    if let Some(label) = element.attr("aria-label") {
        return alone(label);
    }
    if let Some(ids) = element.attr("aria-labelledby") {
        let names: Vec<_> = ids.split(' ').filter_map(|id| of_id(html, id)).map(visible).collect();
        return names.join(" ");
    }
    match element.value().name() {
        "input" | "select" | "textarea" => label_of(html, element),
        "section" | "article" | "nav" | "aside" | "main" => {
            let headings = Selector::parse("h1, h2, h3").expect("a selector");
            element.select(&headings).next().map(visible).unwrap_or_default()
        }
        "img" => alone(element.attr("alt").unwrap_or_default()),
        _ => visible(element),
    }
}

/// The text of the label that points to a field, or that is around it.
fn label_of(html: &Html, field: ElementRef<'_>) -> String {
    if matches!(field.attr("type"), Some("submit")) {
        return alone(field.attr("value").unwrap_or_default());
    }
    let labels = Selector::parse("label[for]").expect("a selector");
    let pointing = field.attr("id").and_then(|id| html.select(&labels).find(|label| label.attr("for") == Some(id)));
    let around = || field.ancestors().filter_map(ElementRef::wrap).find(|each| each.value().name() == "label");
    match pointing.or_else(around) {
        Some(label) => visible(label),
        None => alone(field.attr("placeholder").unwrap_or_default()),
    }
}

/// What is not text of the page and a person meets nevertheless: names that are read out, and what fields hold.
pub fn heard(html: &Html) -> Vec<String> {
    let mut heard = Vec::new();
    for element in html.select(&Selector::parse("*").expect("a selector")) {
        let attributes = ["aria-label", "alt", "title", "placeholder"];
        heard.extend(attributes.iter().filter_map(|name| element.attr(name)).map(alone));
        let held =
            element.value().name() == "input" && !matches!(element.attr("type"), Some("hidden" | "checkbox" | "radio"));
        if held || element.value().name() == "option" {
            heard.extend(element.attr("value").map(alone));
        }
    }
    heard
}
