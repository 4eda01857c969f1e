//! Another site's page changes nothing and learns nothing, and no header that a client can write decides anything.

mod headers;

use crate::support::client::COMPACT;
use crate::support::world::{Answer, Client, ORIGIN, World};
use app::sessions::live;
use axum::body::Body;
use axum::http::{HeaderName, Method, Request, StatusCode, header};
use futures::stream;
use leptos::server_fn::axum::server_fn_paths;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub type Headers = &'static [(&'static str, &'static str)];

/// The pages' addresses, from the list that the router itself is made of; `id` stands where one has a parameter.
pub fn page_addresses(id: &str) -> Vec<String> {
    let listings = leptos_axum::generate_route_list(app::routes::Pages);
    listings.iter().map(|listing| listing.path().replace("{id}", id)).collect()
}

/// The same, and those of downloads and streams.
pub fn addresses(id: &str) -> Vec<String> {
    let downloads = app::routes::downloads().into_iter().map(|(pattern, _)| pattern);
    let streams = app::routes::streams().into_iter().map(|(pattern, _)| pattern);
    let others = downloads.chain(streams).map(|pattern| server::axum_pattern(pattern).replace("{id}", id));
    page_addresses(id).into_iter().chain(others).collect()
}

/// The server functions' addresses.
pub fn function_addresses() -> Vec<&'static str> {
    server_fn_paths().map(|(path, _)| path).collect()
}

/// What a browser never says of this site's own pages.
const NOT_OURS: [Headers; 21] = [
    &[],
    &[("origin", "null")],
    &[("origin", "")],
    &[("origin", "https://evil.example")],
    &[("origin", "http://127.0.0.1")],
    &[("origin", "http://127.0.0.1:3001")],
    &[("origin", "https://127.0.0.1:3000")],
    &[("origin", "http://127.0.0.1:3000.evil.example")],
    &[("origin", "http://localhost:3000")],
    &[("origin", "http://127.0.0.1:3000/")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "none")],
    &[("sec-fetch-site", "")],
    &[("origin", ORIGIN), ("sec-fetch-site", "cross-site")],
    &[("origin", ORIGIN), ("sec-fetch-site", "none")],
    &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
    &[("origin", ORIGIN), ("origin", "https://evil.example")],
    &[("origin", ORIGIN), ("origin", ORIGIN)],
    &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")],
    // None of these is the browser's own word.
    &[("referer", "http://127.0.0.1:3000/secrets"), ("x-requested-with", "XMLHttpRequest"), ("x-csrf-token", "1")],
];

/// A body that notes when somebody reads it.
fn watched(body: &'static str) -> (Body, Arc<AtomicBool>) {
    let read = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&read);
    let stream = stream::once(async move {
        seen.store(true, Ordering::SeqCst);
        Ok::<_, std::io::Error>(body)
    });
    (Body::from_stream(stream), read)
}

