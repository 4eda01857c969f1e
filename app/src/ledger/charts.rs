//! The ledger as charts: decisions over time, and the refusals among them by reason.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::ledger::list::Ledger;
use crate::ledger::period::Period;
use crate::ledger::policy;
use crate::ledger::search::{Routine, Search};
use crate::ledger::store::{Counts, DecisionCount};
use crate::ledger::view::within;
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::ui::Panel;
use crate::ui::chart::{Bar, bars, top};
use crate::ui::time::exact;
use doorward::ledger::Outcome;
use doorward::{Environments, TimeSpan, Timestamp};
use leptos::prelude::*;
use std::collections::BTreeMap;

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

    fn view(&self, Counts { counts, scope }: Counts, shown: &ViewContext) -> AnyView {
        view(self, &Charted::of(self.over, &counts, shown.now), &scope).into_any()
    }
}

/// One bar's time, and what was decided in it.
struct Slot {
    from: Timestamp,
    until: Timestamp,
    allowed: i64,
    /// How many of those that were allowed are known not to have been done.
    undone: i64,
    refused: BTreeMap<String, i64>,
}

impl Slot {
    fn refused(&self) -> i64 {
        self.refused.values().sum()
    }
}

/// The counts as bars, and the reasons for refusals, the most frequent first.
struct Charted {
    slots: Vec<Slot>,
    reasons: Vec<(String, i64)>,
}

impl Charted {
    fn of(over: Period, counts: &[DecisionCount], now: Timestamp) -> Self {
        let (begins, (count, length)) = (over.begins(now), over.bars());
        let slot = |number| Slot {
            from: begins.plus(TimeSpan(number * length.0)),
            until: begins.plus(TimeSpan((number + 1) * length.0)),
            allowed: 0,
            undone: 0,
            refused: BTreeMap::new(),
        };
        let mut slots: Vec<Slot> = (0..count).map(slot).collect();
        let mut reasons = BTreeMap::new();
        for one in counts {
            let number = usize::try_from(one.from.since(begins).0.div_euclid(length.0)).ok();
            let Some(slot) = number.and_then(|number| slots.get_mut(number)) else { continue };
            if one.allowed {
                slot.allowed += one.many;
                if !matches!(one.outcome, None | Some(Outcome::Done)) {
                    slot.undone += one.many;
                }
            } else {
                *slot.refused.entry(one.code.clone()).or_default() += one.many;
                *reasons.entry(one.code.clone()).or_default() += one.many;
            }
        }
        let mut reasons: Vec<(String, i64)> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, many)| -many);
        Self { slots, reasons }
    }
}

