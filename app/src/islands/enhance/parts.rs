//! The parts of the page: found, replaced by those of another answer, and given the focus.

use super::BROUGHT;
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DomParser, Element, Event, HtmlElement, HtmlFormElement, SupportedType};

/// What developers see of the last answer.
pub const XRAY: &str = "xray";

/// The elements of the document that a selector finds.
pub fn all(selector: &str) -> Vec<Element> {
    document().document_element().map(|root| within(&root, selector)).unwrap_or_default()
}

/// Brings the part of the page in which a form stands; if there is none, only the sentence about it.
pub fn bring_back(page: &str, form: &HtmlFormElement) {
    if let Some(part) = form.closest("[data-part]").ok().flatten() {
        bring(page, &[part.id(), XRAY.to_owned()]);
        focus_again("", "[aria-invalid]");
    } else if let Ok(came) = document_of(page) {
        let wrong = came.query_selector("main .error, main .notice[role=alert]:not([hidden])").ok().flatten();
        say(&wrong.and_then(|wrong| wrong.text_content()).unwrap_or_default());
    }
}

pub fn within(element: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = element.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
}

/// A page as a document that is not shown.
pub fn document_of(page: &str) -> Result<web_sys::Document, JsValue> {
    DomParser::new()?.parse_from_string(page, SupportedType::TextHtml)
}

/// Puts the parts of the page that came into the places of those that stand here; only those named, where some are.
pub fn bring(page: &str, only: &[String]) {
    let Ok(came) = document_of(page) else { return };
    if only.is_empty() {
        document().set_title(&came.title());
    }
    for here in all("[data-part]") {
        let id = here.id();
        // What is being typed elsewhere stays.
        let typing = only.is_empty() && here.query_selector("form[data-dirty]").ok().flatten().is_some();
        if typing || (!only.is_empty() && !only.contains(&id)) {
            continue;
        }
        if let Some(new) = came.get_element_by_id(&id) {
            // The browser gives the focus to what is marked only in a new document; here it is given by hand.
            if let Ok(Some(marked)) = new.query_selector("[autofocus]") {
                let _ = marked.remove_attribute("autofocus");
            }
            let _ = new.set_attribute("data-new", "");
            let _ = here.replace_with_with_node_1(&new);
        }
    }
    if let Ok(event) = Event::new(BROUGHT) {
        let _ = window().dispatch_event(&event);
    }
    for new in all("[data-new]") {
        let _ = new.remove_attribute("data-new");
    }
}

/// Gives the forms that stay the new page's tokens, since a form does its work once for each.
pub fn renew_tokens(page: &str) {
    let Ok(came) = document_of(page) else { return };
    let token = came.query_selector("input[name=form]").ok().flatten();
    let Some(token) = token.and_then(|token| token.get_attribute("value")) else { return };
    for field in all("input[type=hidden][name=form]") {
        let _ = field.set_attribute("value", &token);
    }
}

pub fn say(sentence: &str) {
    let Some(notices) = document().get_element_by_id("notices") else { return };
    notices.set_inner_html("<p class=\"notice\" role=\"alert\" tabindex=\"-1\"></p>");
    if let Some(notice) = notices.first_element_child() {
        notice.set_text_content(Some(sentence));
        focus(&notice);
    }
}

pub fn focused_id() -> String {
    document().active_element().map(|element| element.id()).unwrap_or_default()
}

/// The focus goes where it was, or to what there is to read.
pub fn focus_again(id: &str, otherwise: &str) {
    let same = if id.is_empty() { None } else { document().get_element_by_id(id) };
    if let Some(element) = same.or_else(|| document().query_selector(otherwise).ok().flatten()) {
        focus(&element);
    }
}

/// Gives an element the focus, where it can have it.
pub fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}
