//! The user's sign-in methods: password, passkeys, one-time codes, recovery codes.

mod codes;
mod passkeys;
mod password;
mod recovery;

use crate::account::methods::codes::{CancelCodes, StartCodes, TurnCodesOff, TurnCodesOn};
use crate::account::methods::passkeys::{AddPasskey, RemovePasskey};
use crate::account::methods::password::ChangePassword;
use crate::account::methods::recovery::MakeRecoveryCodes;
use crate::account::policy;
use crate::account::store::{MethodError, OneTimeCodes, OwnMethods};
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormResult, Page, Requested, ViewContext};
use crate::sessions::own::OwnSessions;
use crate::ui::PageHeader;
use doorward::Principal;
use leptos::prelude::*;

#[derive(Clone)]
pub struct Methods;

impl Address for Methods {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

/// The page's data.
pub struct Data {
    methods: OwnMethods,
    sign_in_name: String,
    offers_passkeys: bool,
}

impl Page for Methods {
    type Opens = policy::ReadMethods;
    type Data = Data;
    type Within = Console;
    type Actions = (
        ChangePassword,
        AddPasskey,
        RemovePasskey,
        StartCodes,
        CancelCodes,
        TurnCodesOn,
        TurnCodesOff,
        MakeRecoveryCodes,
    );
    const ISLANDS: &'static [&'static str] = &["Passkey", "CopyValue", "PrintPage"];

    fn opens(&self) -> policy::ReadMethods {
        policy::ReadMethods
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadMethods>) -> Result<Data, PageError> {
        let request = request()?;
        let sign_in_name = name_of(permit.principal());
        let methods = request.backend.methods(permit).await?;
        if matches!(methods.codes, OneTimeCodes::Begun(_)) {
            request.head.set(|head| head.reveals = true);
        }
        Ok(Data { methods, sign_in_name, offers_passkeys: request.extra.offers_passkeys })
    }

    fn title(&self, _: &Data) -> String {
        "Ways to sign in".to_owned()
    }

    fn view(&self, data: Data, shown: &ViewContext) -> AnyView {
        view(&data, shown).into_any()
    }
}

fn name_of(who: &Principal) -> String {
    who.name.to_string()
}

impl From<MethodError> for PageError {
    fn from(error: MethodError) -> Self {
        match error {
            MethodError::WeakPassword(sentence) => Self::invalid("password", sentence),
            MethodError::WrongPassword => Self::invalid("current", "That is not your current password."),
            MethodError::WrongCode => {
                Self::invalid("code", "That code does not match, or was used already. Wait for the next one.")
            }
            MethodError::WrongPasskey => Self::invalid("", "The passkey was not added. Try again."),
            MethodError::Nothing | MethodError::NoSecondFactor => {
                Self::invalid("", "This has changed. Reload the page.")
            }
            MethodError::SentBefore => Self::invalid(
                "",
                "This form was sent before, and its codes were shown then. They still work. If you did not save them, make new ones.",
            ),
            MethodError::TooMany(retry_after) => Self::TooMany { retry_after },
            MethodError::Store(error) => error.into(),
        }
    }
}

const END_OTHERS: &str = "end-others";

/// Reads whether the user's other sessions should end.
fn read_end_others(form: &Form) -> bool {
    form.text(END_OTHERS) == "yes"
}

/// Renders the choice to end one's other sessions. It is selected at first, and keeps what was
/// submitted.
fn end_others(turn: Option<&FormResult>) -> impl IntoView + use<> {
    let checked = turn.is_none_or(|turn| turn.typed(END_OTHERS) == "yes");
    view! {
        <label class="check">
            <input type="checkbox" name=END_OTHERS value="yes" checked=checked />
            "End my other sessions"
        </label>
    }
}

/// Renders the error of one of the page's forms as a whole.
fn stopped(turn: Option<&FormResult>) -> impl IntoView + use<> {
    let message = turn.and_then(|turn| turn.error(""));
    message.map(|message| view! { <p class="notice" role="alert">{message}</p> })
}

fn view(data: &Data, shown: &ViewContext) -> impl IntoView + use<> {
    let Data { methods, sign_in_name, offers_passkeys } = data;
    view! {
        <PageHeader title="Ways to sign in" intro=Some("Each change sends a notice to your inbox.")>
            <a class="button" href=OwnSessions.href()>"Your sessions"</a>
        </PageHeader>
        <div class="panels">
            {password::panel(methods, sign_in_name, shown)}
            {passkeys::panel(methods, *offers_passkeys, shown)}
            {codes::panel(methods, shown)}
            {methods.has_second_factor.then(|| recovery::panel(methods, shown))}
        </div>
    }
}
