//! Lists show exactly the rows that a row-by-row decision would, in worlds that chance makes.

mod long;
mod marked;
mod narrowed;
mod preview;
mod random_groups;
mod searched;
mod selected;
mod worlds;

use crate::gates::bad_input::listed;
use crate::ledger::sealer::seals::{seal, signer};
use crate::support::page::Row;
use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;
use doorward::ledger::Signer;
use doorward::{Clock, TimeSpan};
use futures::future::join_all;
use narrowed::{Narrowed, folders_of, folders_on, tags_on};
use searched::search_agrees_with_decisions;
use server::ledger::search::indexer;
use std::collections::{BTreeMap, BTreeSet};
pub use worlds::{Chance, ROLES, random_world, run};
use worlds::{ENVIRONMENTS, Known, Uses, known, seed};

const WORLDS: u64 = 3;
const NAMES: [&str; 6] = ["vera", "omar", "petra", "quinn", "ada", "noor"];

/// A world with the key that signs its ledger.
struct Sealed(World, Signer);

impl Sealed {
    async fn seal(&self) {
        seal(&self.0, &self.1).await;
        indexer::all(&self.0.backend.database).await.expect("the records' words are kept");
    }
}

/// What a secret's own page lets this person do: each use has been decided for it.
fn uses_on(answer: &Answer) -> Uses {
    let page = answer.page();
    Uses {
        own: page.described("Your access") == "owner",
        reveal: page.has_button("Reveal") || page.has_button("Download"),
        rotate: page.has_section("Rotate"),
    }
}

/// The secrets whose own page this person is shown: what the decision about each row says.
async fn decided_one_by_one(world: &Sealed, client: &Client, known: &[Known]) -> Vec<Known> {
    let mut mine = Vec::new();
    for (number, some) in known.chunks(4).enumerate() {
        // As a server does each second. Otherwise each page reads all records for its history.
        if number % 10 == 0 {
            world.seal().await;
        }
        let asked = some.iter().map(async |secret| {
            let answer = client.clone().get(&format!("/secrets/{}", secret.id)).await;
            assert!(matches!(answer.status.as_u16(), 200 | 404), "{}", answer.status);
            (answer.status == StatusCode::OK).then(|| uses_on(&answer))
        });
        let answers = join_all(asked).await;
        let shown = some.iter().zip(answers).filter_map(|(secret, uses)| Some(Known { uses: uses?, ..secret.clone() }));
        mine.extend(shown);
    }
    mine
}

