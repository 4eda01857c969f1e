//! Several secrets at once: each is decided and recorded by itself, and all are changed or none.

mod refused;

use crate::account::codes::between;
use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;
use doorward::{Clock, TimeSpan};

fn address(ids: &[&str], change: &str) -> String {
    format!("/secrets/selected?ids={}&{change}", ids.join("."))
}

/// The fields that the page's form carries.
fn fields(page: &str) -> Vec<(&'static str, String)> {
    let field = |name: &str| between(page, &format!("name=\"{name}\" value=\""), "\"").to_owned();
    vec![("over", field("over")), ("form", field("form"))]
}

async fn apply_shown(client: &mut Client, address: &str, page: &str) -> Answer {
    let fields = fields(page);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client.post(address, &fields).await
}

/// Looks at what would happen, and does it.
async fn apply(client: &mut Client, ids: &[&str], change: &str) -> Answer {
    let address = address(ids, change);
    let page = client.get(&address).await.body;
    apply_shown(client, &address, &page).await
}

/// Two secrets of omar's in dev.
async fn two(world: &World) -> [String; 2] {
    let first = world.omars_secret("dev").await;
    let owned = "s.environment = 'dev' and s.owner = (select id from identities where name = 'omar')";
    let second = world.secret_where(&format!("{owned} and s.id <> '{first}'")).await;
    [first, second]
}

/// A secret of ada's in dev of which omar may not know.
async fn hidden(world: &World) -> String {
    let owned = "s.environment = 'dev' and s.owner = (select id from identities where name = 'ada')";
    world.secret_where(&format!("{owned} and not exists (select 1 from grants g where g.secret = s.id)")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_is_changed_with_a_record_for_each() {
    let world = World::new().await;
    world.execute("delete from grants").await;
    let mut omar = world.sign_in("omar").await;
    let [a, b] = two(&world).await;
    let ids = [a.as_str(), b.as_str()];
    world.change(format!("update secrets set name = 'one/first' where id = '{a}'")).await;
    world.change(format!("update secrets set name = 'two/second' where id = '{b}'")).await;
    for (change, action) in [
        ("what=add-tags&tags=pci,old", "secret.edit"),
        ("what=remove-tags&tags=old", "secret.edit"),
        ("what=move&folder=team/service", "secret.rename"),
        ("what=share&with=noor&lasts=8h", "secret.share"),
        ("what=archive", "secret.archive"),
        ("what=bring-back", "secret.bring_back"),
        ("what=give&to=noor", "secret.give"),
    ] {
        let done = apply(&mut omar, &ids, change).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{change}: {}", done.body);
        for id in ids {
            let records = world.records().of(action).with("resource", format!("secret:{id}"));
            assert!(records.with("outcome", "done").count().await >= 1, "{change}");
        }
    }
    assert_eq!(world.texts("select tag from secret_tags").await, ["pci", "pci"]);
    assert_eq!(
        world.count("select count(*) from secrets where name in ('team/service/first', 'team/service/second')").await,
        2
    );
    assert_eq!(world.count("select count(*) from secrets s join identities i on i.id = s.owner where i.name = 'noor' and s.name like 'team/service/%'").await, 2);
    assert_eq!(world.count_all("grants").await, 0, "an owner needs no grant");
    assert_eq!(world.count("select count(*) from secrets where archived_at is not null").await, 0);
    assert!(world.sign_in("noor").await.get("/inbox").await.body.contains("made you the owner of"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_after_the_preview_is_not_changed_unseen() {
    let world = World::new().await;
    let (mut omar, mut ada) = (world.sign_in("omar").await, world.sign_in("ada").await);
    let [a, b] = two(&world).await;
    let address = address(&[&a, &b], "what=add-tags&tags=pci");
    for (page_of, change) in [
        ("edit", vec![("action", "archive")]),
        ("edit", vec![("action", "bring-back")]),
        ("edit", vec![("action", "save"), ("description", "new"), ("tags", "new"), ("over", "1")]),
    ] {
        let page = omar.get(&address).await.body;
        assert_eq!(ada.post(&format!("/secrets/{a}/{page_of}"), &change).await.status, StatusCode::SEE_OTHER);
        let refused = apply_shown(&mut omar, &address, &page).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{change:?}");
        assert!(refused.body.contains("It was changed after you saw it."), "{}", refused.body);
        assert_eq!(world.count("select count(*) from secret_tags where tag = 'pci'").await, 0);
    }
    // A form that does not say what it saw has seen nothing.
    assert_eq!(omar.post(&address, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = omar.get(&address).await.body;
    assert_eq!(apply_shown(&mut omar, &address, &page).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.count("select count(*) from secret_tags where tag = 'pci'").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_that_is_sent_twice_is_changed_once() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let [a, b] = two(&world).await;
    for change in ["what=add-tags&tags=pci", "what=give&to=noor"] {
        let address = address(&[&a, &b], change);
        let page = omar.get(&address).await.body;
        assert_eq!(apply_shown(&mut omar, &address, &page).await.status, StatusCode::SEE_OTHER, "{change}");
        let again = apply_shown(&mut omar, &address, &page).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{change}");
        assert!(again.body.contains("This form was already sent, and the change was made then."), "{}", again.body);
    }
    assert_eq!(world.count("select max(revision) from secrets").await, 3, "one change by each form");
}

/// The preview and the change of one secret agree, for everybody and for each kind of change.
#[tokio::test(flavor = "multi_thread")]
async fn the_preview_says_what_the_change_does() {
    let world = World::new().await;
    let [own, _] = two(&world).await;
    let others =
        [own, world.omars_secret("staging").await, world.omars_secret("production").await, hidden(&world).await];
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
