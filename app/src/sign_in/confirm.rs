//! Step-up: the user confirms who they are and continues to what required it.

mod forms;

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, Page, Requested, ViewContext};
use crate::sign_in::held_up::HeldUp;
use crate::sign_in::page::next;
use crate::sign_in::passkey_form::read_passkey;
use crate::sign_in::policy;
use crate::sign_in::store::{PasskeyAnswer, Proof, SignInError, WaysToConfirm};
use doorward::{LocalPath, Reason, SecretText};
use leptos::prelude::*;

/// The page that asks for the password again, or for the second factor if there is one.
#[derive(Clone)]
pub struct Confirm {
    /// Where to go afterwards.
    pub next: LocalPath,
    /// The action that required the confirmation, if it is known.
    pub held_up: Option<&'static HeldUp>,
    /// Whether the action needs a second factor and the user had none. To confirm again would not help.
    pub lacks_factor: bool,
}

/// The value of `lacks` in the address.
const SECOND_FACTOR: &str = "second-factor";

impl Address for Confirm {
    fn at(asked: &mut Requested<'_>) -> Self {
        // The text comes from a fixed list, so a crafted link cannot put its own words on this
        // page.
        let held_up = asked.query("for", None, |action| Ok(HeldUp::of(action)));
        let lacks_factor = asked.query("lacks", false, |lacks| Ok(lacks == SECOND_FACTOR));
        Self { next: next(asked), held_up, lacks_factor }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let held_up = self.held_up.map_or("", |held_up| held_up.action);
        let lacks = if self.lacks_factor { SECOND_FACTOR } else { "" };
        vec![("next", self.next.to_string()), ("for", held_up.to_owned()), ("lacks", lacks.to_owned())]
    }
}

impl Confirm {
    fn leads_nowhere(&self, who: &Who) -> bool {
        self.lacks_factor && !who.has_second_factor
    }
}

/// The user who is asked.
pub struct Who {
    sign_in_name: String,
    why: String,
    ways: WaysToConfirm,
    has_second_factor: bool,
    /// Whether what was asked for is in a protected environment.
    protected: bool,
    /// Whether nothing else opens before the confirmation.
    unconfirmed: bool,
}

/// Returns a sentence that explains why the user is asked.
fn why(unconfirmed: Option<Reason>, held_up: Option<&HeldUp>) -> String {
    match (unconfirmed, held_up) {
        (Some(Reason::Moved), _) => {
            "This request comes from another network or browser than the one you confirmed last. Until you confirm, nothing is shown.".to_owned()
        }
        (Some(Reason::HandleNotRenewed), _) => {
            "This browser has kept an old session cookie for too long. Until you confirm, nothing is shown.".to_owned()
        }
        (Some(Reason::NoSecondFactor), _) => {
            "Enter your second factor to finish signing in.".to_owned()
        }
        (_, Some(HeldUp { what, .. })) => {
            format!("To {what}, you must have signed in or confirmed within the last 5 minutes.")
        }
        _ => "What you asked for needs you to confirm that it is you.".to_owned(),
    }
}

impl Page for Confirm {
    type Opens = policy::Confirm;
    type Data = Who;
    type Within = Console;
    type Actions = (ByPassword, ByCode, ByPasskey);
    const ISLANDS: &'static [&'static str] = &["Passkey"];

    fn opens(&self) -> policy::Confirm {
        policy::Confirm
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::Confirm>) -> Result<Who, PageError> {
        let who = permit.principal();
        let sign_in_name = who.name.to_string();
        let why = why(who.unconfirmed, self.held_up);
        let (has_second_factor, unconfirmed) = (who.has_second_factor, who.unconfirmed.is_some());
        let request = request()?;
        let ways = request.backend.ways_to_confirm(permit).await?;
        let ways = WaysToConfirm { passkey: ways.passkey && request.extra.offers_passkeys, ..ways };
        let protected = !unconfirmed && self.held_up.is_some_and(HeldUp::is_in_protected);
        Ok(Who { sign_in_name, why, ways, has_second_factor, protected, unconfirmed })
    }

    fn title(&self, who: &Who) -> String {
        if self.leads_nowhere(who) { forms::NEEDS_FACTOR } else { "Confirm it is you" }.to_owned()
    }

    fn view(&self, who: Who, shown: &ViewContext) -> AnyView {
        if self.leads_nowhere(&who) {
            return forms::needs_factor(self).into_any();
        }
        forms::view(&who, &shown.turn, &self.href(), &self.next).into_any()
    }
}

