//! One-time codes from an authenticator app.

use crate::account::methods::{Methods, end_others, read_end_others, stopped};
use crate::account::policy;
use crate::account::store::{CodeSetUp, OneTimeCodes, OwnMethods};
use crate::backend::Permit;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::head::HandleChange;
use crate::page::{Address, FormAction, FormOutcome, FormResult, ViewContext};
use crate::ui::time::Ago;
use crate::ui::{Field, Panel};
use doorward::{SecretText, Timestamp};
use leptos::prelude::*;

/// Creates a secret for the app.
pub struct StartCodes;

impl FormAction<Methods> for StartCodes {
    const BUTTON: &'static str = "start-codes";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = policy::StartCodes;
    type Input = ();

    fn read(_: &Form) -> Result<(), PageError> {
        Ok(())
    }

    fn asks(_: &Methods, (): &()) -> policy::StartCodes {
        policy::StartCodes
    }

    async fn run(page: &Methods, permit: Permit<policy::StartCodes>, (): ()) -> Result<FormOutcome, PageError> {
        request()?.backend.start_codes(permit).await?;
        Ok(FormOutcome::SeeOther(page.path(), None))
    }
}

/// Discards the unconfirmed secret.
pub struct CancelCodes;

impl FormAction<Methods> for CancelCodes {
    const BUTTON: &'static str = "cancel-codes";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = policy::CancelCodes;
    type Input = ();

    fn read(_: &Form) -> Result<(), PageError> {
        Ok(())
    }

    fn asks(_: &Methods, (): &()) -> policy::CancelCodes {
        policy::CancelCodes
    }

    async fn run(page: &Methods, permit: Permit<policy::CancelCodes>, (): ()) -> Result<FormOutcome, PageError> {
        request()?.backend.cancel_codes(permit).await?;
        Ok(FormOutcome::SeeOther(page.path(), Some("Set-up cancelled. One-time codes are off.")))
    }
}

/// Confirms the app with a first code, which turns codes on.
pub struct TurnCodesOn;

/// The fields of the form.
pub struct FirstCode {
    code: SecretText,
    end_others: bool,
}

impl FormAction<Methods> for TurnCodesOn {
    const BUTTON: &'static str = "turn-codes-on";
    const FIELDS: &'static [&'static str] = &["code", "end-others"];
    type Asks = policy::TurnCodesOn;
    type Input = FirstCode;

    fn read(form: &Form) -> Result<FirstCode, PageError> {
        Ok(FirstCode { code: form.secret("code")?, end_others: read_end_others(form) })
    }

    fn asks(_: &Methods, first: &FirstCode) -> policy::TurnCodesOn {
        policy::TurnCodesOn { end_others: first.end_others }
    }

    async fn run(
        page: &Methods,
        permit: Permit<policy::TurnCodesOn>,
        first: FirstCode,
    ) -> Result<FormOutcome, PageError> {
        let request = request()?;
        let confirmed = request.backend.turn_codes_on(&request.asked, permit, first.code).await?;
        request.head.set(|head| head.handle = Some(HandleChange::Set(confirmed.handle)));
        Ok(FormOutcome::SeeOther(page.path(), Some("One-time codes are on. Make recovery codes next, and keep them.")))
    }
}

/// Turns codes off.
pub struct TurnCodesOff;

impl FormAction<Methods> for TurnCodesOff {
    const BUTTON: &'static str = "turn-codes-off";
    const FIELDS: &'static [&'static str] = &["end-others"];
    type Asks = policy::TurnCodesOff;
    type Input = bool;

    fn read(form: &Form) -> Result<bool, PageError> {
        Ok(read_end_others(form))
    }

    fn asks(_: &Methods, end_others: &bool) -> policy::TurnCodesOff {
        policy::TurnCodesOff { end_others: *end_others }
    }

    async fn run(page: &Methods, permit: Permit<policy::TurnCodesOff>, _: bool) -> Result<FormOutcome, PageError> {
        request()?.backend.turn_codes_off(permit).await?;
        Ok(FormOutcome::SeeOther(page.path(), Some("One-time codes are removed.")))
    }
}

pub(super) fn panel(methods: &OwnMethods, shown: &ViewContext) -> impl IntoView + use<> {
    let inside = match &methods.codes {
        OneTimeCodes::Off => off(shown.turn.of(StartCodes::BUTTON)).into_any(),
        OneTimeCodes::Begun(set_up) => begun(set_up, shown.turn.of(TurnCodesOn::BUTTON)).into_any(),
        OneTimeCodes::On(since) => on(*since, shown.now, shown.turn.of(TurnCodesOff::BUTTON)).into_any(),
    };
    let inside = view! {
            {inside}
    };
    view! {
        <Panel id="codes-part" title="One-time codes" part=true>{inside}</Panel>
    }
}

fn off(turn: Option<&FormResult>) -> impl IntoView + use<> {
    view! {
        {stopped(turn)}
        <p>"An app on your phone makes a new code every 30 seconds. With codes on, your password alone is not enough."</p>
        <form method="post" action=Methods.href() data-enhance="onward">
            <div class="actions">
                <button name="action" value=StartCodes::BUTTON>"Set up one-time codes"</button>
            </div>
        </form>
    }
}

fn begun(set_up: &CodeSetUp, turn: Option<&FormResult>) -> impl IntoView + use<> {
    let error = turn.and_then(|turn| turn.error("code"));
    let focus = error.is_some();
    view! {
        {stopped(turn)}
        <div class="set-up-codes">
            <div class="qr" inner_html=set_up.qr.to_string()></div>
            <ol>
                <li>"Scan this with an authenticator app, or "
                    <a href=set_up.uri.expose().to_owned()>"open it on this device"</a> "."</li>
                <li>"Cannot scan? Enter this key in the app:"
                    <code class="value">{set_up.base32.expose().to_owned()}</code></li>
                <li>"Then type the code it shows."</li>
            </ol>
        </div>
        <form method="post" action=Methods.href() data-enhance="onward">
            <Field
                name="code"
                label="Code"
                autocomplete="one-time-code"
                hint=Some("Six digits. From then on you are asked for a code at each sign-in.")
                error=error
                autofocus=focus
            />
            {end_others(turn)}
            <div class="actions">
                <button class="primary" name="action" value=TurnCodesOn::BUTTON>"Turn on"</button>
            </div>
        </form>
        <form method="post" action=Methods.href() data-enhance="onward">
            <div class="actions">
                <button name="action" value=CancelCodes::BUTTON>"Cancel"</button>
            </div>
        </form>
    }
}

fn on(since: Timestamp, now: Timestamp, turn: Option<&FormResult>) -> impl IntoView + use<> {
    view! {
        {stopped(turn)}
        <p>"On since " <Ago at=since now /> ". To use another device, remove them and set them up there."</p>
        <form method="post" action=Methods.href() data-enhance="onward">
            {end_others(turn)}
            <div class="actions">
                <button class="danger" name="action" value=TurnCodesOff::BUTTON>"Remove one-time codes"</button>
            </div>
        </form>
    }
}
