//! Links for anybody: the code is the key, so it is kept nowhere, guessed by nobody, and used once.

use super::{VALUE, collect, link_for_anybody, other_process, state};
use crate::support::world::{Client, Setup, World, holds};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use doorward::TimeSpan;
use server::sign_in::limits::Allowance;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_anybody_opens_once_without_a_session() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let link = link_for_anybody(&mut omar, VALUE).await;
    let mut stranger = world.visitor();
    // Chat programs and browsers look at links before anybody follows them.
    for (method, header) in
        [(Method::GET, ""), (Method::HEAD, ""), (Method::GET, "prefetch"), (Method::GET, "prefetch;prerender")]
    {
        let request =
            stranger.request(method.clone(), &link).header("sec-purpose", header).header("accept", "text/html");
        let looked = stranger.send(request.body(Body::empty()).unwrap()).await;
        assert!(!looked.everything().contains(VALUE), "{method} {header}");
        assert_eq!(state(&world).await, ("waiting".to_owned(), true), "{method} {header}");
    }
    let page = stranger.get(&link).await;
    assert!(page.page().shows("Omar Haddad") && page.page().shows("Open it now"), "{}", page.body);
    let opened = collect(&mut stranger, &link).await;
    assert!(opened.status == StatusCode::OK && opened.page().shows(VALUE), "{}", opened.body);
    assert_eq!(opened.header("cache-control"), "no-store");
    assert_eq!(opened.header("content-encoding"), "", "a value is not compressed");
    assert_eq!(state(&world).await, ("taken".to_owned(), false));
    assert_eq!(stranger.get(&link).await.status, StatusCode::GONE);
    assert_eq!(world.count_all("incidents").await, 0, "a look is no second try");
    let record = world.records().of("delivery.take").allowed().because("link").each("address").await;
    assert_eq!(record, [stranger.address.to_string()]);
    assert!(omar.get("/inbox").await.page().shows("Somebody with the link opened what you sent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_links_code_is_stored_nowhere() {
    let world = World::new().await;
    let link = link_for_anybody(&mut world.sign_in("omar").await, VALUE).await;
    let code = link.split_once("code=").expect("a code").1;
    assert_eq!(code.len(), 43, "256 bits");
    let mut stranger = world.visitor();
    stranger.get(&link).await;
    collect(&mut stranger, &link).await;
    collect(&mut world.visitor(), &link).await;
    assert!(!holds(&world.database.everything(&world.rows).await, code));
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_of_links_are_refused_alike_and_limited() {
    let allowance = Allowance { tries: 8, ..Allowance::ADDRESS };
    let world = World::with(Setup { address_allowance: allowance, ..Setup::default() }).await;
    let link = link_for_anybody(&mut world.sign_in("omar").await, VALUE).await;
    let code = link.split_once("code=").expect("a code").1;
    let mut guesser = world.visitor();
    let flipped = format!("{}{}", &code[..42], if code.ends_with('A') { "B" } else { "A" });
    for guess in ["", "x", &code[1..], &code.to_uppercase(), &flipped, &format!("{code}A"), "' or 1=1 --", "%00"] {
        let refused = guesser.post("/collect", &[("code", guess)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{guess}");
        assert!(refused.page().shows("This link does not work"), "{guess}");
    }
    let mut last = guesser.post("/collect", &[("code", "again")]).await;
    for _ in 0..3 {
        last = guesser.post("/collect", &[("code", "again")]).await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!last.header("retry-after").is_empty());
    assert_eq!(state(&world).await, ("waiting".to_owned(), true));
    // Somebody else is not slowed down.
    assert!(collect(&mut world.visitor(), &link).await.page().shows(VALUE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_try_opens_one_incident_and_tells_the_sender() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let link = link_for_anybody(&mut omar, VALUE).await;
    let mut first = world.visitor();
    let token = first.get(&link).await.page().hidden("form");
    let code = link.split_once("code=").expect("a code").1;
    let form = [("code", code), ("form", token.as_str())];
    assert!(first.post("/collect", &form).await.page().shows(VALUE));
    // The same form again is a reload, and shows nothing.
    let reloaded = first.post("/collect", &form).await;
    assert!(reloaded.status == StatusCode::GONE && !reloaded.body.contains(VALUE), "{}", reloaded.body);
    assert_eq!(world.count_all("incidents").await, 0);
    for _ in 0..3 {
        let again = collect(&mut world.visitor(), &link).await;
        assert!(again.status == StatusCode::GONE && !again.body.contains(VALUE));
        assert!(again.page().shows("If that was not you, tell the sender at once"), "{}", again.body);
    }
    assert_eq!(world.incidents().each("kind").await, ["delivery_retried"]);
    let inbox = omar.get("/inbox").await.page();
    assert_eq!(inbox.times("which was opened before"), 1, "{inbox}");
    let overview = world.sign_in("ada").await.get("/").await.page();
    assert!(overview.shows("tried to open again what can be opened once"), "{overview}");
    assert_eq!(world.records().of("delivery.take").refused().because("delivery_gone").count().await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_over_opens_nothing() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let link = link_for_anybody(&mut omar, VALUE).await;
    world.clock.advance(TimeSpan::hours(24));
    for answer in [world.visitor().get(&link).await, collect(&mut world.visitor(), &link).await] {
        assert!(answer.status == StatusCode::GONE && !answer.body.contains(VALUE), "{}", answer.body);
    }
    assert_eq!(world.count_all("incidents").await, 0);
}

async fn race(world: &World, tries: Vec<(Client, Vec<(&'static str, String)>)>, address: &str) -> usize {
    let tries = tries.into_iter().map(|(mut client, fields)| {
        let address = address.to_owned();
        tokio::spawn(async move {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            client.post(&address, &fields).await
        })
    });
    let mut opened = 0;
    for tried in tries.collect::<Vec<_>>() {
        let answer = tried.await.expect("an answer");
        assert!(answer.status.as_u16() != 500, "{}", answer.status);
        opened += usize::from(answer.page().shows(VALUE));
    }
    assert_eq!(world.table("deliveries").having("ciphertext").count().await, 0);
    opened
}

/// Half of them ask another process.
#[tokio::test(flavor = "multi_thread")]
async fn of_200_who_open_at_once_one_gets_the_value() {
    let world = World::new().await;
    let link = link_for_anybody(&mut world.sign_in("omar").await, VALUE).await;
    let code = link.split_once("code=").expect("a code").1.to_owned();
    let other = other_process(&world).await;
    let strangers = (0..200).map(|number| {
        let mut stranger = world.visitor();
        if number % 2 == 1 {
            stranger.go_to(other.clone());
        }
        (stranger, vec![("code", code.clone())])
    });
    assert_eq!(race(&world, strangers.collect(), "/collect").await, 1);
    assert_eq!(world.count_all("incidents").await, 1, "the others are second tries");
    assert_eq!(world.records().of("delivery.take").allowed().count().await, 1);
}

/// One person with many tabs, at two processes.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_tabs_one_opens_a_named_delivery() {
    let world = World::new().await;
    let page = super::deliver_to(&mut world.sign_in("omar").await, "vera", VALUE).await;
    let (vera, other) = (world.sign_in("vera").await, other_process(&world).await);
    let tabs = (0..40).map(|number| {
        let mut tab = vera.clone();
        if number % 2 == 1 {
            tab.go_to(other.clone());
        }
        (tab, vec![("action", "open".to_owned())])
    });
    assert_eq!(race(&world, tabs.collect(), &page).await, 1);
    assert_eq!(world.count_all("incidents").await, 1);
}
