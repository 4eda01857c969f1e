//! How a secret's value comes to the island that shows it.

use crate::page::Compact;
use crate::page::error::PageError;
use crate::secrets::Revealed;
use leptos::prelude::*;

/// A secret's value, for a person who may see it. `why` is empty unless the environment asks for a reason.
#[server(endpoint = "secret/value", input = Compact, output = Compact)]
pub async fn value_of(id: String, why: String) -> Result<Revealed, PageError> {
    use crate::console::permit;
    use crate::page::form::stated::{LONGEST_ASKED, StatedReason};
    use crate::secrets::{policy, secret};

    let id = doorward::SecretId::parse(&id).unwrap_or(doorward::SecretId::NOTHING);
    let why = StatedReason::of_text(&why, LONGEST_ASKED)?;
    let permit = permit(policy::RevealSecret { id, why }).await?;
    secret::reveal(permit).await
}
