//! Puts records on top of the ledger's table as they are written.

use leptos::prelude::*;

/// Listens to the address in the `data-follow` of the page's table. Without JavaScript the page stays as it was loaded.
#[island]
pub fn Follow() -> impl IntoView {
    let said = RwSignal::new("");
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        said.set("Connecting …");
        if browser::follow(said).is_none() {
            said.set("This browser cannot follow.");
        }
    });
    view! { <span role="status">{said}</span> }
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    use web_sys::{Element, Event, EventSource, MessageEvent};

    /// More rows than these are taken away at the end.
    const MOST: u32 = 200;

    pub(super) fn follow(said: RwSignal<&'static str>) -> Option<()> {
        let rows = document().query_selector("[data-follow]").ok().flatten()?;
        let stream = EventSource::new(&rows.get_attribute("data-follow")?).ok()?;
        on(&stream, "open", move |_| said.set("Following."));
        on(&stream, "records", move |event| add(&rows, &event.data().as_string().unwrap_or_default()));
        let broken = stream.clone();
        let failed = Closure::<dyn Fn(Event)>::new(move |_: Event| {
            // What was written meanwhile would be missing without a word.
            broken.close();
            said.set("Not following any more: load the page again.");
        });
        stream.set_onerror(Some(failed.into_js_value().unchecked_ref()));
        Some(())
    }

    fn on(stream: &EventSource, name: &str, act: impl Fn(MessageEvent) + 'static) {
        let heard = Closure::<dyn Fn(MessageEvent)>::new(act);
        let _ = stream.add_event_listener_with_callback(name, heard.into_js_value().unchecked_ref());
    }

    fn add(rows: &Element, html: &str) {
        let _ = rows.insert_adjacent_html("afterbegin", html);
        while rows.child_element_count() > MOST {
            let Some(last) = rows.last_element_child() else { break };
            last.remove();
        }
    }
}
