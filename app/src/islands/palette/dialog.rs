//! What the dialog does: it asks while somebody types, and leads to what is chosen.

use crate::islands::enhance::listen_on;
use crate::page::error::PageError;
use crate::search::{Found, search_for};
use doorward::{Refusal, RefusalKind};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::Cell;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlAnchorElement, HtmlDialogElement, HtmlInputElement, KeyboardEvent, MouseEvent};

/// Nothing is asked before somebody pauses this long.
const PAUSE: Duration = Duration::from_millis(120);
/// The link that opens the dialog.
const OPENER: &str = "a[data-palette]";

thread_local! {
    /// Counts what was typed, so that an answer to something older is not shown.
    static TURN: Cell<u32> = const { Cell::new(0) };
}

/// Opens the dialog by its link and by Ctrl-K.
pub fn watch() {
    listen_on(document().as_ref(), "keydown", |event: KeyboardEvent| {
        if (event.ctrl_key() || event.meta_key()) && !event.shift_key() && !event.alt_key() && event.key() == "k" {
            event.prevent_default();
            open();
        }
    });
    listen_on(document().as_ref(), "click", |event: MouseEvent| {
        let plain = event.button() == 0 && !event.ctrl_key() && !event.meta_key() && !event.shift_key();
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if plain && target.and_then(|target| target.closest(OPENER).ok().flatten()).is_some() {
            event.prevent_default();
            open();
        }
    });
}

fn dialog() -> Option<HtmlDialogElement> {
    document().get_element_by_id("palette")?.dyn_into().ok()
}

fn input() -> Option<HtmlInputElement> {
    document().get_element_by_id("palette-text")?.dyn_into().ok()
}

fn list() -> Option<Element> {
    document().get_element_by_id("palette-list")
}

fn open() {
    let Some(dialog) = dialog().filter(|dialog| !dialog.open()) else { return };
    if dialog.child_element_count() == 0 {
        fill(&dialog);
    }
    if let Some(input) = input() {
        input.set_value("");
    }
    let _ = dialog.show_modal();
    ask();
}

fn fill(dialog: &HtmlDialogElement) {
    dialog.set_inner_html(
        "<form method=\"get\" action=\"/search\"><label class=\"unseen\" for=\"palette-text\">Search</label>\
         <input id=\"palette-text\" name=\"q\" type=\"search\" role=\"combobox\" aria-expanded=\"true\" \
         aria-controls=\"palette-list\" aria-autocomplete=\"list\" autocomplete=\"off\" spellcheck=\"false\" maxlength=\"128\" \
         placeholder=\"Pages, folders, secrets, people\"></form>\
         <ul id=\"palette-list\" role=\"listbox\" aria-label=\"Results\"></ul><p id=\"palette-status\" role=\"status\"></p>",
    );
    let Some(input) = input() else { return };
    listen_on(input.as_ref(), "input", |_: Event| {
        let turn = next_turn();
        set_timeout(
            move || {
                if TURN.get() == turn {
                    ask()
                }
            },
            PAUSE,
        );
    });
    listen_on(input.as_ref(), "keydown", pressed);
    // A click beside the dialog's content is one on the dialog itself.
    let own: Element = dialog.clone().into();
    listen_on(dialog.as_ref(), "click", move |event: MouseEvent| {
        if event.target().is_some_and(|target| target == own.clone().into())
            && let Some(dialog) = self::dialog()
        {
            dialog.close();
        }
    });
}

fn next_turn() -> u32 {
    TURN.set(TURN.get().wrapping_add(1));
    TURN.get()
}

fn ask() {
    let (turn, text) = (next_turn(), input().map(|input| input.value()).unwrap_or_default());
    spawn_local(async move {
        let answer = search_for(text).await;
        if TURN.get() != turn {
            return;
        }
        match answer {
            Ok(found) => show(&found),
            Err(PageError::Refused(Refusal { answer: RefusalKind::SignIn, .. })) => {
                let _ = window().location().set_href("/sign-in");
            }
            Err(failure) => say(&failure.sentence()),
        }
    });
}

fn say(text: &str) {
    if let Some(status) = document().get_element_by_id("palette-status") {
        status.set_text_content(Some(text));
    }
}

fn show(found: &[Found]) {
    let Some(list) = list() else { return };
    list.set_inner_html("");
    for (place, one) in found.iter().enumerate() {
        if let Ok(option) = option(place, one) {
            let _ = list.append_child(&option);
        }
    }
    choose(0);
    say(match found.len() {
        0 => "Nothing matches. Press Enter to search further.",
        _ => "",
    });
}

fn option(place: usize, found: &Found) -> Result<Element, wasm_bindgen::JsValue> {
    let document = document();
    let option = document.create_element("li")?;
    option.set_attribute("role", "option")?;
    option.set_attribute("id", &["palette-", &place.to_string()].concat())?;
    let link = document.create_element("a")?;
    link.set_attribute("href", &found.href)?;
    // The input keeps the focus; the arrows choose.
    link.set_attribute("tabindex", "-1")?;
    for (name, text) in [("span", found.kind.in_words()), ("bdi", found.title.as_str()), ("small", &found.detail)] {
        let part = document.create_element(name)?;
        part.set_text_content(Some(text));
        link.append_child(&part)?;
        link.append_child(&document.create_text_node(" "))?;
    }
    option.append_child(&link)?;
    Ok(option)
}

/// Marks one of the results as the chosen one.
fn choose(place: u32) {
    let (Some(list), Some(input)) = (list(), input()) else { return };
    let options = list.children();
    for other in 0..options.length() {
        if let Some(option) = options.item(other) {
            let _ = option.set_attribute("aria-selected", if other == place { "true" } else { "false" });
        }
    }
    match options.item(place) {
        Some(option) => {
            let _ = input.set_attribute("aria-activedescendant", &option.id());
            option.scroll_into_view_with_bool(false);
        }
        None => {
            let _ = input.remove_attribute("aria-activedescendant");
        }
    }
}

fn chosen() -> Option<Element> {
    list()?.query_selector("[aria-selected=true]").ok()?
}

/// Moves the choice with the arrows, and goes to it with Enter. With nothing to choose, Enter sends the form.
fn pressed(event: KeyboardEvent) {
    let Some(list) = list() else { return };
    let many = list.children().length();
    let here =
        chosen().and_then(|option| (0..many).find(|place| list.children().item(*place).as_ref() == Some(&option)));
    let here = here.unwrap_or(0);
    match event.key().as_str() {
        "ArrowDown" if many > 0 => choose((here + 1) % many),
        "ArrowUp" if many > 0 => choose((here + many - 1) % many),
        "Enter" => {
            let link = chosen().and_then(|option| option.first_element_child()?.dyn_into::<HtmlAnchorElement>().ok());
            let Some(link) = link else { return };
            event.prevent_default();
            link.click();
            return;
        }
        _ => return,
    }
    event.prevent_default();
}
