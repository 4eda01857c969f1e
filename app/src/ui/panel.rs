//! The parts of a page: its header, its panels, and what stands in their place if there is nothing to show.

use leptos::prelude::*;

/// The head of a page: its title, its main actions beside it, and a sentence below.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    #[prop(default = None)] intro: Option<&'static str>,
    /// What somebody wrote it is for, in place of an intro.
    #[prop(default = String::new())]
    purpose: String,
    /// Buttons and links.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="page">
            <h1>{title}</h1>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
            {intro.map(|intro| view! { <p>{intro}</p> })}
            {(!purpose.is_empty()).then(|| view! { <p><bdi>{purpose}</bdi></p> })}
        </header>
    }
}

/// A part of a page with a heading.
#[component]
pub fn Panel(
    /// The heading's id is `{id}-heading`. If forms replace the panel, `id` is the panel's own.
    id: &'static str,
    #[prop(into)] title: String,
    /// Whether it stands beside another panel if there is room.
    #[prop(default = false)]
    narrow: bool,
    /// Whether a form that is sent without leaving the page replaces it.
    #[prop(default = false)]
    part: bool,
    /// Buttons and links beside the heading.
    #[prop(default = None)]
    actions: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    view! {
        <section
            class=if narrow { "panel" } else { "panel wide" }
            id=part.then_some(id)
            data-part=part.then_some("")
            aria-labelledby=format!("{id}-heading")
        >
            <header>
                <h2 id=format!("{id}-heading")>{title}</h2>
                {actions}
            </header>
            {children()}
        </section>
    }
}

/// Says that there is nothing to show, why, and what to do.
#[component]
pub fn Empty(#[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <section class="empty" role="status">
            <h2>{title}</h2>
            {children()}
        </section>
    }
}
