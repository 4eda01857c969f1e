//! The document around every page.

use crate::console::assets::{Assets, LoadAssets};
use crate::console::{Console, request};
use crate::page::answer_as_usual;
use crate::page::error::PageError;
use crate::page::head::Theme;
use crate::routes::Pages;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};

/// Pages that only list are fetched when somebody is about to go there (HTML, "speculative loading").
const PREFETCH: &str = r#"{"prefetch":[{"where":{"selector_matches":"a[data-prefetch]"},"eagerness":"moderate"}]}"#;

/// The whole document of the page at the address that was asked for.
pub fn shell(assets: Assets) -> impl IntoView {
    document(assets, || view! { <Pages /> }.into_any())
}

/// The whole document of a failure where no page could be asked.
pub fn failed(assets: Assets, failure: &PageError) -> impl IntoView + use<> {
    let failure = failure.clone();
    document(assets, move || Suspend::new(async move { answer_as_usual::<Console>(&failure).await }).into_any())
}

fn document(assets: Assets, body: impl FnOnce() -> AnyView) -> impl IntoView {
    provide_meta_context();
    let request = request().ok();
    let theme = request.as_ref().map(|request| request.extra.theme).filter(|theme| *theme != Theme::System);
    if let (Some(request), Some(nonce)) = (&request, use_nonce()) {
        request.head.set(|head| head.nonce = Some(nonce.as_inner().clone()));
    }
    let body = body();
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
