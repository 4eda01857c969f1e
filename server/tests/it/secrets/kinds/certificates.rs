//! Certificates: what they say is seen by whoever may see the secret; the private key is the value.

use super::{add, address_of, reveal};
use crate::support::world::{World, holds};
use axum::http::StatusCode;
use doorward::{Clock, TimeSpan};
use rcgen::{CertificateParams, DnType, KeyPair};

/// A certificate that ends after this time, and its private key.
fn made(world: &World, name: &str, lasts: TimeSpan) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    let at = |at: doorward::Timestamp| std::time::UNIX_EPOCH + std::time::Duration::from_millis(at.0.unsigned_abs());
    let now = world.clock.now();
    params.not_before = at(now).into();
    params.not_after = at(now.plus(lasts)).into();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

const DAY: TimeSpan = TimeSpan::hours(24);

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_shows_its_end_and_hides_its_key() {
    let world = World::new().await;
    let (mut omar, mut ada) = (world.sign_in("omar").await, world.sign_in("ada").await);
    let (certificate, key) = made(&world, "door.example", TimeSpan(12 * DAY.0 + 3_600_000));
    let secret_line = key.lines().nth(1).unwrap().to_owned();
    let added = add(&mut omar, "certificate", "new/tls", &format!("{certificate}{key}")).await;
    let address = address_of(&added);
    // Ada oversees every environment, and may not reveal.
    for client in [&mut omar, &mut ada] {
        let page = client.get(&address).await.page();
        for said in ["Expires in 12 days", "door.example", "EC, P-256", "Part of the value", "Serial number"] {
            assert!(page.shows(said), "{said}: {page}");
        }
        assert!(!page.source().contains(&secret_line) && !page.source().contains("BEGIN PRIVATE KEY"));
        assert!(client.get("/secrets?name=new%2Ftls").await.page().shows("Expires in 12 days"));
    }
    assert!(!reveal(&mut ada, &address).await.body.contains("PRIVATE KEY"));
    let shown = reveal(&mut omar, &address).await.page().revealed();
    assert!(shown.contains("BEGIN PRIVATE KEY") && shown.contains("BEGIN CERTIFICATE"));
    assert!(!holds(&world.database.everything(&world.rows).await, &secret_line), "it is encrypted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_follows_the_current_version() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let (first, _) = made(&world, "one.example", TimeSpan(3 * DAY.0 + 60_000));
    let (second, _) = made(&world, "two.example", TimeSpan(90 * DAY.0 + 60_000));
    let address = address_of(&add(&mut omar, "certificate", "new/tls", &first).await);
    let rotate = [("action", "rotate"), ("kind", "certificate"), ("value", second.as_str())];
    assert_eq!(omar.post(&address, &rotate).await.status, StatusCode::SEE_OTHER);
    let page = omar.get(&address).await.page();
    assert!(page.shows("Expires in 90 days") && page.shows("two.example") && !page.shows("one.example"));
    let restore = [("action", "restore"), ("version", "1")];
    assert_eq!(omar.post(&format!("{address}/versions"), &restore).await.status, StatusCode::SEE_OTHER);
    let page = omar.get(&address).await.page();
    assert!(page.shows("Expires in 3 days") && page.shows("one.example") && !page.shows("two.example"));
    world.clock.advance(TimeSpan::hours(24 * 5));
    let mut omar = world.sign_in("omar").await;
    assert!(omar.get("/secrets?name=new%2Ftls").await.page().shows("Expired 1 day ago"));
    for (kind, value) in [("certificate", "hunter2"), ("text", "hunter2"), ("key-value", "A=hunter2")] {
        let refused = omar.post(&address, &[("action", "rotate"), ("kind", kind), ("value", value)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind}");
        assert!(!refused.body.contains("hunter2"));
    }
}
