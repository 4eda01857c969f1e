//! The sample of the page about a role.

use crate::gates::samples::{Form, Knock, Sample};
use crate::support::world::World;
use app::access::roles::role::Role;
use app::page::Address;
use doorward::RoleName;

/// Forms that leave the role as it was. The preview that `apply` names is of the future.
const FORMS: [Form; 3] = [
    ("preview", &[("action", "preview"), ("holds:secret.list@*", "yes")]),
    ("apply", &[("action", "apply"), ("holds:secret.list@*", "yes"), ("seen", "999999")]),
    ("remove", &[("action", "remove")]),
];

pub async fn of_a_role(world: &World, address: &str) -> Sample {
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
