//! The set-up of an empty installation: the code in the link that creates the first administrator, and its table.

use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::db::{self, unavailable};
use crate::identities::sql::NewIdentity;
use crate::sign_in::authenticate::{SET_UP, hash_of_code};
use crate::sign_in::session_start::RecordFields;
use crate::{identities, ledger};
use app::sign_in::store::{SetUpError, SetUpState};
use doorward::guard::{Asked, Unavailable};
use doorward::ledger::Who;
use doorward::{IdentityId, Kind, SecretText, Timestamp, Within};

const CLEAR: &str = "delete from set_up";
const ADD: &str = "insert into set_up (code_hash, ends_at) values ($1, $2)";
const ENDS: &str = "select ends_at from set_up where code_hash = $1";
const TAKE: &str = "delete from set_up where code_hash = $1 returning ends_at";

/// Stores the hash of a new code, which replaces earlier ones.
pub async fn replace(source: &mut Source, code_hash: String, ends: Timestamp) -> Result<(), Unavailable> {
    source.execute(db::query(CLEAR)).await?;
    source.execute(db::query(ADD).bind(code_hash).bind(ends.0)).await.map(|_| ())
}

/// Returns whether a code is valid at `now`.
pub async fn counts(source: &mut Source, code_hash: String, now: Timestamp) -> Result<bool, Unavailable> {
    let Some(row) = source.optional(db::query(ENDS).bind(code_hash)).await? else { return Ok(false) };
    let ends: i64 = row.try_get(0).map_err(unavailable)?;
    Ok(now < Timestamp(ends))
}

/// Consumes a code. Returns whether it was valid.
pub async fn take(source: &mut Source, code_hash: String, now: Timestamp) -> Result<bool, Unavailable> {
    let Some(row) = source.optional(db::query(TAKE).bind(code_hash)).await? else { return Ok(false) };
    let ends: i64 = row.try_get(0).map_err(unavailable)?;
    Ok(now < Timestamp(ends))
}

impl SqlBackend {
    /// Returns whether any identity exists. Identities are never removed, so once this is true it
    /// is not asked again.
    pub(super) async fn set_up_is_done(&self) -> Result<bool, Unavailable> {
        if self.set_up_done.get().is_none() && !identities::sql::nobody_yet(&mut self.reader()).await? {
            self.set_up_done.get_or_init(|| ());
        }
        Ok(self.set_up_done.get().is_some())
    }

    pub(super) async fn set_up_code_counts(&self, asked: &Asked, code: &str) -> Result<bool, Unavailable> {
        match SecretText::new(code.to_owned()) {
            Ok(code) => counts(&mut self.reader(), hash_of_code(&code), asked.now).await,
            Err(_) => Ok(false),
        }
    }

    pub(super) async fn refuse_set_up(&self, asked: &Asked, state: SetUpState) -> SetUpError {
        let (code, words) = match state {
            SetUpState::Done => ("set_up_done", "there is an administrator already"),
            _ => ("wrong_set_up_code", "the set-up code is wrong, used or too old"),
        };
        let fields = RecordFields { action: SET_UP, who: None, allowed: false, code, words };
        match (self.ledger.append(self.entry(asked, fields)).await, state) {
            (Err(Unavailable), _) => SetUpError::Unavailable,
            (Ok(()), SetUpState::Done) => SetUpError::Done,
            (Ok(()), _) => SetUpError::BadCode,
        }
    }

    pub(super) async fn make_first(
        &self,
        asked: &Asked,
        code: &SecretText,
        name: String,
        phc: String,
    ) -> Result<SetUpState, Unavailable> {
        let mut source = Source::writer(&self.database).await?.with_queue(&self.ledger);
        let counts = take(&mut source, hash_of_code(code), asked.now).await?;
        if !identities::sql::nobody_yet(&mut source).await? {
            return Ok(SetUpState::Done);
        }
        if !counts {
            return Ok(SetUpState::BadCode);
        }
        let id = IdentityId::new(asked.now, &*self.random);
        let who = Who {
            identity: id,
            name: name.clone().into(),
            kind: Kind::Person,
            session: None,
            authentication: None,
            method: None,
            authenticated: None,
        };
        let roles = vec!["administrator".to_owned()];
        let new = NewIdentity {
            id,
            kind: Kind::Person,
            display_name: name.clone(),
            name,
            phc: Some(phc),
            roles,
            within: Within::Everywhere,
        };
        identities::sql::add(&mut source, new, asked.now).await?;
        let (code, words) = ("set_up_link", "by the set-up link");
        let fields = RecordFields { action: SET_UP, who: Some(who), allowed: true, code, words };
        ledger::sql::append_in(&mut source, &self.entry(asked, fields)).await?;
        source.commit().await.map(|()| SetUpState::Open)
    }
}
