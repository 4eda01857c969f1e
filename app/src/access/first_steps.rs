//! What to do next on an installation without secrets.

use crate::access::overview::Overview;
use crate::access::policy;
use crate::access::store::{OverviewData, Reach};
use crate::account::methods::Methods;
use crate::backend::Permit;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome};
use crate::sessions::store::Remembered;
use crate::ui::Panel;
use doorward::SessionId;
use leptos::prelude::*;

/// Whether a user sees every secret, and there is none.
fn is_empty(reach: &[Reach]) -> bool {
    let sees_all = |reach: &Reach| reach.permissions.iter().any(|name| name.ends_with(".inventory"));
    !reach.is_empty() && reach.iter().all(|reach| reach.secrets == 0 && sees_all(reach))
}

/// Returns whether the steps are for this user in this session.
pub(super) async fn are_shown(overview: &OverviewData, session: SessionId) -> Result<bool, PageError> {
    if !is_empty(&overview.reach) {
        return Ok(false);
    }
    Ok(request()?.backend.recall(session, Remembered::StepsDismissed).await?.is_none())
}

/// Hides the steps for the rest of the session.
pub struct Dismiss;

impl FormAction<Overview> for Dismiss {
    const BUTTON: &'static str = "dismiss-steps";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = policy::DismissSteps;
    type Input = ();

    fn read(_: &Form) -> Result<(), PageError> {
        Ok(())
    }

    fn asks(_: &Overview, (): &()) -> policy::DismissSteps {
        policy::DismissSteps
    }

    async fn run(page: &Overview, permit: Permit<policy::DismissSteps>, (): ()) -> Result<FormOutcome, PageError> {
        let session = permit.principal().session;
        request()?.backend.remember(session, Remembered::StepsDismissed, "yes").await?;
        Ok(FormOutcome::SeeOther(page.path(), Some("First steps are hidden until you sign in again.")))
    }
}

/// Returns the panel.
pub(super) fn panel(page: Overview) -> AnyView {
    let step = |what: &'static str, command: &'static str| {
        view! {
            <li>
                {what}
                <code class="value">{command}</code>
            </li>
        }
    };
    let steps = view! {
        <p>"There are no secrets yet. Run these where the server runs, with the same settings:"</p>
        <ol class="steps">
            {step("Add a person. The roles are viewer, operator, approver, auditor and administrator.", "doorward user add NAME --role operator")}
            {step("Bring your secrets, from a dotenv or JSON file. Without --yes you are asked first.", "doorward secrets import FILE --environment dev --owner NAME")}
            {step("Back up the database, together with vault.key and ledger.key of the data folder. Without them no value opens.", "doorward settings")}
        </ol>
        <p>"Also " <a href=Methods.href()>"set up a second factor"</a> " for yourself: ending others’ sessions one by one needs it."</p>
    };
    let hide = view! {
        <form method="post" action=page.href()>
            <button name="action" value=Dismiss::BUTTON>"Hide"</button>
        </form>
    };
    view! { <Panel id="first-steps" title="First steps" actions=Some(hide.into_any())>{steps}</Panel> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::is_empty;
    use crate::access::store::Reach;
    use doorward::Environment;

    #[test]
    fn first_steps_are_for_who_sees_that_nothing_is_there() {
        let reach = |secrets, name: &str| Reach {
            environment: Environment::parse("dev").unwrap(),
            secrets,
            permissions: vec![name.to_owned()],
        };
        assert!(is_empty(&[reach(0, "secret.inventory")]));
        assert!(!is_empty(&[reach(0, "secret.read")]), "others may have secrets that they do not see");
        assert!(!is_empty(&[reach(0, "secret.inventory"), reach(1, "secret.inventory")]));
        assert!(!is_empty(&[]));
    }
}
