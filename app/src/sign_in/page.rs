//! The sign-in page, where a session begins.

use crate::console::{RequestContext, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, Arrival, FormOutcome, FormResult, OpenPage, Requested};
use crate::sign_in::passkey_form::{CEREMONY, PASSKEY, passkey_form, read_passkey};
use crate::sign_in::store::{PasskeyAnswer, SetUpState, SignInError, SignedIn};
use crate::ui::Field;
use doorward::{LocalPath, Refusal, guard};
use leptos::prelude::*;
use std::sync::Arc;

/// Reads where to go afterwards: always a path on this site, whatever was asked for.
pub(super) fn next(asked: &mut Requested<'_>) -> LocalPath {
    let read = |text: &str| Ok(LocalPath::parse(text).unwrap_or_else(|_| LocalPath::home()));
    asked.query("next", LocalPath::home(), read)
}

/// The page that asks for name and password.
#[derive(Clone)]
pub struct SignIn {
    /// Where to go afterwards.
    pub next: LocalPath,
    /// Whether a form was sent after its session had ended, so that nothing of it was done.
    pub unsent: bool,
}

impl SignIn {
    /// The page that leads to `next`.
    #[must_use]
    pub const fn to(next: LocalPath) -> Self {
        Self { next, unsent: false }
    }
}

impl Address for SignIn {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { next: next(asked), unsent: asked.query("unsent", false, |_| Ok(true)) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let unsent = if self.unsent { "1".to_owned() } else { String::new() };
        vec![("next", self.next.to_string()), ("unsent", unsent)]
    }
}

const PASSKEY_CHANGED: &str = "That passkey says something else about its backup than when it was added, so it was not accepted. Sign in another way, remove it under Settings, and add it again.";

/// The query value that asks whether the browser kept the session's cookie.
const CHECK: &str = "check";

/// A hint above the form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// Nothing.
    None,
    /// Sign-in succeeded, but the cookie did not come back.
    NoCookie,
    /// No identity exists yet.
    NobodyYet,
    /// What the browser sent was not done, because the session had ended.
    Unsent,
}

impl Hint {
    const fn sentence(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::NoCookie => Some(
                "Your name was right, but your browser did not keep the session’s cookie, so you are not signed in. Browsers keep it over https alone, and some (Safari) not even at http://localhost. Use https or another browser, and allow cookies for this site.",
            ),
            Self::Unsent => Some("Your session had ended, so what you sent was not saved. Sign in, and send it again."),
            Self::NobodyYet => Some(
                "Nobody can sign in yet. The link that creates the first administrator is in the server’s log; restart the server for a new one.",
            ),
        }
    }
}

/// Converts a refused authentication to the error of a page or an island.
impl From<SignInError> for PageError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Wrong => Self::invalid("", "Wrong name or password."),
            SignInError::PasskeyChanged => Self::invalid("", PASSKEY_CHANGED),
            SignInError::Full => Self::invalid("", "You are signed in at too many places. Sign out of one first."),
            SignInError::TooMany(retry_after) => Self::TooMany { retry_after },
            SignInError::Unavailable => Self::Refused(Refusal::UNAVAILABLE),
        }
    }
}

