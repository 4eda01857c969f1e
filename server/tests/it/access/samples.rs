//! The samples of the pages about roles and permissions.

use crate::gates::samples::{Form, Knock, Sample};
use crate::support::world::World;
pub use app::access::environments::environment::EnvironmentPage;
pub use app::access::environments::list::EnvironmentList;
pub use app::access::permissions::holders::Holders;
pub use app::access::permissions::unused::UnusedRoleList;
pub use app::access::roles::list::RoleList;
pub use app::access::roles::role::Role;
use app::page::{Address, Routed};
use doorward::{Environment, RoleName};

/// Forms that leave the role as it was. The preview that `apply` names is of the future.
const FORMS: [Form; 3] = [
    ("preview", &[("action", "preview"), ("holds:secret.list@*", "yes")]),
    ("apply", &[("action", "apply"), ("holds:secret.list@*", "yes"), ("seen", "999999")]),
    ("remove", &[("action", "remove")]),
];

pub async fn about_roles(world: &World, address: &str) -> Sample {
    match address {
        Holders::PATTERN => {
            let page = Holders { permission: Some("secret.reveal".to_owned()), environment: None };
            Sample::of(&page, vec![Knock::get(address, address), Knock::get(&page.href(), &page.href())])
        }
        UnusedRoleList::PATTERN => {
            let taken = [("take:01jd8z3k7q5m2v9xw4t6b1n0hr:viewer@*", "yes")];
            let mut sample = Sample::form(&UnusedRoleList, " nobody's", &taken);
            sample.knocks.push(Knock::post(address, &format!("{address} none"), &[]));
            sample
        }
        RoleList::PATTERN => Sample::form(&RoleList, " a bad name", &[("name", "a b"), ("purpose", ""), ("like", "")]),
        EnvironmentList::PATTERN => {
            let mut sample = Sample::form(&EnvironmentList, " a taken name", &[("action", "add"), ("name", "dev")]);
            let fields = [("action", "move"), ("environment", "dev"), ("to", "up")];
            sample.knocks.push(Knock::post(address, &format!("{address} move"), &fields));
            sample
        }
        EnvironmentPage::PATTERN => of_an_environment(address),
        _ => of_a_role(world, address).await,
    }
}

/// Forms that leave the environment as it was.
fn of_an_environment(address: &str) -> Sample {
    let page = EnvironmentPage { name: Environment::parse("dev").expect("a name") };
    let at = page.href();
    let forms: [Form; 2] = [("stale", &[("action", "save"), ("was", "reason")]), ("remove", &[("action", "remove")])];
    let mut knocks = vec![
        Knock::get(&at, "/access/environments/{id}"),
        Knock::get(&address.replace(":id", "nowhere"), "/access/environments/{id} that is none"),
    ];
    let post = |(form, fields): Form| Knock::post(&at, &format!("/access/environments/{{id}} {form}"), fields);
    knocks.extend(forms.map(post));
    Sample::of(&page, knocks)
}

async fn of_a_role(world: &World, address: &str) -> Sample {
    world.execute("insert into roles (name, purpose) values ('tester', 'For a test.') on conflict do nothing").await;
    world
        .execute("insert into group_roles (group_id, role, given_at) select min(id), 'tester', 1 from identity_groups having min(id) is not null on conflict do nothing")
        .await;
    let page = Role { name: RoleName::parse("tester").expect("a name") };
    let mut knocks = vec![
        Knock::get(&page.href(), "/access/roles/{id}"),
        Knock::get(&address.replace(":id", "nobodys"), "/access/roles/{id} that is none"),
    ];
    let post = |form, fields| Knock::post(&page.href(), &format!("/access/roles/{{id}} {form}"), fields);
    knocks.extend(FORMS.map(|(form, fields)| post(form, fields)));
    Sample::of(&page, knocks)
}
