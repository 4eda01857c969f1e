//! The access matrix of the API: every address, and what each kind of asker gets.

use super::{Machine, Program};
use crate::support::world::World;
use axum::http::Method;
use server::api::{self, openapi};

/// The addresses, and a body for those that take one.
const ADDRESSES: [(Method, &str, Option<&str>); 10] = [
    (Method::GET, "/openapi.json", None),
    (Method::GET, "/whoami", None),
    (Method::GET, "/secrets", None),
    (Method::GET, "/secrets/{id}", None),
    (Method::GET, "/secrets/{id}/value", None),
    (Method::POST, "/secrets/{id}/reveal", None),
    (Method::POST, "/secrets/{id}/versions", Some(r#"{"value":"new"}"#)),
    (Method::POST, "/challenges", None),
    (Method::POST, "/sessions", Some("{}")),
    (Method::DELETE, "/sessions/current", None),
];

/// Nobody, a person's handle, a machine without rights, and a machine with a role and a grant.
const EXPECTED: &str = "\
GET /openapi.json              200 200 200 200
GET /whoami                    401 401 200 200
GET /secrets                   401 401 403 200
GET /secrets/{id}              401 401 404 200
GET /secrets/{id}/value        401 401 404 200
POST /secrets/{id}/reveal      401 401 404 200
POST /secrets/{id}/versions    401 401 404 201
POST /challenges               201 201 201 201
POST /sessions                 401 401 401 401
DELETE /sessions/current       401 401 204 204
";

/// G1, G3: each address asks for itself. A session's handle is no client secret.
#[tokio::test(flavor = "multi_thread")]
async fn the_access_matrix_of_the_api_is_as_written() {
    let world = World::new().await;
    let mut without = Machine::add(&world, "without", "omar").await;
    let mut with = Machine::add(&world, "with", "omar").await;
    with.give(&world, "operator", "dev").await;
    let id = world.omars_secret("dev").await;
    world.grant_until(&id, "with", None).await;
    let mut askers = [
        Program::new(&world, None),
        Program::new(&world, world.sign_in("ada").await.handle.as_deref()),
        Program::begin(&world, &without.secret("a").await).await,
        Program::begin(&world, &with.secret("a").await).await,
    ];
    let mut table = String::new();
    for (method, address, sent) in ADDRESSES {
        table.push_str(&format!("{:<30}", format!("{method} {address}")));
        for asker in &mut askers {
            asker.version = Some("*");
            let answer = asker.ask(method.clone(), &address.replace("{id}", &id), sent.map(str::to_owned)).await;
            table.push_str(&format!(" {}", answer.status.as_u16()));
        }
        table.push('\n');
    }
    assert_eq!(table, EXPECTED);
}

/// The description, the routes and this matrix name the same operations.
#[test]
fn every_route_of_the_api_is_documented_and_walked() {
    let document = openapi::document();
    let paths = document["paths"].as_object().expect("paths");
    let mut documented: Vec<_> = paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods").keys();
            methods.map(move |method| (method.clone(), path.clone()))
        })
        .collect();
    let mut routed: Vec<_> =
        api::OPERATIONS.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    let mut walked: Vec<_> =
        ADDRESSES.iter().map(|(method, path, _)| (method.as_str().to_lowercase(), (*path).to_owned())).collect();
    for list in [&mut documented, &mut routed, &mut walked] {
        list.sort();
    }
    assert_eq!(documented, routed);
    assert_eq!(walked, routed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_is_told_in_json() {
    let world = World::new().await;
    let mut program = Program::new(&world, None);
    for (method, address, status) in [
        (Method::GET, "/nothing", 404),
        (Method::GET, "", 404),
        (Method::GET, "/", 404),
        (Method::GET, "/secrets/a/b/c", 404),
        (Method::GET, "/sessions", 405),
        (Method::PUT, "/whoami", 405),
        (Method::OPTIONS, "/whoami", 405),
    ] {
        let answer = program.ask(method, address, None).await;
        assert_eq!(answer.status.as_u16(), status, "{address}");
    }
}
