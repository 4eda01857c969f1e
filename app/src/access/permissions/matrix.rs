//! Everybody and every permission: who holds what where, what of it was used, and the same as bars.

use crate::access::permissions::holders::Holders;
use crate::access::store::permissions::{MATRIX_ROWS, Matrix, MatrixCell, MatrixRow, PermissionHolders};
use crate::identities::identity::Identity;
use crate::page::Address;
use crate::ui::Panel;
use crate::ui::chart::{Bar, bars, top};
use leptos::prelude::*;

/// Links to the accounts that hold one permission.
fn holders(page: &Holders, permission: &str) -> String {
    Holders { permission: Some(permission.to_owned()), environment: page.environment.clone() }.href()
}

pub(super) fn panels(page: &Holders, data: &PermissionHolders, matrix: &Matrix) -> impl IntoView + use<> {
    let chart = chart(page, data, matrix).into_any();
    let table = table(page, data, matrix).into_any();
    let cut = matrix.is_cut.then(|| view! { <p>{format!("Only the first {MATRIX_ROWS} accounts are shown.")}</p> });
    view! {
        <div class="panels">
            <Panel id="used" title="Held and used, by permission">{chart}</Panel>
            <Panel id="matrix" title="Everybody and every permission">{cut}{table}</Panel>
        </div>
    }
}

/// How many accounts hold a permission, and how many of them used it in 90 days.
fn counts(matrix: &Matrix, column: usize) -> (i64, i64) {
    let cells = matrix.rows.iter().filter_map(|row| row.cells.get(column).and_then(Option::as_ref));
    cells.fold((0, 0), |(used, unused), cell| if cell.used { (used + 1, unused) } else { (used, unused + 1) })
}

fn chart(page: &Holders, data: &PermissionHolders, matrix: &Matrix) -> impl IntoView + use<> {
    let drawn: Vec<Bar<2>> = data
        .permissions
        .iter()
        .enumerate()
        .map(|(column, permission)| {
            let (used, unused) = counts(matrix, column);
            let title = format!("{permission}: {used} used it in 90 days, {unused} did not");
            Bar { title, address: Some(holders(page, permission)), parts: [used, unused] }
        })
        .collect();
    let highest = top(drawn.iter().map(|bar| bar.parts.iter().sum()).max().unwrap_or(0));
    let (used, unused) = drawn.iter().fold((0, 0), |sum, bar| (sum.0 + bar.parts[0], sum.1 + bar.parts[1]));
    let label = format!("{used} rights that were used in 90 days and {unused} that were not, by permission");
    view! {
        <p class="legend">
            <span class="badge">{format!("Used {used}")}</span>
            " "
            <span class="badge waiting">{format!("Not used {unused}")}</span>
            <small>"Point at a bar, or move to it with Tab, for its permission. The table below has the same."</small>
        </p>
        <div class="plot">
            <p class="axis" aria-hidden="true"><small>{highest}</small> <small>"0"</small></p>
            {bars(label, &drawn, ["due", "overdue"], highest, 160)}
        </div>
    }
}

fn table(page: &Holders, data: &PermissionHolders, matrix: &Matrix) -> impl IntoView + use<> {
    let heads = data.permissions.iter().map(|permission| {
        view! { <th scope="col"><a href=holders(page, permission)><code>{*permission}</code></a></th> }
    });
    let heads = heads.collect_view();
    let rows = matrix.rows.iter().map(|row| self::row(data, row)).collect_view();
    view! {
        <div class="scrolls" tabindex="0" role="region" aria-label="Everybody and every permission">
            <table>
                <caption class="unseen">"Which account holds which permission where"</caption>
                <thead>
                    <tr><th scope="col">"Account"</th>{heads}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(data: &PermissionHolders, row: &MatrixRow) -> impl IntoView + use<> {
    let cells = data.permissions.iter().zip(&row.cells).map(|(permission, cell)| {
        view! { <td data-label=*permission>{cell.as_ref().map_or_else(|| "—".into_any(), |cell| held(cell).into_any())}</td> }
    });
    view! {
        <tr>
            <th scope="row"><a href=Identity { id: row.identity }.href()><bdi>{row.display_name.clone()}</bdi></a></th>
            {cells.collect_view()}
        </tr>
    }
}

fn held(cell: &MatrixCell) -> impl IntoView + use<> {
    let within = if cell.everywhere { "everywhere".to_owned() } else { cell.environments.join(", ") };
    let unused = (!cell.used).then(|| view! { " " <small>"not used"</small> });
    view! { {within} {unused} }
}
