//! Asks for a confirmation in a dialog, and then does again what was held up by it.

use super::{forms, pending};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlDialogElement, HtmlFormElement, MouseEvent, SubmitEvent};

/// Shows the page at `address`, which asks for a confirmation, as a dialog, and calls `again` once it is given. Goes to that
/// page if the dialog does not work.
pub fn ask(address: String, again: impl Fn() + 'static) {
    spawn_local(async move {
        if open(&address, Rc::new(again)).await.is_err() {
            let _ = window().location().assign(&address);
        }
    });
}

async fn open(address: &str, again: Rc<dyn Fn()>) -> Result<(), JsValue> {
    let page = forms::text(&forms::ask(address, None).await?).await?;
    let dialog: HtmlDialogElement = document().create_element("dialog")?.dyn_into()?;
    dialog.set_attribute("aria-labelledby", "confirm-heading")?;
    fill(&dialog, &page)?;
    document().body().ok_or(JsValue::NULL)?.append_child(&dialog)?;
    let shown = dialog.clone();
    pending::listen_on(dialog.as_ref(), "submit", move |event: SubmitEvent| {
        event.prevent_default();
        send(&shown, &event, again.clone());
    });
    let shown = dialog.clone();
    pending::listen_on(dialog.as_ref(), "click", move |event: MouseEvent| {
        if forms::target_as::<Element>(&event, "a").is_some() {
            event.prevent_default();
            shown.close();
        }
    });
    let shown = dialog.clone();
    // Also by Escape. To close it gives the focus back to what had it.
    pending::listen_on(dialog.as_ref(), "close", move |_: Event| shown.remove());
    dialog.show_modal()?;
    focus_first(&dialog);
    Ok(())
}

/// Puts the part of a page that asks into the dialog.
fn fill(dialog: &HtmlDialogElement, page: &str) -> Result<(), JsValue> {
    let came = forms::document_of(page)?;
    let card = came.query_selector("main .card")?.ok_or(JsValue::NULL)?;
    // A passkey needs an island, which comes to life on a page of its own alone.
    if card.query_selector("form[data-passkey]")?.is_some() {
        return Err(JsValue::NULL);
    }
    dialog.replace_children_with_node_1(&card);
    focus_first(dialog);
    Ok(())
}

fn focus_first(dialog: &HtmlDialogElement) {
    if let Ok(Some(field)) = dialog.query_selector("input:not([hidden], [type=hidden]), button") {
        forms::focus(&field);
    }
}

fn send(dialog: &HtmlDialogElement, event: &SubmitEvent, again: Rc<dyn Fn()>) {
    let Some(form) = forms::target_as::<HtmlFormElement>(event, "form") else { return };
    let Some(body) = forms::fields(&form, event.submitter().as_ref()) else { return };
    let (dialog, address) = (dialog.clone(), form.get_attribute("action").unwrap_or_default());
    // A second press of the same button.
    if dialog.has_attribute("data-sent") || dialog.set_attribute("data-sent", "").is_err() {
        return;
    }
    spawn_local(async move {
        let answer = forms::ask(&address, Some(&body)).await;
        let _ = dialog.remove_attribute("data-sent");
        let Ok(answer) = answer else { return };
        match answer.status() {
            204 => {
                dialog.close();
                again();
            }
            422 | 429 => {
                if let Ok(page) = forms::text(&answer).await {
                    let _ = fill(&dialog, &page);
                }
            }
            _ => {
                let _ = window().location().assign(&address);
            }
        }
    });
}
