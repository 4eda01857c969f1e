//! What a page loads: one style, one script, one module. Their names carry their hashes, so they never change.

use crate::islands::BROUGHT;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

/// The addresses of the style, the script and the WebAssembly module.
#[derive(Clone, Debug)]
pub struct Assets {
    /// The style.
    pub style: String,
    /// The script that starts the module.
    pub script: String,
    /// The module, in which the islands are.
    pub module: String,
}

/// Loads the style, and hydrates the page's islands, outer ones first; later also those in parts that forms replace.
#[component]
pub fn LoadAssets(assets: Assets) -> impl IntoView {
    let Assets { style, script, module } = assets;
    let start = format!(
        "const islands=await import(\"{script}\");\
         await islands.default({{module_or_path:\"{module}\"}});\
         islands.hydrate();\
         const wake=async within=>{{\
         for(const island of document.querySelectorAll(within+\"leptos-island\"))\
         await islands[island.dataset.component]?.(island)}};\
         addEventListener(\"{BROUGHT}\",()=>wake(\"[data-new] \"));\
         await wake(\"\");"
    );
    view! {
        <link rel="stylesheet" href=style />
        <link rel="modulepreload" href=script />
        <link rel="preload" href=module r#as="fetch" r#type="application/wasm" crossorigin="" />
        <script type="module" nonce=use_nonce()>
            {start}
        </script>
    }
}
