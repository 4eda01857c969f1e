//! Lists show exactly the rows that a row-by-row decision would, in worlds that chance makes.

use crate::gates::bad_input::listed;
use crate::secrets::random_groups::random_groups;
use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;
use doorward::{Clock, Randomness, TimeSpan};
use futures::future::join_all;
use server::clock::SystemRandomness;
use sqlx::Row;
use std::collections::BTreeMap;

const WORLDS: u64 = 3;
/// More than one page of them.
const SECRETS: usize = 66;
const NAMES: [&str; 6] = ["vera", "omar", "petra", "quinn", "ada", "noor"];
const ENVIRONMENTS: [&str; 4] = ["dev", "lab", "production", "staging"];
pub const ROLES: [&str; 5] = ["viewer", "operator", "approver", "auditor", "administrator"];
const PERMISSIONS: [&str; 5] = ["secret.list", "secret.read", "secret.inventory", "secret.reveal", "secret.rotate"];

/// Chance that can be repeated (xorshift64*, Vigna 2016).
pub struct Chance(u64);

impl Chance {
    /// Each run has another chance, unless `DOORWARD_TEST_SEED` is set.
    pub fn new() -> Self {
        Self(seed())
    }

    fn draw(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.draw() >> 33).unwrap() % end
    }

    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    pub fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// `DOORWARD_TEST_SEED` repeats the worlds of a run that failed.
fn seed() -> u64 {
    if let Ok(seed) = std::env::var("DOORWARD_TEST_SEED") {
        return seed.parse().expect("a number");
    }
    let mut bytes = [0; 8];
    SystemRandomness.fill(&mut bytes);
    u64::from_le_bytes(bytes).max(1)
}

#[derive(Clone, Debug)]
pub struct Known {
    id: String,
    name: String,
    environment: String,
    updated: i64,
}

