//! Who holds a permission, by which roles, and when they last used it.

use crate::access::permissions::matrix;
use crate::access::permissions::unused::UnusedRoleList;
use crate::access::policy::permissions as policy;
use crate::access::store::permissions::{PermissionHolder, PermissionHolders};
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::identities::identity::Identity;
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::ui::time::Ago;
use crate::ui::{Choice, Column, Empty, PageHeader, Select, Table};
use doorward::{Environment, Timestamp};
use leptos::prelude::*;

#[derive(Clone, Default)]
pub struct Holders {
    pub permission: Option<String>,
    pub environment: Option<Environment>,
}

impl Address for Holders {
    fn at(asked: &mut Requested<'_>) -> Self {
        let permission = asked.query("permission", None, |text| {
            let plain = |letter: char| letter.is_ascii_lowercase() || "._".contains(letter);
            let fits = text.len() <= 64 && text.chars().all(plain);
            if fits { Ok(Some(text.to_owned())) } else { Err(PageError::invalid("permission", "Choose one of these.")) }
        });
        let environment = asked.query("within", None, |text| {
            let name = Environment::parse(text);
            name.map(Some).map_err(|_| PageError::invalid("within", "Choose one of these."))
        });
        Self { permission, environment }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let within = self.environment.as_ref().map(ToString::to_string).unwrap_or_default();
        vec![("permission", self.permission.clone().unwrap_or_default()), ("within", within)]
    }
}

impl Page for Holders {
    type Opens = policy::ListHolders;
    type Data = PermissionHolders;
    type Within = Console;
    type Actions = ();

    fn opens(&self) -> policy::ListHolders {
        policy::ListHolders { permission: self.permission.clone(), environment: self.environment.clone() }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ListHolders>) -> Result<PermissionHolders, PageError> {
        Ok(request()?.backend.holders(permit).await?)
    }

    fn title(&self, _: &PermissionHolders) -> String {
        "Who holds a permission".to_owned()
    }

    fn view(&self, holders: PermissionHolders, shown: &ViewContext) -> AnyView {
        view(self, &holders, shown.now).into_any()
    }
}

const COLUMNS: &[Column] = &[Column::Text("Account"), Column::Text("By"), Column::Text("Last used")];

fn view(page: &Holders, data: &PermissionHolders, now: Timestamp) -> impl IntoView + use<> {
    view! {
        <PageHeader
            title="Who holds a permission"
            intro=Some("A permission is needed, and not always enough: for a secret’s value, one also has to own the secret or have a grant.")
        >
            <a class="button" href=UnusedRoleList.href()>"Unused roles"</a>
        </PageHeader>
        {choose(page, data)}
        {data.holders.as_ref().map(|holders| table(holders, now))}
        {data.matrix.as_ref().map(|matrix| matrix::panels(page, data, matrix))}
    }
}

fn choose(page: &Holders, data: &PermissionHolders) -> impl IntoView + use<> {
    let none = Choice::new("", "All permissions");
    let permissions = data.permissions.iter().map(|name| Choice::plain(*name));
    let everywhere = Choice::new("", "Everywhere");
    let environments = data.environments.iter().map(|name| Choice::plain(name.as_str()));
    let within = page.environment.as_ref().map(ToString::to_string).unwrap_or_default();
    view! {
        <form class="filter" method="get" action=Holders::default().href()>
            <Select
                name="permission"
                label="Permission"
                choices=std::iter::once(none).chain(permissions).collect()
                chosen=page.permission.clone().unwrap_or_default()
            />
            <Select
                name="within"
                label="In"
                choices=std::iter::once(everywhere).chain(environments).collect()
                chosen=within
            />
            <button>"Show"</button>
        </form>
    }
}

fn table(holders: &[PermissionHolder], now: Timestamp) -> AnyView {
    if holders.is_empty() {
        return view! {
            <Empty title="Nobody holds this permission there">
                <p>"A role that holds it may exist; nobody has that role."</p>
            </Empty>
        }
        .into_any();
    }
    let rows = holders.iter().map(|holder| row(holder, now)).collect_view();
    view! {
        <section class="panel wide" aria-label="Who holds it">
            <Table caption="Who holds this permission" columns=COLUMNS class="two-lines">{rows}</Table>
        </section>
    }
    .into_any()
}

fn row(holder: &PermissionHolder, now: Timestamp) -> impl IntoView + use<> {
    let used = match holder.used {
        Some(at) => view! { <Ago at now /> }.into_any(),
        None => "Not in 90 days".into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <a href=Identity { id: holder.identity }.href()><bdi>{holder.display_name.clone()}</bdi></a>
                <small><code>{holder.name.clone()}</code></small>
            </th>
            <td data-label="By" class="prose">{holder.by.join(", ")}</td>
            <td data-label="Last used">{used}</td>
        </tr>
    }
}
