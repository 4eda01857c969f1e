//! Canaries: whoever discloses one loses the session, and nobody can tell it from another secret before.

use crate::deliveries::{OPEN, deliver_secret, link};
use crate::support::client::without;
use crate::support::world::{Client, World};
use axum::http::StatusCode;

async fn mark(world: &World, id: &str, state: &str) {
    let marked = world.sign_in("ada").await.post(&format!("/secrets/{id}/canary"), &[("state", state)]).await;
    assert_eq!(marked.status, StatusCode::SEE_OTHER, "{}", marked.body);
}

async fn canary(world: &World) -> String {
    let id = world.omars_secret("dev").await;
    mark(world, &id, "on").await;
    id
}

async fn is_over(client: &mut Client) -> bool {
    client.get("/secrets").await.location().starts_with("/sign-in")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reveals_a_canary_loses_the_session() {
    let world = World::new().await;
    let id = canary(&world).await;
    let (mut omar, mut other) = (world.visitor(), world.sign_in("omar").await);
    omar.user_agent = Some("A browser");
    omar.sign_in("omar", world.password("omar")).await;
    let value = world.value_of(&id).await;
    let answer = omar.call_value(&id).await;
    assert_eq!(answer.status, StatusCode::OK);
    let revealed: app::secrets::Revealed = answer.decoded();
    assert_eq!(revealed.value, value, "the answer is the value, so that a thief sees nothing odd");
    assert!(is_over(&mut omar).await, "and the session is over");
    assert!(!is_over(&mut other).await, "another session of the same person stays");
    assert_eq!(world.records().of("secret.reveal").allowed().by("omar").count().await, 1);
    assert_eq!(world.records().of("session.ended").because("ended_by_rule").count().await, 1);
    assert_eq!(world.revocations().with("scope", "session").count().await, 1);
    assert_eq!(world.incidents().each("kind").await, ["canary"]);
    assert_eq!(world.incidents().each("user_agent").await, ["A browser"]);
    let overview = world.sign_in("ada").await.get("/").await.page();
    assert!(overview.shows("A canary was revealed") && overview.shows("Omar Haddad"), "{overview}");
    let inbox = world.sign_in("ada").await.get("/inbox").await.page();
    assert!(inbox.shows("Omar Haddad disclosed a canary"), "{inbox}");
}

/// Without JavaScript the page is decided after the form: its session is over by then.
#[tokio::test(flavor = "multi_thread")]
async fn a_canary_trips_by_every_way_of_reading() {
    for way in ["page", "island", "function", "version", "versions", "delivery", "opening"] {
        let world = World::new().await;
        let id = world.omars_secret("dev").await;
        let mut omar = world.sign_in("omar").await;
        let mut who = if way == "opening" { world.sign_in("vera").await } else { omar.clone() };
        let page = format!("/secrets/{id}");
        let delivered =
            if way == "opening" { link(&deliver_secret(&mut omar, &id, "vera").await) } else { String::new() };
        mark(&world, &id, "on").await;
        match way {
            "page" => drop(who.post(&page, &[("action", "reveal")]).await),
            "island" => drop(who.post_as_island(&page, &[("action", "reveal")]).await),
            "function" => drop(who.call_value(&id).await),
            "version" => {
                let older = [("action", "reveal"), ("version", "1")];
                drop(who.post(&format!("{page}/versions"), &older).await);
            }
            "versions" => {
                let both = [("action", "reveal-both"), ("left", "1"), ("right", "1")];
                drop(who.post(&format!("{page}/versions"), &both).await);
            }
            "delivery" => drop(deliver_secret(&mut who, &id, "vera").await),
            _ => drop(who.post(&delivered, OPEN).await),
        }
        assert!(is_over(&mut who).await, "{way}");
        assert_eq!(world.incidents().each("kind").await, ["canary"], "{way}");
        assert_eq!(world.records().of("session.ended").because("ended_by_rule").count().await, 1, "{way}");
    }
}

/// An administrator who tests their own canary is no exception.
#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_own_canary_ends_their_session() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let added = ada.post("/secrets/canaries", &[("environment", "dev"), ("shape", "payments-key")]).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    let id = added.location().rsplit('/').next().expect("an id").to_owned();
    let links = ada.get("/secrets/canaries").await.page().addresses();
    assert!(links.iter().any(|address| address.starts_with(&format!("/secrets/{id}"))), "{links:?}");
    assert!(world.value_of(&id).await.starts_with("sk_live_"));
    assert_eq!(ada.call_value(&id).await.status, StatusCode::OK);
    assert!(is_over(&mut ada).await);
    assert_eq!(world.incidents().each("kind").await, ["canary"]);
}

/// What is refused, invalid or only looked at trips nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_is_not_disclosed_ends_nothing() {
    let world = World::new().await;
    let id = canary(&world).await;
    let (mut omar, mut petra) = (world.sign_in("omar").await, world.sign_in("petra").await);
    let page = format!("/secrets/{id}");
    petra.post(&page, &[("action", "reveal")]).await;
    petra.call_value(&id).await;
    for address in [page.clone(), format!("{page}/access"), format!("{page}/deliver"), format!("{page}/history.ndjson")]
    {
        assert_eq!(omar.get(&address).await.status, StatusCode::OK, "{address}");
    }
    omar.post(&page, &[("action", "rotate"), ("value", "")]).await;
    omar.post(&page, &[("action", "rotate"), ("value", "new")]).await;
    deliver_secret(&mut omar, &id, "").await;
    assert!(!is_over(&mut omar).await && !is_over(&mut petra).await);
    assert_eq!(world.count_all("incidents").await, 0);
    mark(&world, &id, "off").await;
    assert_eq!(omar.call_value(&id).await.status, StatusCode::OK);
    assert!(!is_over(&mut omar).await, "it is an ordinary secret again");
}

