//! Sessions of machines: how they begin, what narrows them, and where their handles count.

use super::{Machine, Program, body};
use crate::support::world::{Setup, World};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use doorward::TimeSpan;
use serde_json::json;
use server::sign_in::limits::{Allowance, Allowances};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_secret_gives_a_session_for_minutes() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    let secret = machine.secret("pipeline").await;
    let mut program = Program::begin(&world, &secret).await;
    let token = program.token.clone().expect("a token");
    assert!(!world.database_holds(&token).await, "only its hash is kept");
    let who = body(&program.get("/whoami").await);
    assert_eq!((&who["name"], &who["kind"]), (&json!("ci"), &json!("service_account")));
    assert_eq!((&who["identity"], &who["rights"]), (&json!(machine.id), &json!([])));
    let started = world.records().of("session.start").by("ci").allowed();
    assert_eq!(started.each("kind || ' ' || method || ' ' || entry").await, ["service_account client_secret api"]);
    let read = world.records().of("session.read_rights").by("ci").with("entry", "api");
    assert_eq!(read.each("session").await, [who["session"]["id"].as_str().unwrap()]);
    let page = machine.owner.get(&machine.page).await;
    assert!(page.page().shows("Healthy") && page.page().shows("End the session"), "{}", page.body);
    world.clock.advance(TimeSpan::minutes(15));
    assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED, "it is not renewed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_ends_its_own_session() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    let secret = machine.secret("pipeline").await;
    let mut program = Program::begin(&world, &secret).await;
    let mut other = Program::begin(&world, &secret).await;
    assert_eq!(program.ask(Method::DELETE, "/sessions/current", None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(other.get("/whoami").await.status, StatusCode::OK);
}

/// The answer is the same for each, and the record tells why.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_does_not_count_begins_nothing() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    let secret = machine.secret("pipeline").await;
    let (unknown, _) = server::access::machines::credential::new(&*world.backend.random);
    let last = if secret.ends_with('A') { "B" } else { "A" };
    let mistyped = format!("{}{last}", &secret[..51]);
    let mut answers = Vec::new();
    let try_it = async |text: &str| {
        let answer = Program::new(&world, Some(text)).post("/sessions", &json!({})).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
        let mut told = body(&answer);
        told.as_object_mut().expect("an object").remove("record").expect("the id of the record");
        told
    };
    for text in [&mistyped, unknown.expose()] {
        answers.push(try_it(text).await);
    }
    world.table("machine_credentials").set("revoked_at", 1).await;
    answers.push(try_it(&secret).await);
    world.table("machine_credentials").set("revoked_at", None::<i64>).await;
    world.table("machine_credentials").set("ends_at", 1).await;
    answers.push(try_it(&secret).await);
    world.table("machine_credentials").set("ends_at", 9999999999999).await;
    world.freeze("ci").await;
    answers.push(try_it(&secret).await);
    world.identities().set("frozen_at", None::<i64>).await;
    world.freeze("omar").await;
    answers.push(try_it(&secret).await);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let codes = world.records().of("session.start").refused().each("reason_code").await;
    let expected = [
        "malformed_credential",
        "unknown_credential",
        "credential_revoked",
        "credential_expired",
        "identity_frozen",
        "owner_disabled",
    ];
    assert_eq!(codes, expected);
    assert_eq!(world.count_all("machine_sessions").await, 0);
}

