//! The ledger as charts: decisions over time, and the refusals among them by reason.

mod counted;
mod rows;

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::ledger::charts::counted::{Charted, Slot};
use crate::ledger::charts::rows::rows;
use crate::ledger::list::Ledger;
use crate::ledger::period::Period;
use crate::ledger::policy;
use crate::ledger::search::{Routine, Search};
use crate::ledger::store::Counts;
use crate::ledger::view::within;
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::ui::Panel;
use crate::ui::chart::{Bar, bars, top};
use crate::ui::time::exact;
use doorward::{Environments, Timestamp};
use leptos::prelude::*;

/// The page.
#[derive(Clone, Copy, Default)]
pub struct LedgerCharts {
    /// Over which time.
    pub over: Period,
    /// Whether routine reads are counted.
    pub routine: Routine,
}

impl Address for LedgerCharts {
    fn at(asked: &mut Requested<'_>) -> Self {
        let over = asked.query("over", Period::default(), |text| {
            let named = Period::ALL.into_iter().find(|period| period.name() == text);
            named.ok_or_else(|| PageError::invalid("over", "Choose a day, a week or a month."))
        });
        Self { over, routine: Routine::read(asked) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let named = self.over != Period::default();
        let over = if named { self.over.name().to_owned() } else { String::new() };
        vec![("over", over), (Routine::PARAMETER, self.routine.as_str().to_owned())]
    }
}

impl Page for LedgerCharts {
    type Opens = policy::CountDecisions;
    type Data = Counts;
    type Within = Console;
    type Actions = ();

    fn opens(&self) -> policy::CountDecisions {
        policy::CountDecisions { over: self.over, routine: self.routine }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::CountDecisions>) -> Result<Counts, PageError> {
        Ok(request()?.backend.counts(permit).await?)
    }

    fn title(&self, _: &Counts) -> String {
        "Decisions over time".to_owned()
    }