fn with_headers(client: &Client, method: Method, address: &str, headers: Headers) -> axum::http::request::Builder {
    let request = client.request(method, address).header(header::ACCEPT, "text/html");
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

async fn send_watched(
    client: &mut Client,
    method: Method,
    address: &str,
    headers: Headers,
    form: &'static str,
) -> (Answer, bool) {
    let (body, read) = watched(form);
    let kind = if address.starts_with("/api/") { COMPACT } else { "application/x-www-form-urlencoded" };
    let request = with_headers(client, method, address, headers).header(header::CONTENT_TYPE, kind).body(body).unwrap();
    let answer = client.send(request).await;
    (answer, read.load(Ordering::SeqCst))
}

pub async fn get_with(client: &mut Client, address: &str, name: &str, value: &str) -> Answer {
    let request = client
        .request(Method::GET, address)
        .header(header::ACCEPT, "text/html")
        .header(HeaderName::from_bytes(name.as_bytes()).unwrap(), value)
        .body(Body::empty())
        .unwrap();
    client.send(request).await
}

/// Whatever a request could have changed, as one text.
async fn state_of(world: &World) -> String {
    let mut state = String::new();
    for statement in [
        "select id || ' ' || version from secrets order by id",
        "select s.id || h.hash || coalesce(s.ended_because, '-') from sessions s join handles h on h.session = s.id order by s.id",
        "select id from authentications order by id",
        "select id || phc from identities join passwords on identity = id order by id",
        "select code_hash from set_up",
    ] {
        state.push_str(&world.texts(statement).await.join("\n"));
    }
    state
}

/// It changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn another_sites_request_is_refused_before_its_body_is_read() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    let before = state_of(&world).await;
    let mut addresses = page_addresses(&id);
    addresses.extend(function_addresses().into_iter().map(str::to_owned));
    assert!(addresses.len() >= 10, "{addresses:?}");
    for address in &addresses {
        for headers in NOT_OURS {
            for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                let (answer, read) =
                    send_watched(&mut omar, method.clone(), address, headers, "action=rotate&value=taken-over").await;
                let what = format!("{method} {address} {headers:?}");
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
                assert!(!read, "{what}: its body was read");
                assert!(!answer.headers.contains_key(header::SET_COOKIE), "{what}");
                assert!(!answer.headers.contains_key("access-control-allow-origin"), "{what}");
            }
        }
    }
    assert_eq!(state_of(&world).await, before);
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK, "the session goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_cannot_sign_a_visitor_in() {
    let world = World::new().await;
    let form: &'static str = format!("name=omar&password={}", world.password("omar")).leak();
    for headers in NOT_OURS {
        let mut visitor = world.visitor();
        let (answer, _) = send_watched(&mut visitor, Method::POST, "/sign-in", headers, form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert_eq!(visitor.handle, None);
    }
    assert_eq!(world.count_all("sessions").await, 0);
    let mut visitor = world.visitor();
    let (answer, read) = send_watched(&mut visitor, Method::POST, "/sign-in", &[("origin", ORIGIN)], form).await;
    assert!(read, "the watch works");
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn this_sites_own_pages_are_served_by_either_header() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let ours: [Headers; 3] = [
        &[("origin", ORIGIN)],
        &[("sec-fetch-site", "same-origin")],
        &[("origin", ORIGIN), ("sec-fetch-site", "same-origin")],
    ];
    for headers in ours {
        let (answer, read) = send_watched(&mut omar, Method::POST, "/settings", headers, "theme=dark").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{headers:?}");
        assert!(read);
        for (address, asked, status) in
            [("/api/secret/value", "\u{1}x\u{0}", StatusCode::NOT_FOUND), ("/api/search", "\u{1}x", StatusCode::OK)]
        {
            let (answer, _) = send_watched(&mut omar, Method::POST, address, headers, asked).await;
            assert_eq!(answer.status, status, "{address} {headers:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_function_is_not_called_by_a_link_or_an_image() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let value = world.value_of(&id).await;
    let mut omar = world.sign_in("omar").await;
    for address in function_addresses() {
        for method in [Method::GET, Method::HEAD] {
            for headers in NOT_OURS {
                let (answer, read) =
                    send_watched(&mut omar, method.clone(), &format!("{address}?id={id}"), headers, "").await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {address} {headers:?}");
                assert!(!read);
            }
        }
        // The function takes a POST alone, also from our own pages: what is in an address is kept in logs.
        let ours: Headers = &[("origin", ORIGIN), ("sec-fetch-site", "same-origin")];
        let (answer, _) = send_watched(&mut omar, Method::GET, &format!("{address}?id={id}"), ours, "").await;
        assert!(answer.status.is_client_error(), "{address}: {}", answer.status);
        assert!(!answer.everything().contains(&value));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_from_another_site_opens_a_page() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let answer = get_with(&mut omar, "/secrets", "sec-fetch-site", "cross-site").await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_names_no_address_at_all_is_still_decided() {
    // A socket of this machine has no peer address; nothing may be more open for it.
    let world = World::new().await;
    let request =
        Request::builder().uri("/secrets").header(header::HOST, "127.0.0.1:3000").body(Body::empty()).unwrap();
    let answer = world.visitor().send(request).await;
    assert_eq!(answer.location(), "/sign-in?next=%2Fsecrets");
}

/// Whatever answers with an event stream is opened by this site's own pages alone.
#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_opens_no_event_stream() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let mut quinn = world.sign_in("quinn").await;
    let mut streams = Vec::new();
    for address in addresses(&id).into_iter().chain([live::ADDRESS.to_owned()]) {
        let answer = quinn.open(quinn.stream(&address).body(Body::empty()).unwrap()).await;
        if answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream") {
            streams.push(address);
        }
    }
    assert!(streams.len() >= 2, "{streams:?}");
    for address in streams {
        for headers in NOT_OURS {
            let answer = send_watched(&mut quinn, Method::GET, &address, headers, "").await.0;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{address} {headers:?}");
        }
    }
}
