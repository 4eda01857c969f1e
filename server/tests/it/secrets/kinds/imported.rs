//! Imports of files: chosen or pasted, of each format, and with values of each kind.

use crate::support::world::{Answer, Client, World, holds};
use axum::http::StatusCode;

const ADDRESS: &str = "/secrets/import";
const FIELDS: [(&str, &str); 3] = [("action", "preview"), ("environment", "dev"), ("existing", "skip")];

async fn preview_file(client: &mut Client, name: &str, content: &[u8]) -> Answer {
    client.post_file(ADDRESS, &FIELDS, (name, content)).await
}

pub async fn apply(client: &mut Client, shown: &Answer) {
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    let id = shown.page().form_of("import").value("import").to_owned();
    let applied = client.post(ADDRESS, &[("action", "import"), ("environment", "dev"), ("import", &id)]).await;
    assert_eq!(applied.status, StatusCode::SEE_OTHER, "{}", applied.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_file_is_read_by_its_name() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let yaml = "db:\n  password: canary-yaml-value-w2\n  port: 0123\nflag: no\n";
    let shown = preview_file(&mut omar, "values.yaml", yaml.as_bytes()).await;
    assert!(shown.page().shows("db/password") && !shown.body.contains("canary-yaml-value-w2"), "{}", shown.body);
    apply(&mut omar, &shown).await;
    for (name, value) in [("db/password", "canary-yaml-value-w2"), ("db/port", "0123"), ("flag", "no")] {
        let id = world.secrets().with("environment", "dev").with("name", name).first().await;
        assert_eq!(world.value_of(&id).await, value, "{name}");
    }
    assert!(!holds(&world.database.everything(&world.rows).await, "canary-yaml-value-w2"), "it is encrypted");
    for (name, content) in [(".env", "FROM_ENV='a: b'"), ("a.json", "{\"FROM_JSON\": 1}"), ("", "FROM_TEXT: 1")] {
        let shown = match name {
            "" => omar.post(ADDRESS, &[&FIELDS[..], &[("text", content)]].concat()).await,
            name => preview_file(&mut omar, name, content.as_bytes()).await,
        };
        assert!(shown.status == StatusCode::OK && shown.page().shows("FROM_"), "{name}: {}", shown.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_imported_is_refused_with_a_reason() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let large = format!("A={}", "x".repeat(1024 * 1024));
    for (name, content, reason) in [
        ("a.yaml", b"A: &a hunter2\nB: *a".as_slice(), "Line 2: aliases (*name) are not read"),
        ("a.env", b"A=\xff\xfehunter2", "This file is not UTF-8 text."),
        (
            "a.json",
            b"{\"A\": {\"kind\": \"file\", \"file_name\": \"a/b\", \"base64\": \"aHVudGVyMg==\"}}",
            "may not have /",
        ),
        ("a.json", b"{\"A\": {\"kind\": \"key-value\", \"value\": \"hunter2\"}}", "the value of A"),
        ("a.env", large.as_bytes(), "A file may have at most 1 MiB here."),
        ("", b"", "Choose a file or paste its text."),
    ] {
        let refused = preview_file(&mut omar, name, content).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(refused.page().shows(reason), "{reason}: {}", refused.body);
        assert!(!refused.body.contains("hunter2"));
    }
    let both = [&FIELDS[..], &[("text", "A=1")]].concat();
    let both = omar.post_file(ADDRESS, &both, ("a.env", b"B=1")).await;
    assert_eq!(both.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.table("pending_import_entries").count().await, 0);
}
