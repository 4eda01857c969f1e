//! Addresses: one spelling for each page, and none that leads off this site.

use crate::support::client::without;
use crate::support::world::{Answer, World};
use axum::http::{StatusCode, Uri};
use std::fmt::Write;

/// Every byte that is not a plain letter or digit, escaped.
pub fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        write!(escaped, "%{byte:02X}").unwrap();
        escaped
    })
}

/// Whether a browser that follows `location` stays on this site: the URL Standard's parser drops tabs and line ends,
/// and reads `\` as `/`.
fn stays_here(location: &str) -> bool {
    let read: String = location.chars().filter(|one| !"\t\r\n".contains(*one)).collect();
    let read = read.trim_start_matches(|one: char| one <= ' ').replace('\\', "/");
    read.starts_with('/') && !read.starts_with("//") && location.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What was tried elsewhere to lead people away after sign-in.
const AWAY: [&str; 34] = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\u{0}//evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/a/..//evil.example",
    "/%2Fevil.example",
    "/%2f%2fevil.example",
    "/%5Cevil.example",
    "/%09/evil.example",
    "/%0A/evil.example",
    "/%252Fevil.example",
    "%2F%2Fevil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http:\\\\evil.example",
    "javascript:alert(document.cookie)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "@evil.example",
    ".evil.example",
    ":80@evil.example",
    "/a\r\nSet-Cookie: x=y",
    "/\u{2215}evil.example",
];

