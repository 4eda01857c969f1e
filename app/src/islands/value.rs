//! How a secret's value comes to the island that shows it.

use crate::page::Compact;
use crate::page::error::PageError;
use crate::secrets::Revealed;
use leptos::prelude::*;

/// A secret's value, for a person who may see it.
#[server(endpoint = "secret/value", input = Compact, output = Compact)]
pub async fn value_of(id: String) -> Result<Revealed, PageError> {
    use crate::console::permit;
    use crate::secrets::{policy, secret};

    let id = doorward::SecretId::parse(&id).unwrap_or(doorward::SecretId::NOTHING);
    let permit = permit(policy::RevealSecret { id }).await?;
    secret::reveal(permit).await
}
