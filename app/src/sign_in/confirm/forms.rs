//! What the page that asks for a confirmation shows.

use super::{ByCode, ByPasskey, Confirm, Who};
use crate::account::methods::Methods;
use crate::page::{Address, FormAction, FormResult};
use crate::sign_in::passkey_form::passkey_form;
use crate::sign_in::sign_out::SignOut;
use crate::sign_in::store::WaysToConfirm;
use crate::ui::{Field, PageHeader, Panel, protected_mark};
use doorward::LocalPath;
use leptos::prelude::*;

pub(super) fn view(asked: &Who, turn: &FormResult, here: &str, back: &LocalPath) -> impl IntoView + use<> {
    let ways = asked.ways;
    view! {
        <section class="card">
            <header>
                <h1 id="confirm-heading">"Confirm it is you"</h1>
                <p>{asked.why.clone()} {asked.protected.then_some(" Its environment:")} {protected_mark(asked.protected)}</p>
            </header>
            {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            {ways.password.then(|| password_form(asked, turn, here, back))}
            {ways.passkey.then(|| by_passkey(here))}
            {(ways.code || ways.recovery_code).then(|| code_form(asked, turn, here, back))}
            {(!ways.password && !ways.code && !ways.recovery_code).then(|| nothing(asked, back))}
        </section>
    }
}

pub(super) const NEEDS_FACTOR: &str = "You need a second factor";

/// Shown in place of a form that could not help. It is no card, so that a script opens it as a page and not as a dialog:
/// its link leads away.
pub(super) fn needs_factor(page: &Confirm) -> impl IntoView + use<> {
    let what = page.held_up.map_or("do this", |held_up| held_up.what);
    let back = page.next.to_string();
    view! {
        <PageHeader title=NEEDS_FACTOR />
        <div class="panels">
            <Panel id="second-factor" title="What is missing">
                <p>
                    "To " {what} ", you must sign in with a second factor, and you have none. Your password alone is not enough. "
                    "Set up one-time codes or a passkey, then try again. Nothing was changed."
                </p>
                <div class="actions">
                    <a class="button primary" href=Methods.href()>"Set up a second factor"</a>
                    <a class="button" href=back>"Not now"</a>
                </div>
            </Panel>
        </div>
    }
}

fn password_field(asked: &Who, turn: &FormResult, autofocus: bool) -> impl IntoView + use<> {
    view! {
        // For password managers. Without a name it is not submitted.
        <input type="text" autocomplete="username" value=asked.sign_in_name.clone() readonly hidden />
        <Field
            name="password"
            label=format!("Password for {}", asked.sign_in_name)
            kind="password"
            autocomplete="current-password"
            error=turn.error("password")
            autofocus
        />
    }
}

fn password_form(asked: &Who, turn: &FormResult, here: &str, back: &LocalPath) -> impl IntoView + use<> {
    view! {
        <form method="post" action=here.to_owned()>
            {password_field(asked, turn, true)}
            <div class="actions">
                <button class="primary">"Confirm"</button>
                {way_out(asked, back)}
            </div>
        </form>
    }
}

fn code_form(asked: &Who, turn: &FormResult, here: &str, back: &LocalPath) -> impl IntoView + use<> {
    let WaysToConfirm { code, recovery_code, code_needs_password, .. } = asked.ways;
    let (label, hint) = match (code, recovery_code) {
        (true, true) => ("Code", "From your authenticator app, or one of your recovery codes."),
        (true, false) => ("Code", "From your authenticator app."),
        _ => ("Recovery code", "One of your saved recovery codes."),
    };
    view! {
        <form method="post" action=here.to_owned()>
            {code_needs_password.then(|| password_field(asked, turn, false))}
            <Field
                name="code"
                label=label.to_owned()
                autocomplete="one-time-code"
                hint=Some(hint)
                error=turn.error("code")
                autofocus=true
            />
            <div class="actions">
                <button class="primary" name="action" value=ByCode::BUTTON>"Confirm"</button>
                {way_out(asked, back)}
            </div>
        </form>
    }
}

fn by_passkey(here: &str) -> impl IntoView + use<> {
    let inside = view! {
        <noscript>
            <p>"To use a passkey, the browser needs JavaScript."</p>
        </noscript>
    };
    passkey_form(here.to_owned(), "confirm", Some(ByPasskey::BUTTON), "Use a passkey", inside.into_any())
}

fn nothing(asked: &Who, back: &LocalPath) -> impl IntoView + use<> {
    let stuck = match asked.ways.passkey {
        true => "Without the device that has your passkey, ask an administrator to remove your second factors.",
        false => "Your second factor cannot be shown at this address. An administrator can remove it.",
    };
    view! {
        <p>{stuck}</p>
        <div class="actions">{way_out(asked, back)}</div>
    }
}

/// The way out for somebody who does not confirm. While nothing else opens, every other page would lead back here.
fn way_out(asked: &Who, back: &LocalPath) -> impl IntoView + use<> {
    let (address, label) = match asked.unconfirmed {
        true => (SignOut.href(), "Sign out"),
        false => (back.to_string(), "Not now"),
    };
    view! { <a class="button" href=address>{label}</a> }
}
