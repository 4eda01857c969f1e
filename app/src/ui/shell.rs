//! The document around every page.

use crate::door::{self, Theme};
use crate::routes::Pages;
use crate::ui::assets::{Assets, LoadAssets};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};

/// The whole document.
pub fn shell(assets: Assets) -> impl IntoView {
    provide_meta_context();
    let visit = door::visit().ok();
    let theme = visit.as_ref().map(|visit| visit.theme).filter(|theme| *theme != Theme::System);
    if let (Some(visit), Some(nonce)) = (&visit, use_nonce()) {
        visit.head.set(|head| head.nonce = Some(nonce.as_inner().clone()));
    }
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.map(Theme::as_str)>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <LoadAssets assets />
                <MetaTags />
            </head>
            <body>
                <Pages />
            </body>
        </html>
    }
}
