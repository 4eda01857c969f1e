//! The samples of the pages about roles, permissions and machines.

use crate::gates::samples::{Form, Knock, NOWHERE, Sample};
use crate::support::world::World;
pub use app::access::environments::environment::EnvironmentPage;
pub use app::access::environments::list::EnvironmentList;
pub use app::access::machines::MachineList;
pub use app::access::machines::add::AddMachine;
pub use app::access::machines::machine::Machine;
pub use app::access::permissions::holders::Holders;
pub use app::access::permissions::unused::UnusedRoleList;
pub use app::access::roles::list::RoleList;
pub use app::access::roles::role::Role;
use app::page::{Address, Routed};
use doorward::{Environment, IdentityId, Kind, RoleName, Within};
use server::access::machines;
use server::db::transaction::Source;
use server::identities;
use server::identities::sql::NewIdentity;

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
        RoleList::PATTERN => {
            Sample::form(&RoleList::default(), " a bad name", &[("name", "a b"), ("purpose", ""), ("like", "")])
        }
        EnvironmentList::PATTERN => {
            let mut sample = Sample::form(&EnvironmentList, " a taken name", &[("action", "add"), ("name", "dev")]);
            let fields = [("action", "move"), ("environment", "dev"), ("to", "up")];
            sample.knocks.push(Knock::post(address, &format!("{address} move"), &fields));
            sample
        }
        EnvironmentPage::PATTERN => of_an_environment(address),
        Role::PATTERN => of_a_role(world, address).await,
        _ => about_machines(world, address).await,
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

/// Forms that leave the service account as it was.
const MACHINE_FORMS: [Form; 7] = [
    ("make-credential", &[("action", "make-credential"), ("label", "a pipeline"), ("lasts", "90d"), ("overlap", "1d")]),
    ("revoke", &[("action", "revoke"), ("credential", NOWHERE)]),
    ("end", &[("action", "end"), ("session", NOWHERE)]),
    ("offer", &[("action", "offer"), ("to", "nobody-here")]),
    ("accept", &[("action", "accept")]),
    ("disable", &[("action", "disable")]),
    ("enable", &[("action", "enable")]),
];

async fn about_machines(world: &World, address: &str) -> Sample {
    match address {
        MachineList::PATTERN => {
            let mut sample = Sample::form(&MachineList::default(), " (no form)", &[]);
            sample.knocks.push(Knock::get("/access/machines?state=orphaned", "/access/machines orphaned"));
            sample
        }
        AddMachine::PATTERN => {
            let fields = [
                ("display-name", "A machine"),
                ("name", "ci"),
                ("owner", "nobody-here"),
                ("purpose", "For a test."),
                ("environment", "dev"),
            ];
            Sample::form(&AddMachine {}, " without an owner", &fields)
        }
        _ => {
            let page = Machine { id: add_machine(world, "machine-of-omar", "omar").await };
            let mut knocks = vec![
                Knock::get(&page.href(), "/access/machines/{id} of omar"),
                Knock::get(&address.replace(":id", NOWHERE), "/access/machines/{id} that is none"),
            ];
            let post =
                |form, fields| Knock::post(&page.href(), &format!("/access/machines/{{id}} {form} of omar's"), fields);
            knocks.extend(MACHINE_FORMS.map(|(form, fields)| post(form, fields)));
            Sample::of(&page, knocks)
        }
    }
}

/// A service account of somebody, past Doorward.
async fn add_machine(world: &World, name: &str, owner: &str) -> IdentityId {
    let mut source = Source::writer(&world.backend.database).await.expect("a transaction");
    if let Some((id, _)) = identities::sql::person(&mut source, name).await.expect("an answer") {
        return id;
    }
    let now = world.backend.clock.now();
    let id = IdentityId::new(now, &*world.backend.random);
    let new = NewIdentity {
        id,
        kind: Kind::ServiceAccount,
        name: name.to_owned(),
        display_name: "A machine".to_owned(),
        phc: None,
        roles: Vec::new(),
        within: Within::Everywhere,
    };
    identities::sql::add(&mut source, new, now).await.expect("it is added");
    let owner = machines::sql::owner(&mut source, owner).await.expect("an answer").expect("a person");
    let dev = Environment::parse("dev").expect("a name");
    machines::sql::add(&mut source, id, owner, ("For a test.", &dev)).await.expect("it is added");
    source.commit().await.expect("it is kept");
    id
}

async fn of_a_role(world: &World, address: &str) -> Sample {
    if world.table("roles").with("name", "tester").count().await == 0 {
        world.add_role("tester", &[]).await;
    }
    if let Some(group) = world.ids_of("identity_groups").await.first()
        && world.table("group_roles").with("group_id", group).with("role", "tester").count().await == 0
    {
        let given = [("group_id", group.into()), ("role", "tester".into()), ("given_at", 1.into())];
        world.add_row("group_roles", &given).await;
    }
    let page = Role { name: RoleName::parse("tester").expect("a name") };
    let mut knocks = vec![
        Knock::get(&page.href(), "/access/roles/{id}"),
        Knock::get(&address.replace(":id", "nobodys"), "/access/roles/{id} that is none"),
    ];
    let post = |form, fields| Knock::post(&page.href(), &format!("/access/roles/{{id}} {form}"), fields);
    knocks.extend(FORMS.map(|(form, fields)| post(form, fields)));
    Sample::of(&page, knocks)
}
