//! The access matrix: every address × everybody, as a committed table that a reviewer reads.
//!
//! The addresses come from the route list and from the registered server functions, so a door without a sample fails
//! here. `DOORWARD_WRITE_MATRIX=1` writes the table anew.

use crate::support::world::{Answer, World};
use app::sessions::scope::Scope;
use axum::http::Method;
use leptos::server_fn::axum::server_fn_paths;
use server::sessions::cli::end;
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
        "/"
        | "/secrets"
        | "/access/routes"
        | "/access/sessions"
        | "/access/sessions/end"
        | "/sessions"
        | "/inbox"
        | "/settings"
        | "/confirm"
        | "/sign-in"
        | "/signed-out"
        | "/set-up"
        | "/sign-out" => {
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
            if door == "/access/sessions/end" {
                knocks.push(Knock::get("/access/sessions/end?by=everything", "/access/sessions/end preview"));
                let fields = [("by", "identity"), ("what", "vera"), ("typed", "vera")];
                knocks.push(Knock::post(door, "/access/sessions/end of vera", &fields));
            }
            if door == "/sessions" {
                knocks.push(Knock::post(door, "/sessions stay", &[("action", "stay"), ("next", "/")]));
                knocks.push(Knock::post(door, "/sessions end-others", &[("action", "end-others")]));
            }
            if door == "/sessions" || door == "/access/sessions" {
                let vera = world.session_of("vera").await;
                let fields = [("action", "end"), ("session", vera.as_str())];
                knocks.push(Knock::post(door, &format!("{door} end vera's"), &fields));
            }
            knocks
        }
        "/access/revocations/{id}" => {
            let scope = Scope::Identity("nobody".to_owned());
            let id = end(&world.backend, &scope).await.expect("it is noted");
            let nowhere = "01jd8z3k7q5m2v9xw4t6b1n0hr";
            let address = |id: &str| door.replace("{id}", id);
            vec![
                Knock::get(&address(id.as_str()), "/access/revocations/{id} by the command line"),
                Knock::get(&address(nowhere), "/access/revocations/{id} that is none"),
                Knock::post(&address(id.as_str()), "/access/revocations/{id} (no form)", &[]),
            ]
        }
        "/access/methods/reset" => vec![
            Knock::get(door, door),
            Knock::post(door, "/access/methods/reset of vera, by one factor", &[("whose", "vera"), ("typed", "vera")]),
            Knock::post(door, "/access/methods/reset of oneself", &[("whose", "{who}"), ("typed", "{who}")]),
            Knock::get("/access/methods/reset?whose=vera", "/access/methods/reset preview"),
        ],
        "/settings/methods" => {
            let weak = [("action", "change-password"), ("password", "leavemealone"), ("repeat", "leavemealone")];
            let code = [("action", "turn-codes-on"), ("code", "000000")];
            vec![
                Knock::get(door, door),
                Knock::post(door, "/settings/methods common password", &weak),
                Knock::post(door, "/settings/methods turn-codes-off", &[("action", "turn-codes-off")]),
                Knock::post(door, "/settings/methods make-recovery-codes", &[("action", "make-recovery-codes")]),
                Knock::post(door, "/settings/methods start-codes", &[("action", "start-codes")]),
                Knock::post(door, "/settings/methods wrong code", &code),
            ]
        }
        "/access/ledger" => {
            vec![
                Knock::get(door, door),
                Knock::get("/access/ledger?decision=refused", "/access/ledger refused"),
                Knock::post(door, "/access/ledger (no form)", &[]),
                Knock::post(door, "/access/ledger keep", &[("action", "keep"), ("name", "a search")]),
                Knock::post(door, "/access/ledger remove", &[("action", "remove"), ("name", "a search")]),
            ]
        }
        "/access/ledger/charts" => {
            vec![Knock::get(door, door), Knock::post(door, "/access/ledger/charts (no form)", &[])]
        }
        "/access/records/{id}" => {
            let vera = world.texts("select min(id) from audit where name = 'vera'").await;
            let of_vera = vera.first().cloned().unwrap_or_default();
            let address = |id: &str| door.replace("{id}", id);
            vec![
                Knock::get(&address(&of_vera), "/access/records/{id} of vera"),
                Knock::get(&address("01jd8z3k7q5m2v9xw4t6b1n0hr"), "/access/records/{id} that is none"),
                Knock::post(&address(&of_vera), "/access/records/{id} (no form)", &[]),
            ]
        }
        "/access/ledger/tail" => vec![Knock::get(door, door)],
        "/access/ledger.csv" | "/access/ledger.ndjson" | "/secrets.csv" | "/secrets.ndjson" => {
            vec![Knock::get(door, door)]
        }
        "/secrets/{id}" => {
            let forms: [Form; 3] = [
                ("reveal", &[("action", "reveal")]),
                ("rotate", &[("action", "rotate"), ("value", "a new value")]),
                ("rename", &[("action", "rename"), ("name", "renamed/{id}")]),
            ];
            secret_samples(world, "/secrets/{id}", &forms).await
        }
        "/secrets/{id}/access" => {
            let forms: [Form; 3] = [
                ("grant", &[("action", "grant"), ("with", "noor"), ("lasts", "1h")]),
                ("grant oneself", &[("action", "grant"), ("with", "{who}"), ("lasts", "1h")]),
                ("take back", &[("action", "take-back"), ("from", "01jd8z3k7q5m2v9xw4t6b1n0hr")]),
            ];
            secret_samples(world, "/secrets/{id}/access", &forms).await
        }
        "/secrets/{id}/history.ndjson" => secret_samples(world, "/secrets/{id}/history.ndjson", &[]).await,
        "/api/secret/value" => {
            let samples = secret_samples(world, "/api/secret/value", &[("", &[("id", "{id}")])]).await;
            samples.into_iter().filter(|sample| sample.method == Method::POST).collect()
        }
        other => panic!("{other} has no sample in the access matrix: give it one"),
    }
}

