//! What to do next on an installation without secrets.

use crate::access::store::{OverviewData, Reach};
use crate::account::methods::Methods;
use crate::page::Address;
use crate::ui::Panel;
use leptos::prelude::*;

/// Whether a user sees every secret, and there is none.
fn is_empty(reach: &[Reach]) -> bool {
    let sees_all = |reach: &Reach| reach.permissions.iter().any(|name| name.ends_with(".inventory"));
    !reach.is_empty() && reach.iter().all(|reach| reach.secrets == 0 && sees_all(reach))
}

/// Returns the panel, or `None` if there are secrets, or if the user may not see all.
pub(super) fn panel(overview: &OverviewData) -> Option<AnyView> {
    if !is_empty(&overview.reach) {
        return None;
    }
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
    let panel = view! { <Panel id="first-steps" title="First steps">{steps}</Panel> };
    Some(panel.into_any())
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
