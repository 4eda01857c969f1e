//! The document around every page.

use crate::console::assets::{Assets, LoadAssets};
use crate::console::{Console, request};
use crate::page::head::Theme;
use crate::page::in_document;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// Pages that only list are fetched when somebody is about to go there (HTML, "speculative loading").
const PREFETCH: &str = r#"{"prefetch":[{"where":{"selector_matches":"a[data-prefetch]"},"eagerness":"moderate"}]}"#;

/// The whole document around a page.
pub fn document(assets: Assets, page: impl FnOnce() -> AnyView) -> impl IntoView {
    let theme = request().map(|request| request.extra.theme).ok().filter(|theme| *theme != Theme::System);
    let body = in_document::<Console>(page);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.map(Theme::as_str)>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <LoadAssets assets />
                <script type="speculationrules" nonce=use_nonce()>{PREFETCH}</script>
                <MetaTags />
            </head>
            <body>
                {body}
                <template data-xray></template>
            </body>
        </html>
    }
}