#[tokio::test(flavor = "multi_thread")]
async fn after_sign_in_nobody_is_led_off_this_site() {
    let world = World::new().await;
    for away in AWAY {
        // Once as it is, once escaped, once escaped twice.
        let once = escaped(away);
        for next in [away.to_owned(), once.clone(), once.replace('%', "%25")] {
            let address = format!("/sign-in?next={next}");
            if address.parse::<Uri>().is_err() {
                continue; // Such bytes do not come through an HTTP parser.
            }
            let mut visitor = world.visitor();
            let page = visitor.get(&address).await;
            assert_eq!(page.status, StatusCode::OK, "{away:?}");
            assert!(!page.body.contains("evil.example"), "{away:?} stands in the page");
            let answer = visitor.post(&address, &[("name", "noor"), ("password", world.password("noor"))]).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{away:?}");
            assert_eq!(answer.location(), "/", "{away:?}");
            assert!(!answer.headers.contains_key("x"), "{away:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_confirmation_nobody_is_led_off_this_site() {
    let world = World::new().await;
    let mut noor = world.sign_in("noor").await;
    for away in AWAY {
        let address = format!("/confirm?next={}", escaped(away));
        assert!(!noor.get(&address).await.body.contains("evil.example"), "{away:?}");
        let answer = noor.post(&address, &[("password", world.password("noor"))]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "{away:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_on_this_site_is_where_one_goes_after_sign_in() {
    let world = World::new().await;
    for here in ["/", "/secrets", "/secrets?environment=dev&page=2", "/secrets?name=a%2Fb"] {
        let answer = world
            .visitor()
            .post(
                &format!("/sign-in?next={}", escaped(here)),
                &[("name", "noor"), ("password", world.password("noor"))],
            )
            .await;
        assert_eq!(answer.location(), here);
    }
    let doubled = "/sign-in?next=%2Fsecrets&next=%2F%2Fevil.example";
    let answer = world.visitor().post(doubled, &[("name", "noor"), ("password", world.password("noor"))]).await;
    assert!(stays_here(answer.location()) && !answer.location().contains("evil"), "{}", answer.location());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitors_odd_address_is_not_where_they_are_led() {
    let world = World::new().await;
    for path in [
        "//evil.example",
        "//evil.example/secrets",
        "/\\evil.example",
        "/secrets?next=//evil.example",
        "/secrets/..%2f..%2f",
    ] {
        if path.parse::<Uri>().is_err() {
            continue;
        }
        let answer = world.visitor().get(path).await;
        let location = answer.location();
        assert!(location.is_empty() || stays_here(location), "{path}: {location}");
        assert!(
            answer.status == StatusCode::SEE_OTHER || answer.status == StatusCode::NOT_FOUND,
            "{path}: {}",
            answer.status
        );
    }
}

/// Other spellings of an address: none of them is the address.
fn spellings(id: &str) -> Vec<String> {
    let upper = id.to_uppercase();
    let first = escaped(&id[..1]);
    let rest = &id[1..];
    let wide: String =
        id.chars().map(|one| if one == '0' { "%EF%BC%90".to_owned() } else { one.to_string() }).collect();
    let ambiguous = id.replace('0', "o");
    vec![
        format!("/secrets/{upper}"),
        format!("/secrets/{first}{rest}"),
        format!("/secrets/{}", escaped(id)),
        format!("/secrets/{}", escaped(&escaped(id))),
        format!("/secrets/{wide}"),
        format!("/secrets/{ambiguous}"),
        format!("/secrets/{id}/"),
        format!("/secrets/{id}//"),
        format!("/secrets/{id}/x"),
        format!("/secrets//{id}"),
        format!("//secrets/{id}"),
        format!("/./secrets/{id}"),
        format!("/secrets/./{id}"),
        format!("/secrets/x/../{id}"),
        format!("/secrets/%2e%2e/secrets/{id}"),
        format!("/Secrets/{id}"),
        format!("/SECRETS/{id}"),
        format!("/%73ecrets/{id}"),
        format!("/secrets%2F{id}"),
        format!("/secrets/%2F{id}"),
        format!("/secrets/{id}%2F"),
        format!("/secrets/{id}%00"),
        format!("/secrets/%00{id}"),
        format!("/secrets/{id}%20"),
        format!("/secrets/%20{id}"),
        format!("/secrets/{id}%0A"),
        format!("/secrets/{id};x=1"),
        format!("/secrets/{id}.json"),
        format!("/secrets/{id}0"),
        format!("/secrets/{rest}"),
        format!("/secrets/{}", id.repeat(200)),
        format!("/secrets/{id},{id}"),
        format!("/en/secrets/{id}"),
        "/secrets/%00".to_owned(),
        "/secrets/%F0%9F%97%9D".to_owned(),
        "/secrets/%FF%FE".to_owned(),
        "/secrets/%".to_owned(),
        "/secrets/%2".to_owned(),
        "/secrets/%zz".to_owned(),
        "/secrets/'%20or%20'1'='1".to_owned(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_has_one_address_in_one_spelling() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let name = world.names_of_secrets().await;
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.get(&format!("/secrets/{id}")).await.status, StatusCode::OK, "it is his");
    let mut wrong = Vec::new();
    for address in spellings(&id).into_iter().filter(|address| address.parse::<Uri>().is_ok()) {
        let answer = omar.get(&address).await;
        if answer.status != StatusCode::NOT_FOUND || name.iter().any(|name| answer.body.contains(name.as_str())) {
            wrong.push(format!("{address}: {}", answer.status));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_of_an_address_tells_a_visitor_anything() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let names = world.names_of_secrets().await;
    for address in spellings(&id).into_iter().filter(|address| address.parse::<Uri>().is_ok()) {
        let answer = world.visitor().get(&address).await;
        let led = answer.status == StatusCode::SEE_OTHER && answer.location().starts_with("/sign-in?next=");
        assert!(led || answer.status == StatusCode::NOT_FOUND, "{address}: {}", answer.status);
        assert!(!names.iter().any(|name| answer.everything().contains(name.as_str())), "{address}");
    }
}

/// A page without what differs from one request to the next: nonces, ids, times, and its own address.
fn without_ids(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or("no nonce");
    let body = answer.body.replace(nonce, "NONCE");
    let body = without(&without(&body, "data-now=\""), "name=\"next\" value=\"");
    let body = without(&body, " aria-current=\"");
    let mut text = format!("{}\n", answer.status);
    for word in body.split_inclusive(|one: char| !one.is_ascii_alphanumeric()) {
        let plain = word.trim_end_matches(|one: char| !one.is_ascii_alphanumeric());
        text.push_str(if plain.len() == 26 { "ID" } else { plain });
        text.push_str(&word[plain.len()..]);
    }
    text
}

/// Hidden: it does not exist, or the person may not know of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_id_is_answered_like_a_hidden_secret() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let not_mine = world.secrets().whose("owner", "ada").ungranted().first().await;
    let absent = without_ids(&omar.get("/secrets/00000000000000000000000001").await);
    assert!(absent.starts_with("404"));
    assert_eq!(without_ids(&omar.get(&format!("/secrets/{not_mine}")).await), absent);
    for no_id in
        ["x".to_owned(), not_mine.to_uppercase(), "%00".to_owned(), "a".repeat(4000), "%F0%9F%97%9D".to_owned()]
    {
        let answer = omar.get(&format!("/secrets/{no_id}")).await;
        assert_eq!(without_ids(&answer), absent, "{no_id}");
    }
}
