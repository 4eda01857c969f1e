//! The page with the measurements of a revocation: it fills itself in, and leads back.

use crate::account::codes::set_up_codes;
use crate::support::world::World;
use doorward::TimeSpan;

const END: [(&str, &str); 4] = [("by", "identity"), ("what", "omar"), ("typed", "omar"), ("spare", "yes")];

#[tokio::test(flavor = "multi_thread")]
async fn the_stopwatch_reloads_itself_until_all_is_measured() {
    let world = World::new().await;
    world.sign_in("omar").await;
    let mut ada = world.sign_in("ada").await;
    let page = ada.post("/access/sessions/end", &END).await.location().to_owned();
    let measuring = ada.get(&page).await;
    assert_eq!(measuring.header("refresh"), "1");
    assert!(measuring.body.contains("This page refreshes by itself."), "{}", measuring.body);
    world.revocations().copy_column("committed_at", "at").await;
    assert_eq!(ada.get(&page).await.header("refresh"), "1", "other processes count for some seconds");
    world.clock.advance(TimeSpan::seconds(5));
    let done = ada.get(&page).await;
    assert_eq!(done.header("refresh"), "", "nothing more comes");
    assert!(!done.body.contains("refreshes by itself") && done.body.contains("it was requested"), "{}", done.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stopwatch_leads_back_where_one_may_go() {
    let world = World::new().await;
    let (mut ada, mut omar) = (world.sign_in("ada").await, world.sign_in("omar").await);
    world.sign_in("omar").await;
    let own = omar.post("/sessions", &[("action", "end-others")]).await.location().to_owned();
    let page = omar.get(&own).await.body;
    assert!(
        page.contains("href=\"/sessions\" class=\"button\"") && !page.contains("href=\"/access/sessions"),
        "{page}"
    );
    let all = ada.post("/access/sessions/end", &END).await.location().to_owned();
    let page = ada.get(&all).await.body;
    for back in ["/access/sessions", "/access/sessions/end", "/sessions"] {
        assert!(page.contains(&format!("href=\"{back}\" class=\"button\"")), "{back}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_is_named_by_whose_it_was() {
    let world = World::new().await;
    world.sign_in("vera").await;
    let mut ada = world.sign_in("ada").await;
    let session = world.session_of("vera").await;
    set_up_codes(&world, &mut ada).await;
    let ended = ada.post("/access/sessions", &[("action", "end"), ("session", &session)]).await;
    let page = ada.get(ended.location()).await.body;
    assert!(page.contains("One session of Vera Lindqvist"), "{page}");
    let list = ada.get("/access/sessions/end").await.body;
    assert!(list.contains("One session of Vera Lindqvist") && !list.contains(&session), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_shown_until_its_page_no_longer_reloads() {
    const RESET: &str = "/access/methods/reset";
    const SAID: &str = "Removed from Vera Lindqvist (vera): one-time codes.";
    let world = World::new().await;
    let (mut vera, mut ada) = (world.sign_in("vera").await, world.sign_in("ada").await);
    set_up_codes(&world, &mut vera).await;
    set_up_codes(&world, &mut ada).await;
    let reset = ada.post(RESET, &[("whose", "vera"), ("typed", "vera"), ("why", "lost her phone")]).await;
    for look in ["first", "second"] {
        let page = ada.get(reset.location()).await;
        assert_eq!((page.header("refresh"), page.page().shows(SAID)), ("1", true), "{look}");
    }
    world.revocations().copy_column("committed_at", "at").await;
    world.clock.advance(TimeSpan::seconds(5));
    let last = ada.get(reset.location()).await;
    assert_eq!((last.header("refresh"), last.page().shows(SAID)), ("", true), "as long as it may be read");
    assert!(!ada.get(reset.location()).await.page().shows(SAID), "once");
}
