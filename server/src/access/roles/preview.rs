//! Who would gain and lose what if a role held something else: the policy is asked for each account, with the rows as they
//! are and as they would be.

use crate::access::rows::{Account, PolicyRows, reach};
use app::access::store::roles::{PersonChange, SecretChange};
use app::page::form::stated::StatedReason;
use app::secrets::policy::{ReadSecret, RenameSecret, RevealSecret, RotateSecret, ShareSecret};
use app::secrets::store::SecretFacts;
use doorward::action::Action;
use doorward::{Principal, SecretId, SecretName};
use std::collections::BTreeSet;

/// The number of names that stand for all of a kind.
const EXAMPLES: usize = 3;

/// What can be done with a secret, as a preview names it.
const VERBS: [&str; 5] = ["see", "reveal", "rotate", "rename", "share"];

/// Returns the accounts for which something changes.
#[must_use]
pub fn compare(before: &PolicyRows, after: &PolicyRows, asker: &Principal) -> Vec<PersonChange> {
    let visible: Vec<_> = before.secrets.iter().filter(|(id, facts)| sees(before, asker, *id, facts)).collect();
    before.accounts.iter().filter_map(|account| change(before, after, account, asker, &visible)).collect()
}

fn sees(rows: &PolicyRows, asker: &Principal, id: SecretId, facts: &SecretFacts) -> bool {
    ReadSecret { id }.decide(asker, &rows.facts(asker.identity, id, facts)).allows()
}

fn change(
    before: &PolicyRows,
    after: &PolicyRows,
    account: &Account,
    asker: &Principal,
    secrets: &[&(SecretId, SecretFacts)],
) -> Option<PersonChange> {
    let (was, becomes) = (before.principal(account, asker), after.principal(account, asker));
    if was.holdings == becomes.holdings {
        return None;
    }
    let had = reach(&was.holdings, &before.environments);
    let has = reach(&becomes.holdings, &after.environments);
    let (mut gains, mut losses) = (Counted::default(), Counted::default());
    for (id, facts) in secrets.iter().copied() {
        let facts = before.facts(account.identity, *id, facts);
        let could = abilities(*id, &was, &facts);
        let can = abilities(*id, &becomes, &facts);
        for (verb, (could, can)) in could.into_iter().zip(can).enumerate() {
            match (could, can) {
                (false, true) => gains.count(verb, &facts.name),
                (true, false) => losses.count(verb, &facts.name),
                _ => {}
            }
        }
    }
    let change = PersonChange {
        identity: account.identity,
        name: account.name.clone(),
        display_name: account.display_name.clone(),
        gains: in_words(has.difference(&had)),
        losses: in_words(had.difference(&has)),
        secret_gains: gains.changes(),
        secret_losses: losses.changes(),
    };
    let is_nothing = change.gains.is_empty() && change.losses.is_empty();
    (!is_nothing).then_some(change)
}

/// Whether `who` may do each of [`VERBS`] with a secret, apart from a fresh confirmation.
fn abilities(id: SecretId, who: &Principal, facts: &SecretFacts) -> [bool; VERBS.len()] {
    let rename = SecretName::parse(&facts.name).map(|to| RenameSecret { id, to });
    let share = ShareSecret { id, with: String::new(), lasts: None, why: StatedReason::default() };
    [
        ReadSecret { id }.decide(who, facts).allows(),
        RevealSecret { id, why: StatedReason::default() }.decide(who, facts).allows(),
        RotateSecret { id, why: Default::default() }.decide(who, facts).allows(),
        rename.is_ok_and(|rename| rename.decide(who, facts).allows()),
        share.decide(who, facts).allows(),
    ]
}

/// Permissions with their environments, as a person reads them. `everywhere` includes each environment.
fn in_words<'a>(rows: impl Iterator<Item = &'a (String, String)> + Clone) -> Vec<String> {
    let everywhere: BTreeSet<_> =
        rows.clone().filter(|(_, within)| within == "*").map(|(permission, _)| permission).collect();
    let words = rows.filter(|(permission, within)| within == "*" || !everywhere.contains(permission));
    let words = words.map(|(permission, within)| match within.as_str() {
        "*" => format!("{permission} everywhere"),
        within => format!("{permission} in {within}"),
    });
    words.collect()
}

#[derive(Default)]
struct Counted([(usize, Vec<String>); VERBS.len()]);

impl Counted {
    fn count(&mut self, verb: usize, name: &str) {
        let (count, examples) = &mut self.0[verb];
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push(name.to_owned());
        }
    }

    fn changes(self) -> Vec<SecretChange> {
        let kinds = VERBS.into_iter().zip(self.0).filter(|(_, (count, _))| *count > 0);
        kinds.map(|(verb, (count, examples))| SecretChange { verb, count, examples }).collect()
    }
}
