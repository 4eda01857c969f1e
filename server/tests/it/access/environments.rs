//! Environments as administrators manage them: rules on top of roles, their order, and what keeps one from being removed.

use super::roles::checks;
use crate::access::machines::secrets::operator;
use crate::account::codes::set_up_codes;
use crate::support::page::Page;
use crate::support::world::{Answer, Client, World};
use axum::http::{Method, StatusCode};
use doorward::TimeSpan;
use serde_json::json;
use server::access::environments::cli::{self, AddEnvironment, EditEnvironment};

const LIST: &str = "/access/environments";

fn page(name: &str) -> String {
    format!("{LIST}/{name}")
}

/// Saves the rules, from a form that was made when `was` held.
async fn rules(client: &mut Client, name: &str, was: &str, becomes: &[&str]) -> Answer {
    let boxes: Vec<String> = becomes.iter().map(|rule| format!("rule:{rule}")).collect();
    let mut fields = vec![("action", "save"), ("description", ""), ("described", ""), ("was", was)];
    fields.extend(boxes.iter().map(|name| (name.as_str(), "yes")));
    client.post(&page(name), &fields).await
}

async fn add(client: &mut Client, name: &str) -> Answer {
    client.post(LIST, &[("action", "add"), ("name", name), ("description", "For a test.")]).await
}

async fn move_to(client: &mut Client, name: &str, to: &str) -> Answer {
    client.post(LIST, &[("action", "move"), ("environment", name), ("to", to)]).await
}

async fn held_rules(world: &World, name: &str) -> String {
    let environment = world.table("environments").with("name", name);
    environment.each_of(&["protected", "second_factor", "asks_reason", "no_machines"]).await.remove(0)
}

async fn notices(world: &World, name: &str) -> Vec<String> {
    world.notices().with("kind", "rules_relaxed").whose("identity", name).each("about").await
}

async fn make_machine(world: &World, name: &str) {
    world.identities().with("name", name).set("kind", "service_account").await;
}

async fn make_administrator(world: &World, name: &str) {
    world.give_role(name, "administrator").await;
}