/// All pages of a list, and the total that each of them names.
async fn all_pages(client: &mut Client, query: &str) -> (Vec<String>, Vec<usize>) {
    let (mut rows, mut totals) = (Vec::new(), Vec::new());
    for page in 1.. {
        let answer = client.get(&format!("/secrets?{query}&page={page}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        let ids = listed(&answer);
        if ids.is_empty() {
            break;
        }
        assert!(ids.len() <= 50);
        rows.extend(ids);
        totals.push(total_of(&answer));
    }
    (rows, totals)
}

fn total_of(answer: &Answer) -> usize {
    answer.page().total("Pages of secrets")
}

/// What a list should show of these secrets, in its order.
fn expected(mine: &[Known], narrowed: &Narrowed) -> Vec<String> {
    let mut rows: Vec<&Known> = mine.iter().filter(|secret| narrowed.fits(secret)).collect();
    if narrowed.by_update {
        rows.sort_by(|one, other| other.updated.cmp(&one.updated).then_with(|| one.id.cmp(&other.id)));
    } else {
        rows.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    }
    rows.into_iter().map(|secret| secret.id.clone()).collect()
}

/// The numbers of secrets on the overview, by environment.
fn overview(answer: &Answer) -> BTreeMap<String, usize> {
    let read = |row: Row| {
        let links = row.page.addresses();
        let environment = links.first()?.strip_prefix("/secrets?environment=")?.to_owned();
        Some((environment, row.cell("Secrets").parse().expect("a number of secrets")))
    };
    answer.page().rows().into_iter().filter_map(read).collect()
}

async fn list_agrees_with_decisions(world: &Sealed, known: &[Known], person: &str, chance: &mut Chance) -> bool {
    let mut client = world.0.sign_in(person).await;
    let mine = decided_one_by_one(world, &client, known).await;

    let counts = overview(&client.get("/").await);
    for environment in ENVIRONMENTS {
        let count = mine.iter().filter(|secret| secret.environment == environment && !secret.archived).count();
        // An environment in which somebody holds nothing is not on their overview.
        assert_eq!(counts.get(environment).copied().unwrap_or(0), count, "{person}'s overview of {environment}");
    }

    search_agrees_with_decisions(&mut client, &mine, chance).await;
    if client.get("/secrets").await.status == StatusCode::FORBIDDEN {
        return false;
    }
    let always = [
        Narrowed::NOT,
        Narrowed { by_update: true, ..Narrowed::NOT },
        Narrowed { archived: true, ..Narrowed::NOT },
        Narrowed { folder: "a", ..Narrowed::NOT },
        Narrowed { access: "own", ..Narrowed::NOT },
        Narrowed { access: "reveal", ..Narrowed::NOT },
        Narrowed { access: "rotate", ..Narrowed::NOT },
        Narrowed { access: "see", ..Narrowed::NOT },
    ];
    for narrowed in always.into_iter().chain((0..5).map(|_| Narrowed::by(chance))).collect::<Vec<_>>() {
        let query = narrowed.query();
        let (rows, totals) = all_pages(&mut client, &query).await;
        let expected = expected(&mine, &narrowed);
        assert_eq!(rows, expected, "{person}: {query}");
        assert!(totals.iter().all(|total| *total == expected.len()), "{person}: {query}: {totals:?}");
        let first = client.get(&format!("/secrets?{query}")).await;
        assert_eq!(folders_on(&first), folders_of(&mine, &narrowed), "{person}: {query}");
        let of_state = mine.iter().filter(|secret| secret.archived == narrowed.archived);
        let tags: BTreeSet<_> = of_state.flat_map(|secret| secret.tags.iter().cloned()).collect();
        assert_eq!(tags_on(&first), tags, "{person}: {query}");
    }
    !mine.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_exactly_the_rows_that_are_allowed_one_by_one() {
    let seed = seed();
    println!("DOORWARD_TEST_SEED={seed}");
    let mut chance = Chance(seed);
    let mut told = 0;
    for _ in 0..WORLDS {
        let (world, known) = random_world(&mut chance).await;
        let world = Sealed(world, signer());
        for (number, person) in NAMES.into_iter().enumerate() {
            // Half of them search what has no words yet.
            if number == NAMES.len() / 2 {
                server::search::indexer::all(&world.0.backend.database).await.expect("the words are kept");
            }
            told += usize::from(list_agrees_with_decisions(&world, &known, person, &mut chance).await);
        }
    }
    assert!(told > 0, "somebody saw something");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_demonstration_each_list_agrees_with_the_decisions() {
    let world = World::new().await;
    let known = known(&world).await;
    let world = Sealed(world, signer());
    let mut chance = Chance(1);
    let mut shown = Vec::new();
    for person in NAMES {
        if list_agrees_with_decisions(&world, &known, person, &mut chance).await {
            shown.push(person);
        }
    }
    assert_eq!(shown, ["vera", "omar", "petra", "quinn", "ada"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_counts_until_its_end_and_no_longer() {
    let world = World::new().await;
    let id = world.secrets().whose("owner", "ada").with("environment", "dev").ungranted().first().await;
    world.grant_until(&id, "vera", Some(world.clock.now().plus(TimeSpan::seconds(60)))).await;
    let mut vera = world.sign_in("vera").await;
    let address = format!("/secrets/{id}");
    world.clock.advance(TimeSpan::seconds(58));
    assert_eq!(vera.get(&address).await.status, StatusCode::OK);
    assert_eq!(vera.call_value(&id).await.status, StatusCode::OK);
    assert!(all_pages(&mut vera, "").await.0.contains(&id));
    world.clock.advance(TimeSpan::seconds(2));
    assert_eq!(vera.get(&address).await.status, StatusCode::NOT_FOUND);
    assert_eq!(vera.call_value(&id).await.status, StatusCode::NOT_FOUND);
    assert!(!all_pages(&mut vera, "").await.0.contains(&id));
}
