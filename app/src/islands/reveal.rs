//! Shows a secret's value in place, and hides it again by itself.

use super::CopyValue;
use super::value::value_of;
use crate::page::error::PageError;
use crate::secrets::Revealed;
use doorward::{Refusal, RefusalKind};
use leptos::either::Either;
use leptos::html::Button;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

const SHOWN_SECONDS: u32 = 30;

/// The state of the island. `turn` counts the reveals, so that an earlier countdown does not go on in a later one;
/// `changes` counts the changes of the secret from this page, so that a value that was asked for before one is not shown.
#[derive(Clone, Copy)]
struct ViewContext {
    value: RwSignal<Option<Revealed>>,
    left: RwSignal<u32>,
    turn: RwSignal<u32>,
    changes: RwSignal<u32>,
    wrong: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    reveal: NodeRef<Button>,
    hide: NodeRef<Button>,
}

impl ViewContext {
    fn nothing() -> Self {
        Self {
            value: RwSignal::new(None),
            left: RwSignal::new(0),
            turn: RwSignal::new(0),
            changes: RwSignal::new(0),
            wrong: RwSignal::new(None),
            busy: RwSignal::new(false),
            reveal: NodeRef::new(),
            hide: NodeRef::new(),
        }
    }

    fn show(self, revealed: Revealed) {
        self.wrong.set(None);
        self.value.set(Some(revealed));
        self.left.set(SHOWN_SECONDS);
        self.turn.update(|turn| *turn += 1);
        self.count_down(self.turn.get_untracked());
        focus_soon(self.hide);
    }

    fn hide(self) {
        self.value.set(None);
        focus_soon(self.reveal);
    }

    /// The page has changed the secret: the value that it shows may be the old one. The focus stays where it is.
    #[cfg(feature = "hydrate")]
    fn forget(self) {
        self.value.set(None);
        self.changes.update(|changes| *changes += 1);
    }

    fn count_down(self, turn: u32) {
        let tick = move || {
            let is_over = self.turn.get_untracked() != turn || self.value.with_untracked(Option::is_none);
            if is_over {
                return;
            }
            if self.left.get_untracked() <= 1 {
                self.value.set(None);
            } else {
                self.left.update(|left| *left -= 1);
                self.count_down(turn);
            }
        };
        set_timeout(tick, Duration::from_secs(1));
    }

    fn ask(self, about: About) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let changes = self.changes.get_untracked();
        spawn_local(async move {
            let answer = value_of(about.id.clone()).await;
            self.busy.set(false);
            #[cfg(feature = "hydrate")]
            super::enhance::renew_xray();
            match answer {
                Ok(_) if self.changes.get_untracked() != changes => {
                    self.wrong.set(Some("The secret has changed. Reveal it again.".to_owned()));
                }
                Ok(revealed) => self.show(revealed),
                Err(failure) => self.answer(&failure, about),
            }
        });
    }

    /// Asks for a confirmation and then again, leads to the sign-in, or says what is wrong.
    fn answer(self, failure: &PageError, about: About) {
        match failure {
            PageError::Refused(Refusal { answer: RefusalKind::Confirm, .. }) => self.confirm(about),
            PageError::Refused(Refusal { answer: RefusalKind::SignIn, .. }) => {
                let onward = format!("/sign-in?next={}", about.address.replace('/', "%2F"));
                let _ = window().location().set_href(&onward);
            }
            _ => self.wrong.set(Some(failure.sentence())),
        }
    }

    #[cfg(feature = "hydrate")]
    fn confirm(self, about: About) {
        super::enhance::confirm::ask(about.confirm.clone(), move || self.ask(about.clone()));
    }

    #[cfg(not(feature = "hydrate"))]
    fn confirm(self, _: About) {}
}

/// The button that takes another's place takes its focus too, once it is there.
fn focus_soon(button: NodeRef<Button>) {
    request_animation_frame(move || {
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    });
}

/// What the island is about. It is no prop of the island: reading props would bring a JSON reader into the browser.
#[derive(Clone)]
struct About {
    id: String,
    address: String,
    /// The page that asks for a confirmation, and leads back.
    confirm: String,
    protected: bool,
}

#[cfg(feature = "ssr")]
impl About {
    /// From the page around the island.
    fn here() -> Option<Self> {
        use_context()
    }
}

#[cfg(not(feature = "ssr"))]
impl About {
    /// From the form as the server rendered it.
    fn here() -> Option<Self> {
        let form = document().query_selector("form.reveal").ok()??;
        Some(Self {
            id: form.get_attribute("data-id")?,
            address: form.get_attribute("action")?,
            confirm: form.get_attribute("data-confirm")?,
            protected: form.has_attribute("data-protected"),
        })
    }
}

/// The form that reveals a value. Without JavaScript it is posted to the page; with it, the value appears in place.
#[cfg(feature = "ssr")]
#[component]
pub fn Reveal(
    /// The secret's id.
    id: String,
    /// The page's address.
    address: String,
    /// The address of the page that asks for a confirmation.
    confirm: String,
    /// Whether the page asks for a fresh sign-in first.
    protected: bool,
) -> impl IntoView {
    provide_context(About { id, address, confirm, protected });
    view! { <island::Reveal /> }
}

mod island {
    use leptos::prelude::*;

    #[island]
    pub fn Reveal() -> impl IntoView {
        super::About::here().map(super::reveal)
    }
}

fn reveal(about: About) -> impl IntoView {
    let shown = ViewContext::nothing();
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| super::enhance::when_changed(move || shown.forget()));
    let is_shown = Memo::new(move |_| shown.value.with(Option::is_some));
    move || if is_shown.get() { Either::Left(shown_value(shown)) } else { Either::Right(form(shown, about.clone())) }
}

fn form(shown: ViewContext, about: About) -> impl IntoView {
    let About { id, address, confirm, protected } = about.clone();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        shown.ask(about.clone());
    };
    view! {
        <form
            class="reveal"
            method="post"
            action=address
            data-id=id
            data-confirm=confirm
            data-protected=protected.then_some("")
            on:submit=submit
        >
            {hidden_value(shown, protected)}
        </form>
    }
}

fn hidden_value(shown: ViewContext, protected: bool) -> impl IntoView {
    let hint = if protected { " You may be asked to confirm that it is you." } else { "" };
    view! {
        <p class="value" id="hidden-value">
            "Hidden. Revealing it is recorded with your name and the time."
            {hint}
        </p>
        <div class="actions">
            <button
                node_ref=shown.reveal
                name="action"
                value="reveal"
                aria-describedby="hidden-value"
                aria-busy=move || shown.busy.get().then_some("true")
            >
                "Reveal"
            </button>
        </div>
        <p role="alert">{shown.wrong}</p>
    }
}

fn shown_value(shown: ViewContext) -> impl IntoView {
    let value = move || shown.value.with(|shown| shown.as_ref().map(|revealed| revealed.value.clone()));
    let record = move || shown.value.with(|shown| shown.as_ref().map(|revealed| revealed.record.as_str().to_owned()));
    view! {
        <div class="reveal">
            <output class="value" id="revealed" aria-labelledby="value-heading">
                {value}
            </output>
            <div class="actions">
                <CopyValue />
                <button type="button" node_ref=shown.hide on:click=move |_| shown.hide()>
                    "Hide"
                </button>
                <small role="timer">"Hidden again in " {shown.left} " s"</small>
                <small>"Record " <code>{record}</code></small>
            </div>
        </div>
    }
}
