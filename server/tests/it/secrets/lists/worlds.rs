//! Worlds that chance makes, and that can be made again.

use crate::secrets::lists::random_groups::random_groups;
use crate::support::world::World;
use doorward::{Clock, Randomness};
use server::clock::SystemRandomness;
use sqlx::Row;

/// More than one page of them.
const SECRETS: usize = 66;
const FOLDERS: [&str; 6] = ["", "a/", "a/b/", "A/", "a_/b/", "ab/"];
const TAGS: [&str; 3] = ["pci", "a_b", "größe"];
pub const ROLES: [&str; 5] = ["viewer", "operator", "approver", "auditor", "administrator"];
const PERMISSIONS: [&str; 5] = ["secret.list", "secret.read", "secret.inventory", "secret.reveal", "secret.rotate"];
pub const ENVIRONMENTS: [&str; 4] = ["dev", "lab", "production", "staging"];

/// Chance that can be repeated (xorshift64*, Vigna 2016).
pub struct Chance(pub u64);

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
pub fn seed() -> u64 {
    if let Ok(seed) = std::env::var("DOORWARD_TEST_SEED") {
        return seed.parse().expect("a number");
    }
    let mut bytes = [0; 8];
    SystemRandomness.fill(&mut bytes);
    u64::from_le_bytes(bytes).max(1)
}

#[derive(Clone, Debug)]
pub struct Known {
    pub id: String,
    pub name: String,
    pub environment: String,
    pub updated: i64,
    pub archived: bool,
    pub tags: Vec<String>,
    /// The sign-in name and the name of the owner.
    pub owner: String,
    /// What the page of the secret lets somebody do.
    pub uses: Uses,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Uses {
    pub own: bool,
    pub reveal: bool,
    pub rotate: bool,
}

impl Known {
    /// By the sign-in name, or by the whole name for people.
    pub fn is_owned_by(&self, name: &str) -> bool {
        let (sign_in_name, display_name) = self.owner.split_once(' ').expect("two names");
        [sign_in_name, display_name].iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

pub async fn run(world: &World, statement: String) {
    sqlx::query(sqlx::AssertSqlSafe(statement.clone()))
        .execute(&world.rows)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

pub async fn random_world(chance: &mut Chance) -> (World, Vec<Known>) {
    let world = World::new().await;
    world.add_row("environments", &[("name", "lab".into()), ("protected", 0.into())]).await;
    let ids = world.ids_of("secrets").await;
    let people: Vec<String> = world.ids_of("identities").await;
    let now = world.clock.now().0;
    for table in ["grants", "role_permissions", "identity_roles"] {
        world.table(table).remove().await;
    }
    for gone in &ids[SECRETS..] {
        world.versions().with("secret", gone).remove().await;
        world.secrets().with("id", gone).remove().await;
    }
    for (number, id) in ids[..SECRETS].iter().enumerate() {
        // Names and times that many have in common, so that the order needs its second key.
        let folder = chance.one_of(&FOLDERS);
        let name = format!("{folder}{}{}_{}", chance.one_of(&["Ab", "aB", "x", "Zz"]), number / 4, chance.below(3));
        let archived = chance.one_in(5).then_some(1);
        let (environment, owner) = (ENVIRONMENTS[number % 4], chance.one_of(&people));
        let updated = now - i64::try_from(chance.below(5)).unwrap() * 1000;
        let (environment, owner) = (("environment", environment.into()), ("owner", owner.into()));
        let (updated, archived) = (("updated_at", updated.into()), ("archived_at", archived.into()));
        let row = [("name", name.into()), environment, owner, updated, archived];
        world.secrets().with("id", id).set_all(&row).await;
        for tag in TAGS {
            if chance.one_in(4) {
                world.tag(id, tag).await;
            }
        }
        for person in &people {
            if chance.one_in(4) {
                // Without an end, ended long ago and just now, ending much later than this test.
                let ends = *chance.one_of(&[None, Some(1), Some(now), Some(now + 3_000_000)]);
                let (identity, secret) = (("identity", person.into()), ("secret", id.into()));
                let grant = [identity, secret, ("granted_at", now.into()), ("ends_at", ends.into())];
                world.add_row("grants", &grant).await;
            }
        }
    }
    for role in ROLES {
        for permission in PERMISSIONS {
            let everywhere = chance.one_in(3);
            for environment in ENVIRONMENTS.into_iter().chain(everywhere.then_some("*")) {
                let listing = permission == "secret.list" && !chance.one_in(4);
                if environment == "*" || listing || chance.one_in(3) {
                    world.permit(role, permission, environment).await;
                }
            }
        }
        for person in &people {
            if chance.one_in(3) {
                // A role that is given for one environment holds nothing elsewhere.
                let within = chance.one_of(&["*", "*", "dev", "lab"]);
                let (role, environment) = (("role", role.into()), ("environment", (*within).into()));
                world.add_row("identity_roles", &[("identity", person.into()), role, environment]).await;
            }
        }
    }
    random_groups(&world, chance, &people, &ids[..SECRETS]).await;
    let known = known(&world).await;
    (world, known)
}

pub async fn known(world: &World) -> Vec<Known> {
    const SECRETS: &str = "select s.id, s.name, s.environment, s.updated_at, \
         case when s.archived_at is null then 0 else 1 end as archived, o.name || ' ' || o.display_name \
         from secrets s join identities o on o.id = s.owner";
    let rows = sqlx::query(SECRETS).fetch_all(&world.rows).await.unwrap();
    let tags = sqlx::query("select secret, tag from secret_tags").fetch_all(&world.rows).await.unwrap();
    let tags: Vec<(String, String)> = tags.iter().map(|row| (row.get(0), row.get(1))).collect();
    let read = |row: &sqlx::any::AnyRow| {
        let id: String = row.get(0);
        let tags = tags.iter().filter(|(secret, _)| *secret == id).map(|(_, tag)| tag.clone()).collect();
        let archived = row.get::<i32, _>(4) == 1;
        let (name, environment, updated, owner) = (row.get(1), row.get(2), row.get(3), row.get(5));
        Known { id, name, environment, updated, archived, tags, owner, uses: Uses::default() }
    };
    rows.iter().map(read).collect()
}
