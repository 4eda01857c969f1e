//! The list of service accounts.

pub mod add;
pub mod machine;

use crate::access::policy::machines::{self as policy, MachineKey};
use crate::access::store::machines::{Health, MachineListing, MachineRow, PAGE_ROWS};
use crate::backend::Permit;
use crate::console::{Console, request, sorted};
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, Sort, ViewContext};
use crate::ui::time::{Ago, Until};
use crate::ui::{
    Choice, Column, Empty, Field, PageHeader, PageOf, Select, Sorted, Table, environment_mark, sort_field,
};
use add::AddMachine;
use doorward::Timestamp;
use leptos::prelude::*;
use machine::Machine;

/// The value of `state` for those whose owner is disabled.
const ORPHANED: &str = "orphaned";

#[derive(Clone)]
pub struct MachineList {
    /// The search text.
    pub matching: String,
    /// Only those whose owner is disabled.
    pub orphaned: bool,
    pub sort: Sort<MachineKey>,
    /// The page number, starting at 1.
    pub page: u32,
}

impl Default for MachineList {
    fn default() -> Self {
        Self { matching: String::new(), orphaned: false, sort: Sort::default(), page: 1 }
    }
}

impl Address for MachineList {
    fn at(asked: &mut Requested<'_>) -> Self {
        let short = |text: &str| {
            let fits = text.chars().count() <= 64 && !text.chars().any(char::is_control);
            if fits { Ok(text.to_lowercase()) } else { Err(PageError::invalid("matching", "Search for less.")) }
        };
        let state = |text: &str| match text {
            "" => Ok(false),
            ORPHANED => Ok(true),
            _ => Err(PageError::invalid("state", "Choose one of these.")),
        };
        let number = |text: &str| {
            let page = text.parse().ok().filter(|page| (1..=20_000).contains(page));
            page.ok_or_else(|| PageError::invalid("page", "There is no such page."))
        };
        Self {
            matching: asked.query("matching", String::new(), short),
            orphaned: asked.query("state", false, state),
            sort: Sort::read(asked),
            page: asked.query("page", 1, number),
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let page = if self.page == 1 { String::new() } else { self.page.to_string() };
        let state = if self.orphaned { ORPHANED.to_owned() } else { String::new() };
        vec![("matching", self.matching.clone()), ("state", state), self.sort.parameter(), ("page", page)]
    }
}

impl Page for MachineList {
    type Opens = policy::ListMachines;
    type Data = MachineListing;
    type Within = Console;
    type Actions = ();

    fn opens(&self) -> policy::ListMachines {
        policy::ListMachines {
            matching: self.matching.clone(),
            orphaned: self.orphaned,
            sort: self.sort,
            page: self.page,
        }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ListMachines>) -> Result<MachineListing, PageError> {
        Ok(request()?.backend.machines(permit).await?)
    }

    fn title(&self, _: &MachineListing) -> String {
        "Machines".to_owned()
    }

