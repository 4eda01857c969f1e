//! G18, non-interference: a canary in every record, and nobody who may not read it ever sees it, wherever it could hide.

use crate::support::world::{Client, World};
use leptos::server_fn::axum::server_fn_paths;
use std::collections::BTreeSet;

const EVERYBODY: [&str; 6] = ["noor", "vera", "omar", "petra", "quinn", "ada"];

/// A secret with a name and a value that stand nowhere else.
struct Canary {
    id: String,
    name: String,
    value: String,
}

/// Gives each secret a name of its own, and each value one that is found again.
async fn plant(world: &World) -> Vec<Canary> {
    let ids = world.ids_of("secrets").await;
    let mut canaries = Vec::new();
    for (number, id) in ids.into_iter().enumerate() {
        let name = format!("canary-name-{number:03}-x");
        world.rename(&id, &name).await;
        let value = world.value_of(&id).await;
        canaries.push(Canary { id, name, value });
    }
    canaries
}

/// Whom policy lets know of a secret, said a second time and in other words than the code's.
async fn may_know(world: &World, who: &str) -> BTreeSet<String> {
    let all = matches!(who, "petra" | "quinn" | "ada");
    let concerned = format!(
        "select s.id from secrets s where {} (s.owner = (select id from identities where name = '{who}') or exists \
         (select 1 from grants g where g.secret = s.id and g.identity = (select id from identities where name = '{who}') \
         and (g.ends_at is null or g.ends_at > {})))",
        if all { "1 = 1 or" } else { "" },
        doorward::Clock::now(&*world.clock).0,
    );
    if who == "noor" {
        return BTreeSet::new();
    }
    let rows = sqlx::query(sqlx::AssertSqlSafe(concerned)).fetch_all(&world.rows).await.expect("rows");
    rows.iter().map(|row| sqlx::Row::get(row, 0)).collect()
}

/// Everything that one client is sent on a walk through every address, also with forms and server functions.
async fn walk(client: &mut Client, canaries: &[Canary]) -> String {
    let mut seen = String::new();
    for page in 1..=5 {
        for address in
            ["/secrets?", "/secrets?sort=updated&", "/secrets?name=canary&", "/secrets?environment=production&"]
        {
            seen += &client.get(&format!("{address}page={page}")).await.everything();
        }
    }
    for address in ["/", "/settings", "/confirm?next=%2Fsecrets", "/sign-in?next=%2Fsecrets", "/signed-out", "/nowhere"]
    {
        seen += &client.get(address).await.everything();
        seen += &client.post(address, &[("theme", "x")]).await.everything();
    }
    // Every fifth is enough to meet each owner, grant and environment, and keeps the test short.
    for canary in canaries.iter().step_by(5) {
        let address = format!("/secrets/{}", canary.id);
        seen += &client.get(&address).await.everything();
        seen += &client.post(&address, &[("action", "rotate"), ("value", "")]).await.everything();
    }
    for (function, _) in server_fn_paths() {
        seen += &client.post(function, &[("id", "nonsense")]).await.everything();
    }
    seen
}

