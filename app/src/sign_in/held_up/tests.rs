use crate::sign_in::held_up::HeldUp;
use doorward::action::Needed;

#[test]
fn whatever_needs_a_confirmation_says_what_it_holds_up() {
    let usual = [Needed::Session.words(), Needed::Unconfirmed.words()];
    for door in crate::routes::manifest() {
        let asks = door.loaders.iter().chain(door.actions.iter().map(|(_, ask)| ask));
        for ask in asks.filter(|ask| !usual.contains(&ask.assurance)) {
            assert!(HeldUp::of(ask.action).is_some(), "{}: {} has no words", door.address, ask.action);
        }
    }
}
