//! How the list of people shows service accounts.

use super::Machine;
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_people_leads_to_the_page_of_a_machine() {
    let world = World::new().await;
    let machine = Machine::add(&world, "ci", "omar").await;
    let mut ada = world.sign_in("ada").await;
    let account = format!("/access/identities/{}", machine.id);
    for address in ["/access/identities?matching=ci", account.as_str()] {
        let page = ada.get(address).await.body;
        assert!(page.contains("Service account") && page.contains("Uses the API"), "{address}: {page}");
        assert!(page.contains(&format!("href=\"{}\"", machine.page)), "{address}: {page}");
        assert!(!page.contains("Cannot sign in"), "{address}");
        assert!(!page.contains("Make a new invitation"), "nobody opens an invitation for a program");
    }
}
