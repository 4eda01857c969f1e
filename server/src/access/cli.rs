//! `doorward routes`: every address and what guards it, from the types that decide.

use app::page::{Entrance, Question, RouteInfo};
use clap::Args;
use leptos::server_fn::axum::server_fn_paths;
use serde::Serialize;

/// `routes`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Routes {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Manifest {
    doors: Vec<RouteInfo>,
    /// Each asks for the same as the page's action that it stands for.
    server_functions: Vec<Function>,
}

#[derive(Serialize)]
struct Function {
    method: String,
    address: &'static str,
}

fn manifest() -> Manifest {
    let functions = server_fn_paths().map(|(address, method)| Function { method: method.to_string(), address });
    Manifest { doors: app::routes::manifest(), server_functions: functions.collect() }
}

pub(crate) fn run(json: bool) {
    let manifest = manifest();
    if json {
        println!("{}", serde_json::to_string_pretty(&manifest).unwrap_or_default());
        return;
    }
    println!("{}", line(["ADDRESS", "BY", "ASKS", "PERMISSION", "ASSURANCE", "ISLANDS"]));
    for door in &manifest.doors {
        print_door(door);
    }
    for (address, ask) in app::routes::functions() {
        println!("{}", asked(address, "server function", &ask, ""));
    }
}

fn print_door(door: &RouteInfo) {
    if let Entrance::Open(why) = door.entrance {
        println!("{}", line([door.address, "anyone", why, "", "", ""]));
    }
    let islands = door.islands.join(" ");
    for ask in &door.loaders {
        println!("{}", asked(door.address, if door.kind == "page" { "loader" } else { door.kind }, ask, &islands));
    }
    for (name, ask) in &door.actions {
        println!("{}", asked(door.address, format!("action {name}").trim_end(), ask, ""));
    }
}

fn asked(address: &str, by: &str, ask: &Question, islands: &str) -> String {
    line([address, by, ask.action, ask.permission.unwrap_or("none"), ask.assurance, islands])
}

fn line([address, by, asks, permission, assurance, islands]: [&str; 6]) -> String {
    let text = format!("{address:<28} {by:<16} {asks:<20} {permission:<17} {assurance:<22} {islands}");
    text.trim_end().to_owned()
}