/// Verifies the proof and continues with the new handle.
async fn go_on(
    page: &Confirm,
    permit: Permit<policy::Confirm>,
    proof: Proof,
    wrong: PageError,
) -> Result<FormOutcome, PageError> {
    let request = request()?;
    let confirmed = request.backend.confirm(&request.asked, &request.extra.marks, permit, proof).await;
    let confirmed = confirmed.map_err(|error| match error {
        SignInError::Wrong => wrong,
        other => other.into(),
    })?;
    confirmed.give_to_browser(&request.head);
    // With a script, the island repeats the action by itself. Without one, the next page says what
    // is left to do.
    let then = page.held_up.filter(|_| !request.by_island).map(|held_up| held_up.then);
    Ok(FormOutcome::SeeOther(page.next.clone(), then))
}

/// Confirms with the password if there is no second factor.
pub struct ByPassword;

impl FormAction<Confirm> for ByPassword {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["password"];
    type Asks = policy::Confirm;
    type Input = SecretText;

    fn read(form: &Form) -> Result<SecretText, PageError> {
        form.secret("password")
    }

    fn asks(_: &Confirm, _: &SecretText) -> policy::Confirm {
        policy::Confirm
    }

    async fn run(
        page: &Confirm,
        permit: Permit<policy::Confirm>,
        password: SecretText,
    ) -> Result<FormOutcome, PageError> {
        let sentence = if permit.principal().has_second_factor {
            "A password alone is not enough: you have a second factor."
        } else {
            "That password does not match."
        };
        go_on(page, permit, Proof::Password(password), PageError::invalid("", sentence)).await
    }
}

/// Confirms with a one-time code or a recovery code.
pub struct ByCode;

/// The fields of the form.
pub struct Typed {
    code: SecretText,
    password: Option<SecretText>,
}

impl FormAction<Confirm> for ByCode {
    const BUTTON: &'static str = "code";
    const FIELDS: &'static [&'static str] = &["code", "password"];
    type Asks = policy::Confirm;
    type Input = Typed;

    fn read(form: &Form) -> Result<Typed, PageError> {
        let password = if form.text("password").is_empty() { None } else { Some(form.secret("password")?) };
        Ok(Typed { code: form.secret("code")?, password })
    }

    fn asks(_: &Confirm, _: &Typed) -> policy::Confirm {
        policy::Confirm
    }

    async fn run(page: &Confirm, permit: Permit<policy::Confirm>, typed: Typed) -> Result<FormOutcome, PageError> {
        let wrong = PageError::invalid("", "Wrong code, or already used.");
        go_on(page, permit, Proof::Code { code: typed.code, password: typed.password }, wrong).await
    }
}

/// Confirms with a passkey.
pub struct ByPasskey;

impl FormAction<Confirm> for ByPasskey {
    const BUTTON: &'static str = "passkey";
    const FIELDS: &'static [&'static str] = &["passkey", "ceremony"];
    type Asks = policy::Confirm;
    type Input = PasskeyAnswer;

    fn read(form: &Form) -> Result<PasskeyAnswer, PageError> {
        Ok(read_passkey(form))
    }

    fn asks(_: &Confirm, _: &PasskeyAnswer) -> policy::Confirm {
        policy::Confirm
    }

    async fn run(
        page: &Confirm,
        permit: Permit<policy::Confirm>,
        answer: PasskeyAnswer,
    ) -> Result<FormOutcome, PageError> {
        let wrong = PageError::invalid("", "That passkey was not accepted. Try again.");
        go_on(page, permit, Proof::Passkey(answer), wrong).await
    }
}
