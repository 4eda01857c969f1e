//! Says that something is on its way, where it takes longer than a person takes for at once.

use super::forms::target_as;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{HtmlAnchorElement, MouseEvent};

/// What comes sooner needs no word.
const SOON: Duration = Duration::from_millis(150);

/// Watches for links that lead to another document.
pub fn watch() {
    let clicked = |event: MouseEvent| {
        let plain = event.button() == 0 && !event.ctrl_key() && !event.meta_key() && !event.shift_key();
        let link = target_as::<HtmlAnchorElement>(&event, "a[href]");
        if let Some(link) = link.filter(|link| plain && leads_on(link)) {
            begin(link.as_ref());
        }
    };
    listen_on(document().as_ref(), "click", clicked);
    // The browser may bring the page back as it was left.
    listen_on(window().as_ref(), "pageshow", |_: web_sys::Event| end());
}

fn leads_on(link: &HtmlAnchorElement) -> bool {
    let here = window().location();
    let same_page = link.pathname() == here.pathname().unwrap_or_default() && !link.hash().is_empty();
    !link.has_attribute("download")
        && link.target().is_empty()
        && !same_page
        && link.origin() == here.origin().unwrap_or_default()
}

/// Marks the document, and `by`, as busy, once it takes a while.
pub fn begin(by: &web_sys::Element) {
    let _ = by.set_attribute("data-busy", "");
    let by = by.clone();
    set_timeout(
        move || {
            if by.has_attribute("data-busy") {
                mark(true);
            }
        },
        SOON,
    );
}

/// Takes the marks away.
pub fn end() {
    for marked in super::parts::all("[data-busy]") {
        let _ = marked.remove_attribute("data-busy");
    }
    mark(false);
}

/// Takes the mark of `by` away, and the document's where nothing else is under way.
pub fn end_of(by: &web_sys::Element) {
    let _ = by.remove_attribute("data-busy");
    if super::parts::all("[data-busy]").is_empty() {
        mark(false);
    }
}

fn mark(busy: bool) {
    if let Some(main) = document().get_element_by_id("main") {
        let _ = if busy { main.set_attribute("aria-busy", "true") } else { main.remove_attribute("aria-busy") };
    }
}

/// Listens for as long as the document lives.
pub fn listen_on<E: wasm_bindgen::convert::FromWasmAbi + 'static>(
    target: &web_sys::EventTarget,
    name: &str,
    heard: impl FnMut(E) + 'static,
) {
    let heard = wasm_bindgen::closure::Closure::<dyn FnMut(E)>::new(heard);
    let _ = target.add_event_listener_with_callback(name, heard.as_ref().unchecked_ref());
    heard.forget();
}
