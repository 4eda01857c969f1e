//! Sessions: their limits, their end, and the fresh authentication that some actions ask for.

use crate::support::world::{Setup, World};
use axum::http::StatusCode;
use doorward::session::Lifetimes;
use doorward::{AuthenticationId, Clock, SessionId, TimeSpan};
use server::db::transaction::Source;
use server::sessions::{self, handles, remembered};
use server::sign_in::handle;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_reads_nothing_more() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut copy = omar.clone();
    let id = world.omars_secret("dev").await;
    assert_eq!(omar.post("/sign-out", &[]).await.location(), "/signed-out");
    assert!(omar.handle.is_none(), "the cookie is cleared");
    let page = copy.get(&format!("/secrets/{id}")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let call = copy.call_value(&id).await;
    assert_eq!(call.status, StatusCode::UNAUTHORIZED);
    assert!(!call.body.contains(&world.value_of(&id).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_write_does_not_bring_an_ended_session_back() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut copy = omar.clone();
    omar.post("/sign-out", &[]).await;
    // A use that would be noted, a message that would be kept.
    world.clock.advance(TimeSpan::minutes(2));
    copy.get("/").await;
    copy.post("/settings", &[("theme", "dark")]).await;
    assert_eq!(world.sessions().without("ended_at").count().await, 0);
    assert_eq!(world.sessions().having("data").count().await, 0);
}

/// G11 below the guard: a request that was allowed before the end, and writes after it, changes nothing of the session.
#[tokio::test(flavor = "multi_thread")]
async fn the_store_itself_changes_nothing_of_an_ended_session() {
    const ROW: &str = "select h.hash || '|' || s.authentication || '|' || s.last_used_at || '|' || coalesce(s.data, '-') \
                       || '|' || s.ended_at || '|' || s.ended_because from sessions s join handles h on h.session = s.id";
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let old = handle::read(omar.handle.as_deref().expect("a handle")).expect("it is one");
    let id = SessionId::parse(&world.ids_of("sessions").await[0]).expect("an id");
    let authentication = AuthenticationId::parse(&world.sessions().each("authentication").await[0]).expect("an id");
    let database = &world.backend.database;
    let under_way = remembered::open(database, id);
    under_way.insert("flash", "read before the end").await.expect("it is read");
    omar.post("/sign-out", &[]).await;
    let ended = world.texts(ROW).await;

    let later = world.clock.now().plus(TimeSpan::minutes(5));
    let (_, new) = handle::new(&*world.backend.random);
    world.backend.ledger.touch(id, later);
    remembered::remember(database, id, "flash", "too late").await.expect("it answers");
    under_way.save().await.expect("it answers");
    assert!(remembered::recall(database, id, "flash").await.expect("it answers").is_none());
    let mut writer = Source::writer(database).await.expect("a transaction");
    assert!(!handles::renew(&mut writer, &old, &new, later).await.expect("it answers"));
    assert!(!handles::step_up(&mut writer, id, &old, &new, authentication, later).await.expect("it answers"));
    let place = doorward::ClientOrigin::default();
    assert!(!sessions::sql::authenticate(&mut writer, id, authentication, place, later).await.expect("it answers"));
    assert!(!sessions::sql::end(&mut writer, id, "ended twice", later).await.expect("it answers"));
    writer.commit().await.expect("it is kept");
    assert_eq!(world.texts(ROW).await, ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_is_idle_for_too_long() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    for _ in 0..3 {
        world.clock.advance(TimeSpan::minutes(59));
        assert_eq!(omar.get("/").await.status, StatusCode::OK, "each use counts");
    }
    world.clock.advance(TimeSpan::minutes(61));
    assert_eq!(omar.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.records().because("session_idle").count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_at_its_absolute_limit_however_much_it_is_used() {
    let lifetimes = Lifetimes { idle: TimeSpan::hours(1), absolute: TimeSpan::hours(2) };
    let world = World::with(Setup { lifetimes, ..Setup::default() }).await;
    let mut omar = world.sign_in("omar").await;
    for _ in 0..3 {
        world.clock.advance(TimeSpan::minutes(39));
        assert_eq!(omar.get("/").await.status, StatusCode::OK);
    }
    world.clock.advance(TimeSpan::minutes(3));
    assert_eq!(omar.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.records().because("session_expired").count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_identity_reads_nothing_from_the_next_request_on() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK);
    world.freeze("omar").await;
    assert_eq!(omar.get("/secrets").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_role_stops_counting_on_the_next_request() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    assert_eq!(omar.call_value(&id).await.status, StatusCode::OK);
    world.table("role_permissions").with("role", "operator").with("permission", "secret.reveal").remove().await;
    assert_eq!(omar.call_value(&id).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_counts_until_it_ends() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    let hour = "exists (select 1 from grants g join identities i on i.id = g.identity where i.name = 'vera' and \
                g.secret = s.id and g.ends_at is not null and g.ends_at > s.updated_at + 10)";
    let id = world
        .secret_where(&format!(
            "{hour} and exists (select 1 from grants g where g.secret = s.id and g.ends_at > {})",
            doorward::Clock::now(&*world.clock).0
        ))
        .await;
    assert_eq!(vera.get(&format!("/secrets/{id}")).await.status, StatusCode::OK);
    world.clock.advance(TimeSpan::minutes(30));
    assert_eq!(vera.get(&format!("/secrets/{id}")).await.status, StatusCode::OK);
    world.clock.advance(TimeSpan::minutes(31));
    assert_eq!(vera.get(&format!("/secrets/{id}")).await.status, StatusCode::NOT_FOUND);
}

/// The handle changes with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_protected_value_asks_for_a_fresh_authentication() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("production").await;
    let address = format!("/secrets/{id}");
    assert_eq!(omar.call_value(&id).await.status, StatusCode::OK, "it is fresh after sign-in");
    world.clock.advance(TimeSpan::minutes(6));
    let asked = omar.post(&address, &[("action", "reveal")]).await;
    assert_eq!(asked.location(), format!("/confirm?next=%2Fsecrets%2F{id}&for=secret.reveal"));
    assert_eq!(omar.call_value(&id).await.status, StatusCode::UNAUTHORIZED);

    let wrong = omar.post(asked.location(), &[("password", "not the password")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut old = omar.clone();
    let password = world.password("omar").to_owned();
    let confirmed = omar.post(asked.location(), &[("password", &password)]).await;
    assert_eq!(confirmed.location(), address);
    assert_ne!(omar.handle, old.handle, "a new handle");
    assert_eq!(omar.call_value(&id).await.status, StatusCode::OK);
    assert_eq!(old.call_value(&id).await.status, StatusCode::UNAUTHORIZED, "the old handle counts no more");
    assert_eq!(world.sessions().without("ended_at").count().await, 1, "it is the same session");
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_pages_makes_no_rows_for_visitors() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    for address in ["/sign-in", "/", "/secrets", "/set-up", "/signed-out"] {
        let answer = visitor.get(address).await;
        assert!(!answer.everything().to_lowercase().contains("set-cookie"), "{address}");
    }
    assert_eq!(world.count_all("sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_shown_once() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let address = format!("/secrets/{id}");
    assert_eq!(omar.post(&address, &[("action", "rotate"), ("value", "x")]).await.status, StatusCode::SEE_OTHER);
    assert!(omar.get(&address).await.page().shows("Value changed; this is version"));
    assert!(!omar.get(&address).await.page().shows("Value changed; this is version"));
}

/// The row is written when what it remembers changes, and not by each look at a list.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_remembered_and_a_secret_leads_back_to_it() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let secret = format!("/secrets/{}", world.omars_secret("dev").await);
    let data = async || world.sessions().one("coalesce(data, '')").await;
    omar.get("/secrets").await;
    assert_eq!(data().await, "", "there is nothing to remember");
    omar.get("/secrets?environment=dev").await;
    let remembered = data().await;
    assert!(remembered.contains("/secrets?environment=dev"), "{remembered}");
    assert!(omar.get(&secret).await.page().links_to("/secrets?environment=dev"));
    assert_eq!(data().await, remembered);
    omar.get("/secrets").await;
    assert_eq!(data().await, "");
}

/// Its id is the session's own, and its end is the session's end.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_remembered_can_be_forgotten_without_an_end() {
    let world = World::new().await;
    world.sign_in("omar").await;
    let id = SessionId::parse(&world.ids_of("sessions").await[0]).expect("an id");
    let database = &world.backend.database;
    remembered::remember(database, id, "flash", "a message").await.expect("it answers");
    let session = remembered::open(database, id);
    assert_eq!(session.get::<String>("flash").await.expect("it answers").as_deref(), Some("a message"));
    assert_eq!(SessionId::from_bits(session.id().expect("an id").0.cast_unsigned()), id);
    session.delete().await.expect("it answers");
    assert!(remembered::recall(database, id, "flash").await.expect("it answers").is_none());
    assert_eq!(world.sessions().without("ended_at").count().await, 1);
}
