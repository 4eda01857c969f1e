//! Tables, and the links between their pages.

use leptos::prelude::*;

/// The head of a column.
#[derive(Clone, Copy)]
pub enum Column {
    Text(&'static str),
    /// Its cells have the class `number`, which aligns them to the right.
    Number(&'static str),
    /// Read by screen readers, and not shown: a column of buttons.
    Unseen(&'static str),
}

impl Column {
    fn head(self) -> AnyView {
        match self {
            Self::Text(name) => view! { <th scope="col">{name}</th> }.into_any(),
            Self::Number(name) => view! { <th scope="col" class="number">{name}</th> }.into_any(),
            Self::Unseen(name) => view! { <th scope="col"><span class="unseen">{name}</span></th> }.into_any(),
        }
    }
}

/// A table. Each cell below the head has its column's name in `data-label`, for narrow windows.
#[component]
pub fn Table(
    /// Read by screen readers.
    caption: &'static str,
    columns: &'static [Column],
    /// `two-lines` if cells have a small second line.
    #[prop(default = "")]
    class: &'static str,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let heads = columns.iter().map(|column| column.head()).collect_view();
    view! {
        <table class=class>
            <caption class="unseen">{caption}</caption>
            <thead>
                <tr>{heads}</tr>
            </thead>
            <tbody>{children()}</tbody>
        </table>
    }
}

/// The links between the pages of a list.
#[component]
pub fn Pager(
    /// Read by screen readers.
    label: &'static str,
    /// What this page shows.
    summary: String,
    /// The addresses of the pages before and after this one.
    previous: Option<String>,
    next: Option<String>,
    #[prop(default = ("Previous", "Next"))] words: (&'static str, &'static str),
) -> impl IntoView {
    view! {
        <nav class="pages" aria-label=label>
            <p>{summary}</p>
            <div class="actions">{turn_to(words.0, "prev", previous)} " " {turn_to(words.1, "next", next)}</div>
        </nav>
    }
}

/// Where a page of numbered rows is in its list.
pub struct PageOf {
    /// The page's number, starting at 1.
    pub page: u32,
    /// The number of rows on a full page.
    pub page_rows: u32,
    /// The number of rows on this page.
    pub rows: usize,
    /// The number of rows on all pages.
    pub total: i64,
}

impl PageOf {
    /// Renders the links to the pages before and after this one. `address` gives a page's address.
    pub fn pager(&self, label: &'static str, address: &dyn Fn(u32) -> String) -> impl IntoView + use<> {
        let first = i64::from(self.page - 1) * i64::from(self.page_rows) + 1;
        let last = first - 1 + i64::try_from(self.rows).unwrap_or_default();
        let previous = (self.page > 1).then(|| address(self.page - 1));
        let next = (last < self.total).then(|| address(self.page + 1));
        let shown = if last < first { "none".to_owned() } else { format!("{first}–{last}") };
        view! { <Pager label summary=format!("{shown} of {}", self.total) previous next /> }
    }
}

fn turn_to(words: &'static str, rel: &'static str, address: Option<String>) -> AnyView {
    match address {
        Some(address) => view! { <a class="button" rel=rel href=address data-prefetch>{words}</a> }.into_any(),
        None => view! { <a class="button" role="link" aria-disabled="true">{words}</a> }.into_any(),
    }
}
