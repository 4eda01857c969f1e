//! Several secrets at once: each is decided and recorded by itself, and all are changed or none.

use crate::support::page::Page;
use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;
use doorward::TimeSpan;

const NONE: &str = "01jd8z3k7q5m2v9xw4t6b1n0hr";

pub fn address(ids: &[&str], change: &str) -> String {
    format!("/secrets/selected?ids={}&{change}", ids.join("."))
}

/// The fields that the page's form carries.
fn fields(page: &str) -> Vec<(&'static str, String)> {
    let page = Page::of(page);
    let field = |name: &str| page.all_hidden(name).into_iter().next().unwrap_or_default();
    vec![("over", field("over")), ("form", field("form"))]
}

pub async fn apply_shown(client: &mut Client, address: &str, page: &str) -> Answer {
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
pub async fn two(world: &World) -> [String; 2] {
    let first = world.omars_secret("dev").await;
    let second = world.secrets_of("omar").with("environment", "dev").other_than("id", &first).first().await;
    [first, second]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_is_changed_with_a_record_for_each() {
    let world = World::new().await;
    world.grants().remove().await;
    let mut omar = world.sign_in("omar").await;
    let [a, b] = two(&world).await;
    let ids = [a.as_str(), b.as_str()];
    let last = |name: &str| name.rsplit('/').next().expect("a part").to_owned();
    let names = [last(&world.secret_name(&a).await), last(&world.secret_name(&b).await)];
    world.rename(&a, "one/first").await;
    world.rename(&b, "two/second").await;
    assert!(names.iter().all(|name| !name.is_empty()));
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
    assert_eq!(world.table("secret_tags").each("tag").await, ["pci", "pci"]);
    assert_eq!(world.secrets().one_of("name", &["team/service/first", "team/service/second"]).count().await, 2);
    assert_eq!(world.secrets_of("noor").like("name", "team/service/%").count().await, 2);
    assert_eq!(world.count_all("grants").await, 0, "an owner needs no grant");
    assert_eq!(world.archived_secrets().count().await, 0);
    assert!(world.sign_in("noor").await.get("/inbox").await.body.contains("made you the owner of"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refusal_changes_nothing_at_all() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let (own, fixed) = (world.omars_secret("dev").await, world.omars_secret("production").await);
    let ids = [own.as_str(), fixed.as_str()];
    for (change, action) in [
        ("what=archive", "secret.archive"),
        ("what=add-tags&tags=pci", "secret.edit"),
        ("what=move&folder=team", "secret.rename"),
        ("what=share&with=noor&lasts=8h", "secret.share"),
        ("what=give&to=noor", "secret.give"),
    ] {
        let page = omar.get(&address(&ids, change)).await.body;
        assert!(page.contains("Not possible: You do not have permission to do this to it."), "{change}: {page}");
        assert!(!page.contains("name=\"over\""), "there is no button for it");
        let states = [("over", "1-1-0.1-1-0")];
        let refused = omar.post(&address(&ids, change), &states).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{change}");
        assert!(refused.body.contains("Nothing was changed."), "{}", refused.body);
        let of = |id: &str| world.records().of(action).with("resource", format!("secret:{id}"));
        assert_eq!(of(&own).each("outcome").await, ["given_up"], "{change}: nothing was wrong with it");
        assert_eq!(of(&fixed).each("outcome").await, ["refused"], "{change}");
    }
    let all = world.records().of("secret.change_selected");
    assert!(all.each("outcome").await.iter().all(|outcome| outcome == "given_up"));
    assert_eq!(world.archived_secrets().count().await, 0);
    assert_eq!(world.secrets().above("revision", 1).count().await, 0);
    assert_eq!(world.count_all("secret_tags").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selected_secret_one_may_not_know_is_as_none() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let (own, hidden) = (world.omars_secret("dev").await, world.adas_secret().await);
    let name = world.secret_name(&hidden).await;
    let panel = |page: &str, id: &str| {
        let table = page.split("<tbody>").nth(1).and_then(|rest| rest.split("</tbody>").next()).unwrap_or_default();
        table.replace(id, "ID").replace("<!>", "")
    };
    for change in ["what=archive", "what=add-tags&tags=pci", "what=move&folder=x", "what=give&to=noor", "what=share"] {
        let (mut shown, mut told) = (Vec::new(), Vec::new());
        for id in [hidden.as_str(), NONE] {
            let page = omar.get(&address(&[&own, id], change)).await.body;
            assert!(
                !page.contains(&name) && page.contains("It does not exist, or you do not have access to it"),
                "{page}"
            );
            let mut rows: Vec<_> = panel(&page, id).split("<tr").map(str::to_owned).collect();
            rows.sort();
            shown.push(rows);
            let refused = omar.post(&address(&[&own, id], change), &[("over", "1-1-0.none")]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            told.push(refused.body.contains(&name));
        }
        assert_eq!(shown[0], shown[1], "{change}");
        assert_eq!(told, [false, false]);
    }
    assert_eq!(world.archived_secrets().count().await, 0);
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
        assert_eq!(world.table("secret_tags").with("tag", "pci").count().await, 0);
    }
    // A form that does not say what it saw has seen nothing.
    assert_eq!(omar.post(&address, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = omar.get(&address).await.body;
    assert_eq!(apply_shown(&mut omar, &address, &page).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.table("secret_tags").with("tag", "pci").count().await, 2);
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
    assert_eq!(world.secrets().number("max(revision)").await, 3, "one change by each form");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_meet_in_a_folder_move_nothing() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let ([a, b], hidden) = (two(&world).await, world.adas_secret().await);
    world.rename(&a, "x/key").await;
    world.rename(&b, "y/key").await;
    let page = omar.get(&address(&[&a, &b], "what=move&folder=team")).await.body;
    assert!(
        page.contains("Is named team/key then.") && page.contains("Another secret is, or would be, named team/key"),
        "{page}"
    );
    world.rename(&hidden, "team/key").await;
    world.secrets().with("id", &hidden).set("archived_at", 1).await;
    let refused = omar.post(&address(&[&a], "what=move&folder=team"), &[("over", "1-1-0")]).await;
    assert!(
        refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.body.contains("named team/key"),
        "{}",
        refused.body
    );
    let long = format!("what=move&folder={}", "f".repeat(126));
    assert!(omar.get(&address(&[&a], &long)).await.body.contains("is too long for a name"));
    for odd in ["team/", "../team", "a+b", "%25"] {
        let answer = omar.get(&address(&[&a], &format!("what=move&folder={odd}"))).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{odd}");
    }
    assert_eq!(apply(&mut omar, &[&a], "what=move&folder=/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.secret_name(&a).await, "key");
    let stays = omar.get(&address(&[&b], "what=move&folder=y")).await.body;
    assert!(stays.contains("Stays as it is."), "{stays}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_out_of_form_is_refused_whole() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let own = world.omars_secret("dev").await;
    let many: Vec<String> = (0..101).map(|number| format!("01jd8z3k7q5m2v9xw4t6b1{number:04}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).chain([own.as_str()]).collect();
    let (exact, own) = (&many[2..], own.as_str());
    for (ids, change, status) in [
        (&many[..], "what=archive", StatusCode::UNPROCESSABLE_ENTITY),
        (exact, "what=archive", StatusCode::OK),
        (&["no-id", own][..], "what=archive", StatusCode::UNPROCESSABLE_ENTITY),
        (&[own][..], "what=destroy", StatusCode::UNPROCESSABLE_ENTITY),
        (&[own][..], "what=add-tags&tags=%3Cscript%3E", StatusCode::UNPROCESSABLE_ENTITY),
        (&[own][..], "what=share&with=noor&lasts=9y", StatusCode::UNPROCESSABLE_ENTITY),
        (&[own][..], "what=share", StatusCode::OK),
        (&[][..], "what=archive", StatusCode::OK),
    ] {
        let answer = omar.get(&address(ids, change)).await;
        assert_eq!(answer.status, status, "{change}: {}", answer.body);
        assert!(!answer.body.contains("<script>\u{201D}"));
        let posted = omar.post(&address(ids, change), &[("over", "1-1-0")]).await;
        assert_eq!(posted.status, StatusCode::UNPROCESSABLE_ENTITY, "{change}");
    }
    let twice = omar.get(&format!("/secrets/selected?what=archive&id-{own}=1&ids={own}.{own}")).await.body;
    assert!(twice.contains("Archive 1 secret"), "{twice}");
    assert_eq!(world.archived_secrets().count().await, 0);
    assert_eq!(world.secrets().above("revision", 1).count().await, 0);
    let tags = (0..20).map(|number| format!("t{number}")).collect::<Vec<_>>().join("+");
    assert_eq!(apply(&mut omar, &[own], &format!("what=add-tags&tags={tags}")).await.status, StatusCode::SEE_OTHER);
    let full = omar.get(&address(&[own], "what=add-tags&tags=more")).await.body;
    assert!(full.contains("Not possible: It would have more than 20 tags."), "{full}");
    for (change, words) in [
        ("what=give&to=nobody-here", "Nobody has this sign-in name"),
        ("what=give&to=omar", "Nobody gives themselves access or ownership"),
        ("what=share&with=omar", "Nobody gives themselves access or ownership"),
        ("what=bring-back", "It is so already"),
    ] {
        assert!(omar.get(&address(&[own], change)).await.body.contains(words), "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_selection_is_confirmed_first() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let (one, other) = (world.omars_secret("production").await, world.omars_secret("dev").await);
    world.clock.advance(TimeSpan::minutes(6));
    let held_up = apply(&mut ada, &[&one, &other], "what=archive").await;
    assert!(held_up.location().starts_with("/confirm"), "{}: {}", held_up.status, held_up.body);
    let confirm = ada.get(held_up.location()).await.body;
    assert!(confirm.contains("change these secrets"), "{confirm}");
    assert_eq!(world.archived_secrets().count().await, 0);
    assert_eq!(world.records().of("secret.archive").because("not_fresh").count().await, 1);
}
