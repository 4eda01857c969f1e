//! Copies the value that the page shows, or prints it.

use leptos::prelude::*;

/// A button that copies the text of the page's `#revealed`. Without JavaScript it is not there.
#[island]
pub fn CopyValue() -> impl IntoView {
    let said = RwSignal::new("");
    let live = RwSignal::new(false);
    Effect::new(move |_| live.set(true));
    let copy = move |_| {
        let text = document().get_element_by_id("revealed").and_then(|output| output.text_content());
        if let Some(text) = text {
            put_on_clipboard(text, said);
        }
    };
    let button = move || {
        view! {
            <button type="button" on:click=copy>
                "Copy"
            </button>
            <small role="status">{said}</small>
        }
    };
    move || live.get().then(button)
}

/// A button that opens the browser's print dialog. Without JavaScript it is not there.
#[island]
pub fn PrintPage() -> impl IntoView {
    let live = RwSignal::new(false);
    Effect::new(move |_| live.set(true));
    let print = |_| {
        let _ = window().print();
    };
    let button = move || view! { <button type="button" on:click=print>"Print"</button> };
    move || live.get().then(button)
}

#[cfg(feature = "hydrate")]
pub(super) fn put_on_clipboard(text: String, said: RwSignal<&'static str>) {
    let written = window().navigator().clipboard().write_text(&text);
    leptos::task::spawn_local(async move {
        let done = wasm_bindgen_futures::JsFuture::from(written).await;
        said.set(if done.is_ok() { "Copied." } else { "Not copied: the browser did not allow it." });
    });
}

#[cfg(not(feature = "hydrate"))]
pub(super) fn put_on_clipboard(_: String, _: RwSignal<&'static str>) {}
