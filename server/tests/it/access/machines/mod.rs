//! Service accounts: their owners, their credentials, and how both end.

mod accounts;
mod ownership;

use crate::account::codes::between;
use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;

/// A service account of a world, with its owner signed in.
pub struct Machine {
    pub id: String,
    pub page: String,
    pub owner: Client,
}

impl Machine {
    /// Adds one by ada, for an owner who is signed in.
    pub async fn add(world: &World, name: &str, owner: &str) -> Self {
        let added = add(&mut world.sign_in("ada").await, name, owner).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
        let id = world.identity(name).await;
        let page = format!("/access/machines/{id}");
        assert_eq!(added.location(), page);
        Self { id, page, owner: world.sign_in(owner).await }
    }

    /// Makes a credential by the owner, and returns the client secret.
    pub async fn secret(&mut self, label: &str) -> String {
        secret_on(&self.owner.post(&self.page, &make(label, "1d")).await)
    }

    /// Gives a role by the administrator, who must not be the owner.
    pub async fn give(&self, world: &World, role: &str, within: &str) {
        let fields = [("action", "give-role"), ("role", role), ("within", within), ("lasts", "")];
        let account = format!("/access/identities/{}", self.id);
        let given = world.sign_in("ada").await.post(&account, &fields).await;
        assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.body);
    }
}

/// Posts the form that adds a service account.
pub async fn add(admin: &mut Client, name: &str, owner: &str) -> Answer {
    let fields = [
        ("display-name", "A machine"),
        ("name", name),
        ("owner", owner),
        ("purpose", "For a test."),
        ("environment", "dev"),
    ];
    admin.post("/access/machines/add", &fields).await
}

/// The fields of the form that makes a credential.
pub fn make<'a>(label: &'a str, overlap: &'a str) -> [(&'a str, &'a str); 4] {
    [("action", "make-credential"), ("label", label), ("lasts", "90d"), ("overlap", overlap)]
}

/// The client secret that a page shows.
pub fn secret_on(shown: &Answer) -> String {
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    let shown = between(&shown.body, "id=\"revealed\"", "</output>");
    let start = shown.find("dw_").expect("a client secret");
    shown[start..].to_owned()
}
