//! The sample of the page about a person.

use crate::gates::samples::{Form, Knock, NOWHERE, Sample};
use crate::support::world::World;
use app::identities::groups::group::Group;
use app::identities::identity::Identity;
use app::identities::invitation::Accept;
use app::page::Address;
use doorward::{GroupId, GroupName, IdentityId, Kind, SignInName, Within};
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

/// Forms that leave the group as it was.
const GROUP_FORMS: [Form; 5] = [
    ("add-member", &[("action", "add-member"), ("whom", "nobody-here"), ("lasts", "")]),
    ("remove-member", &[("action", "remove-member"), ("member", NOWHERE)]),
    ("give-role", &[("action", "give-role"), ("role", "no-such-role"), ("within", "*"), ("lasts", "")]),
    ("take-role", &[("action", "take-role"), ("role", "no-such-role"), ("within", "*")]),
    ("remove", &[("action", "remove"), ("name", "testers"), ("typed", "something else")]),
];

/// The page of a group without members.
pub async fn of_a_group(world: &World, address: &str) -> Sample {
    let page = Group { id: group(world).await };
    let mut knocks = vec![
        Knock::get(&page.href(), "/access/groups/{id}"),
        Knock::get(&address.replace(":id", NOWHERE), "/access/groups/{id} that is none"),
    ];
    knocks.extend(
        GROUP_FORMS.map(|(form, fields)| Knock::post(&page.href(), &format!("/access/groups/{{id}} {form}"), fields)),
    );
    Sample::of(&page, knocks)
}

async fn group(world: &World) -> GroupId {
    let mut source = Source::writer(&world.backend.database).await.expect("a transaction");
    let known = identities::groups::sql::names(&mut source).await.expect("an answer");
    if let Some((id, _)) = known.into_iter().find(|(_, name)| name == "testers") {
        return id;
    }
    let now = world.backend.clock.now();
    let id = GroupId::new(now, &*world.backend.random);
    let name = GroupName::parse("testers").expect("a name");
    let (by, _) = identities::sql::person(&mut source, "ada").await.expect("an answer").expect("somebody");
    identities::groups::sql::add(&mut source, id, (&name, "for a test"), by, now).await.expect("it is added");
    source.commit().await.expect("it is kept");
    id
}
