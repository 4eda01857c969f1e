//! Shows what a form will have done before the answer is there, marked as expected, and takes it back.

use super::parts::all;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlFormElement, HtmlTemplateElement};

/// Takes back what was shown.
pub type Undo = Box<dyn FnOnce()>;

/// `data-shows`: a field's text stands in another place already. `data-adds`: the form's template stands in a table.
/// `data-removes`: the form's row is gone.
pub fn show(form: &HtmlFormElement) -> Undo {
    let shown = shows(form).or_else(|| adds(form)).or_else(|| removes(form));
    shown.unwrap_or_else(|| Box::new(|| {}))
}

fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

fn typed(form: &HtmlFormElement, name: &str) -> String {
    let data = web_sys::FormData::new_with_form(form).ok();
    data.and_then(|data| data.get(name).as_string()).unwrap_or_default()
}

fn shows(form: &HtmlFormElement) -> Option<Undo> {
    let place = find(&form.get_attribute("data-shows")?)?;
    let before = place.text_content();
    place.set_text_content(Some(typed(form, &form.get_attribute("data-from")?).trim()));
    let _ = place.class_list().add_1("expected");
    Some(Box::new(move || {
        place.set_text_content(before.as_deref());
        let _ = place.class_list().remove_1("expected");
    }))
}

fn adds(form: &HtmlFormElement) -> Option<Undo> {
    let table = find(&form.get_attribute("data-adds")?)?;
    let template: HtmlTemplateElement = form.query_selector("template").ok()??.dyn_into().ok()?;
    let row: Element = template.content().first_element_child()?.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
    table.append_child(&row).ok()?;
    for place in all(".expected [data-from]") {
        if row.contains(Some(&place)) {
            place.set_text_content(Some(&typed(form, &place.get_attribute("data-from")?)));
        }
    }
    Some(Box::new(move || row.remove()))
}

fn removes(form: &HtmlFormElement) -> Option<Undo> {
    form.get_attribute("data-removes")?;
    let row = form.closest("tr").ok()??;
    row.set_attribute("hidden", "").ok()?;
    Some(Box::new(move || {
        let _ = row.remove_attribute("hidden");
    }))
}
