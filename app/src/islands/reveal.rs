//! Shows a secret's value in place, and hides it again by itself.

use super::CopyValue;
use super::value::value_of;
use crate::model::{Failure, Revealed};
use doorward::{Answer, Refusal};
use leptos::either::Either;
use leptos::html::Button;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

const SHOWN_SECONDS: u32 = 30;

/// The state of the island. `turn` counts the reveals, so that an earlier countdown does not go on in a later one.
#[derive(Clone, Copy)]
struct Shown {
    value: RwSignal<Option<Revealed>>,
    left: RwSignal<u32>,
    turn: RwSignal<u32>,
    wrong: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    reveal: NodeRef<Button>,
    hide: NodeRef<Button>,
}

impl Shown {
    fn nothing() -> Self {
        Self {
            value: RwSignal::new(None),
            left: RwSignal::new(0),
            turn: RwSignal::new(0),
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

    fn ask(self, id: String, address: String) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            match value_of(id).await {
                Ok(revealed) => self.show(revealed),
                Err(failure) => self.answer(&failure, &address),
            }
            self.busy.set(false);
        });
    }

    /// Goes where the refusal can be mended, or says it.
    fn answer(self, failure: &Failure, back: &str) {
        let onward = match failure {
            Failure::Refused(Refusal { answer: Answer::SignIn, .. }) => Some("/sign-in"),
            Failure::Refused(Refusal { answer: Answer::Confirm, .. }) => Some("/confirm"),
            _ => None,
        };
        match onward {
            Some(address) => {
                let _ = window().location().set_href(&format!("{address}?next={}", back.replace('/', "%2F")));
            }
            None => self.wrong.set(Some(failure.sentence())),
        }
    }
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
    /// Whether the page asks for a fresh sign-in first.
    protected: bool,
) -> impl IntoView {
    provide_context(About { id, address, protected });
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
    let shown = Shown::nothing();
    let is_shown = Memo::new(move |_| shown.value.with(Option::is_some));
    move || if is_shown.get() { Either::Left(shown_value(shown)) } else { Either::Right(form(shown, about.clone())) }
}

fn form(shown: Shown, about: About) -> impl IntoView {
    let About { id, address, protected } = about.clone();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        shown.ask(about.id.clone(), about.address.clone());
    };
    view! {
        <form
            class="reveal"
            method="post"
            action=address
            data-id=id
            data-protected=protected.then_some("")
            on:submit=submit
        >
            {hidden_value(shown, protected)}
        </form>
    }
}

fn hidden_value(shown: Shown, protected: bool) -> impl IntoView {
    let hint = if protected { " It needs a sign-in within the last 5 minutes." } else { "" };
    view! {
        <p class="value" id="hidden-value">
            "Not shown. To reveal it is recorded, with your name and the time."
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

fn shown_value(shown: Shown) -> impl IntoView {
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
