//! The table `invitations`, and how an invitation is made and accepted.

use crate::account::notices;
use crate::account::password::check_new_password;
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::db::{self, unavailable};
use crate::identities;
use crate::identities::sql::identity_id;
use crate::ledger;
use crate::sessions::revocations::{self, By};
use crate::sign_in::authenticate::{address_of, hash_of_code};
use crate::sign_in::handle;
use crate::sign_in::limit_records::TriedBy;
use crate::sign_in::limits::Trying;
use crate::sign_in::session_start::RecordFields;
use app::account::notices::NoticeKind;
use app::identities::invitation::Accept;
use app::identities::store::{Invitation, InvitationError, Invited};
use app::page::{Address, form};
use app::sessions::scope::Scope;
use app::sign_in::store::SignInError;
use doorward::guard::{Asked, Unavailable};
use doorward::ledger::Who;
use doorward::{IdentityId, Kind, RevocationId, SecretText, TimeSpan, Timestamp};

const REPLACE: &str = "insert into invitations (identity, code_hash, made_by, made_at, ends_at) \
     values ($1, $2, $3, $4, $5) on conflict (identity) do update set code_hash = excluded.code_hash, \
     made_by = excluded.made_by, made_at = excluded.made_at, ends_at = excluded.ends_at";
const FIND: &str = "select i.id, i.name, i.display_name, v.ends_at from invitations v \
     join identities i on i.id = v.identity where v.code_hash = $1 and i.frozen_at is null";
const TAKE: &str = "delete from invitations where code_hash = $1";
const CANCEL: &str = "delete from invitations where identity = $1";
const CAN_SIGN_IN: &str = "select 1 from passwords where identity = $1 union all \
     select 1 from passkeys where identity = $1 limit 1";

/// How long an invitation counts.
pub const LASTS: TimeSpan = TimeSpan::hours(3 * 24);
const ACCEPT: &str = "identity.accept_invitation";

/// Returns whether an identity has a password or a passkey.
pub async fn can_sign_in(source: &mut Source, identity: IdentityId) -> Result<bool, Unavailable> {
    source.optional(db::query(CAN_SIGN_IN).bind(identity.to_string())).await.map(|row| row.is_some())
}

/// Ends an identity's invitation, if it has one.
pub async fn cancel(source: &mut Source, identity: IdentityId) -> Result<(), Unavailable> {
    source.execute(db::query(CANCEL).bind(identity.to_string())).await.map(|_| ())
}

async fn find(source: &mut Source, hash: &str, now: Timestamp) -> Result<Option<(IdentityId, Invited)>, Unavailable> {
    let Some(row) = source.optional(db::query(FIND).bind(hash.to_owned())).await? else { return Ok(None) };
    let read = || {
        let invited = Invited { name: row.try_get("name")?, display_name: row.try_get("display_name")? };
        Ok::<_, sqlx::Error>((identity_id(&row, "id")?, invited, Timestamp(row.try_get("ends_at")?)))
    };
    let (identity, invited, ends) = read().map_err(unavailable)?;
    Ok((now < ends).then_some((identity, invited)))
}

impl SqlBackend {
    /// Makes an invitation, which replaces the identity's earlier one.
    pub(crate) async fn make_invitation(
        &self,
        source: &mut Source,
        identity: IdentityId,
        names: (String, String),
        by: Option<IdentityId>,
        now: Timestamp,
    ) -> Result<Invitation, Unavailable> {
        // 256 bits, like a session's handle.
        let (code, _) = handle::new(&*self.random);
        let ends = now.plus(LASTS);
        let statement = db::query(REPLACE)
            .bind(identity.to_string())
            .bind(hash_of_code(&code))
            .bind(by.map(|by| by.to_string()))
            .bind(now.0)
            .bind(ends.0);
        source.execute(statement).await?;
        let address = Accept { code: code.expose().to_owned() }.href();
        let link = SecretText::new(format!("{}{address}", self.origin)).map_err(|_| Unavailable)?;
        let (name, display_name) = names;
        Ok(Invitation { name, display_name, link, ends })
    }

