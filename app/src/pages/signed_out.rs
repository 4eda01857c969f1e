//! What is seen after signing out.

use crate::form::Form;
use crate::model::Failure;
use crate::page::{self, Acted};
use crate::routes;
use leptos::prelude::*;
use leptos_meta::Title;
use std::sync::Arc;

/// The page.
pub fn page() -> impl IntoView {
    page::open(
        "it says nothing of anybody",
        async |_: Arc<Form>| Err::<Acted<()>, _>(Failure::NoSuchAction),
        |_| view().into_any(),
    )
}

fn view() -> impl IntoView {
    view! {
        <Title text="Signed out · Doorward" />
        <section class="card">
            <header>
                <h1>"You have signed out"</h1>
                <p>"This session has ended, and nothing of it is left in this browser."</p>
            </header>
            <div class="actions">
                <a class="button primary" href=routes::SIGN_IN>"Sign in again"</a>
            </div>
        </section>
    }
}
