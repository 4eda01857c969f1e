//! One-time delivery: who opens what, once, and what is left of it.

mod attacks;
mod links;
mod reasons;
mod rights;
pub mod samples;

use crate::support::world::{Answer, Client, ORIGIN, World};
use axum::Router;
use axum::http::StatusCode;
use doorward::{Clock, TimeSpan};
use server::backend::SqlBackend;
use server::db::Database;
use server::http::address::TrustedProxies;
use server::ledger::sql::Ledger;
use server::sessions::live::Live;
use server::sessions::{endings::Endings, sweep};

pub const VALUE: &str = "the-value-that-is-delivered-once";
pub const OPEN: &[(&str, &str)] = &[("action", "open")];

/// Delivers a typed value to somebody, and returns the page's address.
pub async fn deliver_to(client: &mut Client, whom: &str, value: &str) -> String {
    let fields = [("environment", "dev"), ("label", "A password"), ("value", value)];
    let to = [("whom", "person"), ("with", whom), ("lasts", "1d")];
    link(&client.post("/deliveries/add", &[fields, to].concat()).await)
}

/// Delivers a typed value to whoever has the link, which is returned.
pub async fn link_for_anybody(client: &mut Client, value: &str) -> String {
    let fields = [("environment", "dev"), ("label", "A password"), ("value", value)];
    link(&client.post("/deliveries/add", &[&fields[..], &[("whom", "anyone"), ("lasts", "1d")]].concat()).await)
}

/// Delivers a secret's value to somebody.
pub async fn deliver_secret(client: &mut Client, secret: &str, whom: &str) -> Answer {
    let to = [("whom", "person"), ("with", whom), ("lasts", "1d")];
    client.post(&format!("/secrets/{secret}/deliver"), &to).await
}

/// The link that a page shows, without the origin.
pub fn link(shown: &Answer) -> String {
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    shown.page().revealed().strip_prefix(ORIGIN).expect("a link").to_owned()
}

/// Opens a link for anybody, as a browser that shows its page first.
pub async fn collect(client: &mut Client, link: &str) -> Answer {
    let code = link.split_once("code=").expect("a code").1;
    client.post("/collect", &[("code", code)]).await
}

/// The only delivery's state, and whether its value is still there.
pub async fn state(world: &World) -> (String, bool) {
    let state = world.table("deliveries").each("state").await.remove(0);
    (state, world.table("deliveries").having("ciphertext").count().await == 1)
}

/// Another process at the same database.
pub async fn other_process(world: &World) -> Router {
    let database = Database::open(world.database_address()).await.expect("it opens");
    let backend = SqlBackend {
        ledger: Ledger::start(database.clone()),
        live: Live::start(database.clone(), world.clock.clone()),
        database,
        ..world.backend.clone()
    };
    server::router(backend, crate::support::world::settings(TrustedProxies::default()))
}

async fn sweep_now(world: &World) {
    let backend = &world.backend;
    let endings = Endings::new(&backend.ledger, &backend.random);
    sweep::once(&backend.database, &endings, world.clock.now()).await.expect("it sweeps");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_opened_once_by_the_named_person() {
    let world = World::new().await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let page = deliver_to(&mut omar, "vera", VALUE).await;
    assert!(!page.contains("code"), "the link is no capability: {page}");
    assert!(vera.get("/inbox").await.page().shows("Omar Haddad sent you a value: A password (dev)"));
    for _ in 0..3 {
        let shown = vera.get(&page).await;
        assert!(shown.status == StatusCode::OK && !shown.body.contains(VALUE), "a look opens nothing");
    }
    assert_eq!(state(&world).await, ("waiting".to_owned(), true));
    let opened = vera.post(&page, OPEN).await;
    assert!(opened.status == StatusCode::OK && opened.page().shows(VALUE), "{}", opened.body);
    assert_eq!(opened.header("cache-control"), "no-store");
    assert_eq!(state(&world).await, ("taken".to_owned(), false), "the value is deleted");
    let list = omar.get("/deliveries").await.page();
    assert!(list.shows("Opened") && list.shows("by Vera"), "{list}");
    assert!(omar.get("/inbox").await.page().shows("opened what you sent: A password (dev)"));
    assert!(!vera.get(&page).await.body.contains(VALUE));
    assert_eq!(world.records().of("delivery.take").allowed().each("outcome").await, ["done"]);
    assert!(!world.database_holds(VALUE).await, "it was never stored in the clear");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_that_was_wrapped_is_delivered() {
    let world = World::new().await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let secret = world.omars_secret("dev").await;
    let wrapped = world.value_of(&secret).await;
    let page = link(&deliver_secret(&mut omar, &secret, "vera").await);
    let address = format!("/secrets/{secret}");
    omar.post(&address, &[("action", "rename"), ("name", "quite/another-name")]).await;
    omar.post(&address, &[("action", "rotate"), ("value", "a newer value")]).await;
    let opened = vera.post(&page, OPEN).await;
    assert!(opened.page().shows(&wrapped) && !opened.body.contains("a newer value"), "{}", opened.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_ends_with_time_and_its_value_is_deleted() {
    let world = World::new().await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let page = deliver_to(&mut omar, "vera", VALUE).await;
    world.clock.advance(TimeSpan::hours(24));
    let mut late = world.sign_in("vera").await;
    let refused = late.post(&page, OPEN).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && !refused.body.contains(VALUE), "{}", refused.body);
    assert!(refused.page().shows("It was not opened in time"), "{}", refused.body);
    sweep_now(&world).await;
    assert_eq!(state(&world).await, ("expired".to_owned(), false));
    assert_eq!(vera.get(&page).await.status, StatusCode::SEE_OTHER, "her own session is over too");
    world.clock.advance(TimeSpan::hours(31 * 24));
    sweep_now(&world).await;
    assert_eq!(world.count_all("deliveries").await, 0, "the ledger keeps what happened");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_sender_cancels_and_then_nothing_opens() {
    let world = World::new().await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let page = deliver_to(&mut omar, "vera", VALUE).await;
    let cancel = [("action", "cancel")];
    assert_eq!(vera.post(&page, &cancel).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.sign_in("ada").await.post(&page, &cancel).await.status, StatusCode::NOT_FOUND);
    assert_eq!(omar.post(&page, &cancel).await.location(), "/deliveries");
    assert_eq!(state(&world).await, ("cancelled".to_owned(), false));
    let refused = vera.post(&page, OPEN).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.page().shows("The sender took it back"));
    assert_eq!(omar.post(&page, &cancel).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.count_all("incidents").await, 0, "that is no second try");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_makes_one_delivery() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let secret = world.omars_secret("dev").await;
    for (address, more) in [
        ("/deliveries/add".to_owned(), vec![("environment", "dev"), ("label", "L"), ("value", VALUE)]),
        (format!("/secrets/{secret}/deliver"), Vec::new()),
    ] {
        let token = omar.get(&address).await.page().hidden("form");
        let to = [("whom", "person"), ("with", "vera"), ("lasts", "7d"), ("form", token.as_str())];
        let fields = [&more[..], &to].concat();
        let before = world.count_all("deliveries").await;
        assert_eq!(omar.post(&address, &fields).await.status, StatusCode::OK);
        let again = omar.post(&address, &fields).await;
        assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.page().shows("This form was already sent"));
        assert_eq!(world.count_all("deliveries").await, before + 1);
    }
}
