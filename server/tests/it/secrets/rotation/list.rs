//! The list by due date, its chart and the count on the overview agree with the decision about each secret.

use super::{DAY, after, grant_to, set};
use crate::gates::bad_input::listed;
use crate::secrets::lists::{Chance, random_world};
use crate::support::page::Page;
use crate::support::world::{Client, World};
use app::secrets::store::{Rotation, RotationState};
use axum::http::StatusCode;
use doorward::{Clock, TimeSpan, Timestamp};

/// What a test knows of a secret.
struct Period {
    id: String,
    name: String,
    rotation: Rotation,
    environment: String,
    archived: bool,
}

/// Gives each secret a period and a last rotation by chance; many are due at exactly this moment.
async fn periods(world: &World, chance: &mut Chance, known: &[(String, String, String, bool)]) -> Vec<Period> {
    let now = world.clock.now();
    let mut periods = Vec::new();
    for (id, name, environment, archived) in known {
        let days = *chance.one_of(&[None, Some(1), Some(20), Some(28), Some(90)]);
        let age = chance.one_of(&[0, 1, 15, 21, 27, 28, 83, 90, 100]);
        let rotated = Timestamp(now.0 - age * DAY.0 - i64::try_from(chance.below(2)).unwrap());
        world.secrets().with("id", id).set("rotation_days", days).await;
        world.secrets().with("id", id).set("rotated_at", rotated.0).await;
        let rotation = Rotation { days, rotated };
        periods.push(Period {
            id: id.clone(),
            name: name.clone(),
            rotation,
            environment: environment.clone(),
            archived: *archived,
        });
    }
    periods
}

/// All pages of a list, and the total that the last of them names.
async fn all_pages(client: &mut Client, query: &str) -> (Vec<String>, usize) {
    let (mut rows, mut total) = (Vec::new(), 0);
    for page in 1.. {
        let answer = client.get(&format!("/secrets/rotation?{query}&page={page}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        let ids = listed(&answer);
        if ids.is_empty() {
            break;
        }
        assert!(ids.len() <= 50);
        rows.extend(ids);
        total = answer.page().total("Pages of secrets");
    }
    (rows, total)
}

fn expected(mine: &[&Period], state: &str, environment: &str, now: Timestamp) -> Vec<String> {
    let fits = |period: &&&Period| {
        let found = period.rotation.state(now);
        let is_of_state = if state.is_empty() { found != RotationState::Unset } else { found.as_str() == state };
        is_of_state && !period.archived && (environment.is_empty() || period.environment == environment)
    };
    let mut rows: Vec<&&Period> = mine.iter().filter(fits).collect();
    rows.sort_by_key(|period| (period.rotation.due(), period.name.clone(), period.id.clone()));
    rows.into_iter().map(|period| period.id.clone()).collect()
}

/// The number that the chart's table has for secrets that are overdue.
fn overdue_on(page: &Page) -> usize {
    let row = page.rows().into_iter().find(|row| row.page.has_link("Overdue"));
    row.map_or(0, |row| row.cell("Secrets").parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_rotations_equals_row_by_row_decisions() {
    let mut chance = Chance::new();
    println!("DOORWARD_TEST_SEED={}", chance.0);
    let (world, known) = random_world(&mut chance).await;
    let known: Vec<_> =
        known.into_iter().map(|known| (known.id, known.name, known.environment, known.archived)).collect();
    let periods = periods(&world, &mut chance, &known).await;
    let now = world.clock.now();
    let mut seen = 0;
    for person in ["vera", "omar", "petra", "quinn", "ada", "noor"] {
        let mut client = world.sign_in(person).await;
        if client.get("/secrets/rotation").await.status == StatusCode::FORBIDDEN {
            continue;
        }
        let mut mine = Vec::new();
        for period in &periods {
            if client.get(&format!("/secrets/{}", period.id)).await.status == StatusCode::OK {
                mine.push(period);
            }
        }
        seen += mine.len();
        for (state, environment) in
            [("", ""), ("overdue", ""), ("due", ""), ("later", ""), ("none", ""), ("", "dev"), ("overdue", "lab")]
        {
            let (rows, total) = all_pages(&mut client, &format!("state={state}&environment={environment}")).await;
            assert_eq!(rows, expected(&mine, state, environment, now), "{person}: {state} {environment}");
            assert_eq!(total, rows.len(), "{person}: {state} {environment}");
        }
        let overdue = expected(&mine, "overdue", "", now).len();
        assert_eq!(overdue_on(&client.get("/secrets/rotation").await.page()), overdue, "{person}'s chart");
    }
    assert!(seen > 0, "somebody saw something");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_rotations_is_narrowed_by_folder_and_owner() {
    let world = World::new().await;
    world.secrets().set("rotation_days", 3650).await;
    let mut ada = world.sign_in("ada").await;
    let (all, total) = all_pages(&mut ada, "").await;
    assert_eq!((all.len(), total), (200, 200));
    let (billing, _) = all_pages(&mut ada, "folder=billing").await;
    assert_eq!(billing.len(), 20);
    let (own, _) = all_pages(&mut ada, "whose=own").await;
    assert_eq!(own.len(), 120, "an administrator owns some of all that they can see");
    for odd in ["state=gone", "folder=%2F", "whose=theirs", "page=0", "environment=no%20such"] {
        let answer = ada.get(&format!("/secrets/rotation?{odd}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{odd}");
    }
    world.secrets().set("rotation_days", None::<i64>).await;
    assert!(ada.get("/secrets/rotation").await.page().shows("No secret has a period"));
    assert!(ada.get("/secrets/rotation?state=none").await.page().shows("1–50 of 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chart_counts_what_falls_due_in_each_week() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "new")]).await;
    assert_eq!(set(&mut omar, &id, "28").await, StatusCode::SEE_OTHER);
    let page = omar.get("/secrets/rotation").await.page();
    let due = app::ui::time::day(week_of(world.clock.now().plus(TimeSpan(28 * DAY.0))));
    assert!(page.shows(&format!("Week from {due}: 1 secret")), "{page}");
    assert_eq!(page.times(": 1 secret"), 2, "as the bar's title and its value");
    assert!(page.shows("0 secrets overdue, and 1 secret due in the next weeks"), "{page}");
}

fn week_of(moment: Timestamp) -> Timestamp {
    Timestamp(moment.0 - (moment.0 - 4 * DAY.0).rem_euclid(7 * DAY.0))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_counts_what_one_is_to_rotate() {
    let world = World::new().await;
    let (mine, shared) = (world.omars_secret("dev").await, world.omars_secret("staging").await);
    world.grants().remove().await;
    grant_to(&world, &shared, &["vera", "ada"]).await;
    let mut omar = world.sign_in("omar").await;
    for id in [&mine, &shared] {
        omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "new")]).await;
        assert_eq!(set(&mut omar, id, "30").await, StatusCode::SEE_OTHER);
    }
    assert!(!omar.get("/").await.page().shows("for rotation"), "nothing is due yet");
    let mut omar = after(&world, 25, "omar").await;
    assert!(omar.get("/").await.page().shows("2 secrets due for rotation"));
    let mut omar = after(&world, 6, "omar").await;
    assert!(omar.get("/").await.page().shows("2 secrets overdue for rotation"));
    omar.post(&format!("/secrets/{mine}"), &[("action", "rotate"), ("value", "newer")]).await;
    for (name, words) in [("omar", true), ("ada", true), ("vera", false), ("petra", false), ("quinn", false)] {
        let page = world.sign_in(name).await.get("/").await.page();
        assert_eq!(page.shows("1 secret overdue for rotation"), words, "{name}");
    }
}
