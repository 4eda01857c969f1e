//! Renames a secret.

use crate::backend::Permit;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, FormResult, ViewContext};
use crate::secrets::policy;
use crate::secrets::secret::value::needs_factor;
use crate::secrets::secret::{OVER, Secret, read_over};
use crate::secrets::store::{RenameError, SecretUses};
use crate::ui::{Field, Panel};
use doorward::SecretName;
use leptos::prelude::*;

/// Renames the secret.
pub struct Rename;

impl FormAction<Secret> for Rename {
    const BUTTON: &'static str = "rename";
    const FIELDS: &'static [&'static str] = &["name", OVER];
    type Asks = policy::RenameSecret;
    type Input = (SecretName, Option<i64>);

    fn read(form: &Form) -> Result<(SecretName, Option<i64>), PageError> {
        let name = SecretName::parse(form.text("name"));
        let name = name.map_err(|error| PageError::invalid("name", sentence(&error.to_string())))?;
        Ok((name, read_over(form)?))
    }

    fn asks(page: &Secret, (to, _): &(SecretName, Option<i64>)) -> policy::RenameSecret {
        policy::RenameSecret { id: page.id, to: to.clone() }
    }

    async fn run(
        page: &Secret,
        permit: Permit<policy::RenameSecret>,
        (to, over): (SecretName, Option<i64>),
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.rename(permit, over).await.map_err(|error| match error {
            RenameError::Taken => PageError::invalid("name", "Another secret of this environment has that name."),
            RenameError::Stale(change) => {
                let said =
                    format!("{} Nothing was saved. To rename it anyway, press “Rename” again.", change.in_words());
                PageError::invalid("name", said)
            }
            RenameError::Store(error) => error.into(),
        })?;
        Ok(FormOutcome::SeeOtherSaying(page.path(), format!("Renamed to {to}.")))
    }
}

pub(super) fn panel(page: &Secret, uses: &SecretUses, shown: &ViewContext) -> AnyView {
    if uses.needs_second_factor {
        return view! { <Panel id="rename" title="Rename" part=true>{needs_factor()}</Panel> }.into_any();
    }
    let turn: Option<&FormResult> = shown.turn.of(Rename::BUTTON);
    let error = turn.and_then(|turn| turn.error("name"));
    let typed = turn.filter(|_| error.is_some()).map(|turn| turn.typed("name"));
    let value = typed.unwrap_or_else(|| uses.name.to_string());
    let inside = view! {
            // The heading shows the new name at once; a refusal takes it back.
            <form method="post" action=page.href() data-enhance data-guard data-shows="#secret-name code" data-from="name">
                <input type="hidden" name=OVER value=uses.revision autocomplete="off" />
                <Field
                    name="name"
                    label="Name"
                    value
                    maxlength=Some(128)
                    hint=Some("Up to 128 letters, digits and _ . / -, starting with a letter or _. Programs that use the old name must be changed.")
                    autofocus=error.is_some()
                    error
                />
                <div class="actions">
                    <button name="action" value=Rename::BUTTON>"Rename"</button>
                </div>
            </form>
    };
    view! {
        <Panel id="rename" title="Rename" part=true>{inside}</Panel>
    }
    .into_any()
}
