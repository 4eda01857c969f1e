//! Recovery codes, which replace a lost second factor.

use crate::account::methods::{Methods, end_others, read_end_others, stopped};
use crate::account::policy;
use crate::account::store::{NewRecoveryCodes, OwnMethods};
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::islands::{CopyValue, PrintPage};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::ui::Panel;
use crate::ui::time::exact;
use doorward::{SecretText, Timestamp};
use leptos::prelude::*;

/// Creates new codes. They are shown in the response itself, so the form has a token: a reload
/// would otherwise send the form again and invalidate the codes just printed.
pub struct MakeRecoveryCodes;

/// The fields of the form.
pub struct Sent {
    end_others: bool,
    form: Option<String>,
}

/// New codes, and what is printed with them.
struct Made {
    codes: NewRecoveryCodes,
    whose: String,
    at: Timestamp,
}

impl FormAction<Methods> for MakeRecoveryCodes {
    const BUTTON: &'static str = "make-recovery-codes";
    const FIELDS: &'static [&'static str] = &["end-others", FORM_TOKEN];
    type Asks = policy::MakeRecoveryCodes;
    type Input = Sent;

    fn read(form: &Form) -> Result<Sent, PageError> {
        Ok(Sent { end_others: read_end_others(form), form: read_form_token(form) })
    }

    fn asks(_: &Methods, sent: &Sent) -> policy::MakeRecoveryCodes {
        policy::MakeRecoveryCodes { end_others: sent.end_others }
    }

    async fn run(_: &Methods, permit: Permit<policy::MakeRecoveryCodes>, sent: Sent) -> Result<FormOutcome, PageError> {
        let request = request()?;
        let who = permit.principal();
        let (whose, at) = (format!("{} ({})", who.display_name, who.name), who.now);
        let codes = request.backend.new_recovery_codes(permit, sent.form.as_deref()).await?;
        request.head.set(|head| head.reveals = true);
        Ok(FormOutcome::show(Made { codes, whose, at }))
    }
}

pub(super) fn panel(methods: &OwnMethods, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(MakeRecoveryCodes::BUTTON);
    let new = shown.turn.done::<Made>().map(new_codes);
    let (left, label) = match methods.recovery_codes {
        0 => ("You have none.".to_owned(), "Make recovery codes"),
        1 => ("You have 1 left.".to_owned(), "Make new recovery codes"),
        many => (format!("You have {many} left."), "Make new recovery codes"),
    };
    let main = methods.recovery_codes == 0;
    let inside = view! {
            {stopped(turn)}
            {new}
            <p>"Each code replaces a lost second factor once. " {left} " New codes cancel the old ones."</p>
            <form method="post" action=Methods.href() data-enhance="onward">
                {end_others(turn)}
                {form_token::<Console>()}
                <div class="actions">
                    <button class=main.then_some("primary") name="action" value=MakeRecoveryCodes::BUTTON>{label}</button>
                </div>
            </form>
    };
    view! {
        <Panel id="recovery-part" title="Recovery codes" part=true>{inside}</Panel>
    }
}

fn new_codes(made: &Made) -> impl IntoView + use<> {
    // The line ends are for the clipboard.
    let row = |code: &SecretText| view! { <li><code>{code.expose().to_owned()}</code>"\n"</li> };
    let rows = made.codes.0.iter().map(row).collect_view();
    view! {
        <div class="notice" role="status">
            <p>"Print these, or keep them where you keep your passwords. They are shown this once."</p>
            <div class="sheet">
                <p class="on-paper">{format!("Doorward recovery codes of {}, made on {}", made.whose, exact(made.at))}</p>
                <ol class="recovery-codes" id="revealed" aria-label="Your recovery codes">{rows}</ol>
            </div>
            <div class="actions">
                <CopyValue />
                <PrintPage />
                <noscript>"To print only the codes, use your browser's Print."</noscript>
            </div>
        </div>
    }
}
