//! Headers of a client that claim another host, address, method or privilege change nothing.

use super::{function_addresses, get_with, page_addresses};
use crate::support::world::{Answer, ORIGIN, Setup, World};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use doorward::TimeSpan;
use server::http::address::TrustedProxies;
use server::sign_in::limits::Allowance;

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_host_is_not_served_by_any_address() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    let mut addresses = page_addresses(&id);
    addresses.extend(function_addresses().into_iter().map(str::to_owned));
    addresses.extend(["/favicon.svg".to_owned(), "/pkg/x.js".to_owned(), "/nowhere".to_owned()]);
    for address in &addresses {
        for host in
            ["evil.example", "evil.example:3000", "127.0.0.1", "127.0.0.1:3001", "127.0.0.1:3000.evil.example", ""]
        {
            let mut request = omar
                .request(Method::GET, address)
                .header("x-forwarded-host", "127.0.0.1:3000")
                .header("origin", ORIGIN)
                .body(Body::empty())
                .unwrap();
            request.headers_mut().insert(header::HOST, host.parse().unwrap());
            let answer = omar.send(request).await;
            assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{address} at {host:?}");
        }
    }
    let mut request = omar.request(Method::GET, "/secrets").body(Body::empty()).unwrap();
    request.headers_mut().remove(header::HOST);
    assert_eq!(omar.send(request).await.status, StatusCode::MISDIRECTED_REQUEST, "no host at all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_host_changes_nothing() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    for name in ["x-forwarded-host", "x-host", "forwarded", "x-forwarded-server", "x-original-host"] {
        let value = if name == "forwarded" { "host=evil.example;proto=https" } else { "evil.example" };
        let page = get_with(&mut omar, "/secrets", name, value).await;
        assert_eq!(page.status, StatusCode::OK, "{name}");
        assert!(!page.everything().contains("evil.example"), "{name}");
        let led = get_with(&mut world.visitor(), "/secrets", name, value).await;
        assert_eq!(led.location(), "/sign-in?next=%2Fsecrets", "{name}");
        assert!(!led.everything().contains("evil.example"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_address_counts_only_from_a_configured_proxy() {
    for (trusted, proxies) in [(false, TrustedProxies::default()), (true, everybody_in_the_tests())] {
        let world = World::with(Setup { proxies, ..Setup::default() }).await;
        let mut client = world.visitor();
        let peer = client.address.to_string();
        for name in ["x-forwarded-for", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "forwarded"] {
            let value = if name == "forwarded" { "for=203.0.113.7" } else { "203.0.113.7" };
            get_with(&mut client, "/secrets", name, value).await;
        }
        let recorded = world.records().of("secret.list").each("address").await;
        assert_eq!(recorded.len(), 6);
        assert_eq!(recorded.iter().filter(|address| **address == peer).count(), if trusted { 4 } else { 6 });
        assert_eq!(recorded.iter().any(|address| address == "203.0.113.7"), trusted);
    }
}

fn everybody_in_the_tests() -> TrustedProxies {
    TrustedProxies(vec!["198.18.0.0/15".parse().unwrap()])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_address_gains_no_more_tries() {
    let address_allowance = Allowance { tries: 3, one_back_every: TimeSpan::minutes(10) };
    let world = World::with(Setup { address_allowance, ..Setup::default() }).await;
    let mut client = world.visitor();
    let mut statuses = Vec::new();
    for number in 0..5 {
        let request = client
            .request(Method::POST, "/sign-in")
            .header("origin", ORIGIN)
            .header("x-forwarded-for", format!("203.0.113.{number}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!("name=nobody{number}&password=wrong")))
            .unwrap();
        statuses.push(client.send(request).await.status.as_u16());
    }
    assert_eq!(statuses, [422, 422, 422, 429, 429]);
}

/// Headers by which other frameworks were led past their own checks.
const INTERNAL: [(&str, &str); 22] = [
    ("referer", "http://127.0.0.1:3000/secrets"),
    ("x-original-url", "/sign-in"),
    ("x-rewrite-url", "/sign-in"),
    ("x-forwarded-uri", "/healthz"),
    ("x-forwarded-prefix", "/api"),
    ("x-forwarded-path", "/sign-in"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-port", "443"),
    ("x-middleware-subrequest", "middleware:middleware:middleware:middleware:middleware"),
    ("x-middleware-rewrite", "/sign-in"),
    ("x-matched-path", "/sign-in"),
    ("x-invoke-path", "/sign-in"),
    ("x-sveltekit-invalidated", "1"),
    ("x-remix-response", "yes"),
    ("x-http-method-override", "GET"),
    ("x-accel-redirect", "/secrets"),
    ("x-user", "ada"),
    ("x-remote-user", "ada"),
    ("x-forwarded-user", "ada"),
    ("x-doorward-identity", "ada"),
    ("authorization", "Bearer ada"),
    ("accept-islands", "1"),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_header_of_a_client_changes_a_decision() {
    let world = World::new().await;
    let hidden = world.secrets().whose("owner", "ada").ungranted().first().await;
    let addresses = page_addresses(&hidden);
    let clients =
        [world.visitor(), world.sign_in("noor").await, world.sign_in("vera").await, world.sign_in("ada").await];
    for mut client in clients {
        for address in &addresses {
            let usual = client.get(address).await;
            for (name, value) in INTERNAL {
                let answer = get_with(&mut client, address, name, value).await;
                let decided = |answer: &Answer| (answer.status, answer.location().to_owned());
                assert_eq!(decided(&answer), decided(&usual), "{address} with {name}: {value}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_in_a_header_or_a_field_is_not_the_method() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
        let answer = get_with(&mut omar, "/sign-out?_method=POST", name, "POST").await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert_eq!(world.sessions().having("ended_at").count().await, 0);
}
