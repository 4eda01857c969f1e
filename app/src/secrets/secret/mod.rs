//! One secret: reveal its value, change it, rename the secret.

mod generate;
pub(in crate::secrets) mod generator;
mod rename;
mod rotate;

use crate::account::methods::Methods;
use crate::backend::Permit;
use crate::console::error_page::ErrorCopy;
use crate::console::receipt::Receipt;
use crate::console::{Console, request};
use crate::deliveries::secret::DeliverSecret;
use crate::islands::{CopyValue, Reveal};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::{Address, FormAction, FormOutcome, Page, Requested, ViewContext, deferred};
use crate::secrets::Revealed;
use crate::secrets::section::{SecretSection, refusal_of_a_secret};
use crate::secrets::store::SecretUses;
use crate::secrets::{history, policy};
use crate::sign_in::confirm::Confirm;
use crate::sign_in::held_up::HeldUp;
use crate::ui::Panel;
use doorward::action::Action as _;
use doorward::{LONGEST_SECRET, SecretId, SecretText};
use generate::{Generate, GenerateAgain};
use leptos::prelude::*;
use rename::Rename;
use rotate::RotateValue;

/// The page. An id that does not parse is treated like the id of a secret that does not exist.
#[derive(Clone)]
pub struct Secret {
    /// Which secret.
    pub id: SecretId,
}

impl Address for Secret {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { id: SecretId::parse(asked.segment("id")).unwrap_or(SecretId::NOTHING) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.to_string())]
    }
}

impl Page for Secret {
    type Opens = policy::ReadUses;
    type Data = SecretUses;
    type Within = SecretSection;
    type Actions = (RevealValue, RotateValue, Generate, GenerateAgain, Rename);
    const ISLANDS: &'static [&'static str] = &["Reveal", "CopyValue"];

    fn opens(&self) -> policy::ReadUses {
        policy::ReadUses { id: self.id }
    }

    fn within(&self) -> SecretSection {
        SecretSection { id: self.id }
    }

    async fn load(&self, permit: Permit<policy::ReadUses>) -> Result<SecretUses, PageError> {
        Ok(request()?.backend.uses(permit).await?)
    }

    fn title(&self, uses: &SecretUses) -> String {
        uses.name.to_string()
    }

    fn view(&self, uses: SecretUses, shown: &ViewContext) -> AnyView {
        view(self, &uses, shown).into_any()
    }

    fn refusal(failure: &PageError) -> ErrorCopy {
        refusal_of_a_secret(failure)
    }
}

/// Reveals the value of the secret that the permit names, for islands and for the page's own form.
pub async fn reveal(permit: Permit<policy::RevealSecret>) -> Result<Revealed, PageError> {
    let record = permit.record();
    let request = request()?;
    request.head.set(|head| head.reveals = true);
    let (value, version) = request.backend.reveal(permit).await?;
    Ok(Revealed { value: value.expose().to_owned(), version, record })
}

/// Shows the value on the page.
pub struct RevealValue;

impl FormAction<Secret> for RevealValue {
    const BUTTON: &'static str = "reveal";
    const FIELDS: &'static [&'static str] = &[WHY];
    type Asks = policy::RevealSecret;
    type Input = StatedReason;

    fn read(form: &Form) -> Result<StatedReason, PageError> {
        StatedReason::read_asked(form)
    }

    fn asks(page: &Secret, why: &StatedReason) -> policy::RevealSecret {
        policy::RevealSecret { id: page.id, why: why.clone() }
    }

    async fn run(
        page: &Secret,
        permit: Permit<policy::RevealSecret>,
        _: StatedReason,
    ) -> Result<FormOutcome, PageError> {
        let revealed = reveal(permit).await?;
        request()?.head.set(|head| head.leaves_for = Some(page.path()));
        Ok(FormOutcome::show(revealed))
    }
}

/// Reads the field `value`, which must not be blank.
pub(crate) fn read_value(form: &Form) -> Result<SecretText, PageError> {
    let value = form.secret("value")?;
    let is_blank = value.expose().trim().is_empty();
    if is_blank { Err(PageError::invalid("value", "This value is blank. Enter the new value.")) } else { Ok(value) }
}

