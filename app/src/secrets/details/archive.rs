//! Takes a secret out of use, brings it back, and has it deleted.

use crate::backend::Permit;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::secrets::details::EditSecret;
use crate::secrets::policy;
use crate::secrets::store::{ArchiveError, Archived, DELETION_DELAY, SecretDetails};
use crate::ui::time::exact;
use crate::ui::{Field, Panel, because_in_row};
use leptos::prelude::*;

pub(super) const ARCHIVE: &str = "archive";
pub(super) const BRING_BACK: &str = "bring-back";
pub(super) const DELETE: &str = "delete";
pub(super) const CANCEL: &str = "cancel-deletion";

/// Says why nothing was done; `already` says what is so already.
fn refused(error: ArchiveError, already: &str) -> PageError {
    match error {
        ArchiveError::Already => PageError::invalid("", already),
        ArchiveError::OtherName => PageError::invalid("typed", "Type the whole name of the secret to confirm."),
        ArchiveError::InUse => PageError::invalid("", "Archive the secret first."),
        ArchiveError::Store(error) => error.into(),
    }
}

macro_rules! after_use {
    ($($(#[$doc:meta])* $name:ident, $button:ident, $question:ident, $method:ident, $done:literal, $already:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl FormAction<EditSecret> for $name {
            const BUTTON: &'static str = $button;
            const FIELDS: &'static [&'static str] = &[WHY];
            type Asks = policy::$question;
            type Input = StatedReason;

            fn read(form: &Form) -> Result<StatedReason, PageError> {
                StatedReason::read(form)
            }

            fn asks(page: &EditSecret, why: &StatedReason) -> policy::$question {
                policy::$question { id: page.id, why: why.clone() }
            }

            async fn run(
                page: &EditSecret,
                permit: Permit<policy::$question>,
                _: StatedReason,
            ) -> Result<FormOutcome, PageError> {
                request()?.backend.$method(permit).await.map_err(|error| refused(error, $already))?;
                Ok(FormOutcome::SeeOther(page.path(), Some($done)))
            }
        }
    )*};
}

after_use! {
    /// Takes the secret out of use.
    Archive, ARCHIVE, ArchiveSecret, archive_secret,
        "Archived. Nobody can reveal, rotate or share it until it is brought back.", "It is archived already.";
    /// Takes it back into use.
    BringBack, BRING_BACK, BringBackSecret, bring_back_secret,
        "Brought back. It can be used as before.", "It is in use already.";
    /// Cancels a deletion.
    Cancel, CANCEL, CancelDeletion, cancel_deletion,
        "The deletion is cancelled. The secret stays archived.", "No deletion is planned.";
}

/// Has the secret deleted. Its name must be typed.
pub struct Delete;

/// The fields of the form.
pub struct Confirmed {
    typed: String,
    why: StatedReason,
}

impl FormAction<EditSecret> for Delete {
    const BUTTON: &'static str = DELETE;
    const FIELDS: &'static [&'static str] = &["typed", WHY];
    type Asks = policy::DeleteSecret;
    type Input = Confirmed;

    fn read(form: &Form) -> Result<Confirmed, PageError> {
        Ok(Confirmed { typed: form.text("typed").to_owned(), why: StatedReason::read(form)? })
    }

    fn asks(page: &EditSecret, confirmed: &Confirmed) -> policy::DeleteSecret {
        policy::DeleteSecret { id: page.id, why: confirmed.why.clone() }
    }

    async fn run(
        page: &EditSecret,
        permit: Permit<policy::DeleteSecret>,
        confirmed: Confirmed,
    ) -> Result<FormOutcome, PageError> {
        let deleted = request()?.backend.delete_secret(permit, &confirmed.typed).await;
        let at = deleted.map_err(|error| refused(error, "The deletion is planned already."))?;
        Ok(FormOutcome::SeeOtherSaying(
            page.path(),
            format!("It is deleted for good on {}. Until then you can cancel that.", exact(at)),
        ))
    }
}

/// Renders what can be done next: archive it, or bring it back and delete it.
pub(super) fn panels(page: &EditSecret, details: &SecretDetails, shown: &ViewContext) -> AnyView {
    match &details.about.archived {
        None => details.may_archive.then(|| archive_panel(page)).into_any(),
        Some(archived) => {
            let bring_back = details.may_archive.then(|| bring_back_panel(page));
            view! { {bring_back} {delete_panel(page, details, archived, shown)} }.into_any()
        }
    }
}

/// A form with one button and a reason.
fn button(page: &EditSecret, name: &'static str, class: &'static str, label: &'static str) -> impl IntoView + use<> {
    view! {
        <form method="post" action=page.href()>
            {because_in_row(&label.to_lowercase())}
            <div class="actions">
                <button class=class name="action" value=name>{label}</button>
            </div>
        </form>
    }
}

fn archive_panel(page: &EditSecret) -> impl IntoView + use<> {
    let inside = view! {
        <p>"An archived secret keeps its name, versions, grants and history. Nobody can reveal, rotate or share it. You can bring it back."</p>
        {button(page, ARCHIVE, "danger", "Archive")}
    };
    view! { <Panel id="archive" title="Archive">{inside}</Panel> }
}

fn bring_back_panel(page: &EditSecret) -> impl IntoView + use<> {
    let inside = view! {
        <p>"It can be used as before, by the people who could use it before."</p>
        {button(page, BRING_BACK, "primary", "Bring back")}
    };
    view! { <Panel id="bring-back" title="Bring back">{inside}</Panel> }
}

fn delete_panel(
    page: &EditSecret,
    details: &SecretDetails,
    archived: &Archived,
    shown: &ViewContext,
) -> Option<impl IntoView + use<>> {
    let inside = match archived.deletes {
        Some(at) => {
            let cancel = details.may_archive.then(|| button(page, CANCEL, "", "Cancel the deletion"));
            view! {
                <p>{format!("All versions, grants and tags are deleted on {}.", exact(at))}</p>
                {cancel}
            }
            .into_any()
        }
        None if details.may_delete => delete_form(page, &details.name, shown).into_any(),
        None => return None,
    };
    Some(view! { <Panel id="delete" title="Delete for good">{inside}</Panel> })
}

fn delete_form(page: &EditSecret, name: &str, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Delete::BUTTON);
    let error = turn.and_then(|turn| turn.error("typed"));
    let typed = turn.map(|turn| turn.typed("typed")).unwrap_or_default();
    let days = DELETION_DELAY.0 / 86_400_000;
    view! {
        <form method="post" action=page.href()>
            <p>{format!("After {days} days all versions, grants and tags are deleted. Until then you can cancel that. The ledger keeps its records.")}</p>
            <Field
                name="typed"
                label=format!("Type “{name}” to delete it")
                value=typed
                autofocus=error.is_some()
                error
            />
            {because_in_row("delete for good")}
            <div class="actions">
                <button class="danger" name="action" value=Delete::BUTTON>"Delete for good"</button>
            </div>
        </form>
    }
}
