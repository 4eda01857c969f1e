//! Which permission a refused person would need, as far as the refusal lets them know that there is something to need it
//! for.

use crate::console::request;
use crate::page::error::PageError;
use doorward::guard::RefusedByPolicy;
use doorward::{Reason, Refusal, RefusalKind};

/// What each permission is for. A permission that is not here is named by its code alone.
const PERMISSIONS: [(&str, &str); 35] = [
    ("delivery.add", "deliver values that are typed in"),
    ("delivery.anyone", "make links that work for anybody"),
    ("environment.edit", "add environments and change their rules"),
    ("group.edit", "add groups and change who is in them"),
    ("identity.add", "add and rename people"),
    ("identity.disable", "disable and enable people"),
    ("identity.list", "see the list of people"),
    ("machine.edit", "add service accounts and end what they have"),
    ("machine.list", "see every service account"),
    ("role.edit", "add roles and change what they hold"),
    ("role.give", "give and take roles"),
    ("secret.add", "add secrets"),
    ("incident.close", "close incidents"),
    ("incident.list", "see incidents"),
    ("ledger.export", "download the ledger"),
    ("ledger.read", "read the ledger"),
    ("methods.reset", "remove second factors"),
    ("route.list", "see what guards each address"),
    ("secret.access", "see who has access to a secret"),
    ("secret.canary", "make canaries"),
    ("secret.archive", "archive secrets and bring them back"),
    ("secret.delete", "delete archived secrets"),
    ("secret.edit", "change descriptions, tags and owners"),
    ("secret.export", "download the list of secrets"),
    ("secret.export_values", "export values"),
    ("secret.history", "see what was done with a secret"),
    ("secret.inventory", "see every secret"),
    ("secret.list", "see the list of secrets"),
    ("secret.read", "see secrets"),
    ("secret.rename", "rename secrets"),
    ("secret.reveal", "reveal values"),
    ("secret.rotate", "change values"),
    ("secret.share", "share secrets"),
    ("session.list", "see the sessions of others"),
    ("session.revoke", "end the sessions of others"),
];

/// The sentence for a 403. `None` for every other failure, and for a refusal that another role would not change.
pub(super) fn permission(failure: &PageError) -> Option<String> {
    let PageError::Refused(Refusal { answer: RefusalKind::Forbidden, record: Some(record) }) = failure else {
        return None;
    };
    let request = request().ok()?;
    let refused = request.refused.get().filter(|refused| refused.record == *record)?;
    in_words(refused)
}

fn in_words(refused: &RefusedByPolicy) -> Option<String> {
    if !matches!(refused.reason, Reason::NoPermission | Reason::OtherEnvironment) {
        return None;
    }
    let permission = refused.permission?;
    let purpose = PERMISSIONS.iter().find(|known| known.0 == permission);
    let purpose = purpose.map(|(_, purpose)| format!(" to {purpose}")).unwrap_or_default();
    let within = refused.environment.as_ref().map(|environment| format!(" in {environment}")).unwrap_or_default();
    Some(format!(
        "You need the permission “{permission}”{purpose}{within}. Ask an administrator of Doorward for a role that has it."
    ))
}