fn view(page: &LedgerCharts, charted: &Charted, scope: &Environments) -> impl IntoView + use<> {
    let periods = Period::ALL.map(|over| {
        let current = (over == page.over).then_some("page");
        view! { <a class="button" href=LedgerCharts { over, ..*page }.href() aria-current=current>{over.words()}</a> }
    });
    let (decisions, reasons) = (by_decision(charted).into_any(), by_reason(charted).into_any());
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

fn by_decision(charted: &Charted) -> impl IntoView + use<> {
    let allowed: i64 = charted.slots.iter().map(|slot| slot.allowed).sum();
    let undone: i64 = charted.slots.iter().map(|slot| slot.undone).sum();
    let refused: i64 = charted.slots.iter().map(Slot::refused).sum();
    let highest = charted.slots.iter().map(|slot| slot.allowed + slot.refused()).max().unwrap_or(0);
    let drawn: Vec<Bar<2>> = charted.slots.iter().map(bar).collect();
    let label = format!("{allowed} allowed and {refused} refused, as bars over time");
    view! {
        <p class="legend">
            <span class="badge allowed">{format!("Allowed {allowed}")}</span>
            {(undone > 0).then(|| format!(" ({undone} of them not done)"))}
            " "
            <span class="badge refused">{format!("Refused {refused}")}</span>
            <small>{format!("The top is {} decisions.", top(highest))}</small>
        </p>
        {bars(label, &drawn, ["allowed", "refused"], top(highest), 160)}
        {ends(charted)}
    }
}

fn bar(slot: &Slot) -> Bar<2> {
    let (allowed, refused) = (slot.allowed, slot.refused());
    Bar { title: format!("{}: {allowed} allowed, {refused} refused", exact(slot.from)), parts: [allowed, refused] }
}

/// When the bars begin and end.
fn ends(charted: &Charted) -> Option<impl IntoView + use<>> {
    let (first, last) = charted.slots.first().zip(charted.slots.last())?;
    Some(view! {
        <p class="ends">
            <small>{exact(first.from)}</small>
            <small>{exact(last.until)}</small>
        </p>
    })
}

/// One row of bars for each reason, all to the same measure.
fn by_reason(charted: &Charted) -> impl IntoView + use<> {
    let none = charted.reasons.is_empty();
    let of = |slot: &Slot, reason: &str| slot.refused.get(reason).copied().unwrap_or(0);
    let highest = charted.slots.iter().flat_map(|slot| slot.refused.values()).max().copied().unwrap_or(0);
    let rows = charted.reasons.iter().map(|(reason, many)| {
        let drawn: Vec<Bar<1>> = charted
            .slots
            .iter()
            .map(|slot| {
                let many = of(slot, reason);
                Bar { title: format!("{}: {many}", exact(slot.from)), parts: [many] }
            })
            .collect();
        let search = Search { code: reason.clone(), ..Search::default() };
        view! {
            <li>
                <a href=Ledger::of(search).href()><code>{reason.clone()}</code></a>
                <span>{*many}</span>
                {bars(format!("{reason}: {many} refusals, as bars over time"), &drawn, ["refused"], top(highest), 32)}
            </li>
        }
    });
    view! {
        <ul class="reasons">{rows.collect_view()}</ul>
        {none.then(|| view! { <p>"Nothing was refused."</p> })}
    }
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
    let (from, until) = (Some(slot.from), Some(slot.until));
    let search = Search { from, until, routine, ..Search::default() };
    let each = reasons.iter().map(|(reason, _)| {
        let many = slot.refused.get(reason).copied().unwrap_or(0);
        view! { <td data-label=reason.clone()>{many}</td> }
    });
    view! {
        <tr>
            <th scope="row"><a href=Ledger::of(search).href()>{exact(slot.from)}</a></th>
            <td data-label="Allowed">{slot.allowed}</td>
            <td data-label="Not done">{slot.undone}</td>
            <td data-label="Refused">{slot.refused()}</td>
            {each.collect_view()}
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_count_stands_in_the_bar_of_its_time_and_none_outside() {
        let now = Timestamp(1_795_387_571_000);
        let begins = Period::Week.begins(now);
        let one = |from: Timestamp, allowed, code: &str, many| DecisionCount {
            from,
            allowed,
            outcome: Some(Outcome::of_decision(allowed)),
            code: code.to_owned(),
            many,
        };
        let counts = [
            one(begins.plus(TimeSpan::hours(-1)), true, "role", 100),
            one(begins, true, "role", 1),
            DecisionCount { outcome: Some(Outcome::Invalid), ..one(begins, true, "role", 3) },
            DecisionCount { outcome: None, ..one(begins, true, "role", 5) },
            one(begins.plus(TimeSpan::hours(5)), false, "hidden", 2),
            one(begins.plus(TimeSpan::hours(6)), false, "no_session", 3),
            one(begins.plus(TimeSpan::hours(6)), false, "hidden", 2),
        ];
        let charted = Charted::of(Period::Week, &counts, now);
        let seen = charted.slots.iter().take(3).map(|slot| (slot.allowed, slot.undone, slot.refused()));
        assert_eq!(seen.collect::<Vec<_>>(), [(9, 3, 2), (0, 0, 5), (0, 0, 0)]);
        assert_eq!(charted.reasons, [("hidden".to_owned(), 4), ("no_session".to_owned(), 3)]);
        let last = charted.slots.last().expect("a bar");
        assert!(last.from.0 <= now.0 && now.0 < last.until.0, "the last bar holds this moment");
    }
}
