//! The access matrix: every address × everybody, as a committed table that a reviewer reads.
//!
//! The addresses come from the route list and from the registered server functions, so a door without a sample fails
//! here. `DOORWARD_WRITE_MATRIX=1` writes the table anew.

use crate::world::{Answer, World};
use axum::http::Method;
use leptos::server_fn::axum::server_fn_paths;
use std::fmt::Write;
use std::path::PathBuf;

const WHO: [&str; 7] = ["visitor", "noor", "vera", "omar", "petra", "quinn", "ada"];

/// A way to knock on a door.
struct Knock {
    address: String,
    method: Method,
    label: String,
    fields: Vec<(&'static str, String)>,
}

impl Knock {
    fn get(address: &str, label: &str) -> Self {
        Self { address: address.to_owned(), method: Method::GET, label: label.to_owned(), fields: Vec::new() }
    }

    fn post(address: &str, label: &str, fields: &[(&'static str, &str)]) -> Self {
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { address: address.to_owned(), method: Method::POST, label: label.to_owned(), fields }
    }
}

/// The samples of one door; a door that is not named here has none, and fails the test.
async fn samples(world: &World, door: &str) -> Vec<Knock> {
    match door {
        "/" | "/secrets" | "/settings" | "/confirm" | "/sign-in" | "/signed-out" | "/set-up" | "/sign-out" => {
            let mut knocks = vec![Knock::get(door, door)];
            let post = match door {
                "/settings" => Some(Knock::post(door, "/settings theme", &[("theme", "dark")])),
                "/confirm" => Some(Knock::post(door, "/confirm wrong password", &[("password", "not this one")])),
                "/sign-in" => Some(Knock::post(door, "/sign-in wrong", &[("name", "x"), ("password", "not this one")])),
                "/set-up" => Some(Knock::post(door, "/set-up wrong code", &set_up_fields())),
                // Last of all, since it ends the session: see `knock`.
                "/sign-out" => Some(Knock::post(door, "/sign-out", &[])),
                _ => Some(Knock::post(door, &format!("{door} (no form)"), &[])),
            };
            knocks.extend(post);
            knocks
        }
        "/secrets/{id}" => secret_samples(world, |id| format!("/secrets/{id}"), true).await,
        "/api/secret/value" => secret_samples(world, |_| "/api/secret/value".to_owned(), false).await,
        other => panic!("{other} has no sample in the access matrix: give it one"),
    }
}

fn set_up_fields() -> [(&'static str, &'static str); 4] {
    [("code", "nonsense"), ("name", "eve"), ("password", "a long enough one"), ("repeat", "a long enough one")]
}

const NOT_GRANTED: &str = "not exists (select 1 from grants g where g.secret = s.id)";
const GRANTED_TO_VERA: &str = "(select max(i.name) from grants g join identities i on i.id = g.identity \
     where g.secret = s.id and g.ends_at is null) = 'vera' and 1 = (select count(*) from grants g where g.secret = s.id)";

async fn secret_samples(world: &World, address: impl Fn(&str) -> String, page: bool) -> Vec<Knock> {
    let mut knocks = Vec::new();
    let samples = [
        ("dev", "omar", NOT_GRANTED),
        ("production", "omar", NOT_GRANTED),
        ("dev", "ada", NOT_GRANTED),
        ("dev", "ada", GRANTED_TO_VERA),
        ("staging", "ada", GRANTED_TO_VERA),
        ("nowhere", "nobody", ""),
    ];
    for (environment, owner, granted) in samples {
        let id = if environment == "nowhere" {
            "01jd8z3k7q5m2v9xw4t6b1n0hr".to_owned()
        } else {
            let owned = format!("s.owner = (select id from identities where name = '{owner}')");
            world.secret_where(&format!("s.environment = '{environment}' and {owned} and {granted}")).await
        };
        let owner = if granted == GRANTED_TO_VERA { "vera's by grant" } else { owner };
        let (address, what) = (
            address(&id),
            if owner.starts_with("vera") {
                format!("{owner} in {environment}")
            } else {
                format!("{owner}'s in {environment}")
            },
        );
        if page {
            knocks.push(Knock::get(&address, &format!("/secrets/{{id}} {what}")));
            knocks.push(Knock::post(&address, &format!("/secrets/{{id}} reveal {what}"), &[("action", "reveal")]));
            let rotate = [("action", "rotate"), ("value", "a new value")];
            knocks.push(Knock::post(&address, &format!("/secrets/{{id}} rotate {what}"), &rotate));
        } else {
            knocks.push(Knock::post(&address, &format!("/api/secret/value {what}"), &[("id", &id)]));
        }
    }
    knocks
}

async fn knock(world: &World, who: &str, knock: &Knock) -> Answer {
    let mut client = if who == "visitor" { world.visitor() } else { world.sign_in(who).await };
    let fields: Vec<(&str, &str)> = knock.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    match knock.method {
        Method::GET => client.get(&knock.address).await,
        _ => client.post(&knock.address, &fields).await,
    }
}

fn in_short(answer: &Answer) -> String {
    let status = answer.status.as_u16();
    match answer.location().split('?').next() {
        Some("") | None => status.to_string(),
        Some(onward) => format!("{status} {}", if onward.starts_with("/secrets/") { "/secrets/{id}" } else { onward }),
    }
}

async fn matrix(world: &World) -> String {
    let pages = leptos_axum::generate_route_list(app::routes::Pages).into_iter().map(|route| route.path().to_owned());
    let functions = server_fn_paths().map(|(path, _)| path.to_owned());
    let mut doors: Vec<String> = pages.chain(functions).collect();
    doors.sort();
    let mut table = format!("{:<52}", "");
    for who in WHO {
        let _ = write!(table, "{who:<20}");
    }
    table.push('\n');
    for door in doors {
        for sample in samples(world, &door).await {
            let _ = write!(table, "{:<52}", format!("{} {}", sample.method, sample.label));
            for who in WHO {
                let _ = write!(table, "{:<20}", in_short(&knock(world, who, &sample).await));
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
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/access_matrix.txt");
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
    let open = ["/sign-in", "/signed-out", "/set-up"];
    for route in leptos_axum::generate_route_list(app::routes::Pages) {
        let address = route.path().replace("{id}", "01jd8z3k7q5m2v9xw4t6b1n0hr");
        let before = world.count("select count(*) from audit").await;
        let answer = world.visitor().get(&address).await;
        let recorded = world.count("select count(*) from audit").await - before;
        if open.contains(&route.path()) {
            assert_eq!(answer.status.as_u16(), 200, "{address}");
        } else {
            assert_eq!(answer.status.as_u16(), 303, "{address}");
            assert!(answer.location().starts_with("/sign-in?next="), "{address}");
            assert_eq!(recorded, 1, "{address}: one decision, one record");
        }
    }
}
