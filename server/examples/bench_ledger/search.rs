//! How long a page of a search takes among very many records.

use super::database::{self, Filled, engine};
use super::numbers::{Sorted, millis, print};
use super::records::{ACTIONS, AUDITING, NEVER_AUDITS, PEOPLE, RARE_ACTION, SECRETS, environment, name, resource};
use super::{Options, fill, records};
use app::ledger::search::Search;
use app::ledger::store::PAGE_ROWS;
use doorward::{Environments, RecordId, Timestamp};
use server::clock::since_start;
use server::db::transaction::Source;
use server::ledger::records::find;
use std::time::Duration;

/// How often each search is made, and how long at most.
const TIMES: usize = 30;
const LONGEST: Duration = Duration::from_secs(3);
const DAY: i64 = 86_400_000;

/// Times each search: its first page, and one from the middle of the year on.
pub async fn measure(options: &Options) {
    let filled = database::new(&options.scratch, "search").await;
    fill::records(&filled, options.many).await;
    fill::words(&filled, options.many).await;
    filled.read_through();
    let middle = options.many / 2;
    let middle = records::record(middle, fill::moment(&filled, middle, options.many)).id;
    let mut rows = Vec::new();
    let everywhere = searches(filled.now).into_iter().map(|(what, search)| (what, search, Environments::Everywhere));
    for (what, search, within) in everywhere.chain(of_one_environment()) {
        let (found, first) = time(&filled, &search, &within, None).await;
        let (_, deep) = time(&filled, &search, &within, Some(middle)).await;
        let cells = [first.median(), first.percentile(99), deep.median(), deep.percentile(99)].map(millis);
        rows.push([vec![what.to_owned(), found.to_string()], cells.to_vec()].concat());
    }
    println!("A page of {PAGE_ROWS} out of {} records, on {}:\n", options.many, engine(&filled.database));
    print(&["search", "found", "p50", "p99", "deep p50", "deep p99"], &rows);
    filled.close().await;
}

async fn time(filled: &Filled, search: &Search, within: &Environments, before: Option<RecordId>) -> (usize, Sorted) {
    let (mut times, mut found) = (Vec::new(), 0);
    let end = since_start() + LONGEST;
    while times.len() < TIMES && (times.is_empty() || since_start() < end) {
        let began = since_start();
        let rows = find(&mut Source::reader(&filled.database), search, within, before, PAGE_ROWS).await;
        times.push(since_start() - began);
        found = rows.expect("it is found").len();
    }
    (found, Sorted::new(times))
}

/// What an auditor of the environment of the fewest records searches for.
fn of_one_environment() -> Vec<(&'static str, Search, Environments)> {
    let within = Environments::Only([environment(SECRETS - 1)].into());
    let of_busy = Search { who: name(0), ..Search::default() };
    let refused = Search { allowed: Some(false), ..Search::default() };
    let searches = [
        ("one environment", Search::default()),
        ("one environment + busy who", of_busy),
        ("one environment + refused", refused),
    ];
    searches.map(|(what, search)| (what, search, within.clone())).to_vec()
}

fn searches(now: Timestamp) -> Vec<(&'static str, Search)> {
    let (busy, rare) = (name(0), name(PEOPLE - 1));
    let day = (Some(Timestamp(now.0 - 200 * DAY)), Some(Timestamp(now.0 - 199 * DAY)));
    let by = |who: &str, action: &str| Search { who: who.to_owned(), action: action.to_owned(), ..Search::default() };
    let about = |secret| Search { resource: resource(secret), ..Search::default() };
    let reason = |reason: &str| Search { reason: reason.to_owned(), ..Search::default() };
    let refused = |search: Search| Search { allowed: Some(false), ..search };
    let on_day = |search: Search| Search { from: day.0, until: day.1, ..search };
    let by_entry = |search: Search| Search { entry: "command".to_owned(), ..search };
    let words = |text: &str| Search { text: text.to_owned(), ..Search::default() };
    let with_words = |text: &str, search: Search| Search { text: text.to_owned(), ..search };
    vec![
        ("everything", Search::default()),
        ("who, busy", by(&busy, "")),
        ("who, rare", by(&rare, "")),
        ("who, nobody", by("nobody", "")),
        ("action, frequent", by("", ACTIONS[0])),
        ("action, rare", by("", RARE_ACTION)),
        ("resource, frequent", about(0)),
        ("resource, rare", about(SECRETS - 1)),
        ("refused", refused(Search::default())),
        ("reason, rare", reason("frozen")),
        ("entry", by_entry(Search::default())),
        ("a day", on_day(Search::default())),
        ("busy who + frequent action", by(&busy, ACTIONS[0])),
        ("busy who + rare action", by(&busy, RARE_ACTION)),
        ("rare who + frequent action", by(&rare, ACTIONS[0])),
        ("rare who + rare action", by(&rare, RARE_ACTION)),
        ("busy who + frequent action, never together", by(&name(NEVER_AUDITS), AUDITING)),
        ("busy who + rare resource", Search { who: busy.clone(), ..about(SECRETS - 1) }),
        ("rare who + rare resource", Search { who: rare.clone(), ..about(SECRETS - 1) }),
        ("frequent action + rare resource", Search { action: ACTIONS[0].to_owned(), ..about(SECRETS - 1) }),
        ("rare action + frequent resource", Search { action: RARE_ACTION.to_owned(), ..about(0) }),
        ("busy who + refused", refused(by(&busy, ""))),
        ("rare who + refused", refused(by(&rare, ""))),
        ("rare action + refused", refused(by("", RARE_ACTION))),
        ("busy who + frequent action + refused", refused(by(&busy, ACTIONS[0]))),
        ("rare who + reason", Search { who: rare.clone(), ..reason("frozen") }),
        ("busy who + reason, allowed", Search { who: busy.clone(), allowed: Some(true), ..reason("frozen") }),
        ("refused + reason + a day", refused(on_day(reason("frozen")))),
        ("busy who + a day", on_day(by(&busy, ""))),
        ("frequent action + a day", on_day(by("", ACTIONS[0]))),
        ("rare who + entry", by_entry(by(&rare, ""))),
        ("rare action + entry", by_entry(by("", RARE_ACTION))),
        ("word, in most", words("allowed")),
        ("word, frequent", words(&busy)),
        ("word, rare", words(RARE_ACTION)),
        ("word, nowhere", words("zebra")),
        ("words, frequent", words(&format!("{busy} {}", ACTIONS[0]))),
        ("words, frequent + rare", words(&format!("{busy} {}", resource(SECRETS - 1)))),
        ("words, frequent, never together", words(&format!("{} {AUDITING}", name(NEVER_AUDITS)))),
        ("words, in most, never together", words("allowed refused")),
        ("words, frequent, a day", on_day(words(&format!("{busy} {}", ACTIONS[0])))),
        ("words, never together, a day", on_day(words(&format!("{} {AUDITING}", name(NEVER_AUDITS))))),
        ("word, rare + busy who", with_words("frozen", by(&busy, ""))),
        ("word, rare, a day", on_day(words(RARE_ACTION))),
    ]
}