/// The most bytes that a browser sends as a value, and what is said if there are more.
pub(crate) const MOST_BYTES: (usize, &str) = (LONGEST_SECRET, "A value may have at most 65,536 bytes.");

/// The field with the version, or the revision, that a form was made from.
pub(in crate::secrets) const OVER: &str = "over";

/// Reads it. A form without it overwrites nothing that is not kept, and counts as one that has seen everything.
pub(in crate::secrets) fn read_over(form: &Form) -> Result<Option<i64>, PageError> {
    match form.text(OVER) {
        "" => Ok(None),
        text => read_number(text).map(Some).ok_or_else(|| PageError::invalid("", "Open the page again.")),
    }
}

/// Reads the number of a version: digits alone, from 1 on.
pub(in crate::secrets) fn read_number(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number > 0)
}

fn view(page: &Secret, uses: &SecretUses, shown: &ViewContext) -> impl IntoView + use<> {
    let id = page.id;
    let history = || deferred::<Console, _>(history::skeleton(), move || history::panel(id));
    view! {
        <div class="panels">
            {value_panel(page, uses, shown)}
            {uses.may_rotate.then(|| rotate::panel(page, uses, shown))}
            {uses.may_rotate.then(|| generate::panel(page, uses, shown))}
            {uses.may_rename.then(|| rename::panel(page, uses, shown))}
        </div>
        {uses.may_see_history.then(history)}
    }
}

fn value_panel(page: &Secret, uses: &SecretUses, state: &ViewContext) -> impl IntoView + use<> {
    let address = page.href();
    let (id, protected, asks) = (page.id, uses.protected, uses.asks_reason);
    let posted = state.turn.of(RevealValue::BUTTON);
    let typed = posted.map(|turn| turn.typed(WHY)).unwrap_or_default();
    let revealed = state.turn.done::<Revealed>();
    // The page's own receipt is about opening the page.
    let grounds = state.grounds;
    let receipt = revealed.map(|revealed| view! { <Receipt grounds record=revealed.record /> });
    let inside = match revealed {
        Some(revealed) => shown(revealed, address).into_any(),
        None if uses.may_reveal && uses.needs_second_factor => view! {
            <p>
                "This environment shows and changes values only with a second factor, and you have none. "
                <a href=Methods.href()>"Ways to sign in"</a>
            </p>
        }
        .into_any(),
        None if uses.may_reveal => {
            let held_up = HeldUp::of(policy::RevealSecret::NAME);
            let confirm = Confirm { next: page.path(), held_up }.href();
            view! { <Reveal id=id.to_string() address confirm protected asks typed /> }.into_any()
        }
        None if uses.archived => view! { <p>"It is archived, so its value is not used."</p> }.into_any(),
        None => view! { <p>"You can see that this secret exists, but not its value."</p> }.into_any(),
    };
    let deliver = uses
        .may_deliver
        .then(|| view! { <a class="button" href=DeliverSecret { id }.href()>"Deliver once…"</a> }.into_any());
    let wrong = posted.and_then(|turn| turn.error("reveal").or_else(|| turn.error(WHY)));
    let wrong = wrong.map(|message| view! { <p class="notice" role="alert">{message}</p> });
    let public = uses.public_part.clone().map(|public| {
        view! {
            <h3 id="public-part">"Public key"</h3>
            <pre class="value" aria-labelledby="public-part">{public}</pre>
        }
    });
    let inside = view! {
            {inside}
            {receipt}
            {public}
    };
    view! {
        <Panel id="value" title="Value" actions=deliver>{wrong}{inside}</Panel>
    }
}

/// What a page says beside a value that it shows.
pub(crate) const HIDDEN_AGAIN: &str = "This page hides it again after 30 seconds.";

fn shown(revealed: &Revealed, address: String) -> impl IntoView + use<> {
    view! {
        <div class="reveal" data-value-in-page>
            <output class="value" id="revealed" aria-labelledby="value-heading">{revealed.value.clone()}</output>
            <div class="actions">
                <CopyValue />
                <a class="button" href=address>"Hide"</a>
                <small>"Version " {revealed.version}</small>
                <small>{HIDDEN_AGAIN}</small>
            </div>
        </div>
    }
}
