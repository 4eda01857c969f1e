//! How results come to the island that shows them while somebody types.

use crate::page::Compact;
use crate::page::error::PageError;
use crate::search::Found;
use leptos::prelude::*;

/// The best results for what was typed so far.
#[server(endpoint = "search", input = Compact, output = Compact)]
pub async fn search_for(text: String) -> Result<Vec<Found>, PageError> {
    use crate::console::permit;
    use crate::search::policy::Search;
    use crate::search::store::{SearchText, Wanted};

    let text = SearchText::read(&text);
    let permit = permit(Search::of(&text)).await?;
    let results = crate::search::page::results(permit, &text, Wanted::Suggestions).await?;
    Ok(results.suggestions(&text))
}
