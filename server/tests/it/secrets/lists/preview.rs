//! What the pages of a selection say before anything is changed.

use super::selected::{address, apply_shown, two};
use crate::support::world::World;
use axum::http::StatusCode;
use doorward::{Clock, TimeSpan};

/// The preview and the change of one secret agree, for everybody and for each kind of change.
#[tokio::test(flavor = "multi_thread")]
async fn the_preview_says_what_the_change_does() {
    let world = World::new().await;
    let [own, _] = two(&world).await;
    let others =
        [own, world.omars_secret("staging").await, world.omars_secret("production").await, world.adas_secret().await];
    let now = world.clock.now();
    world.grant_until(&others[0], "vera", Some(now.plus(TimeSpan::hours(1)))).await;
    let mut done = 0;
    for name in ["vera", "omar", "petra", "quinn", "ada", "noor"] {
        let mut client = world.sign_in(name).await;
        for id in &others {
            for change in [
                "what=add-tags&tags=pci",
                "what=move&folder=f",
                "what=share&with=noor&lasts=1h",
                "what=archive",
                "what=bring-back",
            ] {
                let page = client.get(&address(&[id], change)).await.body;
                let may = page.contains("name=\"over\"");
                assert!(!may || !page.contains("Not possible:"), "{name} {change}: {page}");
                let answer = match may {
                    true => apply_shown(&mut client, &address(&[id], change), &page).await,
                    false => client.post(&address(&[id], change), &[("over", "1-1-0")]).await,
                };
                assert_eq!(answer.status == StatusCode::SEE_OTHER, may, "{name} {change}: {}", answer.body);
                done += i32::from(may);
            }
        }
    }
    assert!(done > 20, "{done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn checkboxes_are_for_whoever_may_change_something() {
    let world = World::new().await;
    let own = world.omars_secret("dev").await;
    let name = world.secret_name(&own).await;
    let mut omar = world.sign_in("omar").await;
    let list = omar.get("/secrets?environment=dev").await.body;
    assert!(
        list.contains(&format!("aria-label=\"Select {name}\"")) && list.contains(&format!("name=\"id-{own}\"")),
        "{list}"
    );
    for button in ["Add tags…", "Remove tags…", "Move to folder…", "Share with…", "Give to owner…", "Archive…"]
    {
        assert!(list.contains(&format!(">{button}</button>")), "{button}");
    }
    let vera = world.sign_in("vera").await.get("/secrets").await.body;
    assert!(!vera.contains("type=\"checkbox\"") && !vera.contains("Add tags…"), "{vera}");
    let chosen = omar.get(&format!("/secrets/selected?id-{own}=1&what=archive")).await.body;
    assert!(chosen.contains("Archive 1 secret</button>") && chosen.contains(&name), "{chosen}");
    assert!(omar.get("/secrets/selected?what=archive").await.body.contains("No secret is selected"));
    omar.post(&format!("/secrets/{own}/edit"), &[("action", "archive")]).await;
    let archived = omar.get("/secrets?state=archived").await.body;
    assert!(archived.contains(">Bring back…</button>") && !archived.contains(">Archive…</button>"), "{archived}");
}
