//! The browser's half: one event stream for all tabs, and what each tab does at its word.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{BroadcastChannel, Element, Event, EventSource, MessageEvent, PageTransitionEvent, Response};

const STREAM: &str = "/live";
const TABS: &str = "tabs";
/// How long to wait before a stream is asked for again that was refused for want of room or of a decision.
const AGAIN: Duration = Duration::from_secs(10);

/// When a page that its own form ended goes by itself, in case that no answer comes.
const NO_ANSWER: Duration = Duration::from_secs(30);

/// Whether this page has left. The stream says it again when it is refused.
static LEFT: AtomicBool = AtomicBool::new(false);

/// Listens, by itself or through another tab, for as long as the page lives.
pub fn watch() {
    let _ = show_nothing_from_the_past();
    let Ok(tabs) = BroadcastChannel::new(TABS) else { return };
    let heard = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        if let Some(word) = event.data().as_string() {
            act_on(&word);
        }
    });
    tabs.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
    let listen = move || {
        let tabs = tabs.clone();
        open(move |word: String| {
            let _ = tabs.post_message(&JsValue::from_str(&word));
            act_on(&word);
        });
    };
    if with_the_lock(listen.clone()).is_err() {
        listen();
    }
}

/// A page that comes back from the history is asked for again instead of shown.
fn show_nothing_from_the_past() -> Result<(), JsValue> {
    let shown = Closure::<dyn Fn(PageTransitionEvent)>::new(|event: PageTransitionEvent| {
        if event.persisted() {
            clear();
            let _ = window().location().reload();
        }
    });
    window().add_event_listener_with_callback("pageshow", shown.into_js_value().unchecked_ref())
}

/// Calls `listen` when this tab has the lock, and keeps it until the tab is gone (Web Locks API).
fn with_the_lock(listen: impl Fn() + 'static) -> Result<(), JsValue> {
    let locks = Reflect::get(window().navigator().as_ref(), &"locks".into())?;
    let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    let has_it = Closure::<dyn Fn() -> Promise>::new(move || {
        listen();
        // Never settled, so the lock is kept.
        Promise::new(&mut |_, _| {})
    });
    request.call2(&locks, &TABS.into(), &has_it.into_js_value())?;
    Ok(())
}

/// Opens the stream, and hands each event on as one line: its name, then its data.
fn open(say: impl Fn(String) + Clone + 'static) {
    let Ok(stream) = EventSource::new(&address()) else { return };
    for name in ["ended", "changed", "ending", "standing"] {
        let say = say.clone();
        let event = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            say(format!("{name} {}", event.data().as_string().unwrap_or_default()));
        });
        let _ = stream.add_event_listener_with_callback(name, event.into_js_value().unchecked_ref());
    }
    let lost = stream.clone();
    let failed = Closure::<dyn Fn(Event)>::new(move |_: Event| {
        // A line that only broke is taken up again by the browser itself.
        if lost.ready_state() == EventSource::CLOSED {
            let say = say.clone();
            spawn_local(async move { ask_why(say).await });
        }
    });
    stream.set_onerror(Some(failed.into_js_value().unchecked_ref()));
}

/// The stream, from the state of rights on in which this page was made.
fn address() -> String {
    let page = document().query_selector("[data-rights]").ok().flatten();
    let privileges_version = page.and_then(|page| page.get_attribute("data-rights")).unwrap_or_default();
    format!("{STREAM}?rights={privileges_version}")
}

/// The stream was refused: because the session has ended, or for now.
async fn ask_why(say: impl Fn(String) + Clone + 'static) {
    let answer = JsFuture::from(window().fetch_with_str(STREAM)).await;
    let refused = answer.ok().and_then(|answer| answer.dyn_into::<Response>().ok()).map(|answer| answer.status());
    if refused == Some(401) {
        say("ended revoked".to_owned());
    } else {
        set_timeout(move || open(say), AGAIN);
    }
}

fn act_on(word: &str) {
    if LEFT.load(Ordering::Relaxed) {
        return;
    }
    let mut words = word.split(' ');
    match words.next() {
        Some("ended") => leave(words.next().unwrap_or_default(), words.next().unwrap_or_default()),
        // What may be shown has changed: nothing is, until the server has decided again.
        Some("changed") => {
            clear();
            let _ = window().location().reload();
        }
        Some("ending") => warn(true, words.any(|word| word == "stay")),
        _ => warn(false, false),
    }
}

fn clear() {
    let document = document();
    document.set_title("Doorward");
    if let Some(body) = document.body() {
        body.set_inner_html("");
    }
}

/// Takes what the page showed away at once, then goes where it is said why; that frees its memory too.
fn leave(why: &str, revocation: &str) {
    LEFT.store(true, Ordering::Relaxed);
    let leaving = document()
        .query_selector("form:is([data-busy], [data-was-sent]):is(:not([data-enhance]), [data-enhance=onward])");
    let is_leaving = leaving.is_ok_and(|form| form.is_some());
    clear();
    if !revocation.is_empty() {
        let _ = window().navigator().send_beacon_with_opt_str("/live/emptied", Some(revocation));
    }
    let onward = address_of(why);
    let go = move || {
        let _ = window().location().replace(&onward);
    };
    // Whoever ends this session from this page is on the way already, unless no answer comes.
    if is_leaving { set_timeout(go, NO_ANSWER) } else { go() }
}

fn address_of(why: &str) -> String {
    let location = window().location();
    let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    let here = String::from(js_sys::encode_uri_component(&here));
    format!("/signed-out?why={why}&next={here}")
}

/// Shows, or hides, that the session is about to end.
fn warn(soon: bool, may_stay: bool) {
    let found = |selector: &str| document().query_selector(selector).ok().flatten();
    let hide = |element: Option<Element>, hidden: bool| {
        if let Some(element) = element {
            let _ = element.toggle_attribute_with_force("hidden", hidden);
        }
    };
    hide(found("[data-ending]"), !soon);
    hide(found("[data-ending] button"), !may_stay);
}
