//! Rotation: periods and due dates, the list of what is due, and who is told.

mod consumers;
mod generated;
mod list;
mod notices;

use crate::secrets::details::revision;
use crate::support::world::{Client, World};
use axum::http::StatusCode;
use doorward::TimeSpan;

const DAY: TimeSpan = TimeSpan::hours(24);

fn edit(id: &str) -> String {
    format!("/secrets/{id}/edit")
}

async fn set(client: &mut Client, id: &str, days: &str) -> StatusCode {
    let over = revision(client, id).await;
    client.post(&edit(id), &[("action", "set-rotation"), ("days", days), ("over", &over)]).await.status
}

/// Grants a secret to several people, without an end.
async fn grant_to(world: &World, id: &str, names: &[&str]) {
    for name in names {
        world.grant_also(id, name, None).await;
    }
}

/// Lets days pass, and signs in again, because sessions do not last so long.
async fn after(world: &World, days: i64, name: &str) -> Client {
    world.clock.advance(TimeSpan(days * DAY.0));
    world.sign_in(name).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_shows_its_period_and_due_date() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let page = format!("/secrets/{id}");
    let plain = [("action", "rotate"), ("value", "a first value")];
    assert_eq!(omar.post(&page, &plain).await.status, StatusCode::SEE_OTHER);
    assert!(!omar.get(&page).await.page().shows("Last rotated"), "nothing is said without a period");
    assert_eq!(set(&mut omar, &id, "30").await, StatusCode::SEE_OTHER);
    assert_eq!(world.records().of("secret.set_rotation").each("parameters").await, ["days=30"]);
    let mut omar = after(&world, 10, "omar").await;
    let shown = omar.get(&page).await.page();
    assert!(shown.shows("every 30 days") && shown.shows("due in 19 days"), "{shown}");
    let mut omar = after(&world, 23, "omar").await;
    let shown = omar.get(&page).await.page();
    assert!(shown.shows("overdue by 3 days"), "{shown}");
    assert_eq!(set(&mut omar, &id, "").await, StatusCode::SEE_OTHER);
    assert!(!omar.get(&page).await.page().shows("overdue"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_out_of_form_is_refused() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    for odd in ["0", "-1", "3651", "1.5", "ten", "+5", "99999999999999999999"] {
        let answer = omar.post(&edit(&id), &[("action", "set-rotation"), ("days", odd), ("over", "1")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{odd}");
        assert!(
            answer.page().shows("from 1 to 3650")
                && answer.page().field("Days until it is due for a new value").value == odd,
            "{odd}"
        );
    }
    assert_eq!(world.secrets().having("rotation_days").count().await, 0);
    assert_eq!(set(&mut omar, &id, "3650").await, StatusCode::SEE_OTHER);
    // Somebody who has not seen that does not overwrite it.
    let answer = omar.post(&edit(&id), &[("action", "set-rotation"), ("days", "7"), ("over", "1")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.page().shows("Omar Haddad changed this secret on "), "{}", answer.body);
    assert_eq!(world.secrets().number("max(rotation_days)").await, 3650);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_edit_a_secret_sets_its_period() {
    let world = World::new().await;
    world.grants().remove().await;
    let id = world.omars_secret("dev").await;
    let fields = [("action", "set-rotation"), ("days", "30")];
    for (name, status) in [
        ("vera", StatusCode::NOT_FOUND),
        ("petra", StatusCode::FORBIDDEN),
        ("quinn", StatusCode::FORBIDDEN),
        ("ada", StatusCode::SEE_OTHER),
    ] {
        assert_eq!(world.sign_in(name).await.post(&edit(&id), &fields).await.status, status, "{name}");
    }
    let production = world.omars_secret("production").await;
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.post(&edit(&production), &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.secrets().having("rotation_days").count().await, 1);
}

/// Every way to a new version counts: the form, an older version, both imports.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_value_resets_the_due_date() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let page = format!("/secrets/{id}");
    assert_eq!(set(&mut world.sign_in("omar").await, &id, "30").await, StatusCode::SEE_OTHER);
    let name = world.secret_name(&id).await;
    for way in ["form", "restore", "import", "command"] {
        let mut omar = after(&world, 40, "omar").await;
        assert!(omar.get(&page).await.page().shows("overdue by "), "{way}");
        match way {
            "form" => drop(omar.post(&page, &[("action", "rotate"), ("value", "new")]).await),
            "restore" => {
                let fields = [("action", "restore"), ("version", "1")];
                drop(omar.post(&format!("{page}/versions"), &fields).await);
            }
            "import" => {
                let text = format!("{name}=imported");
                let fields =
                    [("action", "preview"), ("environment", "dev"), ("existing", "rotate"), ("text", text.as_str())];
                let preview = omar.post("/secrets/import", &fields).await.page();
                let import = preview.form_of("import").value("import").to_owned();
                let fields = [("action", "import"), ("environment", "dev"), ("import", import.as_str())];
                drop(omar.post("/secrets/import", &fields).await);
            }
            _ => {
                let text = format!("{name}=by-command\n");
                let done = server::secrets::cli::import(&world.backend, "some.env", &text, "dev", Some("omar")).await;
                assert_eq!(done.expect("it is imported").updated().count(), 1);
            }
        }
        assert!(omar.get(&page).await.page().shows("due in 29 days"), "{way}");
        // Another change is none.
        let rename = [("action", "rename"), ("name", name.as_str())];
        assert_eq!(omar.post(&page, &rename).await.status, StatusCode::SEE_OTHER);
    }
}