    fn view(&self, listing: MachineListing, shown: &ViewContext) -> AnyView {
        view(self, &listing, shown.now).into_any()
    }
}

/// What a service account's state is called.
pub fn health_badge(health: Health) -> AnyView {
    let (class, name) = match health {
        Health::Healthy => ("badge allowed", "Healthy"),
        Health::Disabled => ("badge refused", "Disabled"),
        Health::Orphaned => ("badge refused", "Orphaned"),
        Health::Unused => ("badge", "Unused"),
        Health::Stale => ("badge waiting", "Stale"),
        Health::Expiring => ("badge waiting", "Expiring"),
    };
    view! { <span class=class>{name}</span> }.into_any()
}

const COLUMNS: &[Column] = &[
    Column::Sorted("Name", "name"),
    Column::Text("State"),
    Column::Sorted("Owner", "owner"),
    Column::Sorted("Environment", "environment"),
    Column::Text("Credentials"),
    Column::Sorted("Last use", "-used"),
    Column::Number("Sessions"),
];

fn view(page: &MachineList, listing: &MachineListing, now: Timestamp) -> impl IntoView + use<> {
    let rows = listing.rows.iter().map(|machine| row(machine, now)).collect_view();
    let nothing = listing.rows.is_empty();
    let add =
        listing.may_add.then(|| view! { <a class="button primary" href=AddMachine {}.href()>"Add a machine…"</a> });
    let intro = if listing.sees_all {
        "Service accounts: programs that have an account of their own, and a person who answers for each."
    } else {
        "The service accounts that you own, or that were offered to you."
    };
    let states = vec![Choice::new("", "Any"), Choice::new(ORPHANED, "Orphaned: the owner is disabled")];
    view! {
        <PageHeader title="Machines" intro=Some(intro)>{add}</PageHeader>
        <form class="filter" role="search" method="get" action=MachineList::default().href()>
            <Field
                name="matching"
                label="Name"
                kind="search"
                value=page.matching.clone()
                maxlength=Some(64)
                required=false
            />
            <Select name="state" label="State" choices=states chosen=if page.orphaned { ORPHANED } else { "" } />
            {sort_field(page.sort.parameter())}
            <button>"Search"</button>
        </form>
        <section class="panel wide" aria-label="Machines">
            <Table caption="Service accounts" columns=COLUMNS class="two-lines" sorted=heads(page)>{rows}</Table>
            {nothing.then(|| nothing_here(page))}
            {pages(page, listing)}
        </section>
    }
}

/// The same list in another order, from its first page on.
fn heads(page: &MachineList) -> Sorted {
    let page = page.clone();
    sorted(page.sort, move |sort| MachineList { sort, page: 1, ..page.clone() })
}

fn row(machine: &MachineRow, now: Timestamp) -> impl IntoView + use<> {
    let here = Machine { id: machine.id }.href();
    let used = match machine.used {
        Some(at) => view! { <Ago at now /> }.into_any(),
        None => "Never".into_any(),
    };
    let credentials = match (machine.oldest, machine.ends) {
        (Some(oldest), Some(ends)) => view! {
            {machine.credentials} ", made " <Ago at=oldest now />
            <small>"ends in " <Until at=ends now /></small>
        }
        .into_any(),
        _ => "None".into_any(),
    };
    let purpose = (!machine.purpose.is_empty()).then(|| view! { <small><bdi>{machine.purpose.clone()}</bdi></small> });
    view! {
        <tr>
            <th scope="row">
                <a href=here><bdi>{machine.display_name.clone()}</bdi></a>
                <small><code>{machine.name.clone()}</code></small>
                {purpose}
            </th>
            <td data-label="State">{health_badge(machine.health(now))}</td>
            <td data-label="Owner"><bdi>{machine.owner_name.clone()}</bdi></td>
            <td data-label="Environment">{environment_mark(&machine.environment, machine.protected)}</td>
            <td data-label="Credentials">{credentials}</td>
            <td data-label="Last use">{used}</td>
            <td data-label="Sessions" class="number">{machine.sessions}</td>
        </tr>
    }
}

fn nothing_here(page: &MachineList) -> impl IntoView + use<> {
    let is_narrowed = !page.matching.is_empty() || page.orphaned || page.page > 1;
    let (title, words) = if is_narrowed {
        ("No machine is like that", "The search looks at display names and sign-in names.")
    } else {
        ("No machines yet", "A program that needs secrets gets a service account here, and not somebody’s password.")
    };
    let all = is_narrowed.then(|| {
        view! {
            <div class="actions">
                <a class="button" href=MachineList::default().href()>"Show all machines"</a>
            </div>
        }
    });
    view! { <Empty title><p>{words}</p>{all}</Empty> }
}

fn pages(shown: &MachineList, listing: &MachineListing) -> impl IntoView + use<> {
    let of = PageOf { page: shown.page, page_rows: PAGE_ROWS, rows: listing.rows.len(), total: listing.total };
    of.pager("Pages of machines", &|page| MachineList { page, ..shown.clone() }.href())
}
