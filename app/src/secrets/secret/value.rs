//! The value of a secret: shown after a reveal, or downloaded if it is a file.

use crate::account::methods::Methods;
use crate::backend::Permit;
use crate::console::receipt::Receipt;
use crate::deliveries::secret::DeliverSecret;
use crate::islands::{CopyValue, Reveal};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::secrets::Revealed;
use crate::secrets::add::copy::CopySecret;
use crate::secrets::policy;
use crate::secrets::secret::{Secret, open, outcome};
use crate::secrets::store::{Certificate, SecretKind, SecretUses, expiry_in_words};
use crate::sign_in::confirm::Confirm;
use crate::sign_in::held_up::HeldUp;
use crate::ui::time::exact;
use crate::ui::{Panel, because_asked, environment_mark};
use doorward::Timestamp;
use doorward::action::Action as _;
use leptos::prelude::*;

/// Shows the value on the page. A file is downloaded.
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
        let record = permit.record();
        let (opened, version) = open(permit).await?;
        outcome(opened, version, record, page.path())
    }
}

fn download(page: &Secret, uses: &SecretUses, typed: String) -> impl IntoView + use<> {
    view! {
        <form method="post" action=page.href()>
            {uses.asks_reason.then(|| because_asked("reveal-why", typed, None))}
            <p>"Downloading it is recorded, with your name and the time."</p>
            <div class="actions">
                <button class="primary" name="action" value=RevealValue::BUTTON>"Download"</button>
            </div>
        </form>
    }
}

/// Renders what may be seen of the value by whoever may see the secret.
fn about(uses: &SecretUses, now: Timestamp) -> impl IntoView + use<> {
    let value = &uses.value;
    let file = value.file_name.as_ref().map(|name| {
        view! { <dl><dt>"File name"</dt><dd><bdi>{name.as_str().to_owned()}</bdi></dd></dl> }
    });
    let pairs = value.pairs.map(|pairs| {
        let names =
            if pairs == 1 { "1 name with its value".to_owned() } else { format!("{pairs} names with their values") };
        view! { <p>{names}</p> }
    });
    let certificate = value.certificate.as_ref().map(|certificate| self::certificate(certificate, now));
    view! {
        {file}
        {pairs}
        {certificate}
    }
}

fn certificate(certificate: &Certificate, now: Timestamp) -> impl IntoView + use<> {
    let names = certificate.names.iter().map(|name| view! { <bdi>{name.clone()}</bdi> <br /> }).collect_view();
    let names = (!certificate.names.is_empty()).then(|| view! { <dt>"Names"</dt><dd>{names}</dd> });
    let key = if certificate.has_private_key { "Part of the value" } else { "Not part of the value" };
    let ends = format!("{} ({})", exact(certificate.not_after), expiry_in_words(certificate.not_after, now));
    view! {
        <dl>
            <dt>"Subject"</dt><dd><bdi>{certificate.subject.clone()}</bdi></dd>
            <dt>"Issuer"</dt><dd><bdi>{certificate.issuer.clone()}</bdi></dd>
            {names}
            <dt>"Serial number"</dt><dd><code>{certificate.serial.clone()}</code></dd>
            <dt>"Valid from"</dt><dd>{exact(certificate.not_before)}</dd>
            <dt>"Valid until"</dt><dd>{ends}</dd>
            <dt>"Key"</dt><dd>{certificate.key_type.clone()}</dd>
            <dt>"Private key"</dt><dd>{key}</dd>
            <dt>"Certificates"</dt><dd>{certificate.certificates}</dd>
        </dl>
    }
}

pub(super) fn panel(page: &Secret, uses: &SecretUses, state: &ViewContext) -> impl IntoView + use<> {
    let address = page.href();
    let (id, asks) = (page.id, uses.asks_reason);
    let posted = state.turn.of(RevealValue::BUTTON);
    let typed = posted.map(|turn| turn.typed(WHY)).unwrap_or_default();
    let revealed = state.turn.done::<Revealed>();
    // The page's own receipt is about opening the page.
    let grounds = state.grounds;
    let receipt = revealed.map(|revealed| view! { <Receipt grounds record=revealed.record /> });
    let inside = match revealed {
        Some(revealed) => shown(revealed, address).into_any(),
        None if uses.may_reveal && uses.needs_second_factor => needs_factor().into_any(),
        None if uses.may_reveal && uses.kind == SecretKind::File => download(page, uses, typed).into_any(),
        None if uses.may_reveal => {
            let held_up = HeldUp::of(policy::RevealSecret::NAME);
            let confirm = Confirm { next: page.path(), held_up, lacks_factor: false }.href();
            view! { <Reveal id=id.to_string() address confirm asks typed /> }.into_any()
        }
        None if uses.archived => view! { <p>"It is archived, so its value is not used."</p> }.into_any(),
        None => view! { <p>"You can see that this secret exists, but not its value."</p> }.into_any(),
    };
    // What is delivered is shown, and a file is not.
    let deliver = (uses.may_deliver && uses.kind != SecretKind::File)
        .then(|| view! { <a class="button" href=DeliverSecret { id }.href()>"Deliver once…"</a> });
    let copy = uses.may_copy.then(|| view! { <a class="button" href=CopySecret::of(id).href()>"Make a copy…"</a> });
    let actions = view! { <div class="actions">{deliver} {copy}</div> };
    let actions = (uses.may_deliver || uses.may_copy).then(|| actions.into_any());
    let wrong = posted.and_then(|turn| turn.error("reveal").or_else(|| turn.error(WHY)));
    let wrong = wrong.map(|message| view! { <p class="notice" role="alert">{message}</p> });
    let public = uses.public_part.clone().map(|public| {
        view! {
            <h3 id="public-part">"Public key"</h3>
            <pre class="value" aria-labelledby="public-part">{public}</pre>
        }
    });
    let about = about(uses, state.now);
    let warning = (uses.may_reveal && revealed.is_none()).then(|| protected(uses, Some("protected")));
    let inside = view! {
            {about}
            {warning}
            {inside}
            {receipt}
            {public}
    };
    view! {
        <Panel id="value" title="Value" actions>{wrong}{inside}</Panel>
    }
}

/// What is said above a form that uses the value, if the environment is protected. The island's button is described by it.
pub(super) fn protected(uses: &SecretUses, id: Option<&'static str>) -> Option<impl IntoView + use<>> {
    let environment = environment_mark(&uses.environment, true);
    uses.protected.then(|| view! { <p id=id>{environment} " You may be asked to confirm that it is you."</p> })
}

/// What is in the place of a form that asks for a second factor, for somebody who has none.
pub(super) fn needs_factor() -> impl IntoView {
    view! {
        <p>
            "This environment shows and changes secrets only with a second factor, and you have none. "
            <a href=Methods.href()>"Set up a second factor"</a>
        </p>
    }
}

/// What a page says beside a value that it shows.
pub(crate) const HIDDEN_AGAIN: &str = "Hides in 30 s";

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
