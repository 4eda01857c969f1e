//! Shows a secret's value in place, and hides it again by itself.

mod about;

#[cfg(feature = "ssr")]
pub use about::{Reveal, RevealProps};

use super::CopyValue;
use super::copy_value::put_on_clipboard;
use super::value::value_of;
use crate::page::error::PageError;
use crate::secrets::Revealed;
use about::{About, reason};
use doorward::{Refusal, RefusalKind};
use leptos::either::Either;
use leptos::html::{Button, Input};
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
    /// What became of copying without showing.
    copied: RwSignal<&'static str>,
    reveal: NodeRef<Button>,
    hide: NodeRef<Button>,
    why: NodeRef<Input>,
}

/// What happens to a value that came.
#[derive(Clone, Copy)]
enum Then {
    Show,
    Copy,
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
            copied: RwSignal::new(""),
            reveal: NodeRef::new(),
            hide: NodeRef::new(),
            why: NodeRef::new(),
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

    fn ask(self, about: About, then: Then) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.copied.set("");
        let why = self.why.get_untracked().map(|input| input.value()).unwrap_or_default();
        let changes = self.changes.get_untracked();
        spawn_local(async move {
            let answer = value_of(about.id.clone(), why).await;
            self.busy.set(false);
            #[cfg(feature = "hydrate")]
            super::enhance::renew_xray();
            match answer {
                Ok(_) if self.changes.get_untracked() != changes => {
                    self.wrong.set(Some("The secret has changed. Reveal it again.".to_owned()));
                }
                Ok(revealed) => match then {
                    Then::Show => self.show(revealed),
                    Then::Copy => self.copy(revealed),
                },
                Err(failure) => self.answer(&failure, about, then),
            }
        });
    }

    fn copy(self, revealed: Revealed) {
        self.wrong.set(None);
        put_on_clipboard(revealed.value, self.copied);
    }

    /// Asks for a confirmation and then again, leads to the sign-in, or says what is wrong.
    fn answer(self, failure: &PageError, about: About, then: Then) {
        match failure {
            PageError::Refused(Refusal { answer: RefusalKind::Confirm, .. }) => self.confirm(about, then),
            PageError::Refused(Refusal { answer: RefusalKind::SignIn, .. }) => {
                let onward = format!("/sign-in?next={}", about.address.replace('/', "%2F"));
                let _ = window().location().set_href(&onward);
            }
            _ => self.wrong.set(Some(failure.sentence())),
        }
    }

    #[cfg(feature = "hydrate")]
    fn confirm(self, about: About, then: Then) {
        super::enhance::confirm::ask(about.confirm.clone(), move || self.ask(about.clone(), then));
    }

    /// Hides the value when the tab is left.
    #[cfg(feature = "hydrate")]
    fn hide_when_left(self) {
        let left = move |_| {
            if document().hidden() {
                self.value.set(None);
            }
        };
        let listening = window_event_listener_untyped("visibilitychange", left);
        on_cleanup(move || listening.remove());
    }

    #[cfg(not(feature = "hydrate"))]
    fn confirm(self, _: About, _: Then) {}
}

/// The button that takes another's place takes its focus too, once it is there.
fn focus_soon(button: NodeRef<Button>) {
    request_animation_frame(move || {
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    });
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
    Effect::new(move |_| {
        super::enhance::when_changed(move || shown.forget());
        shown.hide_when_left();
    });
    let is_shown = Memo::new(move |_| shown.value.with(Option::is_some));
    move || if is_shown.get() { Either::Left(shown_value(shown)) } else { Either::Right(form(shown, about.clone())) }
}

fn form(shown: ViewContext, about: About) -> impl IntoView {
    let About { id, address, confirm, asks, typed } = about.clone();
    let copied = about.clone();
    let copy = move |_| shown.ask(copied.clone(), Then::Copy);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        shown.ask(about.clone(), Then::Show);
    };
    view! {
        <form
            class="reveal"
            method="post"
            action=address
            data-id=id
            data-confirm=confirm
            data-asks=asks.then_some("")
            on:submit=submit
        >
            {asks.then(|| reason(shown.why, typed))}
            {hidden_value(shown, copy)}
        </form>
    }
}

fn hidden_value(shown: ViewContext, copy: impl Fn(leptos::ev::MouseEvent) + Clone + Send + 'static) -> impl IntoView {
    // Without JavaScript nothing can be copied.
    let live = RwSignal::new(false);
    Effect::new(move |_| live.set(true));
    let copy_button = move || {
        live.get().then(|| {
            let copy = copy.clone();
            view! { <button type="button" aria-describedby="hidden-value" on:click=copy>"Copy without showing"</button> }
        })
    };
    view! {
        <p class="value" id="hidden-value">
            "Hidden. Revealing it is recorded with your name and the time."
        </p>
        <div class="actions">
            <button
                node_ref=shown.reveal
                name="action"
                value="reveal"
                aria-describedby="hidden-value protected"
                aria-busy=move || shown.busy.get().then_some("true")
            >
                "Reveal"
            </button>
            {copy_button}
            <small role="status">{shown.copied}</small>
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
                <small role="timer">"Hides in " {shown.left} " s"</small>
                <small>"Record " <code>{record}</code></small>
            </div>
        </div>
    }
}
