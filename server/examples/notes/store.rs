//! Notes: what may be asked about one, what decides, and the only two ways to its title, each with a permit.
#![cfg_attr(rustfmt, rustfmt_skip)]

use super::Notes;
use app::page::prelude::*;

questions! {
    /// The author and the reader may open a note. For others there is none.
    ReadNote { id: usize } = "note.read", Read, |who, it: &NoteFacts| is(&[it.author, it.reader], who).or_hidden();
    RenameNote { id: usize } = "note.rename", Write, |who, it: &NoteFacts| is(&[it.author], who);
}

fn is(names: &[&str], who: &Principal) -> Decision {
    Decision::when(names.contains(&&*who.name), Grounds::OWNER, Reason::NotGranted)
}

/// What decides about a note. Its title is not among it.
#[derive(Clone, Copy)] pub struct NoteFacts { author: &'static str, reader: &'static str }
impl Facts for NoteFacts { type Key = usize; }
impl LoadFacts<MemoryUnit<Vec<Note>>> for NoteFacts {
    fn load<'a>(unit: &'a mut MemoryUnit<Vec<Note>>, id: &'a usize, _: &'a Principal) -> Pending<'a, Option<Self>> {
        Box::pin(async { Ok(unit.rows().get(*id).map(|note| note.facts)) })
    }
}

#[derive(Clone)] pub struct Note { facts: NoteFacts, title: String }
impl Note {
    pub fn new(author: &'static str, reader: &'static str) -> Self {
        Self { facts: NoteFacts { author, reader }, title: format!("A note of {author} for {reader}") }
    }
    pub fn title(mut permit: Permit<ReadNote, Notes>) -> String {
        let id = permit.action().id;
        permit.unit().rows()[id].title.clone()
    }
    pub async fn rename(permit: Permit<RenameNote, Notes>, title: String) -> Result<(), PageError> {
        let (granted, mut unit) = permit.into_transaction();
        unit.rows_mut()[granted.action.id].title = title;
        Ok(unit.commit().await.map_err(|_| Refusal::UNAVAILABLE)?)
    }
}
