//! `doorward routes`

use leptos::server_fn::axum::server_fn_paths;
use serde::Serialize;

#[derive(Serialize)]
struct Line {
    method: String,
    address: String,
    kind: &'static str,
}

/// Every page and every server function, from the lists that the router itself is made of.
fn lines() -> Vec<Line> {
    let pages = leptos_axum::generate_route_list(app::routes::Pages).into_iter().map(|listing| Line {
        method: "GET POST".to_owned(),
        address: listing.path().to_owned(),
        kind: "page",
    });
    let functions = server_fn_paths().map(|(path, method)| Line {
        method: method.to_string(),
        address: path.to_owned(),
        kind: "server function",
    });
    let mut lines: Vec<Line> = pages.chain(functions).collect();
    lines.sort_by(|one, other| one.address.cmp(&other.address));
    lines
}

pub(super) fn run(json: bool) {
    let lines = lines();
    if json {
        println!("{}", serde_json::to_string_pretty(&lines).unwrap_or_default());
    } else {
        for line in lines {
            println!("{:<10} {:<24} {}", line.method, line.address, line.kind);
        }
    }
}
