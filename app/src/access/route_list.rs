//! The list of all addresses of this console and what guards each, from the types that decide.

use crate::access::policy;
use crate::backend::Permit;
use crate::console::Console;
use crate::page::error::PageError;
use crate::page::{Address, Entrance, Page, Question, Requested, RouteInfo, ViewContext};
use crate::routes;
use crate::ui::{Column, PageHeader, Table};
use leptos::prelude::*;

#[derive(Clone)]
pub struct RouteList;

impl Address for RouteList {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

impl Page for RouteList {
    type Opens = policy::ListRoutes;
    type Data = Vec<RouteInfo>;
    type Within = Console;
    type Actions = ();
    const PREFETCH: bool = true;

    fn opens(&self) -> policy::ListRoutes {
        policy::ListRoutes
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, _: Permit<policy::ListRoutes>) -> Result<Vec<RouteInfo>, PageError> {
        Ok(routes::manifest())
    }

    fn title(&self, _: &Vec<RouteInfo>) -> String {
        "Routes".to_owned()
    }

    fn view(&self, doors: Vec<RouteInfo>, _: &ViewContext) -> AnyView {
        view(&doors).into_any()
    }
}

fn view(doors: &[RouteInfo]) -> impl IntoView + use<> {
    let rows = doors.iter().map(rows_of).collect_view();
    let function = |(address, ask)| row(address, "server function".to_owned(), &ask, String::new());
    let functions = routes::functions().into_iter().map(function).collect_view();
    view! {
        <PageHeader
            title="Routes"
            intro=Some("What guards each URL, taken from the code that enforces it. “Fresh” means confirmed within the last 5 minutes. Islands that every page has are left out: Enhance, Palette and Watch.")
        />
        <section class="panel wide" aria-label="Routes">
            <Table caption="Addresses, and what guards them" columns=COLUMNS>{rows}{functions}</Table>
        </section>
    }
}

const COLUMNS: &[Column] = &[
    Column::Text("Address"),
    Column::Text("By"),
    Column::Text("Asks"),
    Column::Text("Permission"),
    Column::Text("Assurance"),
    Column::Text("Islands"),
];

/// The islands of the frame.
const EVERYWHERE: [&str; 3] = ["Enhance", "Palette", "Watch"];

fn rows_of(door: &RouteInfo) -> impl IntoView + use<> {
    let first = match door.entrance {
        Entrance::Open(why) => Some(open_row(door.address, why)),
        Entrance::Guarded => None,
    };
    let islands: Vec<_> = door.islands.iter().copied().filter(|island| !EVERYWHERE.contains(island)).collect();
    let islands = islands.join(", ");
    let by = if door.kind == "page" { "loader" } else { door.kind };
    let loaders = door.loaders.iter().map(|ask| row(door.address, by.to_owned(), ask, islands.clone())).collect_view();
    let actions = door.actions.iter().map(|(name, ask)| {
        let by = if name.is_empty() { "action".to_owned() } else { format!("action {name}") };
        row(door.address, by, ask, String::new())
    });
    (first, loaders, actions.collect_view())
}

fn open_row(address: &'static str, why: &'static str) -> impl IntoView + use<> {
    view! {
        <tr>
            <th scope="row"><code>{address}</code></th>
            <td data-label="By">"anyone"</td>
            <td class="prose" colspan="4">"Open: " {why}</td>
        </tr>
    }
}

fn row(address: &'static str, by: String, ask: &Question, islands: String) -> impl IntoView + use<> {
    view! {
        <tr>
            <th scope="row"><code>{address}</code></th>
            <td data-label="By">{by}</td>
            <td data-label="Asks"><code>{ask.action}</code></td>
            <td data-label="Permission"><code>{ask.permission.unwrap_or("none")}</code></td>
            <td data-label="Assurance">{ask.assurance}</td>
            <td class="prose" data-label="Islands">{(!islands.is_empty()).then_some(islands)}</td>
        </tr>
    }
}
