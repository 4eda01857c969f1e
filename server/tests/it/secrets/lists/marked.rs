//! Protected environments carry a mark, by their rules and not by their names.

use crate::support::page::Page;
use crate::support::world::{Client, World};

const MARK: &str = "Protected";

/// Whether each of these environments is marked in the list of secrets.
async fn marked(client: &mut Client, environment: &str) -> bool {
    let page = client.get(&format!("/secrets?environment={environment}")).await.page();
    let rows = page.table("Secrets you can see").rows;
    let marked = rows.iter().filter(|row| row.cell("Environment").contains(MARK)).count();
    assert!(marked == 0 || marked == rows.len(), "{environment}: {marked} of {}", rows.len());
    marked > 0
}

fn of_row(page: &Page, table: &str, row: &str) -> bool {
    page.table(table).row(row).texts().iter().any(|text| text.contains(MARK))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_of_an_environment_mark_it_and_not_its_name() {
    let world = World::new().await;
    let mut petra = world.sign_in("petra").await;
    assert!(marked(&mut petra, "production").await && !marked(&mut petra, "staging").await);
    let rules = |name: &'static str| world.table("environments").with("name", name);
    rules("production").set("protected", 0).await;
    rules("staging").set("second_factor", 1).await;
    assert!(!marked(&mut petra, "production").await && marked(&mut petra, "staging").await);
    rules("staging").set("second_factor", 0).await;
    rules("staging").set("asks_reason", 1).await;
    assert!(!marked(&mut petra, "staging").await, "a reason alone proves nothing of who asks");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mark_is_wherever_a_value_is_used() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    for (environment, is_marked) in [("production", true), ("dev", false)] {
        let id = world.omars_secret(environment).await;
        let page = omar.get(&format!("/secrets/{id}")).await.page();
        assert_eq!(page.described("Environment").contains(MARK), is_marked, "{environment}");
        assert_eq!(page.section("Value").shows(MARK), is_marked, "{environment}");
        let overview = omar.get("/").await.page();
        assert_eq!(of_row(&overview, "Your access, by environment", environment), is_marked);
    }
    let dev = world.omars_secret("dev").await;
    world.table("environments").with("name", "dev").set("protected", 1).await;
    assert!(omar.get(&format!("/secrets/{dev}")).await.page().section("Rotate").shows(MARK));
    world.table("environments").with("name", "dev").set("protected", 0).await;
    for (held_up, is_marked) in [("secret.reveal", true), ("secret.rotate", true), ("role.give", false), ("x", false)] {
        let page = omar.get(&format!("/confirm?next=%2Fsecrets&for={held_up}")).await.page();
        assert_eq!(page.shows(MARK), is_marked, "{held_up}");
    }
    let mut ada = world.sign_in("ada").await;
    let environments = ada.get("/access/environments").await.page();
    assert!(of_row(&environments, "Environments", "production") && !of_row(&environments, "Environments", "dev"));
    let found = omar.get("/search?q=production").await.page();
    assert!(
        found.rows().iter().all(|row| !row.cell("About").contains("production") || row.cell("About").contains(MARK))
    );
}
