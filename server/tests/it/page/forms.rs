//! Posted forms: parsed whole or refused, with nothing changed.

use crate::gates::cross_site::page_addresses;
use crate::support::world::{Client, ORIGIN, World};
use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};

/// What a page takes.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// A form as one of this site's own pages posts it, with any bytes.
pub fn raw_post(client: &Client, address: &str, kind: &str, body: impl Into<Body>) -> axum::http::Request<Body> {
    client
        .request(Method::POST, address)
        .header(header::ACCEPT, "text/html")
        .header(header::ORIGIN, ORIGIN)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, kind)
        .body(body.into())
        .unwrap()
}

/// How many versions of values there are.
pub async fn versions(world: &World) -> i64 {
    world.count_all("secret_versions").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_an_unknown_or_a_doubled_field_changes_nothing() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let secret = format!("/secrets/{id}");
    let mut omar = world.sign_in("omar").await;
    let before = versions(&world).await;
    let value = world.value_of(&id).await;
    for (address, body) in [
        (secret.as_str(), "action=rotate&value=new&admin=1"),
        (&secret, "action=rotate&value=new&value=newer"),
        (&secret, "action=reveal&action=rotate&value=new"),
        (&secret, "action=reveal&version=1"),
        (&secret, "action=rotate&value="),
        (&secret, "action=rotate"),
        (&secret, "action=rotate&value=a%00b"),
        ("/settings", "theme=dark&theme=light"),
        ("/settings", "theme=dark&role=administrator"),
        ("/settings", "theme=%22%3E%3Cscript%3E"),
        ("/settings", ""),
        ("/sign-in", "name=omar&password=x&name=ada"),
        ("/sign-in", "name=omar&password=x&role=administrator"),
        ("/sign-in", "name=&password=x"),
        ("/sign-in", "name=omar&password="),
        ("/sign-out", "everything=1"),
        ("/confirm", "password=x&name=ada"),
        ("/set-up", "code=x&name=x&password=x&repeat=x&role=x"),
    ] {
        let answer = omar.send(raw_post(&omar, address, FORM, body)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{address} {body}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE), "{address} {body}");
        assert!(!answer.body.contains(&value) && !answer.body.contains("\"><script>"), "{address} {body}");
    }
    assert_eq!(versions(&world).await, before);
    assert_eq!(omar.get("/").await.status, StatusCode::OK, "the session goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_a_page_does_not_have_is_refused() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    for (address, body) in [
        (format!("/secrets/{id}"), "action=delete"),
        (format!("/secrets/{id}"), ""),
        ("/secrets".to_owned(), "page=1"),
        ("/".to_owned(), ""),
        ("/signed-out".to_owned(), "x=1"),
    ] {
        let answer = omar.send(raw_post(&omar, &address, FORM, body)).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{address} {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_too_large_or_no_form_is_not_read() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    let before = versions(&world).await;
    for address in page_addresses(&id) {
        let large = format!("action=rotate&value={}", "x".repeat(300 * 1024));
        let answer = omar.send(raw_post(&omar, &address, FORM, large.clone())).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{address}");
        let mut announced = raw_post(&omar, &address, FORM, large.clone());
        announced.headers_mut().insert(header::CONTENT_LENGTH, large.len().into());
        announced.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("text/html"));
        let answer = omar.send(announced).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{address} with its length");
        assert!(answer.page().shows("at most 65,536 bytes, and a secret file 1,048,576 bytes"), "a person gets a page");
        let many: Vec<String> = (0..257).map(|number| format!("a{number}=1")).collect();
        let answer = omar.send(raw_post(&omar, &address, FORM, many.join("&"))).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{address} with 257 fields");
        for kind in [
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain",
            "",
            "application/x-www-form-urlencoded2",
        ] {
            let answer = omar.send(raw_post(&omar, &address, kind, "{\"action\":\"rotate\",\"value\":\"x\"}")).await;
            // Pages that take files read such a form, and find that it is none.
            let takes_files = answer.status == StatusCode::BAD_REQUEST && kind.starts_with("multipart/");
            let is_refused = takes_files || answer.status == StatusCode::UNSUPPORTED_MEDIA_TYPE;
            assert!(is_refused, "{address} as {kind:?}: {}", answer.status);
        }
    }
    assert_eq!(versions(&world).await, before);
}

