//! What to do next on an installation without secrets.

use crate::access::overview::Overview;
use crate::access::policy;
use crate::access::store::{OverviewData, Reach};
use crate::account::methods::Methods;
use crate::backend::Permit;
use crate::console::request;
use crate::identities::add::AddIdentity;
use crate::identities::policy::AskToAddIdentity;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome};
use crate::secrets::add::AddSecret;
use crate::secrets::policy::AskToAddSecret;
use crate::sessions::store::Remembered;
use crate::ui::Panel;
use doorward::Principal;
use doorward::action::Action;
use leptos::prelude::*;

/// Whether a user sees every secret, and there is none.
fn is_empty(reach: &[Reach]) -> bool {
    let sees_all = |reach: &Reach| reach.permissions.iter().any(|name| name.ends_with(".inventory"));
    !reach.is_empty() && reach.iter().all(|reach| reach.secrets == 0 && sees_all(reach))
}

/// The steps that a user may take in the console.
pub(super) struct Steps {
    may_add_people: bool,
    may_add_secrets: bool,
}

/// Returns the steps, if they are for this user in this session.
pub(super) async fn of(overview: &OverviewData, who: &Principal) -> Result<Option<Steps>, PageError> {
    if !is_empty(&overview.reach) {
        return Ok(None);
    }
    let dismissed = request()?.backend.recall(who.session, Remembered::StepsDismissed).await?.is_some();
    Ok((!dismissed).then(|| Steps {
        may_add_people: AskToAddIdentity.decide(who, &()).allows(),
        may_add_secrets: AskToAddSecret.decide(who, &()).allows(),
    }))
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

/// Returns the panel. It links only to pages that open for the user.
pub(super) fn panel(page: Overview, steps: &Steps) -> AnyView {
    let link = |opens: bool, address: String, words: &'static str| match opens {
        true => view! { <a href=address>{words}</a> }.into_any(),
        false => words.into_any(),
    };
    let people = link(steps.may_add_people, AddIdentity.href(), "Add a person");
    let secret = link(steps.may_add_secrets, AddSecret::default().href(), "Add a secret");
    let steps = view! {
        <p>"There are no secrets yet."</p>
        <ol class="steps">
            <li>{people} ", send them the link, and give them a role on their page."</li>
            <li>
                {secret}
                ", or bring many from a dotenv or JSON file. Run this where the server runs, with the same settings:"
                <code class="value">"doorward secrets import FILE --environment dev --owner NAME"</code>
            </li>
            <li>
                "Back up the database, together with vault.key and ledger.key of the data folder. Without them no value opens. \
                 This prints where they are:" <code class="value">"doorward settings"</code>
            </li>
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
            protected: false,
            secrets,
            permissions: vec![name.to_owned()],
        };
        assert!(is_empty(&[reach(0, "secret.inventory")]));
        assert!(!is_empty(&[reach(0, "secret.read")]), "others may have secrets that they do not see");
        assert!(!is_empty(&[reach(0, "secret.inventory"), reach(1, "secret.inventory")]));
        assert!(!is_empty(&[]));
    }
}
