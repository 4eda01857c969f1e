//! Sends marked forms without leaving the page, and brings what they changed from the server.

use super::parts::{all, bring, bring_back, focus, focus_again, focused_id, renew_tokens, say, within};
use super::{CHANGED, clear_notices, confirm, optimistic, pending};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::Cell;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    BeforeUnloadEvent, Element, Event, FormData, Headers, HtmlElement, HtmlFormElement, RequestInit, Response,
    SubmitEvent, UrlSearchParams,
};

thread_local! {
    /// Forms that are under way; the last one brings the page up to date.
    static UNDER_WAY: Cell<u32> = const { Cell::new(0) };
}

/// Watches the document's forms, also those that come later.
pub fn watch() {
    pending::listen_on(document().as_ref(), "submit", submitted);
    pending::listen_on(document().as_ref(), "input", |event: Event| {
        if let Some(form) = target_as::<Element>(&event, "form[data-guard]") {
            let _ = form.set_attribute("data-dirty", "");
        }
    });
    pending::listen_on(window().as_ref(), "beforeunload", |event: BeforeUnloadEvent| {
        if all("form[data-dirty]").iter().any(|form| !form.has_attribute("data-busy")) {
            event.prevent_default();
            // Timers stand still while the browser asks, so this runs for a person who stays.
            set_timeout(stayed, Duration::ZERO);
        }
    });
}

/// The page was perhaps not left after all, so its links and forms work again; what was sent from here is still under way.
fn stayed() {
    for marked in all("[data-busy]:not([data-enhance])") {
        // If it is being left, the end of the session must still know who ends it.
        let _ = marked.set_attribute("data-was-sent", "");
        pending::end_of(&marked);
    }
}

/// What an event happened to, or what that stands in.
pub fn target_as<T: JsCast>(event: &Event, selector: &str) -> Option<T> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest(selector).ok()??.dyn_into().ok()
}

fn submitted(event: SubmitEvent) {
    let Some(form) = target_as::<HtmlFormElement>(&event, "form") else { return };
    if form.has_attribute("data-busy") {
        // A second press of the same button.
        return event.prevent_default();
    }
    if event.default_prevented() {
        return;
    }
    pending::begin(&form);
    if !form.has_attribute("data-enhance") {
        return;
    }
    event.prevent_default();
    let button = event.submitter();
    let Some(body) = fields(&form, button.as_ref()) else { return };
    clear(&form);
    if let Some(field) = too_large(&form) {
        pending::end_of(&form);
        return say_too_large(&field);
    }
    spawn_local(async move {
        if let Some(button) = &button {
            let _ = button.set_attribute("aria-busy", "true");
        }
        let undo = optimistic::show(&form);
        UNDER_WAY.set(UNDER_WAY.get() + 1);
        let answer = send(&form, &body).await;
        UNDER_WAY.set(UNDER_WAY.get() - 1);
        if matches!(answer, Ok(Answer::Elsewhere)) {
            return;
        }
        if let Some(button) = &button {
            let _ = button.remove_attribute("aria-busy");
        }
        pending::end_of(&form);
        take(answer, form, button, undo);
    });
}

/// A field that holds more bytes than it may: the server would hang up before they are all sent.
fn too_large(form: &HtmlFormElement) -> Option<Element> {
    within(form, "[data-most-bytes]").into_iter().find(|field| {
        let most = field.get_attribute("data-most-bytes").and_then(|most| most.parse().ok()).unwrap_or(usize::MAX);
        let value = js_sys::Reflect::get(field, &"value".into()).ok().and_then(|value| value.as_string());
        value.is_some_and(|value| value.len() > most)
    })
}

/// Says so beside the field, as the server would.
fn say_too_large(field: &Element) {
    let _ = field.set_attribute("aria-invalid", "true");
    if let Ok(said) = document().create_element("p") {
        said.set_class_name("error");
        let _ = said.set_attribute("role", "alert");
        said.set_text_content(field.get_attribute("data-too-large").as_deref());
        let _ = field.after_with_node_1(&said);
    }
    focus(field);
}

/// Takes away what the last submission of this form said.
fn clear(form: &HtmlFormElement) {
    clear_notices();
    let part = form.closest("[data-part]").ok().flatten().unwrap_or_else(|| form.clone().into());
    for said in within(&part, "p.error, p.notice") {
        said.remove();
    }
    for wrong in within(&part, "[aria-invalid]") {
        let _ = wrong.remove_attribute("aria-invalid");
    }
}

