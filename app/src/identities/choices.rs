//! Identities to choose from, in a field that suggests them.

use crate::identities::store::Named;
use crate::ui::Choice;

#[must_use]
pub fn choices(names: &[Named]) -> Vec<Choice> {
    names.iter().map(|named| Choice::new(named.name.clone(), named.display_name.clone())).collect()
}