impl OpenPage for SignIn {
    const WHY: &'static str = "people who are not signed in must be able to sign in";
    const ACTS: bool = true;
    const ISLANDS: &'static [&'static str] = &["Passkey"];

    async fn act(&self, form: Arc<Form>) -> Result<FormOutcome, PageError> {
        if !form.text(PASSKEY).is_empty() {
            form.only(&[PASSKEY, CEREMONY])?;
            return self.by_passkey(read_passkey(&form)).await;
        }
        form.only(&["name", "password"])?;
        if form.text("name").is_empty() {
            return Err(PageError::invalid("name", "Give your name."));
        }
        let password = form.secret("password")?;
        let request = request()?;
        let begun = request.backend.sign_in(&request.asked, &request.extra.marks, form.text("name"), password).await?;
        Ok(self.go_on(&request, begun))
    }

    type Data = Hint;

    async fn load(&self, posted: Option<&Form>) -> Result<Arrival<Hint>, PageError> {
        let request = request()?;
        if posted.is_some() {
            return Ok(Arrival::Show(Hint::None));
        }
        let is_check = !request.query.text(CHECK).is_empty();
        if is_check && request.asked.handle.is_some() {
            return Ok(Arrival::GoTo(self.next.clone()));
        }
        if is_signed_in(&request).await {
            return Ok(Arrival::GoTo(self.next.clone()));
        }
        if !request.extra.keeps_cookies {
            request.head.set(|head| head.tries_cookies = true);
        }
        if self.unsent {
            return Ok(Arrival::Show(Hint::Unsent));
        }
        if is_check {
            return Ok(Arrival::Show(Hint::NoCookie));
        }
        // If the store does not answer, show the form: signing in will report the problem.
        let open = request.backend.may_set_up(&request.asked, "").await.is_ok_and(|state| state != SetUpState::Done);
        Ok(Arrival::Show(if open { Hint::NobodyYet } else { Hint::None }))
    }

    fn title(&self) -> &'static str {
        "Sign in · Doorward"
    }

    fn view(&self, hint: Hint, turn: &FormResult) -> AnyView {
        let offers_passkeys = request().is_ok_and(|request| request.extra.offers_passkeys);
        view(turn, hint, self.href(), offers_passkeys).into_any()
    }
}

/// Whether the browser has a live session already. If the store does not answer, it has none to go on with.
async fn is_signed_in(request: &RequestContext) -> bool {
    match request.backend.unit(false).await {
        Ok(mut unit) => guard::is_live(unit.as_mut(), &request.asked).await.unwrap_or(false),
        Err(_) => false,
    }
}

impl SignIn {
    async fn by_passkey(&self, answer: PasskeyAnswer) -> Result<FormOutcome, PageError> {
        let request = request()?;
        let begun = request.backend.sign_in_by_passkey(&request.asked, &request.extra.marks, answer).await;
        let begun = begun.map_err(|error| match error {
            SignInError::Wrong => {
                PageError::invalid("", "That passkey was not accepted. Try again, or sign in with your password.")
            }
            other => other.into(),
        })?;
        Ok(self.go_on(&request, begun))
    }

    /// Continues with the new session. If the browser has sent no cookie of ours yet, it is checked
    /// once more on the way.
    fn go_on(&self, request: &RequestContext, begun: SignedIn) -> FormOutcome {
        begun.give_to_browser(&request.head);
        let check = LocalPath::parse(&format!("{}&{CHECK}=cookie", self.href()));
        let checked = check.unwrap_or_else(|_| self.next.clone());
        FormOutcome::SeeOther(if request.extra.keeps_cookies { self.next.clone() } else { checked }, None)
    }
}

fn view(turn: &FormResult, hint: Hint, here: String, offers_passkeys: bool) -> impl IntoView + use<> {
    let again = !turn.typed("name").is_empty();
    let by_passkey =
        offers_passkeys.then(|| passkey_form(here.clone(), "sign-in", None, "Sign in with a passkey", ().into_any()));
    view! {
        <section class="card">
            <h1>"Sign in"</h1>
            {hint.sentence().map(|sentence| view! { <p class="notice" role="status">{sentence}</p> })}
            {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            <form method="post" action=here>
                <Field
                    name="name"
                    label="Name"
                    autocomplete="username"
                    value=turn.typed("name")
                    error=turn.error("name")
                    autofocus=!again
                />
                <Field
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    error=turn.error("password")
                    autofocus=again
                />
                <div class="actions">
                    <button class="primary">"Sign in"</button>
                </div>
            </form>
            {by_passkey}
            <p><small>"Forgot your password? Ask an administrator for a link to choose a new one."</small></p>
        </section>
    }
}
