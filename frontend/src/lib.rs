//! The browser's half: finds the islands on a page and brings them to life.

use app as _;

/// Called once by the page's loading script.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