    fn view(&self, counts: Counts, shown: &ViewContext) -> AnyView {
        view(self, &Charted::of(self.over, &counts, shown.now), &counts.scope).into_any()
    }
}

fn view(page: &LedgerCharts, charted: &Charted, scope: &Environments) -> impl IntoView + use<> {
    let periods = Period::ALL.map(|over| {
        let current = (over == page.over).then_some("page");
        view! { <a class="button" href=LedgerCharts { over, ..*page }.href() aria-current=current>{over.words()}</a> }
    });
    let begins: Vec<Timestamp> = charted.slots.iter().map(|slot| slot.from).collect();
    let decisions = by_decision(charted, page.routine).into_any();
    let reasons = rows(&charted.refusals, &begins, "refused", "refusals", "Nothing was refused.");
    let reveals = rows(&charted.reveals, &begins, "allowed", "reveals", "No value was revealed.");
    let sign_ins = rows(&charted.sign_ins, &begins, "allowed", "sign-ins", "Nobody signed in.");
    let numbers = table(charted, page.routine).into_any();
    view! {
        <header class="page">
            <h1>"Decisions over time"</h1>
            <div class="actions">{periods.collect_view()}</div>
            <p>
                {within(&format!("Decisions in the last {}", page.over.words()), scope)}" (UTC). Numbers in the table link to the records."
                {routine_switch(page)}
            </p>
        </header>
        <div class="panels">
            <Panel id="decisions" title="By decision">{decisions}</Panel>
            <Panel id="reasons" title="Refusals by reason">{reasons}</Panel>
            <Panel id="reveals" title="Values revealed, by environment">{reveals}</Panel>
            <Panel id="sign-ins" title="Sessions begun, by way of signing in">{sign_ins}</Panel>
            <Panel id="numbers" title="The numbers">{numbers}</Panel>
        </div>
    }
}

/// Says whether routine reads are counted, and links to the other charts.
fn routine_switch(page: &LedgerCharts) -> impl IntoView + use<> {
    let (said, routine, label) = match page.routine.on_a_page() {
        Routine::Hidden => (" Routine reads are not counted. ", Routine::Shown, "Count routine reads"),
        Routine::Shown | Routine::Usual => (" Routine reads are counted. ", Routine::Usual, "Leave out routine reads"),
    };
    view! { {said} <a href=LedgerCharts { routine, ..*page }.href()>{label}</a> }
}

fn by_decision(charted: &Charted, routine: Routine) -> impl IntoView + use<> {
    let allowed: i64 = charted.slots.iter().map(|slot| slot.allowed).sum();
    let undone: i64 = charted.slots.iter().map(|slot| slot.undone).sum();
    let refused: i64 = charted.slots.iter().map(Slot::refused).sum();
    let highest = charted.slots.iter().map(|slot| slot.allowed + slot.refused()).max().unwrap_or(0);
    let drawn: Vec<Bar<2>> = charted.slots.iter().map(|slot| bar(slot, routine)).collect();
    let label = format!("{allowed} allowed and {refused} refused, as bars over time");
    view! {
        <p class="legend">
            <span class="badge allowed">{format!("Allowed {allowed}")}</span>
            {(undone > 0).then(|| format!(" ({undone} of them not done)"))}
            " "
            <span class="badge refused">{format!("Refused {refused}")}</span>
            <small>"Point at a bar, or move to it with Tab, for its numbers."</small>
        </p>
        <div class="plot">
            <p class="axis" aria-hidden="true"><small>{top(highest)}</small> <small>{middle(top(highest))}</small> <small>"0"</small></p>
            {bars(label, &drawn, ["allowed", "refused"], top(highest), 160)}
        </div>
        {ends(charted)}
    }
}

/// The label at half height, if that is a whole number.
fn middle(top: i64) -> Option<i64> {
    (top % 2 == 0).then_some(top / 2)
}

fn bar(slot: &Slot, routine: Routine) -> Bar<2> {
    let (allowed, refused) = (slot.allowed, slot.refused());
    let title = format!("{}: {allowed} allowed, {refused} refused", exact(slot.from));
    Bar { title, address: Some(records(slot, routine)), parts: [allowed, refused] }
}

/// The address of the records of a slot.
fn records(slot: &Slot, routine: Routine) -> String {
    let (from, until) = (Some(slot.from), Some(slot.until));
    Ledger::of(Search { from, until, routine, ..Search::default() }).href()
}

/// When the bars begin, are half over, and end.
fn ends(charted: &Charted) -> Option<impl IntoView + use<>> {
    let (first, last) = charted.slots.first().zip(charted.slots.last())?;
    let half = charted.slots.get(charted.slots.len() / 2)?.from;
    let label = |at: Timestamp| view! { <small>{exact(at)}</small> };
    Some(view! { <p class="ends">{label(first.from)} {label(half)} {label(last.until)}</p> })
}

fn table(charted: &Charted, routine: Routine) -> impl IntoView + use<> {
    let heads = charted.reasons.iter().map(|(reason, _)| view! { <th scope="col"><code>{reason.clone()}</code></th> });
    let rows = charted.slots.iter().rev().map(|slot| row(slot, &charted.reasons, routine));
    view! {
        <div class="scrolls" tabindex="0" role="region" aria-label="The numbers behind the bars">
            <table class="numbers">
                <caption class="unseen">"Decisions of each time, the newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"From"</th>
                        <th scope="col">"Allowed"</th>
                        <th scope="col">"Not done"</th>
                        <th scope="col">"Refused"</th>
                        {heads.collect_view()}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

fn row(slot: &Slot, reasons: &[(String, i64)], routine: Routine) -> impl IntoView + use<> {
    let each = reasons.iter().map(|(reason, _)| {
        let many = slot.refused.get(reason).copied().unwrap_or(0);
        view! { <td data-label=reason.clone()>{many}</td> }
    });
    view! {
        <tr>
            <th scope="row"><a href=records(slot, routine)>{exact(slot.from)}</a></th>
            <td data-label="Allowed">{slot.allowed}</td>
            <td data-label="Not done">{slot.undone}</td>
            <td data-label="Refused">{slot.refused()}</td>
            {each.collect_view()}
        </tr>
    }
}
