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
    /// The list can be sorted by it. The second text is the order that its head leads to first.
    Sorted(&'static str, &'static str),
    /// Like [`Column::Sorted`], of numbers.
    SortedNumber(&'static str, &'static str),
}

impl Column {
    fn head(self, sorted: Option<&Sorted>) -> AnyView {
        match self {
            Self::Text(name) => view! { <th scope="col">{name}</th> }.into_any(),
            Self::Number(name) => view! { <th scope="col" class="number">{name}</th> }.into_any(),
            Self::Unseen(name) => view! { <th scope="col"><span class="unseen">{name}</span></th> }.into_any(),
            Self::Sorted(name, key) => sorted_head(name, "", key, sorted),
            Self::SortedNumber(name, key) => sorted_head(name, "number", key, sorted),
        }
    }
}

/// The order of a table, and the address of the same list in another one. Orders are texts, as addresses name them.
pub struct Sorted {
    pub now: String,
    pub address: Box<dyn Fn(&str) -> String>,
}

/// Keeps the order of a list in the form that filters it.
pub fn sort_field((name, order): (&'static str, String)) -> impl IntoView {
    (!order.is_empty()).then(|| view! { <input type="hidden" name=name value=order /> })
}

/// A head that is a link: it sorts the list by its column, and then the other way round.
fn sorted_head(name: &'static str, class: &'static str, first: &'static str, sorted: Option<&Sorted>) -> AnyView {
    let other = first.strip_prefix('-').map_or_else(|| format!("-{first}"), str::to_owned);
    let Some(Sorted { now, address }) = sorted else {
        return view! { <th scope="col" class=class>{name}</th> }.into_any();
    };
    let is_sorted = *now == first || *now == other;
    let order =
        is_sorted.then(|| if now.starts_with('-') { ("descending", "\u{a0}↓") } else { ("ascending", "\u{a0}↑") });
    let (order, arrow) = order.unzip();
    let arrow = arrow.map(|arrow| view! { <span aria-hidden="true">{arrow}</span> });
    let href = address(if *now == first { &other } else { first });
    view! {
        <th scope="col" class=class aria-sort=order>
            <a href=href>{name} {arrow}</a>
        </th>
    }
    .into_any()
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
    /// How the list is sorted, if heads of columns sort it.
    #[prop(default = None, into)]
    sorted: Option<Sorted>,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let heads = columns.iter().map(|column| column.head(sorted.as_ref())).collect_view();
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