/// Which of these texts stand in another one. A single pass, because each look through megabytes takes its time.
fn found_in<'a>(seen: &str, texts: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let start = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    let mut by_start = vec![Vec::new(); 1 << 16];
    texts.for_each(|text| by_start[start(text.as_bytes())].push(text));
    let mut found = BTreeSet::new();
    let seen = seen.as_bytes();
    for at in 0..seen.len().saturating_sub(1) {
        let candidates = &by_start[start(&seen[at..])];
        found.extend(candidates.iter().copied().filter(|text| seen[at..].starts_with(text.as_bytes())));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_the_name_of_a_hidden_secret() {
    let world = World::new().await;
    let canaries = plant(&world).await;
    for who in EVERYBODY.into_iter().chain(["visitor"]) {
        let mut client = if who == "visitor" { world.visitor() } else { world.sign_in(who).await };
        let known = if who == "visitor" { BTreeSet::new() } else { may_know(&world, who).await };
        let seen = walk(&mut client, &canaries).await;
        let names = found_in(&seen, canaries.iter().map(|canary| &*canary.name));
        let expected: BTreeSet<_> = canaries.iter().filter(|it| known.contains(&it.id)).map(|it| &*it.name).collect();
        assert_eq!(names, expected, "{who}");
        let values = found_in(&seen, canaries.iter().map(|canary| &*canary.value));
        assert!(values.is_empty(), "{who} was sent {} values that they did not ask for", values.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_a_value_that_they_may_not_reveal() {
    let world = World::new().await;
    let canaries = plant(&world).await;
    for who in EVERYBODY.into_iter().chain(["visitor"]) {
        let mut client = if who == "visitor" { world.visitor() } else { world.sign_in(who).await };
        let theirs = theirs_to_reveal(&world, who).await;
        // Every fourth is enough to meet each owner, grant and environment, and keeps the test short.
        for canary in canaries.iter().step_by(4) {
            let page = client.post(&format!("/secrets/{}", canary.id), &[("action", "reveal")]).await.everything();
            let call = client.call_value(&canary.id).await.everything();
            let allowed = theirs.contains(&canary.id);
            assert_eq!(page.contains(&canary.value), allowed, "{who} by form: {}", canary.name);
            assert_eq!(call.contains(&canary.value), allowed, "{who} by server function: {}", canary.name);
        }
    }
}

/// The records of what was refused to somebody about secrets, each with its action.
async fn refused_to(world: &World, who: &str) -> Vec<(String, String)> {
    let rows = world.records().by(who).refused().like("resource", "secret:%").each_of(&["id", "action"]).await;
    rows.iter().filter_map(|row| row.split_once(' ')).map(|(id, action)| (id.to_owned(), action.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_of_a_refusal_names_nothing_that_is_hidden() {
    let world = World::new().await;
    let canaries = plant(&world).await;
    let signer = crate::ledger::sealer::seals::signer();
    for who in ["vera", "omar"] {
        let known = may_know(&world, who).await;
        let hidden: Vec<_> = canaries.iter().filter(|canary| !known.contains(&canary.id)).step_by(20).collect();
        let mut client = world.sign_in(who).await;
        for id in hidden.iter().map(|canary| &*canary.id).chain(["00000000000000000000000000"]) {
            client.get(&format!("/secrets/{id}")).await;
            client.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "")]).await;
        }
        crate::ledger::sealer::seals::seal(&world, &signer).await;
        let mut seen = client.get("/").await.everything();
        let mut shapes = BTreeSet::new();
        for (record, action) in refused_to(&world, who).await {
            let page = client.get(&format!("/access/records/{record}")).await.page();
            assert!(page.shows("Somebody who may read the ledger can give you the proof."), "{who}: {page}");
            shapes.insert((action, page.terms().join(", ")));
            seen += page.source();
        }
        for canary in &hidden {
            assert!(!seen.contains(&canary.name), "{who} is told {}", canary.name);
        }
        // Whether there is such a secret shows neither in the fields nor in the code.
        let actions: BTreeSet<_> = shapes.iter().map(|(action, _)| action).collect();
        assert_eq!(shapes.len(), actions.len(), "one shape for each action: {shapes:?}");
        assert!(seen.contains("no_such_record") && !seen.contains(">hidden<"), "{who}");
    }
    // The names are in the records, for whoever may read them all.
    assert!(world.records().refused().like("resource_name", "canary-name-%").count().await > 10);
    let record = world.records().refused().because("hidden").ids().await.remove(0);
    let page = world.sign_in("quinn").await.get(&format!("/access/records/{record}")).await.page();
    assert!(page.shows("canary-name-") && page.shows("c2sp.org/tlog-proof"), "{page}");
}

/// Owner or grant, and a role that reveals there: the viewer in dev alone, operator and administrator everywhere.
async fn theirs_to_reveal(world: &World, who: &str) -> BTreeSet<String> {
    let environments = match who {
        "vera" => "'dev'",
        "omar" | "ada" => "'dev', 'staging', 'production'",
        _ => return BTreeSet::new(),
    };
    let statement = format!(
        "select s.id from secrets s join identities i on i.name = '{who}' where s.environment in ({environments}) and \
         (s.owner = i.id or exists (select 1 from grants g where g.secret = s.id and g.identity = i.id and \
         (g.ends_at is null or g.ends_at > {})))",
        doorward::Clock::now(&*world.clock).0,
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_all(&world.rows).await.expect("rows");
    rows.iter().map(|row| sqlx::Row::get(row, 0)).collect()
}
