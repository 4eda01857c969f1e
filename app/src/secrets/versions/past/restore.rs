//! Restores every secret of the preview, or none.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;

use crate::page::form::stated::{LONGEST_WHY, StatedReason, WHY};
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome, FormResult};
use crate::secrets::policy::{FolderThen, RestoreFolder};
use crate::secrets::store::{MOST_RESTORED, RestoreFolderError, RestoredFolder};
use crate::secrets::versions::past::{PastFolder, in_words, read_at, read_environment, read_folder};
use crate::ui::Field;
use crate::ui::time::rfc3339_shortest;
use leptos::prelude::*;

pub(super) const BUTTON: &str = "restore-folder";
/// What the preview showed.
const SEEN: &str = "seen";

pub struct RestoreAll;

/// The fields of the form.
pub struct Chosen {
    then: FolderThen,
    why: StatedReason,
    seen: String,
    form: Option<String>,
}

impl FormAction<PastFolder> for RestoreAll {
    const BUTTON: &'static str = BUTTON;
    const FIELDS: &'static [&'static str] = &["environment", "folder", "at", SEEN, WHY, FORM_TOKEN];
    type Asks = RestoreFolder;
    type Input = Chosen;

    fn read(form: &Form) -> Result<Chosen, PageError> {
        let folder = Some(form.text("folder")).filter(|text| !text.is_empty()).map(read_folder).transpose()?;
        let environment = read_environment(form.text("environment"))?;
        let then = FolderThen { environment, folder, at: read_at(form.text("at"))? };
        let seen = form.text(SEEN).to_owned();
        Ok(Chosen { then, why: StatedReason::read(form)?, seen, form: read_form_token(form) })
    }

    fn asks(_: &PastFolder, chosen: &Chosen) -> RestoreFolder {
        RestoreFolder { then: chosen.then.clone(), why: chosen.why.clone() }
    }

    async fn run(page: &PastFolder, permit: Permit<RestoreFolder>, chosen: Chosen) -> Result<FormOutcome, PageError> {
        let request = request()?;
        let Chosen { then, seen, form, .. } = chosen;
        let done = request.backend.restore_folder(permit, &request.asked, &seen, form.as_deref()).await;
        let RestoredFolder { versions, brought_back } = done.map_err(not_done)?;
        let (was, is) = if versions == 1 { ("1 secret", "has") } else { ("secrets", "have") };
        let count = if versions == 1 { String::new() } else { format!("{versions} ") };
        let said =
            format!("Restored {}: {count}{was} {is} a new version, {brought_back} brought back.", in_words(&then));
        Ok(FormOutcome::SeeOtherSaying(page.path(), said))
    }
}

fn not_done(error: RestoreFolderError) -> PageError {
    let said = match error {
        RestoreFolderError::Store(error) => return error.into(),
        RestoreFolderError::SentBefore => "This form was already sent, and the folder was restored then.".to_owned(),
        RestoreFolderError::Stale => {
            "Something here was changed after you opened the page. Nothing was restored. This is the new preview."
                .to_owned()
        }
        RestoreFolderError::Nothing => "There is nothing to restore.".to_owned(),
        RestoreFolderError::TooMany => format!("At most {MOST_RESTORED} secrets are restored at once."),
        RestoreFolderError::Refused(names) => {
            format!("You may not restore {}. Nothing was restored.", listed(names.into_iter()))
        }
        RestoreFolderError::Damaged(versions) => {
            let named = versions.into_iter().map(|(name, version)| format!("version {version} of {name}"));
            format!(
                "These values are damaged and cannot be restored: {}. Nothing was restored. \
                 Tell whoever runs this server.",
                listed(named)
            )
        }
    };
    PageError::invalid("", said)
}

/// The first few, and how many there are beyond them.
fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(5);
    let first = names.take(5).collect::<Vec<_>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

pub(super) fn form(
    page: &PastFolder,
    then: &FolderThen,
    seen: &str,
    count: usize,
    turn: &FormResult,
) -> impl IntoView + use<> {
    let label = if count == 1 { "Restore 1 secret".to_owned() } else { format!("Restore {count} secrets") };
    let why = turn.of(BUTTON).map(|turn| turn.typed(WHY)).unwrap_or_default();
    view! {
        <form method="post" action=page.href()>
            {form_token::<Console>()}
            <input type="hidden" name="environment" value=then.environment.to_string() />
            <input type="hidden" name="folder" value=then.folder.as_ref().map(ToString::to_string).unwrap_or_default() />
            <input type="hidden" name="at" value=rfc3339_shortest(then.at) />
            <input type="hidden" name=SEEN value=seen.to_owned() autocomplete="off" />
            <Field
                name=WHY
                label="Reason, optional"
                value=why
                required=false
                maxlength=u32::try_from(LONGEST_WHY).ok()
                hint=Some("Kept with each version and in the records.")
            />
            <div class="actions">
                <button class="primary" name="action" value=BUTTON>{label}</button>
            </div>
        </form>
    }
}
