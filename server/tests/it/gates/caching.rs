//! What an answer's head says: nothing protected is kept by anybody, and a browser is told to be strict.

use crate::gates::cross_site::{addresses, function_addresses, page_addresses};
use crate::support::client::{COMPACT, asked_value};
use crate::support::world::{Answer, Client, ORIGIN, World, settings};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use server::Settings;
use server::account::password::MOST_CHARACTERS;
use server::http::address::TrustedProxies;

fn is_never_kept(answer: &Answer, what: &str) {
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    assert_eq!(answer.headers.get_all(header::CACHE_CONTROL).iter().count(), 1, "{what}");
    let vary = answer.headers.get_all(header::VARY).iter().filter_map(|line| line.to_str().ok());
    assert!(vary.flat_map(|line| line.split(',')).any(|name| name.trim().eq_ignore_ascii_case("cookie")), "{what}");
    for validator in ["etag", "last-modified", "expires"] {
        assert!(!answer.headers.contains_key(validator), "{what}: {validator}");
    }
}

fn post(client: &Client, address: &str, body: &'static str, encodings: &str) -> axum::http::Request<Body> {
    let kind = if address.starts_with("/api/") { COMPACT } else { "application/x-www-form-urlencoded" };
    client
        .request(Method::POST, address)
        .header(header::ACCEPT, "text/html")
        .header(header::ACCEPT_ENCODING, encodings)
        .header(header::ORIGIN, ORIGIN)
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(body))
        .unwrap()
}

async fn get_encoded(client: &mut Client, address: &str, encodings: &str) -> Answer {
    let request = client.request(Method::GET, address).header(header::ACCEPT_ENCODING, encodings);
    client.send(request.body(Body::empty()).unwrap()).await
}

/// One answer of each kind that this server gives, with a name for it.
async fn each_kind(world: &World) -> Vec<(String, Answer)> {
    let id = world.omars_secret("dev").await;
    let secret = format!("/secrets/{id}");
    let (mut omar, mut noor, mut visitor) = (world.sign_in("omar").await, world.sign_in("noor").await, world.visitor());
    let mut answers = Vec::new();
    for address in addresses(&id) {
        answers.push((format!("{address} signed in"), omar.get(&address).await));
        answers.push((format!("{address} signed in, zipped"), get_encoded(&mut omar, &address, "br, gzip").await));
        answers.push((format!("{address} visitor"), visitor.get(&address).await));
        answers.push((
            format!("{address} another site"),
            omar.send(omar.request(Method::POST, &address).body(Body::empty()).unwrap()).await,
        ));
    }
    for address in function_addresses() {
        answers.push((format!("{address} visitor"), visitor.call(address, &id).await));
        answers.push((format!("{address} signed in"), omar.call(address, &id).await));
        answers.push((format!("{address} refused"), noor.call(address, &id).await));
        answers.push((format!("{address} unreadable"), omar.post(address, &[("x", "y")]).await));
        answers.push((
            format!("{address} another site"),
            omar.send(omar.request(Method::POST, address).body(Body::empty()).unwrap()).await,
        ));
    }
    answers.push(("403".to_owned(), noor.get("/secrets").await));
    answers.push(("404 secret".to_owned(), noor.get(&secret).await));
    answers.push(("404 address".to_owned(), visitor.get("/nowhere").await));
    answers.push(("404 function".to_owned(), omar.post("/api/x", &[]).await));
    answers.push(("404 file".to_owned(), visitor.get("/pkg/nothing.js").await));
    answers.push(("405".to_owned(), omar.post("/secrets", &[]).await));
    answers.push(("413".to_owned(), omar.post("/settings", &[("theme", &"x".repeat(300_000))]).await));
    answers.push(("422 query".to_owned(), omar.get("/secrets?page=0").await));
    answers.push(("422 form".to_owned(), omar.post("/settings", &[("theme", "x")]).await));
    answers.push(("422 sign-in".to_owned(), visitor.sign_in("omar", &"x".repeat(MOST_CHARACTERS)).await));
    answers.push(("421".to_owned(), elsewhere(&mut omar).await));
    answers.push(("reveal".to_owned(), omar.post(&secret, &[("action", "reveal")]).await));
    answers.push(("rotate".to_owned(), omar.post(&secret, &[("action", "rotate"), ("value", "new")]).await));
    answers.push(("message".to_owned(), omar.get(&secret).await));
    answers.push(("/healthz".to_owned(), visitor.get("/healthz").await));
    answers.push(("/readyz".to_owned(), visitor.get("/readyz").await));
    answers.push(("sign-out".to_owned(), omar.post("/sign-out", &[]).await));
    answers.push(("signed out".to_owned(), omar.get(&secret).await));
    answers
}

