//! Invitations: the link as an administrator sees it once, and the page behind the link.

use crate::account::new_password::{new_password_fields, read_new_password};
use crate::console::request;
use crate::identities::store::{Invitation, InvitationError, Invited};
use crate::islands::CopyValue;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, Arrival, FormOutcome, FormResult, OpenPage, Requested};
use crate::sign_in::page::SignIn;
use crate::ui::Panel;
use crate::ui::time::Until;
use doorward::{LocalPath, Refusal, SecretText, Timestamp};
use leptos::prelude::*;
use std::sync::Arc;

/// The page. Its link carries the code. Opening it consumes nothing, because chat programs open
/// links to preview them.
#[derive(Clone)]
pub struct Accept {
    /// The code from the link.
    pub code: String,
}

impl Address for Accept {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { code: asked.query("code", String::new(), |text| Ok(text.to_owned())) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("code", self.code.clone())]
    }
}

/// What the page shows.
#[derive(Clone)]
pub enum Shown {
    /// The form for the person whom the link invites.
    Form(Invited),
    /// The password is set.
    Accepted(Invited),
    /// The link is not valid.
    BadCode,
}

fn refused(error: InvitationError) -> PageError {
    match error {
        InvitationError::Invalid { field, message } => PageError::invalid(field, message),
        InvitationError::TooMany(retry_after) => PageError::TooMany { retry_after },
        InvitationError::BadCode | InvitationError::Unavailable => PageError::Refused(Refusal::UNAVAILABLE),
    }
}

impl OpenPage for Accept {
    const WHY: &'static str = "the invited person has no way to sign in yet; the link's code is checked instead";
    const ACTS: bool = true;
    type Data = Shown;

    async fn act(&self, form: Arc<Form>) -> Result<FormOutcome, PageError> {
        form.only(&["code", "password", "repeat"])?;
        let request = request()?;
        let Ok(code) = SecretText::new(form.text("code").to_owned()) else { return bad_code() };
        // The code comes first: without it, nothing else is answered.
        match request.backend.invitation(&request.asked, &code).await {
            Ok(_) => {}
            Err(InvitationError::BadCode) => return bad_code(),
            Err(error) => return Err(refused(error)),
        }
        let password = read_new_password(&form)?;
        match request.backend.accept(&request.asked, &code, password).await {
            Ok(invited) => Ok(FormOutcome::show(Shown::Accepted(invited))),
            Err(InvitationError::BadCode) => Ok(bad_code()?),
            Err(error) => Err(refused(error)),
        }
    }

    async fn load(&self, posted: Option<&Form>) -> Result<Arrival<Shown>, PageError> {
        let request = request()?;
        let code = posted.map_or(self.code.as_str(), |form| form.text("code"));
        let found = match (SecretText::new(code.to_owned()), posted) {
            (Ok(code), None) => request.backend.invitation(&request.asked, &code).await,
            // The form's action has counted this try already.
            (Ok(code), Some(_)) => request.backend.invitation_again(&request.asked, &code).await,
            (Err(_), _) => Err(InvitationError::BadCode),
        };
        match found {
            Ok(invited) => Ok(Arrival::Show(Shown::Form(invited))),
            Err(InvitationError::BadCode) => {
                if posted.is_none() {
                    request.head.set(|head| head.status = Some(422));
                }
                Ok(Arrival::Show(Shown::BadCode))
            }
            Err(error) => Err(refused(error)),
        }
    }

    fn title(&self) -> &'static str {
        "Choose a password"
    }

    fn view(&self, arrived: Shown, turn: &FormResult) -> AnyView {
        match turn.done::<Shown>().cloned().unwrap_or(arrived) {
            Shown::Form(invited) => {
                let code = if self.code.is_empty() { turn.typed("code") } else { self.code.clone() };
                form(&invited, code, turn).into_any()
            }
            Shown::Accepted(invited) => accepted(&invited).into_any(),
            Shown::BadCode => no_invitation().into_any(),
        }
    }
}

fn bad_code() -> Result<FormOutcome, PageError> {
    request()?.head.set(|head| head.status = Some(422));
    Ok(FormOutcome::show(Shown::BadCode))
}

fn form(invited: &Invited, code: String, turn: &FormResult) -> impl IntoView + use<> {
    view! {
        <section class="card">
            <header>
                <h1>"Welcome, " <bdi>{invited.display_name.clone()}</bdi></h1>
                <p>"Your sign-in name is " <code>{invited.name.clone()}</code> ". Choose a password that nobody else knows."</p>
            </header>
            {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            <form method="post" action=Accept { code: String::new() }.href()>
                <input type="hidden" name="code" value=code />
                // Password managers keep the name with the password.
                <input type="hidden" autocomplete="username" value=invited.name.clone() />
                {new_password_fields(turn)}
                <div class="actions">
                    <button class="primary">"Set the password"</button>
                </div>
            </form>
        </section>
    }
}

fn accepted(invited: &Invited) -> impl IntoView + use<> {
    view! {
        <section class="card">
            <header>
                <h1>"Your account is ready"</h1>
                <p>"Sign in as " <code>{invited.name.clone()}</code> " with the password that you chose. The link no longer works."</p>
            </header>
            <div class="actions">
                <a class="button primary" href=SignIn::to(LocalPath::home()).href()>"Sign in"</a>
            </div>
        </section>
    }
}

fn no_invitation() -> impl IntoView {
    view! {
        <section class="card">
            <header>
                <h1>"This link does not work"</h1>
                <p>"It was used, it was replaced by a newer one, or it has expired. Ask for a new invitation."</p>
            </header>
            <div class="actions">
                <a class="button" href=SignIn::to(LocalPath::home()).href()>"Sign in instead"</a>
            </div>
        </section>
    }
}

/// The link of a new invitation, which is shown once.
pub(super) fn invitation_panel(invitation: &Invitation, now: Timestamp) -> impl IntoView + use<> {
    let Invitation { name, display_name, link, ends } = invitation;
    let link = link.expose().to_owned();
    let inside = view! {
        <p>
            "Send this link to " <bdi>{display_name.clone()}</bdi>
            ". It works once and ends in " <Until at=*ends now />
            ". Whoever opens it first chooses the password for " <code>{name.clone()}</code>
            ", so send it in a way that only they read. It is not shown again."
        </p>
        <div class="reveal">
            <output class="value" id="revealed" aria-labelledby="invitation-heading">{link}</output>
            <div class="actions">
                <CopyValue />
            </div>
        </div>
    };
    view! { <Panel id="invitation" title="Invitation">{inside}</Panel> }
}
