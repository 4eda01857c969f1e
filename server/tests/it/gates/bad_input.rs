//! Queries, server functions and methods: whatever comes in is parsed or refused, breaks nothing, and is not sent back.

use crate::gates::cross_site::{function_addresses, page_addresses};
use crate::page::addresses::escaped;
use crate::page::forms::{FORM, raw_post, versions};
use crate::support::client::COMPACT;
use crate::support::world::{Answer, ORIGIN, World};
use app::page::error::PageError;
use axum::body::Body;
use axum::http::{Method, StatusCode, header};

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_no_list_has_is_refused_and_shows_no_row() {
    let world = World::new().await;
    let names = world.names_of_secrets().await;
    let mut ada = world.sign_in("ada").await;
    let long = format!("name={}", "x".repeat(129));
    for query in [
        "page=0",
        "page=-1",
        "page=%2B1",
        "page=1.5",
        "page=x",
        "page=%00",
        "page=100001",
        "page=99999999999",
        "page=99999999999999999999999999999",
        "sort=x",
        "sort=Name",
        "sort=name;drop",
        "sort=updated%20desc",
        "environment=../",
        "environment=Dev",
        "environment=dev%00",
        "environment=dev'--",
        "environment=%EF%BD%84ev",
        "name=%00",
        "owner=%00",
        "access=x",
        "access=Own",
        &long,
    ] {
        let answer = ada.get(&format!("/secrets?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(!names.iter().any(|name| answer.body.contains(name.as_str())), "{query}");
        let led = world.visitor().get(&format!("/secrets?{query}")).await;
        assert_eq!(led.status, StatusCode::SEE_OTHER, "{query}");
    }
    for empty in ["page=100000", "environment=nowhere", "name=no-such-name-at-all"] {
        let answer = ada.get(&format!("/secrets?{empty}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{empty}");
        assert!(!names.iter().any(|name| answer.body.contains(name.as_str())), "{empty}");
    }
    for odd in ["page=1&page=2", "page=", "x=1", "%", "%zz", "&&&", "=", "name", "name=%FF", "page=1#x"] {
        let answer = ada.get(&format!("/secrets?{odd}")).await;
        assert!(!answer.status.is_server_error(), "{odd}: {}", answer.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_finds_what_it_says_and_not_what_it_could_mean() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let ids = world.ids_of("secrets").await;
    let odd = ["a%b", "a_b", "a'b", "a\"b", "a!b", "a\\b", "a<i>b", "aXb", "a%41c"];
    for (id, name) in ids.iter().zip(odd) {
        world.rename(id, name).await;
    }
    for (text, expected) in [
        ("a%b", "a%b"),
        ("%41", "a%41c"),
        ("_", "a_b"),
        ("'", "a'b"),
        ("\"", "a\"b"),
        ("!", "a!b"),
        ("\\", "a\\b"),
        ("<i>", "a<i>b"),
        ("axb", "aXb"),
        ("A%B", "a%b"),
    ] {
        let page = ada.get(&format!("/secrets?name={}", escaped(text))).await;
        assert_eq!(page.status, StatusCode::OK, "{text}");
        let name_of =
            |id: &str| ids.iter().zip(odd).find(|(known, _)| *known == id).map_or("another", |(_, name)| name);
        let found: Vec<&str> = listed(&page).iter().map(|id| name_of(id)).collect();
        assert_eq!(found, [expected], "{text}");
        assert!(!page.body.contains("<i>"), "a name is text");
    }
    for text in ["%%", "__", "' or '1'='1", "%' --", "!%"] {
        let page = ada.get(&format!("/secrets?name={}", escaped(text))).await;
        assert_eq!((page.status, listed(&page).len()), (StatusCode::OK, 0), "{text}");
    }
}

/// The ids of the rows that a page lists, in their order.
pub fn listed(answer: &Answer) -> Vec<String> {
    let addresses = answer.page().addresses();
    let ids = addresses.iter().filter_map(|address| address.strip_prefix("/secrets/"));
    ids.filter(|id| id.len() == 26).map(ToOwned::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_function_refuses_whatever_it_cannot_read() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let value = world.value_of(&id).await;
    let huge = format!("id={}", "x".repeat(300 * 1024));
    let deep = "[".repeat(10_000);
    let bodies: Vec<(&str, String)> = vec![
        (FORM, String::new()),
        (FORM, "x=reflect-me-7c1e<script>".to_owned()),
        (FORM, "id=reflect-me-7c1e<script>".to_owned()),
        (FORM, "id=%FF%FE".to_owned()),
        (FORM, "id=%".to_owned()),
        (FORM, "id[]=reflect-me-7c1e".to_owned()),
        (FORM, "id[a][b][c][d][e][f][g][h]=1".to_owned()),
        (FORM, "id%5B%5D=1".to_owned()),
        (FORM, "id=1&id=2".to_owned()),
        (FORM, huge.clone()),
        ("application/json", format!("{{\"id\":\"{id}\"}}")),
        ("application/json", "{".to_owned()),
        ("application/json", deep),
        ("application/cbor", "\u{1}\u{2}\u{3}".to_owned()),
        (
            "multipart/form-data; boundary=b",
            format!("--b\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n{id}\r\n--b--\r\n"),
        ),
        ("multipart/form-data", "reflect-me-7c1e".to_owned()),
        ("text/html", "<script>reflect-me-7c1e</script>".to_owned()),
    ];
    for address in function_addresses() {
        let mut omar = world.sign_in("omar").await;
        for (kind, body) in &bodies {
            let start: String = body.chars().take(40).collect();
            let mut visitor = world.visitor();
            let answer = visitor.send(raw_post(&visitor, address, kind, body.clone())).await;
            assert!(matches!(answer.status.as_u16(), 401 | 403), "{address} {start}: {}", answer.status);
            assert!(!answer.everything().contains(&value));

            let answer = omar.send(raw_post(&omar, address, kind, body.clone())).await;
            assert!(answer.status.is_client_error(), "{address} {kind} {start}: {}", answer.status);
            assert_eq!(answer.header("content-type"), COMPACT, "{address} {kind} {start}");
            assert_ne!(answer.decoded::<PageError>(), PageError::Lost, "a typed failure");
            let sent = answer.everything();
            assert!(!sent.contains("reflect-me") && !sent.contains(&value), "{address} {kind} {start}: {sent}");
            assert_eq!(answer.location(), "", "no redirect carries an error in its address");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_no_server_function_is_not_found() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    let mut addresses =
        vec!["/api/".to_owned(), "/api/x".to_owned(), "/api/secret/values".to_owned(), "/api".to_owned()];
    for known in function_addresses() {
        addresses.extend([
            known.to_uppercase(),
            format!("{known}/"),
            format!("/{known}"),
            known.replacen('/', "//", 2),
            format!("{known}%00"),
        ]);
        addresses.push(known.replacen("/s", "/%73", 1));
    }
    for address in addresses {
        let answer = omar.post(&address, &[("id", &id)]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
    }
}

/// No method breaks an address.
#[tokio::test(flavor = "multi_thread")]
async fn no_method_but_get_and_post_does_anything() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let name = world.names_of_secrets().await;
    let mut omar = world.sign_in("omar").await;
    let mut addresses = page_addresses(&id);
    addresses.extend(function_addresses().into_iter().map(str::to_owned));
    addresses.extend(
        ["/healthz", "/readyz", "/favicon.svg", "/robots.txt", "/pkg/x.js", "/nowhere", "/api/x"].map(str::to_owned),
    );
    for address in &addresses {
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PURGE", "PROPFIND", "get"] {
            for origin in [None, Some(ORIGIN)] {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let mut request =
                    omar.request(method.clone(), address).body(Body::from("action=rotate&value=x")).unwrap();
                if let Some(origin) = origin {
                    request.headers_mut().insert(header::ORIGIN, origin.parse().unwrap());
                }
                let answer = omar.send(request).await;
                assert!(answer.status.is_client_error(), "{method} {address}: {}", answer.status);
                assert!(!name.iter().any(|name| answer.body.contains(name.as_str())), "{method} {address}");
            }
        }
        let get = omar
            .send(omar.request(Method::GET, address).header(header::ORIGIN, ORIGIN).body(Body::empty()).unwrap())
            .await;
        let head = omar
            .send(omar.request(Method::HEAD, address).header(header::ORIGIN, ORIGIN).body(Body::empty()).unwrap())
            .await;
        assert!(!get.status.is_server_error(), "{address}: {}", get.status);
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "HEAD {address}");
    }
    assert_eq!(versions(&world).await, 200);
}
