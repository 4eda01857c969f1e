//! What is seen after signing out.

use super::SignIn;
use crate::page::{Address, OpenPage, Requested, Turn};
use doorward::LocalPath;
use leptos::prelude::*;

/// The page.
#[derive(Clone)]
pub struct SignedOut;

impl Address for SignedOut {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

impl OpenPage for SignedOut {
    const WHY: &'static str = "it says nothing of anybody";
    const ACTS: bool = false;

    fn title(&self) -> &'static str {
        "Signed out · Doorward"
    }

    fn view(&self, _: &Turn) -> AnyView {
        view().into_any()
    }
}

fn view() -> impl IntoView {
    view! {
        <section class="card">
            <header>
                <h1>"You have signed out"</h1>
                <p>"This session has ended, and nothing of it is left in this browser."</p>
            </header>
            <div class="actions">
                <a class="button primary" href=SignIn { next: LocalPath::home() }.href()>"Sign in again"</a>
            </div>
        </section>
    }
}
