//! What somebody tries who has a link that is not for them.

use super::{OPEN, VALUE, deliver_to, link_for_anybody, state};
use crate::support::world::World;
use axum::body::Body;
use axum::http::{Method, StatusCode, header};

/// G34: the address of a delivery does nothing except for the person whom it names.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_named_person_does_nothing_for_others() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let page = deliver_to(&mut omar, "vera", VALUE).await;
    let mut visitor = world.visitor();
    for answer in [visitor.get(&page).await, visitor.post(&page, OPEN).await] {
        assert!(answer.location().starts_with("/sign-in"), "{}", answer.status);
    }
    for who in ["noor", "petra", "quinn", "ada"] {
        let mut other = world.sign_in(who).await;
        let (looked, tried) = (other.get(&page).await, other.post(&page, OPEN).await);
        assert_eq!((looked.status, tried.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), "{who}");
        assert!(!looked.everything().contains("A password") && !tried.everything().contains("A password"), "{who}");
        assert!(!other.get("/deliveries").await.body.contains("A password"), "{who}");
    }
    let by_sender = omar.post(&page, OPEN).await;
    assert_eq!(by_sender.status, StatusCode::FORBIDDEN, "the sender cannot read it back");
    assert_eq!(state(&world).await, ("waiting".to_owned(), true));
    assert!(world.sign_in("vera").await.post(&page, OPEN).await.page().shows(VALUE));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_opens_no_delivery() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let (page, link) = (deliver_to(&mut omar, "vera", VALUE).await, link_for_anybody(&mut omar, VALUE).await);
    let code = link.split_once("code=").expect("a code").1;
    let mut vera = world.sign_in("vera").await;
    for (address, body) in [(page.as_str(), "action=open".to_owned()), ("/collect", format!("code={code}"))] {
        for origin in ["https://evil.example", "null", ""] {
            let request = vera
                .request(Method::POST, address)
                .header(header::ORIGIN, origin)
                .header("sec-fetch-site", "cross-site")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            let refused = vera.send(request.body(Body::from(body.clone())).unwrap()).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{address} {origin}");
        }
    }
    assert_eq!(world.table("deliveries").with("state", "waiting").count().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_named_persons_second_try_opens_an_incident() {
    let world = World::new().await;
    let page = deliver_to(&mut world.sign_in("omar").await, "vera", VALUE).await;
    let mut vera = world.sign_in("vera").await;
    let token = vera.get(&page).await.page().form_of("open").token();
    let form = [("action", "open"), ("form", token.as_str())];
    assert!(vera.post(&page, &form).await.page().shows(VALUE));
    let double_click = vera.post(&page, &form).await;
    assert_eq!(double_click.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!double_click.body.contains(VALUE));
    assert_eq!(world.count_all("incidents").await, 0, "the same form is no second try");
    let mut elsewhere = world.sign_in("vera").await;
    assert_eq!(elsewhere.post(&page, OPEN).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.incidents().each("kind").await, ["delivery_retried"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_form_refuses_what_it_does_not_offer() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let usual = [
        ("environment", "dev"),
        ("label", "L"),
        ("value", VALUE),
        ("whom", "person"),
        ("with", "vera"),
        ("lasts", "1h"),
    ];
    let long = "x".repeat(81);
    for (field, text) in [
        ("environment", "nowhere"),
        ("environment", "production"),
        ("label", ""),
        ("label", long.as_str()),
        ("label", "a\u{7}b"),
        ("value", " "),
        ("whom", "everybody"),
        ("whom", "anyone"),
        ("with", ""),
        ("with", "nobody-here"),
        ("with", "omar"),
        ("lasts", "99d"),
        ("lasts", ""),
    ] {
        let fields: Vec<_> =
            usual.iter().map(|(name, value)| (*name, if *name == field { text } else { *value })).collect();
        let refused = omar.post("/deliveries/add", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}={text}: {}", refused.body);
        assert!(!refused.body.contains(VALUE), "a value is not sent back");
    }
    assert_eq!(world.count_all("deliveries").await, 0);
}

/// A value that would end the page's own markup stays text.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_delivered_is_shown_as_text() {
    let world = World::new().await;
    let nasty = "</textarea></output><script>alert(1)</script>";
    let page = deliver_to(&mut world.sign_in("omar").await, "vera", nasty).await;
    let opened = world.sign_in("vera").await.post(&page, OPEN).await;
    assert!(!opened.body.contains("<script>alert(1)") && opened.page().shows("<script>alert(1)"));
}