    /// Counts a try at a code by its network. Codes are too long to be guessed; this keeps a flood
    /// of guesses from the ledger.
    pub(super) async fn count_invitation_try(&self, asked: &Asked) -> Result<(), InvitationError> {
        let who = Trying::Network(address_of(asked));
        self.may_try(&self.limits, asked, who, (ACCEPT, TriedBy::Nobody)).await.map_err(|error| match error {
            SignInError::TooMany(wait) => InvitationError::TooMany(wait),
            _ => InvitationError::Unavailable,
        })
    }

    pub(super) async fn invited_by(&self, asked: &Asked, code: &SecretText) -> Result<Invited, InvitationError> {
        match find(&mut self.reader(), &hash_of_code(code), asked.now).await? {
            Some((_, invited)) => Ok(invited),
            None => Err(InvitationError::BadCode),
        }
    }

    /// Records that a code was wrong.
    pub(super) async fn refuse_invitation(&self, asked: &Asked) -> InvitationError {
        let (code, words) = ("wrong_invitation", "the invitation's code is wrong, used, replaced or too old");
        let fields = RecordFields { action: ACCEPT, who: None, allowed: false, code, words };
        match self.ledger.append(self.entry(asked, fields)).await {
            Ok(()) => InvitationError::BadCode,
            Err(Unavailable) => InvitationError::Unavailable,
        }
    }

    /// Sets the first password and consumes the code, in one transaction.
    pub(super) async fn accept_invitation(
        &self,
        asked: &Asked,
        code: &SecretText,
        password: SecretText,
    ) -> Result<Invited, InvitationError> {
        let invited = self.invited_by(asked, code).await?;
        check_new_password(&password, &invited.name).map_err(|error| InvitationError::Invalid {
            field: "password",
            message: form::sentence(&error.to_string()),
        })?;
        let phc = match self.passwords.hash(&password).await {
            Ok(phc) => phc,
            Err(error) => {
                return Err(match self.unchecked(asked, (ACCEPT, TriedBy::Nobody), error).await {
                    SignInError::TooMany(wait) => InvitationError::TooMany(wait),
                    _ => InvitationError::Unavailable,
                });
            }
        };
        match self.use_invitation(asked, code, phc).await? {
            Some(invited) => Ok(invited),
            None => Err(self.refuse_invitation(asked).await),
        }
    }

    async fn use_invitation(
        &self,
        asked: &Asked,
        code: &SecretText,
        phc: String,
    ) -> Result<Option<Invited>, Unavailable> {
        let mut source = Source::writer(&self.database).await?.with_queue(&self.ledger);
        let hash = hash_of_code(code);
        let Some((identity, invited)) = find(&mut source, &hash, asked.now).await? else { return Ok(None) };
        // Of two that accept at once, one finds nothing left to delete.
        if source.execute(db::query(TAKE).bind(hash)).await? == 0 {
            return Ok(None);
        }
        let ended = self.replace_password(&mut source, identity, &invited, phc, asked.now).await?;
        let who = Who {
            identity,
            name: invited.name.clone().into(),
            kind: Kind::Person,
            session: None,
            authentication: None,
            method: None,
            authenticated: None,
        };
        let (code, words) = ("invitation", "by the link of the invitation");
        let fields = RecordFields { action: ACCEPT, who: Some(who), allowed: true, code, words };
        ledger::sql::append_in(&mut source, &self.entry(asked, fields)).await?;
        source.commit().await?;
        ended.into_iter().for_each(|revocation| self.live.wake(revocation));
        Ok(Some(invited))
    }

    /// Sets a password. If it replaces another one, every session of the person ends, and they are
    /// told.
    async fn replace_password(
        &self,
        source: &mut Source,
        identity: IdentityId,
        invited: &Invited,
        phc: String,
        now: Timestamp,
    ) -> Result<Option<RevocationId>, Unavailable> {
        identities::sql::lock(source, identity).await?;
        let is_first = !can_sign_in(source, identity).await?;
        identities::sql::change_password(source, identity, phc, now).await?;
        if is_first {
            return Ok(None);
        }
        let about = "Your password was changed by a link that an administrator made";
        notices::add(source, identity, NoticeKind::MethodChanged, about, now, &*self.random).await?;
        let revocation = RevocationId::new(now, &*self.random);
        let by = By { identity: Some(identity), name: invited.display_name.clone(), spare: None };
        revocations::end(source, revocation, &Scope::Identity(invited.name.clone()), &by, now).await?;
        Ok(Some(revocation))
    }
}
