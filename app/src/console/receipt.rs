//! Why a panel is shown, and the record that says so.

use crate::ledger::record::Record;
use crate::page::Address;
use doorward::{Grounds, RecordId};
use leptos::prelude::*;

/// The foot of a panel: on what grounds it is shown, and the record of that decision.
#[component]
pub fn Receipt(
    /// The grounds of the decision.
    grounds: Grounds,
    /// Its record.
    record: RecordId,
) -> impl IntoView {
    view! { <footer class="receipt">"Why you see this: " {grounds.words()} " · receipt " <a href=Record { id: record }.href()><code>{record.to_string()}</code></a></footer> }
}