/// A value of exactly that length arrives.
#[tokio::test(flavor = "multi_thread")]
async fn a_value_longer_than_the_limit_is_refused() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let address = format!("/secrets/{id}");
    let mut omar = world.sign_in("omar").await;
    let longest = "v".repeat(doorward::LONGEST_SECRET);
    let answer = omar.post(&address, &[("action", "rotate"), ("value", &longest)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(world.value_of(&id).await == longest);
    let answer = omar.post(&address, &[("action", "rotate"), ("value", &format!("{longest}v"))]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.page().field("New value").error.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_text_break_nothing() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    let bodies: [&[u8]; 8] = [
        b"name=%FF%FE&password=%C3%28",
        b"name=%ZZ&password=%",
        b"name=\xff\xfe&password=\x80",
        b"%00=%00",
        b"&&&&====",
        b"=",
        b"\0\0\0\0",
        b"name[]=1&name[0][x]=2&__proto__=3",
    ];
    for address in page_addresses(&id).into_iter().filter(|address| address != "/sign-out") {
        for body in bodies {
            let answer = omar.send(raw_post(&omar, &address, FORM, body.to_vec())).await;
            assert!(answer.status.is_client_error(), "{address} {body:?}: {}", answer.status);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_sent_again_makes_no_second_version() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let address = format!("/secrets/{id}");
    let mut omar = world.sign_in("omar").await;
    let before = versions(&world).await;
    for island in [false, true] {
        let token = omar.get(&address).await.page().form_of("rotate").token();
        assert_eq!(token.len(), 32);
        let form = [("action", "rotate"), ("value", "the one new value"), ("form", token.as_str())];
        let tries = (0..8).map(|_| {
            let mut client = omar.clone();
            let address = &address;
            async move {
                if island { client.post_as_island(address, &form).await } else { client.post(address, &form).await }
            }
        });
        let answers = futures::future::join_all(tries).await;
        let (again, done): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.status == StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!((again.len(), done.len()), (7, 1), "island: {island}");
        for answer in again {
            assert!(answer.page().shows("This form was already sent") && !answer.body.contains("the one new value"));
            let next = answer.page().form_of("rotate").token();
            assert!(next.len() == 32 && next != token, "the page that says so has a new form");
        }
        assert_eq!(versions(&world).await, before + 1 + i64::from(island));
    }
    let rotations = |outcome: &'static str| world.records().of("secret.rotate").with("outcome", outcome).count();
    assert_eq!((rotations("done").await, rotations("invalid").await), (2, 14));
    assert_eq!(world.records().of("secret.rotate").count().await, 16, "and no other outcome");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_not_utf8_is_refused_and_writes_nothing() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let secret = format!("/secrets/{id}");
    let mut omar = world.sign_in("omar").await;
    let latin = format!("{FORM}; charset=ISO-8859-1");
    let refused: [(&str, &[u8], StatusCode); 5] = [
        (FORM, b"action=rotate&value=p%E9sse", StatusCode::BAD_REQUEST),
        (FORM, b"action=rotate&value=p\xe9sse", StatusCode::BAD_REQUEST),
        (FORM, b"action=rotate&value=%ED%A0%80", StatusCode::BAD_REQUEST),
        (&latin, b"action=rotate&value=p%E9sse", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (&latin, b"action=rotate&value=plain", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ];
    for address in [secret.as_str(), "/sign-in", "/settings", "/set-up", "/passkeys/challenge"] {
        for (kind, body, status) in refused {
            let answer = omar.send(raw_post(&omar, address, kind, body)).await;
            assert_eq!(answer.status, status, "{address} {kind} {body:?}");
        }
    }
    assert_eq!(versions(&world).await, 200);
    let utf8 = format!("{FORM}; charset=\"UTF-8\"");
    let answer = omar.send(raw_post(&omar, &secret, &utf8, "action=rotate&value=p%C3%A9sse%EF%BF%BD")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(world.value_of(&id).await, "p\u{e9}sse\u{fffd}");
}