pub async fn run(world: &World, statement: String) {
    sqlx::query(sqlx::AssertSqlSafe(statement.clone()))
        .execute(&world.rows)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

pub async fn random_world(chance: &mut Chance) -> (World, Vec<Known>) {
    let world = World::new().await;
    run(&world, "insert into environments (name, protected) values ('lab', 0)".to_owned()).await;
    let ids = world.ids_of("secrets").await;
    let people: Vec<String> = world.ids_of("identities").await;
    let now = world.clock.now().0;
    for statement in ["delete from grants", "delete from role_permissions", "delete from identity_roles"] {
        world.execute(statement).await;
    }
    for gone in &ids[SECRETS..] {
        run(&world, format!("delete from secret_versions where secret = '{gone}'")).await;
        run(&world, format!("delete from secrets where id = '{gone}'")).await;
    }
    for (number, id) in ids[..SECRETS].iter().enumerate() {
        // Names and times that many have in common, so that the order needs its second key.
        let name = format!("{}{}_{}", chance.one_of(&["Ab", "aB", "x", "Zz"]), number / 4, chance.below(3));
        let (environment, owner) = (ENVIRONMENTS[number % 4], chance.one_of(&people));
        let updated = now - i64::try_from(chance.below(5)).unwrap() * 1000;
        run(&world, format!("update secrets set name = '{name}', environment = '{environment}', owner = '{owner}', updated_at = {updated} where id = '{id}'")).await;
        for person in &people {
            if chance.one_in(4) {
                // Without an end, ended long ago and just now, ending much later than this test.
                let ends = ["null".to_owned(), "1".to_owned(), now.to_string(), (now + 3_000_000).to_string()];
                let ends = chance.one_of(&ends);
                run(&world, format!("insert into grants (identity, secret, granted_at, ends_at) values ('{person}', '{id}', {now}, {ends})")).await;
            }
        }
    }
    for role in ROLES {
        for permission in PERMISSIONS {
            let everywhere = chance.one_in(3);
            for environment in ENVIRONMENTS.into_iter().chain(everywhere.then_some("*")) {
                let listing = permission == "secret.list" && !chance.one_in(4);
                if environment == "*" || listing || chance.one_in(3) {
                    run(&world, format!("insert into role_permissions (role, permission, environment) values ('{role}', '{permission}', '{environment}')")).await;
                }
            }
        }
        for person in &people {
            if chance.one_in(3) {
                // A role that is given for one environment holds nothing elsewhere.
                let within = chance.one_of(&["*", "*", "dev", "lab"]);
                run(&world, format!("insert into identity_roles (identity, role, environment) values ('{person}', '{role}', '{within}')")).await;
            }
        }
    }
    random_groups(&world, chance, &people, &ids[..SECRETS]).await;
    let known = known(&world).await;
    (world, known)
}

async fn known(world: &World) -> Vec<Known> {
    let rows =
        sqlx::query("select id, name, environment, updated_at from secrets").fetch_all(&world.rows).await.unwrap();
    let read = |row: &sqlx::any::AnyRow| Known {
        id: row.get(0),
        name: row.get(1),
        environment: row.get(2),
        updated: row.get(3),
    };
    rows.iter().map(read).collect()
}

/// The secrets whose own page this person is shown: what the decision about each row says.
async fn decided_one_by_one(client: &Client, known: &[Known]) -> Vec<Known> {
    let mut mine = Vec::new();
    for some in known.chunks(4) {
        let asked = some.iter().map(async |secret| {
            let answer = client.clone().get(&format!("/secrets/{}", secret.id)).await;
            assert!(matches!(answer.status.as_u16(), 200 | 404), "{}", answer.status);
            answer.status == StatusCode::OK
        });
        let answers = join_all(asked).await;
        mine.extend(some.iter().zip(answers).filter(|(_, shown)| *shown).map(|(secret, _)| secret.clone()));
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
        rows.extend(ids.into_iter().map(str::to_owned));
        totals.push(total_of(&answer));
    }
    (rows, totals)
}

fn total_of(answer: &Answer) -> usize {
    let words = answer
        .body
        .split("Pages of secrets")
        .nth(1)
        .and_then(|rest| rest.split("</p>").next())
        .expect("a number of rows");
    words.rsplit(" of ").next().unwrap().parse().expect("a total")
}

/// What a list should show of these secrets, in its order.
fn expected(mine: &[Known], name: &str, environment: &str, by_update: bool) -> Vec<String> {
    let fits = |secret: &&Known| {
        secret.name.to_lowercase().contains(&name.to_lowercase())
            && (environment.is_empty() || secret.environment == environment)
    };
    let mut rows: Vec<&Known> = mine.iter().filter(fits).collect();
    if by_update {
        rows.sort_by(|one, other| other.updated.cmp(&one.updated).then_with(|| one.id.cmp(&other.id)));
    } else {
        rows.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    }
    rows.into_iter().map(|secret| secret.id.clone()).collect()
}

/// The numbers of secrets on the overview, by environment.
fn overview(answer: &Answer) -> BTreeMap<String, usize> {
    let rows = answer.body.split("href=\"/secrets?environment=").skip(1);
    let read = |row: &str| {
        let environment = row.split('"').next().unwrap().to_owned();
        let cell = row.split("data-label=\"Secrets\"").nth(1).and_then(|rest| rest.split('<').next()).expect("a cell");
        let number = cell.split('>').nth(1).and_then(|number| number.parse().ok()).expect("a number of secrets");
        (environment, number)
    };
    rows.map(read).collect()
}

async fn list_agrees_with_decisions(world: &World, known: &[Known], person: &str, chance: &mut Chance) -> bool {
    let mut client = world.sign_in(person).await;
    let mine = decided_one_by_one(&client, known).await;

    let counts = overview(&client.get("/").await);
    for environment in ENVIRONMENTS {
        let count = mine.iter().filter(|secret| secret.environment == environment).count();
        // An environment in which somebody holds nothing is not on their overview.
        assert_eq!(counts.get(environment).copied().unwrap_or(0), count, "{person}'s overview of {environment}");
    }

    if client.get("/secrets").await.status == StatusCode::FORBIDDEN {
        return false;
    }
    let queries = [("", "", false), ("", "", true)].into_iter().chain((0..4).map(|_| {
        let name = *chance.one_of(&["", "ab", "AB", "_1", "1", "x", "zz1", "%"]);
        let environment = *chance.one_of(&["", "dev", "lab", "staging", "production"]);
        (name, environment, chance.one_in(2))
    }));
    for (name, environment, by_update) in queries.collect::<Vec<_>>() {
        let sort = if by_update { "updated" } else { "name" };
        let query = format!("name={}&environment={environment}&sort={sort}", name.replace('%', "%25"));
        let (rows, totals) = all_pages(&mut client, &query).await;
        let expected = expected(&mine, name, environment, by_update);
        assert_eq!(rows, expected, "{person}: {query}");
        assert!(totals.iter().all(|total| *total == expected.len()), "{person}: {query}: {totals:?}");
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
        for person in NAMES {
            told += usize::from(list_agrees_with_decisions(&world, &known, person, &mut chance).await);
        }
    }
    assert!(told > 0, "somebody saw something");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_demonstration_each_list_agrees_with_the_decisions() {
    let world = World::new().await;
    let known = known(&world).await;
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
    let id = world
        .secret_where(
            "s.owner = (select id from identities where name = 'ada') and s.environment = 'dev' \
             and not exists (select 1 from grants g where g.secret = s.id)",
        )
        .await;
    let ends = world.clock.now().plus(TimeSpan::seconds(60)).0;
    let grant = "insert into grants (identity, secret, granted_at, ends_at)";
    run(&world, format!("{grant} select id, '{id}', 0, {ends} from identities where name = 'vera'")).await;
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
