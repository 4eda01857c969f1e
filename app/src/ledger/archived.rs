//! What stands in the place of a receipt whose record left the database.

use crate::ledger::record::fact;
use crate::ledger::store::ArchivedSegment;
use crate::ui::time::exact;
use doorward::RecordId;
use leptos::prelude::*;

pub(super) fn view(id: RecordId, segments: &[ArchivedSegment]) -> impl IntoView + use<> {
    let read = segments.first().map(|segment| format!("zstdcat {} | grep {id}", segment.file));
    let rows = segments.iter().cloned().map(|segment| {
        view! {
            <tr>
                <td data-label="File"><code>{segment.file}</code></td>
                <td data-label="From">{exact(segment.from)}</td>
                <td data-label="Until">{exact(segment.until)}</td>
            </tr>
        }
    });
    view! {
        <header class="page">
            <h1>"Receipt"</h1>
            <p>
                "No record " <code>{id.to_string()}</code>
                " is in the database. Records of its time have left it for the archive, so it is in one of these files, or never was."
            </p>
        </header>
        <section class="panel wide" aria-labelledby="archived">
            <header>
                <h2 id="archived">"In the archive"</h2>
            </header>
            <table>
                <caption class="unseen">"Files with records of that time"</caption>
                <thead>
                    <tr>
                        <th scope="col">"File"</th>
                        <th scope="col">"From"</th>
                        <th scope="col">"Until"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            <dl>
                {fact("To read the record", view! { <code>{read}</code> })}
                {fact("To prove the files", view! { <code>"doorward ledger verify --archive FOLDER"</code> })}
            </dl>
        </section>
    }
}
