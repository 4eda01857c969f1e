//! Changes of service accounts, each inside the transaction that allowed it.

use crate::access::machines::credentials::NewCredential;
use crate::access::machines::{credential, credentials, sql};
use crate::access::policy_version;
use crate::account::notices;
use crate::backend::{NotMade, SqlBackend, once};
use crate::db::transaction::Source;
use crate::identities::sql::NewIdentity;
use crate::sessions::revocations::{self, By};
use crate::{identities, secrets};
use app::access::policy::machines::{AcceptMachine, AddKey, AddMachine, MakeCredential, OfferMachine};
use app::access::store::machines::{MachineError, MadeCredential, NewMachine};
use app::account::notices::NoticeKind;
use app::sessions::scope::Scope;
use doorward::guard::Unavailable;
use doorward::{CredentialId, IdentityId, Kind, Principal, RevocationId, TimeSpan, Timestamp, Within};

/// The most credentials that count at the same time, so that one can replace the other.
const MOST_CREDENTIALS: usize = 2;

/// What is said of a new credential, of either kind.
struct New<'a> {
    machine: IdentityId,
    label: &'a str,
    lasts: TimeSpan,
    overlap: TimeSpan,
}

pub(super) type Done<T> = Result<T, NotMade<MachineError>>;

pub(super) fn by(who: &Principal) -> By {
    By { identity: Some(who.identity), name: who.display_name.to_string(), spare: None }
}

impl SqlBackend {
    pub(super) async fn add_new_machine(
        &self,
        source: &mut Source,
        action: &AddMachine,
        new: &NewMachine,
        who: &Principal,
    ) -> Done<IdentityId> {
        once(source, who, new.form.as_deref(), MachineError::SentBefore).await?;
        let Some(owner) = sql::owner(source, &action.owner).await? else {
            return Err(NotMade::Invalid(MachineError::NoSuchOwner));
        };
        if !secrets::environments::names(source).await?.contains(&action.environment) {
            return Err(NotMade::Invalid(MachineError::NoSuchEnvironment));
        }
        let id = IdentityId::new(who.now, &*self.random);
        let identity = NewIdentity {
            id,
            kind: Kind::ServiceAccount,
            name: action.name.to_string(),
            display_name: new.display_name.to_string(),
            phc: None,
            roles: Vec::new(),
            within: Within::Everywhere,
        };
        if !identities::sql::add(source, identity, who.now).await? {
            return Err(NotMade::Invalid(MachineError::NameTaken));
        }
        sql::add(source, id, owner, (&new.purpose, &action.environment)).await?;
        if owner != who.identity {
            let about = format!("{} made you the owner of the service account {}", who.display_name, action.name);
            notices::add(source, owner, NoticeKind::MachineOwner, &about, who.now, &*self.random).await?;
        }
        Ok(id)
    }

    pub(super) async fn make_new_credential(
        &self,
        source: &mut Source,
        action: &MakeCredential,
        form: Option<&str>,
        who: &Principal,
    ) -> Done<MadeCredential> {
        let (secret, verifier) = credential::new(&*self.random);
        let new = New { machine: action.id, label: &action.label, lasts: action.lasts, overlap: action.overlap };
        let ends = self.add_credential(source, new, verifier, form, who).await?;
        Ok(MadeCredential { secret, ends })
    }

    pub(super) async fn add_public_key(
        &self,
        source: &mut Source,
        action: &AddKey,
        form: Option<&str>,
        who: &Principal,
    ) -> Done<()> {
        let new = New { machine: action.id, label: &action.label, lasts: action.lasts, overlap: action.overlap };
        self.add_credential(source, new, credential::of_key(&action.key), form, who).await.map(|_| ())
    }

    /// Adds a credential, and lets an earlier one end after the overlap. Returns when it ends.
    async fn add_credential(
        &self,
        source: &mut Source,
        new: New<'_>,
        verifier: String,
        form: Option<&str>,
        who: &Principal,
    ) -> Done<Timestamp> {
        once(source, who, form, MachineError::SentBefore).await?;
        // One change of a service account at a time, and no exchange meanwhile.
        identities::sql::lock(source, new.machine).await?;
        let known = credentials::last_of(source, new.machine).await?;
        let live: Vec<_> = known.iter().filter(|known| known.counts(who.now)).collect();
        if live.len() >= MOST_CREDENTIALS {
            return Err(NotMade::Invalid(MachineError::TooManyCredentials));
        }
        for earlier in live {
            credentials::shorten(source, earlier.id, who.now.plus(new.overlap)).await?;
        }
        let ends = who.now.plus(new.lasts);
        let added = NewCredential {
            id: CredentialId::new(who.now, &*self.random),
            machine: new.machine,
            verifier,
            label: new.label.to_owned(),
            by: who.identity,
            made: who.now,
            ends,
        };
        let is_new = credentials::add(source, added).await?;
        if is_new { Ok(ends) } else { Err(NotMade::Invalid(MachineError::KeyKnown)) }
    }

    pub(super) async fn offer_to(&self, source: &mut Source, action: &OfferMachine, who: &Principal) -> Done<()> {
        identities::sql::lock(source, action.id).await?;
        let (Some(to), Some(facts)) = (sql::owner(source, &action.to).await?, sql::facts(source, action.id).await?)
        else {
            return Err(NotMade::Invalid(MachineError::NoSuchOwner));
        };
        if to == facts.owner {
            return Err(NotMade::Invalid(MachineError::Already));
        }
        sql::offer(source, action.id, to, who.identity, who.now).await?;
        let about = format!("{} offers you the service account {}", who.display_name, facts.name);
        notices::add(source, to, NoticeKind::MachineOwner, &about, who.now, &*self.random).await?;
        Ok(())
    }

    /// Makes the principal the owner. Whoever could act as the service account before cannot any
    /// more, and the new owner gains nothing that they gave it themselves.
    pub(super) async fn take_over(
        &self,
        source: &mut Source,
        action: &AcceptMachine,
        who: &Principal,
    ) -> Done<RevocationId> {
        let id = action.id;
        // Credentials before identities: an exchange holds the credential.
        credentials::revoke_all(source, id, who.now).await?;
        identities::sql::lock(source, id).await?;
        let Some(facts) = sql::facts(source, id).await? else { return Err(Unavailable.into()) };
        if !sql::transfer(source, id, who.identity).await? {
            return Err(NotMade::Invalid(MachineError::Already));
        }
        if sql::take_what_was_given_by(source, id, who.identity).await? {
            identities::sql::bump_privileges_version(source, id).await?;
            policy_version::changed(source).await?;
        }
        let revocation = RevocationId::new(who.now, &*self.random);
        revocations::end(source, revocation, &Scope::Identity(facts.name.clone()), &by(who), who.now).await?;
        let about = format!("{} is the owner of the service account {} now", who.display_name, facts.name);
        notices::add(source, facts.owner, NoticeKind::MachineOwner, &about, who.now, &*self.random).await?;
        Ok(revocation)
    }
}
