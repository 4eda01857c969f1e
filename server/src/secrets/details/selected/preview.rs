//! What would become of each secret of a selection. The change itself is made from the same rows.

use crate::db::transaction::Source;
use crate::secrets;
use crate::secrets::details::sql::{self, Recipient};
use crate::secrets::lists::{self, Candidate};
use app::secrets::policy::{ReadSecret, decide_selected};
use app::secrets::store::{Change, Chosen, Folder, MOST_TAGS, SelectedRow, Selection, Tag, Verdict};
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{Environment, Principal, SecretId, SecretName};
use std::collections::BTreeSet;

/// The names that secrets of the selection get.
type Given = BTreeSet<(Environment, String)>;

/// Returns a row for each id. One of a secret that `who` may not know of is as one of none.
pub(super) async fn rows(
    source: &mut Source,
    selection: &Selection,
    who: &Principal,
) -> Result<Vec<SelectedRow>, Unavailable> {
    let ids: Vec<String> = selection.ids.iter().map(ToString::to_string).collect();
    let found = lists::of_ids(source, &ids, who).await?;
    let recipient = match &selection.change {
        Chosen::Whole(Change::Share { with: name, .. } | Change::Give { to: name }) => {
            sql::recipient(source, name).await?
        }
        _ => None,
    };
    let (mut rows, mut given) = (Vec::new(), Given::new());
    for id in &selection.ids {
        let known = found.iter().find(|candidate| candidate.row.id == *id && may_know(candidate, who));
        let Some(candidate) = known else {
            rows.push(SelectedRow { id: *id, named: None, state: "none".to_owned(), verdict: Verdict::Unknown });
            continue;
        };
        let verdict = verdict(source, candidate, (selection, who), recipient.as_ref(), &mut given).await?;
        let row = &candidate.row;
        let named = Some((row.name.clone(), row.environment.clone(), row.protected));
        rows.push(SelectedRow { id: *id, named, state: state(candidate), verdict });
    }
    Ok(rows)
}

fn may_know(candidate: &Candidate, who: &Principal) -> bool {
    let knows = ReadSecret { id: candidate.row.id }.decide(who, &candidate.facts);
    knows.and(who.enters(&candidate.facts.environment)).allows()
}

/// What is said about a secret, its value, and whether it is in use.
fn state(candidate: &Candidate) -> String {
    let Candidate { facts, row, revision, .. } = candidate;
    format!("{revision}-{}-{}", row.version, i32::from(facts.archived))
}

async fn verdict(
    source: &mut Source,
    candidate: &Candidate,
    (selection, who): (&Selection, &Principal),
    recipient: Option<&Recipient>,
    given: &mut Given,
) -> Result<Verdict, Unavailable> {
    let (id, facts) = (candidate.row.id, &candidate.facts);
    if let Err(reason) = decide_selected(&selection.change, id, who, facts).outcome() {
        return Ok(Verdict::because(Some(reason)));
    }
    let Chosen::Whole(change) = &selection.change else { return Ok(Verdict::Allowed) };
    Ok(match change {
        Change::AddTags(tags) => tagged(source, id, |has| has.extend(tags.iter().cloned())).await?,
        Change::RemoveTags(tags) => tagged(source, id, |has| has.retain(|tag| !tags.contains(tag))).await?,
        Change::Move(folder) => moved(source, candidate, folder.as_ref(), given).await?,
        Change::Archive if facts.archived => Verdict::Already,
        Change::BringBack if !facts.archived => Verdict::Already,
        Change::Archive | Change::BringBack => Verdict::Allowed,
        Change::Share { .. } | Change::Give { .. } => match recipient {
            None => Verdict::Nobody,
            Some(recipient) if recipient.identity == facts.owner => Verdict::Owner,
            Some(recipient) if !recipient.fits && matches!(change, Change::Give { .. }) => Verdict::Unfit,
            Some(_) => Verdict::Allowed,
        },
    })
}

/// Returns the tags that a secret has, after `change`.
async fn tagged(
    source: &mut Source,
    id: SecretId,
    change: impl FnOnce(&mut BTreeSet<Tag>),
) -> Result<Verdict, Unavailable> {
    let about = sql::about(source, id).await?.ok_or(Unavailable)?;
    let has = about.tags.iter().map(|tag| Tag::parse(tag)).collect::<Result<BTreeSet<_>, _>>();
    let has = has.map_err(|_| Unavailable)?;
    let mut tags = has.clone();
    change(&mut tags);
    Ok(match tags.len() {
        _ if tags == has => Verdict::Stays,
        count if count > MOST_TAGS => Verdict::TooManyTags,
        _ => Verdict::Tags(tags.into_iter().collect()),
    })
}

async fn moved(
    source: &mut Source,
    candidate: &Candidate,
    folder: Option<&Folder>,
    given: &mut Given,
) -> Result<Verdict, Unavailable> {
    let row = &candidate.row;
    let last = row.name.rsplit('/').next().unwrap_or_default();
    let name = folder.map_or_else(|| last.to_owned(), |folder| format!("{folder}/{last}"));
    if SecretName::parse(&name).is_err() {
        return Ok(Verdict::BadName(name));
    }
    let is_second = !given.insert((row.environment.clone(), name.clone()));
    if is_second {
        return Ok(Verdict::Taken(name));
    }
    Ok(match secrets::sql::by_name(source, &row.environment, &name).await? {
        Some(other) if other == row.id => Verdict::Stays,
        Some(_) => Verdict::Taken(name),
        None => Verdict::Named(name),
    })
}
