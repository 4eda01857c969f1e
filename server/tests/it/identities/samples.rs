//! The sample of the page about a person.

use crate::gates::samples::{Form, Knock, NOWHERE, Sample};
use crate::support::world::World;
use app::identities::identity::Identity;
use app::identities::invitation::Accept;
use app::page::Address;
use doorward::{IdentityId, Kind, SignInName, Within};
use server::db::transaction::Source;
use server::identities;
use server::identities::cli::invite_user;
use server::identities::sql::NewIdentity;

/// Forms that leave the account as it was, in this order.
const FORMS: [Form; 7] = [
    ("give-role", &[("action", "give-role"), ("role", "approver"), ("within", "dev"), ("lasts", "8h")]),
    ("take-role", &[("action", "take-role"), ("role", "approver"), ("within", "dev")]),
    ("rename", &[("action", "rename"), ("display-name", "Casey")]),
    ("invite", &[("action", "invite")]),
    ("reset-password", &[("action", "reset-password")]),
    ("disable", &[("action", "disable")]),
    ("enable", &[("action", "enable")]),
];

/// The page of somebody who signs in nowhere else, and may be disabled.
pub async fn of_a_person(world: &World, address: &str) -> Sample {
    let page = Identity { id: add(world, "casey", "Casey").await };
    let mut knocks = vec![
        Knock::get(&page.href(), "/access/identities/{id} of casey"),
        Knock::get(&address.replace(":id", NOWHERE), "/access/identities/{id} that is none"),
    ];
    knocks.extend(FORMS.map(|(form, fields)| {
        Knock::post(&page.href(), &format!("/access/identities/{{id}} {form} of casey"), fields)
    }));
    Sample::of(&page, knocks)
}

async fn add(world: &World, name: &str, display_name: &str) -> IdentityId {
    let mut source = Source::writer(&world.backend.database).await.expect("a transaction");
    if let Some((id, _)) = identities::sql::person(&mut source, name).await.expect("an answer") {
        return id;
    }
    let now = world.backend.clock.now();
    let id = IdentityId::new(now, &*world.backend.random);
    let new = NewIdentity {
        id,
        kind: Kind::Person,
        name: name.to_owned(),
        display_name: display_name.to_owned(),
        phc: None,
        roles: Vec::new(),
        within: Within::Everywhere,
    };
    identities::sql::add(&mut source, new, now).await.expect("they are added");
    source.commit().await.expect("it is kept");
    id
}

/// An invitation of somebody who has not accepted it.
pub async fn of_an_invitation(world: &World) -> Sample {
    add(world, "invited", "Somebody invited").await;
    let name = SignInName::parse("invited").expect("a name");
    let link = invite_user(&world.backend, &name).await.expect("they are invited");
    let code = link.split_once("code=").expect("a code").1.to_owned();
    let fields = [("code", "nonsense"), ("password", "a long enough one"), ("repeat", "a long enough one")];
    Sample { opens: Accept { code }.href(), ..Sample::form(&Accept { code: String::new() }, " wrong code", &fields) }
}
