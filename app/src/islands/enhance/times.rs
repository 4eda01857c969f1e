//! Keeps the times true on a page that stays open: "2 min ago" grows, and what is left of a session shrinks.

use super::parts::all;
use crate::ui::relative_time::{ago, remaining};
use js_sys::Date;
use leptos::prelude::*;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(10);

/// Watches the times of this page. The server's clock counts: the page says what it showed when it was rendered.
pub fn watch() {
    let page = document().query_selector("[data-now]").ok().flatten();
    // By the browser: Rust's own reader of such numbers would need 14 kB of the module.
    let rendered = page.and_then(|page| page.get_attribute("data-now")).map(|now| js_sys::parse_float(&now));
    let Some(rendered) = rendered.filter(|rendered| rendered.is_finite()) else { return };
    let behind = Date::now() - rendered;
    say_local_times();
    set_interval(
        move || {
            say_local_times();
            show(Date::now() - behind);
        },
        EVERY,
    );
}

/// Adds the local time to the exact one, which is shown on hover and focus.
fn say_local_times() {
    for time in all("time[title]:not([data-local])") {
        let at = Date::new(&time.get_attribute("datetime").unwrap_or_default().into());
        if at.get_timezone_offset() == 0.0 || at.get_time().is_nan() {
            continue;
        }
        let local = at.to_locale_string("default", &wasm_bindgen::JsValue::UNDEFINED);
        let exact = time.get_attribute("title").unwrap_or_default();
        let _ = time.set_attribute("title", &format!("{exact} ({} here)", String::from(local)));
        let _ = time.set_attribute("data-local", "");
    }
}

fn show(now: f64) {
    for time in all("time[data-moves]") {
        let at = Date::parse(&time.get_attribute("datetime").unwrap_or_default());
        if at.is_nan() {
            continue;
        }
        let text = match time.get_attribute("data-moves").as_deref() {
            Some("until") => Some(remaining(whole(at - now))),
            _ => ago(whole(now - at)),
        };
        // The text of a date stays as it is.
        if let Some(text) = text.filter(|text| time.text_content().as_ref() != Some(text)) {
            time.set_text_content(Some(&text));
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds of years fit")]
fn whole(milliseconds: f64) -> i64 {
    milliseconds as i64
}
