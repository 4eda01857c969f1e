//! Makes the change: all of it, or nothing.

use super::SelectedSecrets;
use super::rows::Judged;
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome, FormResult};
use crate::secrets::list::Secrets;
use crate::secrets::policy;
use crate::secrets::secret::OVER;
use crate::secrets::store::{Change, Chosen, NotDone, Selection, Verdict};
use crate::ui::Because;
use doorward::action::Action as _;
use doorward::{LocalPath, RefusalKind, SecretId};
use leptos::prelude::*;

/// Makes the change that the address names.
pub struct Apply;

/// The fields of the form.
pub struct Confirmed {
    /// What each secret was like when it was shown.
    states: Vec<String>,
    why: StatedReason,
    form: Option<String>,
}

/// Why nothing was changed, for the rows at fault.
pub(super) struct Untouched {
    pub rows: Vec<(SecretId, Verdict)>,
}

impl FormAction<SelectedSecrets> for Apply {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &[OVER, WHY, FORM_TOKEN];
    type Asks = policy::ChangeSelected;
    type Input = Confirmed;

    fn read(form: &Form) -> Result<Confirmed, PageError> {
        let states = form.text(OVER).split('.').map(str::to_owned).collect();
        Ok(Confirmed { states, why: StatedReason::read(form)?, form: read_form_token(form) })
    }

    fn asks(page: &SelectedSecrets, confirmed: &Confirmed) -> policy::ChangeSelected {
        policy::ChangeSelected { selection: page.selection.clone(), why: confirmed.why.clone() }
    }

    async fn run(
        page: &SelectedSecrets,
        permit: Permit<policy::ChangeSelected>,
        confirmed: Confirmed,
    ) -> Result<FormOutcome, PageError> {
        let (request, session) = (request()?, permit.principal().session);
        let Confirmed { states, form, .. } = confirmed;
        let done = request.backend.change_selected(permit, &request.asked, &states, form.as_deref()).await;
        match done {
            Ok(()) => {
                let list = Secrets::last(&request, session).await;
                let list = LocalPath::parse(&list).unwrap_or_else(|_| Secrets::default().path());
                Ok(FormOutcome::SeeOtherSaying(list, done_in_words(&page.selection)))
            }
            Err(NotDone::Rows(rows)) => {
                request.head.set(|head| head.status = Some(422));
                Ok(FormOutcome::show(Untouched { rows }))
            }
            Err(error) => Err(not_done(error)),
        }
    }
}

fn not_done(error: NotDone) -> PageError {
    match error {
        NotDone::SentBefore => PageError::invalid("", "This form was already sent, and the change was made then."),
        NotDone::Unsaid | NotDone::Rows(_) => PageError::invalid("", "Select secrets, and say what to do with them."),
        NotDone::Refused(refused) => {
            if let (RefusalKind::Confirm, Ok(request)) = (refused.refusal.answer, request()) {
                request.head.set(|head| head.held_up = Some(policy::ChangeSelected::NAME));
            }
            refused.refusal.into()
        }
        NotDone::Store(error) => error.into(),
    }
}

fn secrets(count: usize) -> String {
    if count == 1 { "1 secret".to_owned() } else { format!("{count} secrets") }
}

fn done_in_words(selection: &Selection) -> String {
    let secrets = secrets(selection.ids.len());
    match &selection.change {
        Chosen::Whole(Change::AddTags(_)) => format!("Added the tags to {secrets}."),
        Chosen::Whole(Change::RemoveTags(_)) => format!("Removed the tags from {secrets}."),
        Chosen::Whole(Change::Move(_)) => format!("Moved {secrets}."),
        Chosen::Whole(Change::Archive) => format!("Archived {secrets}."),
        Chosen::Whole(Change::BringBack) => format!("Brought back {secrets}."),
        Chosen::Whole(Change::Share { with, .. }) => format!("Shared {secrets} with {with}."),
        Chosen::Whole(Change::Give { to }) => format!("{to} is the owner of {secrets} now, and was told."),
        Chosen::Nothing | Chosen::Kind(_) => String::new(),
    }
}

fn button(change: &Change, count: usize) -> String {
    let secrets = secrets(count);
    match change {
        Change::AddTags(_) => format!("Add the tags to {secrets}"),
        Change::RemoveTags(_) => format!("Remove the tags from {secrets}"),
        Change::Move(_) => format!("Move {secrets}"),
        Change::Archive => format!("Archive {secrets}"),
        Change::BringBack => format!("Bring back {secrets}"),
        Change::Share { with, .. } => format!("Share {secrets} with {with}"),
        Change::Give { to } => format!("Make {to} the owner of {secrets}"),
    }
}

/// Renders the form, or what keeps it away.
pub(super) fn form(page: &SelectedSecrets, rows: &Judged, turn: &FormResult) -> AnyView {
    let allowed = rows.allowed();
    let untouched =
        turn.done::<Untouched>().map(|_| view! { <p class="notice" role="alert">"Nothing was changed."</p> });
    let Chosen::Whole(change) = &page.selection.change else { return ().into_any() };
    if allowed.len() < rows.count() {
        return view! { {untouched} {leave_out(page, allowed, rows.count())} }.into_any();
    }
    let takes_reason = !matches!(change, Change::AddTags(_) | Change::RemoveTags(_) | Change::Move(_));
    let reason = takes_reason.then(|| view! { <Because value=turn_why(turn) error=turn.error(WHY) /> });
    let class = if matches!(change, Change::Archive | Change::Give { .. }) { "danger" } else { "primary" };
    view! {
        {untouched}
        <form method="post" action=page.href()>
            {form_token::<Console>()}
            <input type="hidden" name=OVER value=rows.states() autocomplete="off" />
            {reason}
            <div class="actions">
                <button class=class>{button(change, rows.count())}</button>
            </div>
        </form>
    }
    .into_any()
}

fn turn_why(turn: &FormResult) -> String {
    if turn.action.is_some() { turn.typed(WHY) } else { String::new() }
}

fn leave_out(page: &SelectedSecrets, allowed: Vec<SecretId>, count: usize) -> impl IntoView + use<> {
    let left = count - allowed.len();
    let words = format!("{} cannot be changed, so nothing can be done.", secrets(left));
    let rest = (!allowed.is_empty()).then(|| {
        let words = format!("Go on with the other {}", secrets(allowed.len()));
        let selection = Selection { ids: allowed, change: page.selection.change.clone() };
        view! { <a class="button" href=SelectedSecrets { selection }.href()>{words}</a> }
    });
    view! {
        <p>{words}</p>
        <div class="actions">{rest}</div>
    }
}