async fn elsewhere(client: &mut Client) -> Answer {
    let mut request = client.request(Method::GET, "/secrets").body(Body::empty()).unwrap();
    request.headers_mut().insert(header::HOST, "evil.example".parse().unwrap());
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_no_refusal_and_no_call_may_be_kept_by_any_cache() {
    let world = World::new().await;
    let answers = each_kind(&world).await;
    let statuses: Vec<u16> = answers.iter().map(|(_, answer)| answer.status.as_u16()).collect();
    for status in [200, 303, 401, 403, 404, 405, 413, 421, 422] {
        assert!(statuses.contains(&status), "there is a {status} among them");
    }
    for (what, answer) in answers {
        is_never_kept(&answer, &what);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_answer_carries_the_security_headers() {
    let world = World::new().await;
    for (what, answer) in each_kind(&world).await {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{what}: {name}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"), "{what}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{what}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{what}: {policy}");
        for hole in ["'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "*", "data:", "http:", "https:"] {
            assert!(!policy.contains(hole), "{what}: {policy}");
        }
        assert_eq!(answer.headers.get_all("content-security-policy").iter().count(), 1, "{what}");
        assert!(!answer.headers.contains_key("strict-transport-security"), "{what}: there is no TLS here");
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{what}");
        assert!(!answer.headers.contains_key("server") && !answer.headers.contains_key("x-powered-by"), "{what}");
        assert_eq!(answer.header("x-request-id").len(), 16, "{what}");
        assert_eq!(answer.body.is_empty(), answer.header("content-type").is_empty(), "{what} names what it is");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_are_told_to_come_by_tls_where_there_is_tls() {
    let mut world = World::new().await;
    let settings = Settings { tls: true, ..settings(TrustedProxies::default()) };
    world.router = server::router(world.backend.clone(), settings);
    for (what, answer) in each_kind(&world).await {
        let policy = answer.header("strict-transport-security");
        let age: u32 =
            policy.strip_prefix("max-age=").and_then(|rest| rest.split(';').next()).unwrap_or("").parse().unwrap_or(0);
        assert!(age >= 31_536_000, "{what}: {policy}");
    }
}

fn nonce_of(answer: &Answer) -> &str {
    let policy = answer.header("content-security-policy");
    policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce")
}

#[tokio::test(flavor = "multi_thread")]
async fn only_scripts_with_this_answers_own_nonce_run() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    let mut seen = Vec::new();
    let mut visitor = world.visitor();
    for address in page_addresses(&id).into_iter().chain(["/nowhere".to_owned(), "/secrets?page=0".to_owned()]) {
        for _ in 0..2 {
            // Whoever is signed in does not stay on the page to sign in.
            let client = if address.starts_with("/sign-in") { &mut visitor } else { &mut omar };
            let answer = client.get(&address).await;
            let nonce = nonce_of(&answer).to_owned();
            assert!(nonce.len() >= 22, "{address}: {nonce} has 128 bits");
            let scripts: Vec<&str> =
                answer.body.split("<script").skip(1).map(|rest| rest.split('>').next().unwrap()).collect();
            assert!(!scripts.is_empty(), "{address}");
            for script in scripts {
                assert!(script.contains(&format!("nonce=\"{nonce}\"")), "{address}: <script{script}>");
            }
            for inline in [" style=\"", " onclick=", " onload=", " onerror=", "javascript:", "<style"] {
                assert!(!answer.body.contains(inline), "{address}: {inline}");
            }
            seen.push(nonce);
        }
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all, "no nonce comes twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sessions_cookie_has_exactly_these_attributes() {
    let world = World::new().await;
    let mut vera = world.visitor();
    let answer = vera.sign_in("vera", world.password("vera")).await;
    let cookies: Vec<&str> =
        answer.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect();
    let handle = vera.handle.clone().unwrap();
    let marks = vera.marks.clone().unwrap();
    let attributes = "Path=/; Secure; HttpOnly; SameSite=Lax";
    let expected = [
        format!("__Host-doorward={handle}; {attributes}"),
        format!("__Host-known={marks}; {attributes}; Max-Age=7776000"),
    ];
    assert_eq!(cookies, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_script_and_no_other_site_reaches_a_cookie() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    let saved = vera.post("/settings", &[("theme", "dark")]).await;
    let shown = vera.get("/settings").await;
    let left = vera.post("/sign-out", &[]).await;
    let mut many = 0;
    for answer in [saved, shown, left] {
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
            for needed in ["Path=/", "HttpOnly", "SameSite=Lax"] {
                assert!(attributes.contains(&needed), "{cookie}");
            }
            // The theme alone comes without the prefix: it says nothing of anybody.
            assert_eq!(cookie.starts_with("__Host-"), attributes.contains(&"Secure"), "{cookie}");
            assert!(cookie.starts_with("__Host-") || cookie.starts_with("theme="), "{cookie}");
            assert!(!cookie.contains("Domain"), "{cookie}");
            many += 1;
        }
    }
    assert_eq!(many, 4, "theme, message, message shown, handle cleared");
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_out_clears_the_cookie_and_whatever_the_browser_kept() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    let handle = vera.handle.clone();
    let answer = vera.post("/sign-out", &[]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/signed-out"));
    let cleared = answer.header("clear-site-data");
    assert!(cleared.contains("\"cache\"") && cleared.contains("\"storage\""), "{cleared}");
    assert_eq!(answer.header("set-cookie"), "__Host-doorward=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    assert_eq!(vera.handle, None);
    // The cookie of a browser that did not obey is worth nothing.
    vera.handle = handle;
    let again = vera.get("/secrets").await;
    assert_eq!(again.location(), "/sign-in?next=%2Fsecrets");
    is_never_kept(&again, "after sign-out");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_shows_a_value_is_not_compressed_and_a_list_is() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let value = world.value_of(&id).await;
    let mut omar = world.sign_in("omar").await;
    for encodings in ["br, gzip", "gzip", "br", "gzip, deflate, br, zstd", "*"] {
        let page = omar.send(post(&omar, &format!("/secrets/{id}"), "action=reveal", encodings)).await;
        assert!(page.body.contains(&value), "{encodings}: the value is shown");
        assert!(!page.headers.contains_key(header::CONTENT_ENCODING), "{encodings}");
        let body: &'static str = asked_value(&id).leak();
        let call = omar.send(post(&omar, "/api/secret/value", body, encodings)).await;
        assert!(call.body.contains(&value), "{encodings}");
        assert!(!call.headers.contains_key(header::CONTENT_ENCODING), "{encodings}");
    }
    for (encodings, chosen) in [("br", "br"), ("gzip", "gzip"), ("br, gzip", "br")] {
        let list = get_encoded(&mut omar, "/secrets", encodings).await;
        assert_eq!(list.header("content-encoding"), chosen);
        assert!(!list.body.contains("</html>"));
    }
    let plain = get_encoded(&mut omar, "/secrets", "identity").await;
    assert!(plain.body.contains("</html>") && !plain.headers.contains_key(header::CONTENT_ENCODING));
}