fn set_up_fields() -> [(&'static str, &'static str); 4] {
    [("code", "nonsense"), ("name", "eve"), ("password", "a long enough one"), ("repeat", "a long enough one")]
}

const NOT_GRANTED: &str = "not exists (select 1 from grants g where g.secret = s.id)";
const GRANTED_TO_VERA: &str = "(select max(i.name) from grants g join identities i on i.id = g.identity \
     where g.secret = s.id and g.ends_at is null) = 'vera' and 1 = (select count(*) from grants g where g.secret = s.id)";

/// A form: its name, and its fields, in which `{id}` stands for the secret and `{who}` for whoever sends it.
type Form = (&'static str, &'static [(&'static str, &'static str)]);

async fn secret_samples(world: &World, door: &str, forms: &[Form]) -> Vec<Knock> {
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
        let address = door.replace("{id}", &id);
        let whose = if owner.starts_with("vera") { owner.to_owned() } else { format!("{owner}'s") };
        let what = format!("{whose} in {environment}");
        knocks.push(Knock::get(&address, &format!("{door} {what}")));
        for (form, fields) in forms {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.replace("{id}", &id))).collect();
            let label = format!("{door} {form} {what}").replace("  ", " ");
            knocks.push(Knock { address: address.clone(), method: Method::POST, label, fields });
        }
    }
    knocks
}

async fn knock(world: &World, who: &str, knock: &Knock) -> Answer {
    let mut client = if who == "visitor" { world.visitor() } else { world.sign_in(who).await };
    let own: Vec<_> = knock.fields.iter().map(|(name, value)| (*name, value.replace("{who}", who))).collect();
    let fields: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    match knock.method {
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
    let mut table = format!("{:<72}", "");
    for who in WHO {
        let _ = write!(table, "{who:<32}");
    }
    table.push('\n');
    for door in doors {
        for sample in samples(world, &door).await {
            let _ = write!(table, "{:<72}", format!("{} {}", sample.method, sample.label));
            for who in WHO {
                let _ = write!(table, "{:<32}", in_short(&knock(world, who, &sample).await));
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
    let open = ["/sign-in", "/signed-out", "/set-up"];
    for route in leptos_axum::generate_route_list(app::routes::Pages) {
        let address = route.path().replace("{id}", "01jd8z3k7q5m2v9xw4t6b1n0hr");
        let before = world.count_all("audit").await;
        let answer = world.visitor().get(&address).await;
        let recorded = world.count_all("audit").await - before;
        if open.contains(&route.path()) {
            // Set-up closes for good once there is somebody.
            let expected = if address == "/set-up" { 404 } else { 200 };
            assert_eq!(answer.status.as_u16(), expected, "{address}");
        } else {
            assert_eq!(answer.status.as_u16(), 303, "{address}");
            assert!(answer.location().starts_with("/sign-in?next="), "{address}");
            assert_eq!(recorded, 1, "{address}: one decision, one record");
        }
    }
}
