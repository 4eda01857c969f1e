//! Ending sessions: one, many, all; at once, and measured.

use crate::support::world::{Client, World};
use app::sessions::scope::{Scope, ScopeKind};
use axum::http::StatusCode;
use doorward::TimeSpan;
use server::db::transaction::Source;
use server::sessions::cli::end as end_sessions;
use server::sessions::deployment;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

async fn live(world: &World) -> i64 {
    world.open_sessions().count().await
}

async fn counts(client: &mut Client) -> bool {
    client.get("/settings").await.status == StatusCode::OK
}

/// Confirms, so that what needs a fresh authentication can be done.
async fn ada(world: &World) -> Client {
    world.sign_in("ada").await
}

/// Waits until every revocation was measured.
async fn until_measured(world: &World) {
    while world.revocations().without("committed_at").count().await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn end(client: &mut Client, by: &str, what: &str) -> String {
    let typed = if by == "everything" { "everything" } else { what };
    let fields = [("by", by), ("what", what), ("typed", typed), ("spare", "yes")];
    let answer = client.post("/access/sessions/end", &fields).await;
    assert!(answer.location().starts_with("/access/revocations/"), "{by} {what}: {} {}", answer.status, answer.body);
    answer.location().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_their_sessions_and_ends_one_the_others_or_all() {
    let world = World::new().await;
    let mut here = world.sign_in("omar").await;
    let (mut phone, mut tablet) = (world.sign_in("omar").await, world.sign_in("omar").await);
    let mut vera = world.sign_in("vera").await;
    let page = here.get("/sessions").await.page();
    assert!(page.shows("3 sessions") && page.times("This session") == 1, "{page}");
    assert!(page.shows("Password") && page.shows("one factor"));

    let ids = world.open_sessions().by("omar").ordered("id").ids().await;
    let ended = here.post("/sessions", &[("action", "end"), ("session", &ids[1])]).await;
    assert!(ended.location().starts_with("/access/revocations/"));
    assert!(!counts(&mut phone).await && counts(&mut tablet).await && counts(&mut here).await);

    let ended = here.post("/sessions", &[("action", "end-others")]).await;
    until_measured(&world).await;
    assert!(here.get(ended.location()).await.page().shows("1 session ended"));
    assert!(!counts(&mut tablet).await && counts(&mut here).await);
    assert!(counts(&mut vera).await, "nobody else is concerned");

    let mut copy = here.clone();
    let all = here.post("/sessions", &[("action", "end-all")]).await;
    assert_eq!((all.location(), here.handle.is_none()), ("/signed-out", true));
    assert!(!counts(&mut copy).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_or_ends_others_sessions_without_permission() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let vera = world.session_of("vera").await;
    for address in ["/sessions", "/access/sessions"] {
        let answer = omar.post(address, &[("action", "end"), ("session", &vera)]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
    }
    assert!(!omar.get("/sessions").await.body.contains(&vera));
    let mut quinn = world.sign_in("quinn").await;
    let list = quinn.get("/access/sessions").await.page();
    assert!(list.source().contains(&vera) && list.shows("Vera Lindqvist"), "auditors see all");
    assert!(!list.offers("end"), "and end none");
    let ended = end_sessions(&world.backend, &Scope::Identity("nobody".to_owned())).await.expect("it is noted");
    assert_eq!(omar.get(&format!("/access/revocations/{ended}")).await.status, StatusCode::NOT_FOUND);
}

/// By identity, role, method, network or time, and all of them.
#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_ends_sessions_by_every_scope() {
    let world = World::new().await;
    for (by, what) in [
        ("identity", "omar"),
        ("role", "operator"),
        ("method", "password"),
        ("network", "203.0.113.0/24"),
        ("before", "2999-01-01T00:00"),
        ("everything", ""),
    ] {
        let mut omar = world.visitor();
        omar.address = "203.0.113.7".parse().unwrap();
        omar.sign_in("omar", world.password("omar")).await;
        let mut vera = world.sign_in("vera").await;
        let mut ada = ada(&world).await;
        let preview = ada.get(&format!("/access/sessions/end?by={by}&what={}", what.replace('/', "%2F"))).await;
        assert_eq!(preview.status, StatusCode::OK, "{by}");
        assert!(preview.page().shows("Omar Haddad"), "{by}: what would end is shown first");
        let revocation = end(&mut ada, by, what).await;
        assert!(!counts(&mut omar).await, "{by} {what}");
        assert_eq!(counts(&mut vera).await, matches!(by, "identity" | "role" | "network"), "{by}: nobody else ends");
        assert!(counts(&mut ada).await, "{by}: the session that asks is spared");
        assert_eq!(ada.get(&revocation).await.status, StatusCode::OK);
        // What follows begins afresh.
        world.sessions().without("ended_at").set("ended_at", 1).await;
    }
    assert_eq!(world.records().of("session.revoke").allowed().count().await, 6);
}

/// A fresh authentication is needed too.
#[tokio::test(flavor = "multi_thread")]
async fn many_sessions_end_only_after_a_typed_confirmation() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut ada = ada(&world).await;
    let wrong = [("by", "identity"), ("what", "omar"), ("typed", "oma"), ("spare", "yes")];
    let refused = ada.post("/access/sessions/end?by=identity&what=omar", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().shows("Type “omar” to confirm."), "{}", refused.body);
    for (by, what) in [("identity", ""), ("method", "magic"), ("network", "300.1.1.1"), ("before", "soon"), ("x", "y")]
    {
        let fields = [("by", by), ("what", what), ("typed", what)];
        assert_eq!(ada.post("/access/sessions/end", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{by}");
    }
    world.clock.advance(TimeSpan::minutes(6));
    let fields = [("by", "identity"), ("what", "omar"), ("typed", "omar")];
    assert!(ada.post("/access/sessions/end", &fields).await.location().starts_with("/confirm"));
    assert!(counts(&mut omar).await, "nothing has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_and_a_new_release_end_sessions() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let scope = Scope::parse(ScopeKind::Identity, "Omar").expect("a scope");
    end_sessions(&world.backend, &scope).await.expect("they end");
    assert!(!counts(&mut omar).await);

    let mut omar = world.sign_in("omar").await;
    let raise = |release| {
        let database = world.backend.database.clone();
        async move {
            let mut source = Source::writer(&database).await.expect("a transaction");
            let raised = deployment::raise(&mut source, release).await.expect("it answers");
            source.commit().await.expect("it is kept");
            raised
        }
    };
    assert!(!raise(0).await && counts(&mut omar).await, "no epoch is no new one");
    assert!(raise(3).await);
    assert!(!counts(&mut omar).await);
    let mut omar = world.sign_in("omar").await;
    assert!(!raise(3).await && !raise(2).await && counts(&mut omar).await, "each is raised once");
}

/// G10: no request that began after the revocation was durable is accepted, also while many are under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn revocation_holds_from_the_next_request_on_also_under_load() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    let mut ada = ada(&world).await;
    let last_accepted_start = Arc::new(AtomicI64::new(0));
    let (asked, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let workers: Vec<_> = (0..32)
        .map(|_| {
            let (mut client, clock) = (omar.clone(), Arc::clone(&world.clock));
            let (last, asked, stop) = (Arc::clone(&last_accepted_start), Arc::clone(&asked), Arc::clone(&stop));
            tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let start = doorward::Clock::now(&*clock).0;
                    if client.get("/settings").await.status == StatusCode::OK {
                        last.fetch_max(start, Ordering::SeqCst);
                    }
                    asked.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    while asked.load(Ordering::SeqCst) < 200 {
        tokio::task::yield_now().await;
    }
    end(&mut ada, "identity", "omar").await;
    let committed = doorward::Clock::now(&*world.clock).0;
    let then = asked.load(Ordering::SeqCst);
    while asked.load(Ordering::SeqCst) < then + 200 {
        tokio::task::yield_now().await;
    }
    stop.store(true, Ordering::SeqCst);
    for worker in workers {
        worker.await.expect("it ends");
    }
    let last = last_accepted_start.load(Ordering::SeqCst);
    assert!(last > 0 && last <= committed, "accepted {} ms after the end", last - committed);
}

/// New requests never keep whoever ends everything from doing so.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everything_ends_while_many_sessions_post_in_a_loop() {
    let world = World::new().await;
    let mut clients = Vec::new();
    for name in ["omar", "vera", "petra", "quinn", "noor"] {
        clients.extend([world.sign_in(name).await, world.sign_in(name).await]);
    }
    let mut ada = ada(&world).await;
    let stop = Arc::new(AtomicBool::new(false));
    let posted = Arc::new(AtomicU64::new(0));
    let workers: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            let (stop, posted) = (Arc::clone(&stop), Arc::clone(&posted));
            tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    if client.post("/inbox", &[]).await.location() == "/inbox" {
                        posted.fetch_add(1, Ordering::SeqCst);
                    }
                }
            })
        })
        .collect();
    while posted.load(Ordering::SeqCst) < 50 {
        tokio::task::yield_now().await;
    }
    end(&mut ada, "everything", "").await;
    stop.store(true, Ordering::SeqCst);
    for worker in workers {
        worker.await.expect("it ends");
    }
    assert_eq!(live(&world).await, 1, "ada's");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_update_ends_every_session_of_an_identity_however_many() {
    let world = World::new().await;
    world.table("role_limits").set("most", 1000).await;
    let mut sessions = Vec::new();
    for _ in 0..20 {
        sessions.push(world.sign_in("omar").await);
    }
    let mut ada = ada(&world).await;
    end(&mut ada, "identity", "omar").await;
    for mut session in sessions {
        assert!(!counts(&mut session).await);
    }
    // The rows themselves were not touched by it; only those that came back are over in their own rows now, or none.
    assert_eq!(world.sessions().whose("identity", "omar").having("ended_at").count().await, 0);
    assert_eq!(live(&world).await, 1, "ada's");
}

/// How long the revocation took is measured.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_accepted_request_began_before_the_revocation() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    assert!(counts(&mut omar).await);
    let mut ada = ada(&world).await;
    let address = end(&mut ada, "identity", "omar").await;
    until_measured(&world).await;
    assert!(world.revocations().number("last_accepted_at - committed_at").await <= 0);
    let page = ada.get(&address).await.page();
    assert!(page.shows("Last request accepted") && page.shows(" ms before"), "{page}");
}

/// Who ended their own sessions gets no notice.
#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_end_their_sessions_themselves_is_told() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    omar.post("/sessions", &[("action", "end-others")]).await;
    assert!(omar.get("/inbox").await.page().shows("No notices"));
    let mut ada = ada(&world).await;
    end(&mut ada, "identity", "omar").await;
    let mut omar = world.sign_in("omar").await;
    assert!(omar.get("/inbox").await.page().shows("Ada Moreau ended sessions of yours."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_nobody_has_is_said_before_a_preview() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    for (scope, sentence) in [
        ("by=identity&what=nobody", "No one has the sign-in name “nobody”."),
        ("by=role&what=king", "There is no role “king”."),
    ] {
        let page = ada.get(&format!("/access/sessions/end?{scope}")).await.page();
        assert!(page.shows(sentence) && !page.shows("End these sessions"), "{page}");
    }
    let page = ada.get("/access/sessions/end?by=identity&what=noor").await.page();
    assert!(page.shows("No session of noor") && !page.shows("End these sessions"), "{page}");
    let suggested: Vec<_> = page.fields().into_iter().flat_map(|field| field.options).map(|(_, text)| text).collect();
    assert!(suggested.iter().any(|text| text.contains("Vera Lindqvist")) && page.shows("auditor"), "{suggested:?}");
}
