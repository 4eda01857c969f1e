//! Key-value secrets.

use super::{add, address_of, reveal};
use crate::support::world::{World, holds};
use axum::http::StatusCode;

const LINES: &str = "# a comment\nUSER=app\nPASSWORD='canary-pair-value-s4'\n";

#[tokio::test(flavor = "multi_thread")]
async fn pairs_are_revealed_together_and_hidden_until_then() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let address = address_of(&add(&mut omar, "key-value", "new/service", LINES).await);
    let page = omar.get(&address).await.page();
    assert!(page.shows("2 names with their values") && page.described("Kind") == "Key-value", "{page}");
    assert!(!page.source().contains("PASSWORD") && !page.source().contains("canary-pair-value-s4"));
    let shown = reveal(&mut omar, &address).await.page();
    assert_eq!(shown.revealed(), "USER=app\nPASSWORD=canary-pair-value-s4\n");
    assert!(!holds(&world.database.everything(&world.rows).await, "canary-pair-value-s4"), "it is encrypted");
    let again = [("action", "rotate"), ("kind", "key-value"), ("value", "USER=app\nUSER=other")];
    let refused = omar.post(&address, &again).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().shows("Line 2: USER stands already on line 1."), "{}", refused.body);
    let again = [("action", "rotate"), ("kind", "key-value"), ("value", "USER=another")];
    assert_eq!(omar.post(&address, &again).await.status, StatusCode::SEE_OTHER);
    assert!(omar.get(&address).await.page().shows("1 name with its value"));
    let restore = [("action", "restore"), ("version", "1")];
    assert_eq!(omar.post(&format!("{address}/versions"), &restore).await.status, StatusCode::SEE_OTHER);
    assert!(omar.get(&address).await.page().shows("2 names with their values"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_with_markup_stays_text() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let markup = "</textarea><script>alert(1)</script>";
    let text = address_of(&add(&mut omar, "text", "new/text", markup).await);
    let pairs = address_of(&add(&mut omar, "key-value", "new/pairs", &format!("HTML='{markup}'")).await);
    for address in [text, pairs] {
        let shown = reveal(&mut omar, &address).await.page();
        assert!(shown.revealed().contains(markup) && !shown.source().contains(markup), "{shown}");
    }
    for (kind, value) in [("key-value", markup), ("certificate", markup), ("no-such-kind", markup)] {
        let refused = add(&mut omar, kind, "new/refused", value).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind}");
        assert!(!refused.body.contains("alert(1)"), "a value is not sent back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_does_not_change_the_kind_of_a_secret() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    address_of(&add(&mut omar, "key-value", "SERVICE", LINES).await);
    let fields = [("action", "preview"), ("environment", "dev"), ("existing", "rotate"), ("text", "SERVICE=text")];
    let preview = omar.post("/secrets/import", &fields).await.page();
    assert!(preview.shows("Conflict") && !preview.shows("Import 1 into"), "{preview}");
    let by_command = server::secrets::cli::import(&world.backend, ".env", "SERVICE=text", "dev", Some("omar")).await;
    let said = by_command.err().map(|error| error.to_string()).unwrap_or_default();
    assert_eq!(said, "SERVICE exists and is of another kind (key-value); nothing was imported");
}
