//! The origin that passkeys belong to.

use crate::account::passkeys::Passkeys;
use crate::http::origins::Origins;
use std::sync::Arc;

/// Returns the passkey configuration for the first origin that supports passkeys.
#[must_use]
pub fn passkeys_at(origins: &Origins) -> Option<Arc<Passkeys>> {
    origins.all().find_map(|origin| match Passkeys::new(origin) {
        Ok(passkeys) => Some(Arc::new(passkeys)),
        Err(why) => {
            tracing::info!(%origin, %why, "passkeys are not available at this origin");
            None
        }
    })
}
