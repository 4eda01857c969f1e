//! Asks for a confirmation in a dialog, and then sends again what was held up by it, as it was typed.

use super::{forms, pending};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlDialogElement, HtmlElement, HtmlFormElement, MouseEvent, SubmitEvent};

/// What is sent again once the person has confirmed.
#[derive(Clone)]
pub struct HeldUp {
    /// The form.
    pub form: HtmlFormElement,
    /// The button that sent it.
    pub button: Option<HtmlElement>,
}

/// Shows the page at `address`, which asks for a confirmation, as a dialog. Goes there where that does not work.
pub fn ask(address: String, held_up: HeldUp) {
    spawn_local(async move {
        if open(&address, held_up).await.is_err() {
            let _ = window().location().assign(&address);
        }
    });
}

async fn open(address: &str, held_up: HeldUp) -> Result<(), JsValue> {
    let page = forms::text(&forms::ask(address, None).await?).await?;
    let dialog: HtmlDialogElement = document().create_element("dialog")?.dyn_into()?;
    fill(&dialog, &page)?;
    document().body().ok_or(JsValue::NULL)?.append_child(&dialog)?;
    let shown = dialog.clone();
    pending::listen_on(dialog.as_ref(), "submit", move |event: SubmitEvent| {
        event.prevent_default();
        send(&shown, &event, held_up.clone());
    });
    let shown = dialog.clone();
    pending::listen_on(dialog.as_ref(), "click", move |event: MouseEvent| {
        if forms::target_as::<Element>(&event, "a").is_some() {
            event.prevent_default();
            shown.remove();
        }
    });
    dialog.show_modal()
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
    if let Ok(Some(field)) = dialog.query_selector("input:not([hidden])") {
        forms::focus(&field);
    }
    Ok(())
}

fn send(dialog: &HtmlDialogElement, event: &SubmitEvent, held_up: HeldUp) {
    let Some(form) = forms::target_as::<HtmlFormElement>(event, "form") else { return };
    let Some(body) = forms::fields(&form, event.submitter().as_ref()) else { return };
    let (dialog, address) = (dialog.clone(), form.get_attribute("action").unwrap_or_default());
    spawn_local(async move {
        let Ok(answer) = forms::ask(&address, Some(&body)).await else { return };
        match answer.status() {
            204 => {
                dialog.remove();
                let _ = held_up.form.request_submit_with_submitter(held_up.button.as_ref());
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
