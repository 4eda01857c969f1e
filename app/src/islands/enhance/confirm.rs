//! Asks for a confirmation in a dialog, and then does again what was held up by it.

use super::{forms, parts, pending};
use crate::islands::passkey::{NOT_USED, browser as passkeys};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlDialogElement, HtmlElement, HtmlFormElement, MouseEvent, SubmitEvent};

/// Shows the page at `address`, which asks for a confirmation, as a dialog, and calls `again` once it is given. Goes to that
/// page if the dialog does not work.
pub fn ask(address: String, again: impl Fn() + 'static) {
    spawn_local(async move {
        if open(&address, Rc::new(again)).await.is_err() {
            let _ = window().location().assign(&address);
        }
    });
}

/// What was held up by the confirmation.
type Again = Rc<dyn Fn()>;

async fn open(address: &str, again: Again) -> Result<(), JsValue> {
    let page = forms::text(&forms::ask(address, None).await?).await?;
    let dialog: HtmlDialogElement = document().create_element("dialog")?.dyn_into()?;
    dialog.set_attribute("aria-labelledby", "confirm-heading")?;
    fill(&dialog, &page, &again)?;
    document().body().ok_or(JsValue::NULL)?.append_child(&dialog)?;
    let shown = dialog.clone();
    pending::listen_on(dialog.as_ref(), "submit", move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(form) = forms::target_as(&event, "form") {
            send(&shown, &form, event.submitter().as_ref(), again.clone());
        }
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
fn fill(dialog: &HtmlDialogElement, page: &str, again: &Again) -> Result<(), JsValue> {
    let came = parts::document_of(page)?;
    let card = came.query_selector("main .card")?.ok_or(JsValue::NULL)?;
    dialog.replace_children_with_node_1(&card);
    offer_passkey(dialog, again)?;
    focus_first(dialog);
    Ok(())
}

/// Adds the button that asks for a passkey. On the page itself the island does; an island does not hydrate in a dialog.
fn offer_passkey(dialog: &HtmlDialogElement, again: &Again) -> Result<(), JsValue> {
    let Some(form) = dialog.query_selector("form[data-passkey]")?.filter(|_| passkeys::knows_passkeys()) else {
        return Ok(());
    };
    let form: HtmlFormElement = form.dyn_into()?;
    let (actions, button) = (document().create_element("div")?, document().create_element("button")?);
    actions.set_class_name("actions");
    button.set_attribute("type", "button")?;
    button.set_text_content(form.get_attribute("data-label").as_deref());
    actions.append_child(&button)?;
    form.append_child(&actions)?;
    let (dialog, again) = (dialog.clone(), again.clone());
    pending::listen_on(button.as_ref(), "click", move |_: Event| use_passkey(&dialog, &form, again.clone()));
    Ok(())
}

fn use_passkey(dialog: &HtmlDialogElement, form: &HtmlFormElement, again: Again) {
    if is_sent(dialog) {
        return;
    }
    let (dialog, form) = (dialog.clone(), form.clone());
    spawn_local(async move {
        let used = passkeys::fill(&form).await;
        let _ = dialog.remove_attribute(SENT);
        match used {
            // The person may have closed the dialog while the browser asked for the passkey.
            _ if !dialog.open() => {}
            Ok(true) => send(&dialog, &form, None, again),
            // The session has ended, and the page says so.
            Ok(false) => go_to_page(&form),
            Err(_) => say_not_used(&form),
        }
    });
}

fn say_not_used(form: &HtmlFormElement) {
    let said = form.query_selector("p.error").ok().flatten();
    if let Some(said) = said.or_else(|| document().create_element("p").ok()) {
        said.set_class_name("error");
        let _ = said.set_attribute("role", "alert");
        let _ = form.append_child(&said);
        said.set_text_content(Some(NOT_USED));
    }
}

fn focus_first(dialog: &HtmlDialogElement) {
    if let Ok(Some(field)) = dialog.query_selector("input:not([hidden], [type=hidden]), button") {
        parts::focus(&field);
    }
}

/// Marks a dialog while something of it is under way.
const SENT: &str = "data-sent";

/// Whether something of the dialog is under way; it is from now on.
fn is_sent(dialog: &HtmlDialogElement) -> bool {
    dialog.has_attribute(SENT) || dialog.set_attribute(SENT, "").is_err()
}

fn go_to_page(form: &HtmlFormElement) {
    let _ = window().location().assign(&form.get_attribute("action").unwrap_or_default());
}

fn send(dialog: &HtmlDialogElement, form: &HtmlFormElement, button: Option<&HtmlElement>, again: Again) {
    let Some(body) = forms::fields(form, button) else { return };
    if is_sent(dialog) {
        return;
    }
    let (dialog, form) = (dialog.clone(), form.clone());
    spawn_local(async move {
        let answer = forms::ask(&form.get_attribute("action").unwrap_or_default(), Some(&body)).await;
        let _ = dialog.remove_attribute(SENT);
        let Ok(answer) = answer else { return };
        match answer.status() {
            204 => {
                dialog.close();
                again();
            }
            422 | 429 => {
                if let Ok(page) = forms::text(&answer).await {
                    let _ = fill(&dialog, &page, &again);
                }
            }
            _ => go_to_page(&form),
        }
    });
}
