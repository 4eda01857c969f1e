//! The access matrix: every address × everybody, as a committed table that a reviewer reads.
//!
//! The addresses come from the route list and from the registered server functions, so a door without a sample fails
//! here. `DOORWARD_WRITE_MATRIX=1` writes the table anew.

use crate::gates::samples::{Knock, VALUE_OF, sample};
use crate::support::world::{Answer, Client, World};
use axum::http::{Method, StatusCode};
use doorward::{Clock, TimeSpan, Timestamp};
use leptos::server_fn::axum::server_fn_paths;
use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;

const WHO: [&str; 7] = ["visitor", "noor", "vera", "omar", "petra", "quinn", "ada"];

/// How long a session is used for more than one door.
const LASTS: TimeSpan = TimeSpan::seconds(60);

/// Somebody's session as it was when they had just signed in.
struct Seat {
    client: Client,
    session: String,
    kept: Vec<String>,
    since: Timestamp,
}

/// Everybody at the doors. Who signed in goes from door to door with one session while it stays as it was. A form that
/// was not refused, and a session that is any other than before, are followed by another sign-in.
#[derive(Default)]
struct Seats(HashMap<&'static str, Seat>);

/// What a session's row holds, if it counts.
async fn kept(world: &World, session: &str) -> Vec<String> {
    if world.open_sessions().with("id", session).count().await == 0 {
        return Vec::new();
    }
    let columns = ["authentication", "coalesce(data, '-')", "coalesce(user_agent, '-')"];
    world.sessions().with("id", session).each_of(&columns).await
}

impl Seat {
    async fn taken(world: &World, who: &str) -> Self {
        let client = world.sign_in(who).await;
        let session = world.sessions().whose("identity", who).ordered("id desc").one("id").await;
        Self { client, kept: kept(world, &session).await, session, since: world.clock.now() }
    }

    /// Others may have ended or changed the session meanwhile.
    async fn is_as_it_was(&self, world: &World) -> bool {
        world.clock.now().since(self.since) < LASTS && kept(world, &self.session).await == self.kept
    }
}

impl Seats {
    async fn knock(&mut self, world: &World, who: &'static str, door: &Knock) -> Answer {
        if who == "visitor" {
            return knock(&mut world.visitor(), who, door).await;
        }
        let mut seat = match self.0.remove(who) {
            Some(seat) if seat.is_as_it_was(world).await => seat,
            _ => Seat::taken(world, who).await,
        };
        let handle = seat.client.handle.clone();
        let answer = knock(&mut seat.client, who, door).await;
        let was_refused = matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
        if (door.method == Method::GET || was_refused) && seat.client.handle == handle {
            self.0.insert(who, seat);
        }
        answer
    }
}

async fn knock(client: &mut Client, who: &str, knock: &Knock) -> Answer {
    let own: Vec<_> = knock.fields.iter().map(|(name, value)| (*name, value.replace("{who}", who))).collect();
    let fields: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    match knock.method {
        Method::POST if fields.first().is_some_and(|field| field.0 == VALUE_OF) => {
            client.call(&knock.address, fields[0].1).await
        }
        Method::GET => client.get(&knock.address).await,
        _ => client.post(&knock.address, &fields).await,
    }
}

fn in_short(answer: &Answer) -> String {
    let status = answer.status.as_u16();
    match answer.location().split('?').next() {
        Some("") | None => status.to_string(),
        Some(onward) => format!("{status} {}", pattern_of(onward)),
    }
}

/// Where an answer leads, without the ids in it.
fn pattern_of(onward: &str) -> &str {
    match onward.strip_prefix("/secrets/") {
        Some(rest) if rest.ends_with("/access") => "/secrets/{id}/access",
        Some(_) => "/secrets/{id}",
        None if onward.starts_with("/access/identities/") => "/access/identities/{id}",
        None if onward.starts_with("/access/machines/") => "/access/machines/{id}",
        None if onward.starts_with("/access/revocations/") => "/access/revocations/{id}",
        None => onward,
    }
}

async fn matrix(world: &World) -> String {
    let pages = leptos_axum::generate_route_list(app::routes::Pages).into_iter().map(|route| route.path().to_owned());
    let functions = server_fn_paths().map(|(path, _)| path.to_owned());
    let downloads = app::routes::downloads().into_iter().map(|(pattern, _)| server::axum_pattern(pattern));
    let streams = app::routes::streams().into_iter().map(|(pattern, _)| server::axum_pattern(pattern));
    let mut doors: Vec<String> = pages.chain(functions).chain(downloads).chain(streams).collect();
    doors.sort();
    let mut seats = Seats::default();
    let mut table = format!("{:<72}", "");
    for who in WHO {
        let _ = write!(table, "{who:<32}");
    }
    table.push('\n');
    for door in doors {
        for tried in sample(world, &door.replace("{id}", ":id")).await.knocks {
            let _ = write!(table, "{:<72}", format!("{} {}", tried.method, tried.label));
            for who in WHO {
                let _ = write!(table, "{:<32}", in_short(&seats.knock(world, who, &tried).await));
            }
            table.push('\n');
        }
    }
    table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n"
}

/// G1, G2, G3: each door asks for itself, and everybody gets there exactly what the committed table says.
#[tokio::test(flavor = "multi_thread")]
async fn the_access_matrix_is_the_committed_one() {
    let world = World::new().await;
    let found = matrix(&world).await;
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/gates/access_matrix.txt");
    if std::env::var_os("DOORWARD_WRITE_MATRIX").is_some() {
        std::fs::write(&file, &found).expect("the table is written");
    }
    let committed = std::fs::read_to_string(&file).expect("a committed table");
    assert_eq!(found, committed, "somebody may now do more, or less; if that is meant, set DOORWARD_WRITE_MATRIX=1");
}

/// Reads that only ask leave no door out: each refusal and each answer of the walk stands in the ledger.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_asked_for_behind_every_door_but_the_named_ones() {
    let world = World::new().await;
    let open = [("/sign-in", 200), ("/signed-out", 200), ("/set-up", 404), ("/invitation", 422), ("/collect", 422)];
    for route in leptos_axum::generate_route_list(app::routes::Pages) {
        let address = route.path().replace("{id}", "01jd8z3k7q5m2v9xw4t6b1n0hr");
        let before = world.count_all("audit").await;
        let answer = world.visitor().get(&address).await;
        let recorded = world.count_all("audit").await - before;
        // Set-up closes for good once there is somebody, and an invitation needs its code.
        if let Some((_, expected)) = open.iter().find(|(path, _)| *path == route.path()) {
            assert_eq!(answer.status.as_u16(), *expected, "{address}");
        } else {
            assert_eq!(answer.status.as_u16(), 303, "{address}");
            assert!(answer.location().starts_with("/sign-in?next="), "{address}");
            assert_eq!(recorded, 1, "{address}: one decision, one record");
        }
    }
}