/// Roles, ownership and grants count for nothing where machines are walled off.
#[tokio::test(flavor = "multi_thread")]
async fn a_wall_refuses_a_machine_with_a_role() {
    let world = World::new().await;
    let (_, mut program, dev, prod) = operator(&world).await;
    let reveal = format!("/secrets/{dev}/reveal");
    assert_eq!(program.ask(Method::POST, &reveal, None).await.status, StatusCode::OK, "there is no wall yet");
    let name = world.secret_name(&dev).await;
    assert_eq!(rules(&mut world.sign_in("ada").await, "dev", "", &["no_machines"]).await.status, StatusCode::SEE_OTHER);

    assert_eq!(program.get(&format!("/secrets/{dev}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(program.ask(Method::POST, &reveal, None).await.status, StatusCode::NOT_FOUND);
    program.version = Some("*");
    let replaced = program.post(&format!("/secrets/{dev}/versions"), &json!({ "value": "new" })).await;
    assert_eq!(replaced.status, StatusCode::NOT_FOUND);
    let list = program.get("/secrets").await;
    assert!(list.status == StatusCode::OK && !list.body.contains(&name), "{}", list.body);
    assert!(world.records().by("ci").refused().count().await >= 3, "each attempt has its record");

    assert_eq!(program.get(&format!("/secrets/{prod}")).await.status, StatusCode::OK, "it is around one environment");
    let id = world.omars_secret("dev").await;
    assert_eq!(world.sign_in("omar").await.call_value(&id).await.status, StatusCode::OK, "people are not kept out");
}

/// Who can use a secret is the same question.
#[tokio::test(flavor = "multi_thread")]
async fn who_can_says_nothing_of_machines_behind_a_wall() {
    let world = World::new().await;
    let (mut ada, mut omar) = (world.sign_in("ada").await, world.sign_in("omar").await);
    let id = world.omars_secret("dev").await;
    world.grant_until(&id, "vera", None).await;
    make_machine(&world, "vera").await;
    let access = format!("/secrets/{id}/access");
    let veras = "vera".to_owned();
    let users = |page: &Page| page.table("Who can do what with this secret").find("vera").is_some();
    let before = omar.get(&access).await.page();
    assert!(before.codes().contains(&veras), "{before}");
    assert_eq!(rules(&mut ada, "dev", "", &["no_machines"]).await.status, StatusCode::SEE_OTHER);
    let after = omar.get(&access).await.page();
    assert!(!users(&after), "{after}");
    let holders = ada.get("/access/permissions?permission=secret.read&within=dev").await.page();
    assert!(!holders.codes().contains(&veras), "{holders}");
}

/// G24: nobody takes a control off unnoticed.
#[tokio::test(flavor = "multi_thread")]
async fn relaxing_needs_two_fresh_factors_and_is_told() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    make_administrator(&world, "noor").await;
    let refused = rules(&mut ada, "production", "fresh", &[]).await;
    assert!(refused.location().starts_with("/confirm?next="), "a password alone: {}", refused.location());
    assert_eq!(held_rules(&world, "production").await, "1 0 0 0");
    set_up_codes(&world, &mut ada).await;
    world.clock.advance(TimeSpan::minutes(6));
    let refused = rules(&mut ada, "production", "fresh", &[]).await;
    assert!(refused.location().contains("for=environment.edit"), "the second factor is not fresh");
    assert_eq!(held_rules(&world, "production").await, "1 0 0 0");
    assert!(notices(&world, "noor").await.is_empty());

    let mut ada = world.visitor();
    ada.sign_in("ada", world.password("ada")).await;
    world.table("authentications").set("method", "password+code").await;
    let relaxed = rules(&mut ada, "production", "fresh", &["reason"]).await;
    assert_eq!((relaxed.status, relaxed.location()), (StatusCode::SEE_OTHER, &*page("production")), "{}", relaxed.body);
    assert_eq!(held_rules(&world, "production").await, "0 0 1 0");
    let told = notices(&world, "noor").await;
    assert_eq!(told, ["Ada Moreau turned off “Fresh confirmation” for production"]);
    assert!(notices(&world, "ada").await.is_empty() && notices(&world, "quinn").await.is_empty());
    let edits = world.records().of("environment.edit").allowed().each("parameters").await;
    assert_eq!(edits, ["becomes=reason&was=fresh"]);
    let mut noor = world.sign_in("noor").await;
    assert!(noor.get("/inbox").await.page().shows("turned off “Fresh confirmation” for production"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_rule_counts_from_the_next_request_on() {
    let world = World::new().await;
    let (mut ada, mut omar) = (world.sign_in("ada").await, world.sign_in("omar").await);
    let id = world.omars_secret("dev").await;
    assert_eq!(omar.call_value(&id).await.status, StatusCode::OK);
    let before = world.privileges_version("omar").await;
    assert_eq!(rules(&mut ada, "dev", "", &["second_factor"]).await.status, StatusCode::SEE_OTHER);
    assert!(world.privileges_version("omar").await > before, "open pages learn of it");
    assert!(world.notices().with("kind", "rules_relaxed").count().await == 0);
    assert_eq!(omar.call_value(&id).await.status, StatusCode::UNAUTHORIZED);
    let asked = omar.post(&format!("/secrets/{id}"), &[("action", "reveal")]).await;
    assert!(asked.location().starts_with("/confirm?next="));
    set_up_codes(&world, &mut omar).await;
    world.clock.advance(TimeSpan::minutes(10));
    assert_eq!(omar.call_value(&id).await.status, StatusCode::OK, "it was shown, and need not be fresh");
}

/// Whoever changes rules does not thereby read secrets.
#[tokio::test(flavor = "multi_thread")]
async fn only_holders_of_the_permission_change_rules() {
    let world = World::new().await;
    let (mut ada, mut quinn, mut omar) =
        (world.sign_in("ada").await, world.sign_in("quinn").await, world.sign_in("omar").await);
    let listed = quinn.get(LIST).await;
    assert!(listed.status == StatusCode::OK && !listed.page().shows("Add the environment"), "{}", listed.body);
    assert!(quinn.get(&page("dev")).await.page().forms_to("/access").is_empty());
    for client in [&mut quinn, &mut omar] {
        assert!(client.post(LIST, &[("action", "add"), ("name", "lab")]).await.status.is_client_error());
        assert!(rules(client, "dev", "", &["fresh"]).await.status.is_client_error());
        assert!(move_to(client, "dev", "down").await.status.is_client_error());
        assert!(client.post(&page("dev"), &[("action", "remove")]).await.status.is_client_error());
    }
    assert_eq!(omar.get(LIST).await.status, StatusCode::FORBIDDEN);
    assert_eq!(omar.get(&page("dev")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ada.get(&page("no-such")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(held_rules(&world, "dev").await, "0 0 0 0");
    assert_eq!(world.count_all("environments").await, 3);
    let id = world.omars_secret("dev").await;
    assert_eq!(ada.call_value(&id).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_with_something_in_it_stays() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    assert_eq!(add(&mut ada, "lab").await.status, StatusCode::SEE_OTHER);
    let new = [("environment", "lab"), ("name", "a/secret"), ("value", "a value")];
    assert_eq!(ada.post("/secrets/add", &new).await.status, StatusCode::SEE_OTHER);
    world.secrets().with("environment", "lab").set("archived_at", 1).await;
    world.add_role("tester", &[("secret.list", "lab")]).await;
    world.give_role_in("noor", "viewer", "lab", None).await;
    let refused = ada.post(&page("lab"), &[("action", "remove")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let left = "In it: 1 secret (archived ones count), 1 role that names it and 1 role given for it alone.";
    assert!(refused.page().shows(left), "{}", refused.body);
    for id in world.secrets().with("environment", "lab").ids().await {
        world.versions().with("secret", id).remove().await;
    }
    for table in ["secrets", "role_permissions", "identity_roles"] {
        world.table(table).with("environment", "lab").remove().await;
    }
    let gone = ada.post(&page("lab"), &[("action", "remove")]).await;
    assert_eq!((gone.status, gone.location()), (StatusCode::SEE_OTHER, LIST), "{}", gone.body);
    assert_eq!(ada.get(&page("lab")).await.status, StatusCode::NOT_FOUND);
}

/// Whether `names` are all there, in this order.
fn in_order<T: AsRef<str>>(texts: &[T], names: [&str; 3]) -> bool {
    let places = names.map(|name| texts.iter().position(|text| text.as_ref() == name));
    places.iter().all(Option::is_some) && places.is_sorted()
}

/// Not the alphabet's.
#[tokio::test(flavor = "multi_thread")]
async fn every_list_has_the_order_of_the_environments() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    world.give_role("ada", "auditor").await;
    ada.post("/access/roles", &[("name", "watcher"), ("purpose", ""), ("like", "")]).await;
    for _ in 0..2 {
        assert_eq!(move_to(&mut ada, "production", "up").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(move_to(&mut ada, "dev", "down").await.status, StatusCode::SEE_OTHER);
    let end = move_to(&mut ada, "production", "up").await;
    assert!(end.status == StatusCode::UNPROCESSABLE_ENTITY && end.page().shows("at that end"), "{}", end.body);
    let order = ["production", "staging", "dev"];
    for address in [
        "/secrets",
        "/secrets/add",
        "/secrets/import",
        "/secrets/canaries",
        "/deliveries/add",
        "/access/ledger",
        "/access/permissions",
    ] {
        let page = ada.get(address).await.page();
        let field = page.fields().into_iter().find(|field| field.choices().contains(&"dev"));
        assert!(field.is_some_and(|field| in_order(&field.choices(), order)), "{address}: {page}");
    }
    let editor = ada.get("/access/roles/watcher").await.page();
    assert!(editor.tables().iter().any(|table| in_order(&table.columns, order)), "{editor}");
    let list = ada.get(LIST).await.page();
    assert!(
        in_order(
            &list.addresses(),
            order.map(|name| format!("/access/environments/{name}")).each_ref().map(String::as_str)
        ),
        "{list}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_changed_meanwhile_is_not_overwritten() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    assert_eq!(rules(&mut ada, "dev", "", &["reason"]).await.status, StatusCode::SEE_OTHER);
    let stale = rules(&mut ada, "dev", "", &["fresh", "reason"]).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.page().shows("Somebody changed this environment meanwhile"), "{}", stale.body);
    assert!(checks(&stale, "rule:fresh"), "what was chosen stays");
    assert_eq!(held_rules(&world, "dev").await, "0 0 1 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_rules_that_are_none_are_refused() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    for name in ["", "Dev", "1st", "a b", "dev", &"x".repeat(33), "<script>"] {
        let refused = add(&mut ada, name).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(refused.page().shows("For a test."), "what was typed stays");
    }
    for rule in ["unknown", "", "fresh,reason"] {
        assert_eq!(rules(&mut ada, "dev", "", &[rule]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{rule}");
    }
    assert_eq!(rules(&mut ada, "dev", "unknown", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((world.count_all("environments").await, held_rules(&world, "dev").await.as_str()), (3, "0 0 0 0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_manage_environments_and_tell_administrators() {
    let world = World::new().await;
    let rule = |code: &str| doorward::policy::Protection::parse_one(code).expect("a rule");
    let new = AddEnvironment { name: "lab".to_owned(), description: "Tests".to_owned(), rules: vec![rule("reason")] };
    cli::add(&world.backend, &new).await.expect("it is added");
    assert!(cli::add(&world.backend, &new).await.is_err(), "the name is taken");
    let change = EditEnvironment {
        name: "lab".to_owned(),
        description: None,
        rules: vec![rule("no_machines")],
        no_rules: vec![rule("reason")],
    };
    cli::edit(&world.backend, &change).await.expect("it is changed");
    let lines = cli::list(&world.backend).await.expect("a list");
    assert_eq!(lines, ["dev\t\t", "staging\t\t", "production\tfresh\t", "lab\tno_machines\tTests"]);
    assert_eq!(notices(&world, "ada").await, ["Somebody at the command line turned off “Stated reason” for lab"]);
    let records = world.records().of("environment.edit").each("parameters").await;
    assert_eq!(records, ["becomes=no_machines&was=reason"]);
    let unknown = EditEnvironment { name: "nowhere".to_owned(), ..change };
    let error = cli::edit(&world.backend, &unknown).await.expect_err("there is none");
    assert_eq!(error.to_string(), "there is no environment nowhere; there are: dev, staging, production, lab");
}