/// What becomes of the page after an answer.
fn take(answer: Result<Answer, JsValue>, form: HtmlFormElement, button: Option<HtmlElement>, undo: optimistic::Undo) {
    let focus = focused_id();
    match answer {
        Ok(Answer::Done(page)) => {
            let _ = form.remove_attribute("data-dirty");
            form.reset();
            say_changed();
            renew_tokens(&page);
            if UNDER_WAY.get() == 0 {
                bring(&page, &[]);
            }
            focus_again(&focus, "#notices > .notice");
        }
        Ok(Answer::Same(page)) => {
            undo();
            bring_back(&page, &form);
        }
        Ok(Answer::Refused(sentence)) => {
            undo();
            say_changed();
            say(&sentence);
        }
        Ok(Answer::Confirm(address)) => {
            undo();
            confirm::ask(address, move || {
                let _ = form.request_submit_with_submitter(button.as_ref());
            });
        }
        Ok(Answer::Elsewhere) => {}
        Err(_) => {
            undo();
            say("Doorward cannot be reached. Nothing is lost; try again.");
        }
    }
}

/// What the page shows of the state before is not true any more, or may not be shown any more.
fn say_changed() {
    if let Ok(event) = Event::new(CHANGED) {
        let _ = window().dispatch_event(&event);
    }
}

/// What a form sends, with the button that sends it.
pub fn fields(form: &HtmlFormElement, button: Option<&HtmlElement>) -> Option<UrlSearchParams> {
    let data = FormData::new_with_form(form).ok()?;
    let body = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    if let Some(name) = button.and_then(|button| button.get_attribute("name")) {
        body.append(&name, &button.and_then(|button| button.get_attribute("value")).unwrap_or_default());
    }
    Some(body)
}

/// What came back.
enum Answer {
    /// Done, and the page as it is now.
    Done(String),
    /// The same page, with errors beside its fields, or with what the form gave to be shown.
    Same(String),
    /// A sentence.
    Refused(String),
    /// It goes on once the person has confirmed that it is them, which this address asks for.
    Confirm(String),
    /// The browser is on its way to another page.
    Elsewhere,
}

/// Asks for an address as an island does.
pub async fn ask(address: &str, body: Option<&UrlSearchParams>) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("Doorward-Island", "1")?;
    headers.set("Accept", "text/html")?;
    let request = RequestInit::new();
    request.set_headers(&headers);
    if let Some(body) = body {
        request.set_method("POST");
        request.set_body(body);
    }
    let answer = JsFuture::from(window().fetch_with_str_and_init(address, &request)).await?;
    answer.dyn_into()
}

/// The text of an answer.
pub async fn text(answer: &Response) -> Result<String, JsValue> {
    Ok(JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default())
}

async fn send(form: &HtmlFormElement, body: &UrlSearchParams) -> Result<Answer, JsValue> {
    let here = form.get_attribute("action").unwrap_or_default();
    let answer = ask(&here, Some(body)).await?;
    match answer.status() {
        204 => {
            let onward = answer.headers().get("Doorward-Onward")?.unwrap_or_default();
            // A value that came with the page itself is taken away with the page.
            let leaves = onward != here || goes_on(form) || !all("[data-value-in-page]").is_empty();
            if leaves {
                let _ = form.remove_attribute("data-dirty");
                window().location().assign(&onward)?;
                return Ok(Answer::Elsewhere);
            }
            let page = ask(&onward, None).await?;
            if page.ok() { Ok(Answer::Done(text(&page).await?)) } else { refused(&page).await }
        }
        200 | 422 => Ok(Answer::Same(text(&answer).await?)),
        429 if is_page(&answer) => Ok(Answer::Same(text(&answer).await?)),
        413 => Ok(Answer::Refused("This is too large to be sent. Nothing was changed.".to_owned())),
        _ => refused(&answer).await,
    }
}

fn is_page(answer: &Response) -> bool {
    answer.headers().get("Content-Type").ok().flatten().is_some_and(|kind| kind.starts_with("text/html"))
}

/// Whether a form leads on to another page, or to the same one loaded again.
fn goes_on(form: &HtmlFormElement) -> bool {
    form.get_attribute("data-enhance").as_deref() == Some("onward")
}

/// A refusal: where it can be mended elsewhere the tab is emptied and goes there.
async fn refused(answer: &Response) -> Result<Answer, JsValue> {
    let said = JsFuture::from(answer.json()?).await?;
    let word = |name: &str| js_sys::Reflect::get(&said, &name.into()).ok().and_then(|value| value.as_string());
    if let Some(onward) = word("onward") {
        if onward.starts_with("/confirm") {
            return Ok(Answer::Confirm(onward));
        }
        for form in all("[data-dirty]") {
            let _ = form.remove_attribute("data-dirty");
        }
        if onward.starts_with("/sign-in") {
            document().body().inspect(|body| body.set_inner_html(""));
        }
        window().location().assign(&onward)?;
        return Ok(Answer::Elsewhere);
    }
    Ok(Answer::Refused(word("sentence").unwrap_or_default()))
}