/// G26: what is asked for can only take away.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_narrowed_and_never_widened() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    machine.give(&world, "operator", "dev").await;
    let secret = machine.secret("pipeline").await;
    let bounds =
        json!({ "permissions": ["secret.list", "secret.read", "role.give"], "environments": ["dev", "production"] });
    let mut program = Program::within(&world, &secret, &bounds).await;
    let who = body(&program.get("/whoami").await);
    let in_dev = |permission| json!({ "permission": permission, "environment": "dev" });
    assert_eq!(who["rights"], json!([in_dev("secret.list"), in_dev("secret.read")]), "role.give was never held");
    assert_eq!(who["session"]["environments"], json!(["dev", "production"]));
    let omars = world.omars_secret("dev").await;
    world.grant_until(&omars, "ci", None).await;
    assert_eq!(program.get(&format!("/secrets/{omars}")).await.status, StatusCode::OK);
    let refused = program.ask(Method::POST, &format!("/secrets/{omars}/reveal"), None).await;
    assert_eq!((refused.status, &body(&refused)["permission"]), (StatusCode::FORBIDDEN, &json!("secret.reveal")));
    let mut elsewhere = Program::within(&world, &secret, &json!({ "environments": ["production"] })).await;
    assert_eq!(elsewhere.get(&format!("/secrets/{omars}")).await.status, StatusCode::NOT_FOUND);
    let nothing = json!({ "permissions": [], "environments": [] });
    assert_eq!(body(&Program::within(&world, &secret, &nothing).await.get("/whoami").await)["rights"], json!([]));
    world.table("identity_roles").with("role", "operator").with("environment", "dev").remove().await;
    assert_eq!(
        program.get(&format!("/secrets/{omars}")).await.status,
        StatusCode::NOT_FOUND,
        "decided at each request"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_takes_only_what_it_knows() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    let secret = machine.secret("pipeline").await;
    let mut program = Program::new(&world, Some(&secret));
    for wrong in [
        json!({ "lifetime_seconds": 0 }),
        json!({ "lifetime_seconds": 3601 }),
        json!({ "lifetime_seconds": "900" }),
        json!({ "permissions": ["secret.everything"] }),
        json!({ "permissions": "secret.read" }),
        json!({ "environments": ["A B"] }),
        json!({ "identity": "ada" }),
        json!({ "client_secret": secret }),
    ] {
        assert_eq!(program.post("/sessions", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let twice = r#"{"lifetime_seconds":60,"lifetime_seconds":3600}"#.to_owned();
    assert_eq!(program.ask(Method::POST, "/sessions", Some(twice)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for broken in ["[]", "{", "\"a\"", &"[".repeat(5000)] {
        let answer = program.ask(Method::POST, "/sessions", Some(broken.to_owned())).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(world.count_all("machine_sessions").await, 0);
    let mut by_body = Program::new(&world, None);
    let long = json!({ "client_secret": secret, "lifetime_seconds": 3600 });
    let begun = by_body.post("/sessions", &long).await;
    assert_eq!((begun.status, &body(&begun)["expires_in"]), (StatusCode::CREATED, &json!(3600)));
}

/// One door for both, and each handle counts on one side of it.
#[tokio::test(flavor = "multi_thread")]
async fn handles_of_people_and_machines_stay_apart() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    machine.give(&world, "operator", "*").await;
    let secret = machine.secret("pipeline").await;
    let mut program = Program::begin(&world, &secret).await;
    let omar = world.sign_in("omar").await;
    let mut as_omar = Program::new(&world, omar.handle.as_deref());
    assert_eq!(as_omar.get("/whoami").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(as_omar.ask(Method::DELETE, "/sessions/current", None).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.records().by("omar").because("other_channel").count().await, 2);

    let mut browser = world.visitor();
    browser.handle = program.token.clone();
    for address in ["/", "/secrets", "/access/machines", "/secrets.csv", "/access/ledger/tail"] {
        let answer = browser.get(address).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{address}");
        browser.handle = program.token.clone();
    }
    let omars = world.omars_secret("dev").await;
    world.grant_until(&omars, "ci", None).await;
    assert_eq!(browser.call_value(&omars).await.status, StatusCode::UNAUTHORIZED);
    browser.handle = program.token.clone();
    let ended = browser.post("/sessions", &[("action", "end-others")]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER);
    browser.handle = program.token.clone();
    assert_eq!(browser.get("/sign-in").await.status, StatusCode::OK, "it does not lead on");
    assert_eq!(program.get("/whoami").await.status, StatusCode::OK, "and nothing of that ended the session");
    assert_eq!(world.records().by("ci").allowed().with("entry", "page").count().await, 0);
}

/// G36: a cookie is no credential here, so no page can make a browser ask for its user.
#[tokio::test(flavor = "multi_thread")]
async fn the_api_ignores_cookies() {
    let world = World::new().await;
    let omars = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    for (method, address) in
        [(Method::POST, format!("/api/v1/secrets/{omars}/reveal")), (Method::GET, "/api/v1/whoami".to_owned())]
    {
        let request = omar.request(method, &address).header(header::ORIGIN, "https://evil.example");
        let answer = omar.send(request.header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(world.records().with("entry", "api").because("no_session").count().await, 2);
    let mut machine = Machine::add(&world, "ci", "omar").await;
    let mut program = Program::begin(&world, &machine.secret("pipeline").await).await;
    program.client.handle = omar.handle.clone();
    assert_eq!(body(&program.get("/whoami").await)["name"], json!("ci"), "the header alone says who asks");
}

/// G39.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_exchanges_is_bounded() {
    let allowance = |tries| Allowance { tries, one_back_every: TimeSpan::seconds(10) };
    let exchanges = Allowances { each: allowance(3), account: allowance(50), network: allowance(5) };
    let world = World::with(Setup { exchanges, ..Setup::default() }).await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    let secret = machine.secret("pipeline").await;
    let mut flood = Program::new(&world, Some("dw_nonsense"));
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(flood.post("/sessions", &json!({})).await);
    }
    let refused = statuses.iter().filter(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.map(|answer| answer.header("retry-after")).collect::<Vec<_>>(), ["10", "10", "10"]);
    let codes = world.records().of("session.start").with("entry", "api").each("reason_code").await;
    assert_eq!(codes, ["malformed_credential", "malformed_credential", "malformed_credential", "too_many_tries"]);
    for _ in 0..5 {
        Program::begin(&world, &secret).await;
    }
}
