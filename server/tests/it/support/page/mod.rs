//! A page as a person meets it: what it says, and its controls by what they are called. A parser reads the HTML as
//! a browser does. What is absent fails with what is there.

mod controls;
mod field;
mod table;
mod tests;
mod text;

pub use field::{Field, Form};
pub use table::{Row, Table};

use super::client::Answer;
use scraper::{ElementRef, Html, Selector};
use std::fmt::{Display, Formatter};
use text::{alone, heard, name_of, visible};

/// A page, or a part of one.
pub struct Page {
    html: Html,
    source: String,
}

impl Answer {
    /// The body as a page.
    pub fn page(&self) -> Page {
        Page::of(&self.body)
    }
}

impl Display for Page {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text())
    }
}

impl Page {
    pub fn of(html: &str) -> Self {
        Self { html: Html::parse_document(html), source: html.to_owned() }
    }

    fn part(element: ElementRef<'_>) -> Self {
        Self::of(&element.html())
    }

    fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        self.html.select(&Selector::parse(selector).expect("a selector")).collect()
    }

    fn texts(&self, selector: &str) -> Vec<String> {
        self.all(selector).into_iter().map(visible).collect()
    }

    fn names(&self, selector: &str) -> Vec<String> {
        self.all(selector).into_iter().map(|element| name_of(&self.html, element)).collect()
    }

    /// The first of these elements that is called so.
    fn named(&self, selector: &str, name: &str) -> Option<ElementRef<'_>> {
        self.all(selector).into_iter().find(|element| name_of(&self.html, *element) == name)
    }

    #[track_caller]
    fn expect(&self, what: &str, selector: &str, name: &str) -> ElementRef<'_> {
        let Some(found) = self.named(selector, name) else {
            panic!("no {what} is called {name:?}, but {:?}; the page says:\n{self}", self.names(selector))
        };
        found
    }

    /// The bytes as they came, for what may be nowhere in them.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What a person sees: without scripts, styles and what is hidden.
    pub fn text(&self) -> String {
        visible(self.html.root_element())
    }

    /// Whether a person meets this text: sees it, has it read out as the name of a control, or finds it in a field.
    pub fn shows(&self, text: &str) -> bool {
        let text = alone(text);
        assert!(!text.is_empty(), "every page shows an empty text");
        self.text().contains(&text) || heard(&self.html).iter().any(|name| name.contains(&text))
    }

    /// How often a person sees this text.
    pub fn times(&self, text: &str) -> usize {
        self.text().matches(&alone(text)).count()
    }

    pub fn title(&self) -> String {
        self.texts("title").into_iter().next().unwrap_or_default()
    }

    /// The heading of the whole page.
    #[track_caller]
    pub fn heading(&self) -> String {
        let headings = self.texts("h1");
        assert_eq!(headings.len(), 1, "a page has one heading: {headings:?}");
        headings.into_iter().next().expect("it was counted")
    }

    /// A part of the page by what it is called: its heading, or its label.
    #[track_caller]
    pub fn section(&self, name: &str) -> Self {
        Self::part(self.expect("part", SECTIONS, name))
    }

    pub fn has_section(&self, name: &str) -> bool {
        self.named(SECTIONS, name).is_some()
    }

    /// A table by its caption, or by the name of the part that it is in.
    #[track_caller]
    pub fn table(&self, name: &str) -> Table {
        let tables = self.all("table");
        let is_called =
            |table: &ElementRef<'_>| table::name_of_table(&self.html, *table).iter().any(|each| each == name);
        let Some(table) = tables.iter().find(|table| is_called(table)) else {
            let names: Vec<_> = tables.iter().flat_map(|table| table::name_of_table(&self.html, *table)).collect();
            panic!("no table is called {name:?}, but {names:?}; the page says:\n{self}")
        };
        Table::of(*table)
    }

    pub fn tables(&self) -> Vec<Table> {
        self.all("table").into_iter().map(Table::of).collect()
    }

    /// The rows of all tables.
    pub fn rows(&self) -> Vec<Row> {
        self.tables().into_iter().flat_map(|table| table.rows).collect()
    }

    /// The items of all lists.
    pub fn items(&self) -> Vec<String> {
        self.texts("li")
    }

    /// The description of a term in a list of terms.
    #[track_caller]
    pub fn described(&self, term: &str) -> String {
        let terms = self.all("dt");
        let Some(found) = terms.iter().find(|each| visible(**each) == term) else {
            panic!("no term is {term:?}, but {:?}; the page says:\n{self}", self.texts("dt"))
        };
        let next = found.next_siblings().find_map(ElementRef::wrap);
        next.map(visible).unwrap_or_default()
    }

    /// The terms that are described, in their order.
    pub fn terms(&self) -> Vec<String> {
        self.texts("dt")
    }

    pub fn has_term(&self, term: &str) -> bool {
        self.terms().iter().any(|each| each == term)
    }

    /// What is said at once: errors, warnings and what was done.
    pub fn messages(&self) -> Vec<String> {
        self.texts("[role=alert], [role=status], [role=note]").into_iter().filter(|text| !text.is_empty()).collect()
    }

    /// The value that the page shows once.
    #[track_caller]
    pub fn revealed(&self) -> String {
        let shown = self.all("output");
        let Some(value) = shown.first() else { panic!("no value is shown; the page says:\n{self}") };
        value.text().collect()
    }

    /// Texts that stand as code: names, ids and values.
    pub fn codes(&self) -> Vec<String> {
        self.texts("code")
    }

    /// The first text that is shown line by line.
    #[track_caller]
    pub fn preformatted(&self) -> String {
        let texts = self.all("pre");
        let Some(text) = texts.first() else { panic!("nothing is shown line by line; the page says:\n{self}") };
        text.text().collect()
    }

    pub fn has_pictures(&self) -> bool {
        !self.all("svg[role=img], [role=img] svg, svg [role=img]").is_empty()
    }

    /// Whether the legend of a chart has this number for a name.
    pub fn counts(&self, name: &str, number: i64) -> bool {
        let said = format!("{name} {number}");
        let text = self.text();
        text.match_indices(&said)
            .any(|(at, _)| !text[at + said.len()..].starts_with(|next: char| next.is_ascii_digit()))
    }

    /// The address of the next page of a list.
    pub fn next(&self) -> Option<String> {
        self.all("a[rel=next]").first().and_then(|link| link.attr("href")).map(ToOwned::to_owned)
    }

    /// What a script finds in the first attribute of this name.
    pub fn data(&self, attribute: &str) -> Option<String> {
        self.all(&format!("[{attribute}]")).first().and_then(|found| found.attr(attribute)).map(ToOwned::to_owned)
    }
}

const SECTIONS: &str =
    "section, nav, aside, [role=region], article, dialog, main, form[aria-label], ul[aria-label], ol[aria-label]";
