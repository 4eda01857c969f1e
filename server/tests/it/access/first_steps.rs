//! The first steps, which an administrator of an empty installation sees and may hide.

use crate::support::world::World;

const STEPS: &str = "There are no secrets yet.";

#[tokio::test(flavor = "multi_thread")]
async fn first_steps_stay_hidden_for_the_session_that_hid_them() {
    let world = World::new().await;
    for table in ["grants", "secret_versions", "secrets"] {
        world.table(table).remove().await;
    }
    let mut ada = world.sign_in("ada").await;
    let shown = ada.get("/").await.page();
    assert!(shown.shows(STEPS));
    assert!(shown.links_to("/access/identities/add") && shown.links_to("/secrets/add"), "{shown}");
    // An auditor sees that nothing is there, and may add nothing.
    let quinns = world.sign_in("quinn").await.get("/").await.page();
    assert!(quinns.shows(STEPS) && !quinns.addresses().iter().any(|address| address.ends_with("/add")), "{quinns}");
    let hidden = ada.post("/", &[("action", "dismiss-steps")]).await;
    assert_eq!(hidden.location(), "/");
    for _ in 0..2 {
        assert!(!ada.get("/").await.page().shows(STEPS));
    }
    assert!(world.sign_in("ada").await.get("/").await.page().shows(STEPS), "another session still shows them");
}