/// A page without what differs from answer to answer: ids, times, tokens.
fn bare(page: &str) -> String {
    let page = without(page, "nonce=\"");
    let words = page.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| !word.contains(|letter: char| letter.is_ascii_digit())).collect::<Vec<_>>().join(" ")
}

/// G18: everything that everybody but an administrator is sent about it, twice.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_tell_a_canary_from_another_secret() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let addresses = [
        "/secrets?name=".to_owned(),
        format!("/secrets/{id}"),
        format!("/secrets/{id}/access"),
        format!("/secrets/{id}/deliver"),
        format!("/secrets/{id}/canary"),
        format!("/secrets/{id}/history.ndjson"),
        "/secrets.csv".to_owned(),
        "/secrets.ndjson".to_owned(),
        "/secrets/canaries".to_owned(),
    ];
    let mut before = Vec::new();
    // The first round puts everybody into the history.
    for round in 0..3 {
        for who in ["noor", "vera", "omar", "petra", "quinn"] {
            let mut client = world.sign_in(who).await;
            for address in &addresses {
                let answer = client.get(address).await;
                // The history grows by what is asked here, so only its words are compared.
                let words: std::collections::BTreeSet<_> = bare(&answer.body).split(' ').map(str::to_owned).collect();
                let seen = (who, address.clone(), answer.status, words);
                match round {
                    0 => {}
                    1 => before.push(seen),
                    _ => assert_eq!(before.remove(0), seen),
                }
            }
        }
        if round == 1 {
            mark(&world, &id, "on").await;
        }
    }
    let mut ada = world.sign_in("ada").await;
    assert!(ada.get(&format!("/secrets/{id}/canary")).await.page().shows("This secret is a canary"));
}

/// An intruder who has the password, too, reads everything that its owner can read.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_trips_a_canary_is_not_told_why() {
    let world = World::new().await;
    let id = canary(&world).await;
    world.sign_in("omar").await.call_value(&id).await;
    let mut omar = world.sign_in("omar").await;
    for address in ["/", "/inbox", "/sessions", &format!("/secrets/{id}"), &format!("/secrets/{id}/history.ndjson")] {
        let page = omar.get(address).await.body;
        for word in ["canary", "ncident", "ecoy"] {
            let found = page.find(word).map(|at| page.get(at.saturating_sub(200)..at + 100));
            assert_eq!(found, None, "{address}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_make_canaries() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    for (who, status) in [("noor", 404), ("omar", 403), ("petra", 403), ("quinn", 403)] {
        let mut other = world.sign_in(who).await;
        let page = format!("/secrets/{id}/canary");
        assert_eq!(other.get(&page).await.status.as_u16(), status, "{who}");
        assert_eq!(other.post(&page, &[("state", "on")]).await.status.as_u16(), status, "{who}");
        let decoy = other.post("/secrets/canaries", &[("environment", "dev"), ("shape", "password")]).await;
        assert_eq!(decoy.status, StatusCode::FORBIDDEN, "{who}");
    }
    assert_eq!(world.count_all("canaries").await, 0);
    let mut ada = world.sign_in("ada").await;
    for (environment, shape) in [("nowhere", "password"), ("dev", "no-such-shape"), ("", "")] {
        let refused = ada.post("/secrets/canaries", &[("environment", environment), ("shape", shape)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{environment} {shape}");
    }
    let token = ada.get("/secrets/canaries").await.page().form("Add a decoy").token();
    let form = [("environment", "dev"), ("shape", "password"), ("form", token.as_str())];
    assert_eq!(ada.post("/secrets/canaries", &form).await.status, StatusCode::SEE_OTHER);
    assert_eq!(ada.post("/secrets/canaries", &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.count_all("canaries").await, 1);
}

/// The reveal's record, the incident, the ended session and its revocation: all of them or none.
#[tokio::test(flavor = "multi_thread")]
async fn a_tripped_canary_is_recorded_whole_or_not_at_all() {
    let world = World::impatient().await;
    let id = canary(&world).await;
    let mut omar = world.sign_in("omar").await;
    let value = world.value_of(&id).await;
    for broken in ["incidents", "revocations", "audit"] {
        world.take_away(broken).await;
        let refused = omar.call_value(&id).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{broken}");
        assert!(!refused.everything().contains(&value), "{broken}");
        world.bring_back(broken).await;
        assert!(!is_over(&mut omar).await, "{broken}");
        assert_eq!(world.records().of("secret.reveal").with("outcome", "done").count().await, 0, "{broken}");
        assert_eq!(world.sessions().having("ended_at").count().await, 0, "{broken}");
        assert_eq!(world.count_all("incidents").await + world.count_all("revocations").await, 0, "{broken}");
    }
    assert_eq!(omar.call_value(&id).await.status, StatusCode::OK);
    assert!(is_over(&mut omar).await);
    assert_eq!(world.count_all("incidents").await + world.count_all("revocations").await, 2);
    assert_eq!(world.records().of("secret.reveal").with("outcome", "done").count().await, 1);
}
