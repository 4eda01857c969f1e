//! What would become of each secret, as a table.

use crate::page::{Address, FormResult};
use crate::secrets::list::selected::apply::Untouched;
use crate::secrets::secret::Secret;
use crate::secrets::store::{SelectedRow, Verdict};
use crate::ui::{Column, Table, environment_mark};
use doorward::SecretId;
use leptos::prelude::*;

const COLUMNS: &[Column] = &[Column::Text("Secret"), Column::Text("Environment"), Column::Text("What happens")];

/// The rows. What a change was refused for comes before what is so now.
pub(super) struct Judged {
    rows: Vec<SelectedRow>,
}

impl Judged {
    pub(super) fn of(rows: &[SelectedRow], turn: &FormResult) -> Self {
        let refused = turn.done::<Untouched>().map(|untouched| &*untouched.rows).unwrap_or_default();
        let judged = |row: &SelectedRow| {
            let verdict = refused.iter().find(|(id, _)| *id == row.id).map(|(_, verdict)| verdict.clone());
            SelectedRow { verdict: verdict.unwrap_or_else(|| row.verdict.clone()), ..row.clone() }
        };
        Self { rows: rows.iter().map(judged).collect() }
    }

    /// Returns the secrets that can be changed.
    pub(super) fn allowed(&self) -> Vec<SecretId> {
        let can = |row: &&SelectedRow| row.verdict.allows() || row.verdict == Verdict::Changed;
        self.rows.iter().filter(can).map(|row| row.id).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.rows.len()
    }

    /// Returns what each secret was like when it was shown.
    pub(super) fn states(&self) -> String {
        self.rows.iter().map(|row| &*row.state).collect::<Vec<_>>().join(".")
    }

    pub(super) fn title(&self) -> String {
        if self.rows.len() == 1 { "1 secret".to_owned() } else { format!("{} secrets", self.rows.len()) }
    }

    pub(super) fn table(&self) -> impl IntoView + use<> {
        let rows = self.rows.iter().map(row).collect_view();
        view! { <Table caption="What would happen to each secret" columns=COLUMNS>{rows}</Table> }
    }
}

fn row(row: &SelectedRow) -> impl IntoView + use<> {
    let words = row.verdict.in_words();
    let words = if row.verdict.allows() { format!("{words}.") } else { format!("Not possible: {words}.") };
    let (name, environment) = match &row.named {
        Some((name, environment, protected)) => {
            let link = view! { <a href=Secret { id: row.id }.href()><code>{name.clone()}</code></a> };
            (link.into_any(), environment_mark(environment, *protected).into_any())
        }
        None => (view! { <code>{row.id.to_string()}</code> }.into_any(), ().into_any()),
    };
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td data-label="Environment">{environment}</td>
            <td data-label="What happens">{words}</td>
        </tr>
    }
}
