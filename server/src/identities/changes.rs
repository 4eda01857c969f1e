//! Changes of other people's accounts, each inside the transaction that allowed it.

use crate::backend::{NotMade, SqlBackend, once};
use crate::db::transaction::Source;
use crate::deliveries;
use crate::identities;
use crate::identities::given_roles::{self, GivenRole};
use crate::identities::sql::NewIdentity;
use crate::identities::{invitations, people};
use crate::secrets;
use crate::sessions::revocations::{self, By};
use app::identities::policy::{AddIdentity, GiveRole};
use app::identities::store::{ChangeError, Invitation};
use app::sessions::scope::Scope;
use doorward::guard::Unavailable;
use doorward::{IdentityId, Kind, Principal, RevocationId, Within};

/// The inner result is what became of the change.
type Done<T> = Result<T, NotMade<ChangeError>>;

impl SqlBackend {
    /// Adds a person without roles and without a password.
    pub(super) async fn add_person(
        &self,
        source: &mut Source,
        id: IdentityId,
        action: &AddIdentity,
        by: &Principal,
        form: Option<&str>,
    ) -> Done<Invitation> {
        once(source, by, form, ChangeError::SentBefore).await?;
        let new = NewIdentity {
            id,
            kind: Kind::Person,
            name: action.name.to_string(),
            display_name: action.display_name.to_string(),
            phc: None,
            roles: Vec::new(),
            within: Within::Everywhere,
        };
        if !identities::sql::add(source, new, by.now).await? {
            return Err(NotMade::Invalid(ChangeError::NameTaken));
        }
        let names = (action.name.to_string(), action.display_name.to_string());
        Ok(self.make_invitation(source, id, names, Some(by.identity), by.now).await?)
    }

    /// Makes a link for the first password of somebody who cannot sign in, or for a new one of
    /// somebody who `can_sign_in`.
    pub(super) async fn link_for_password(
        &self,
        source: &mut Source,
        id: IdentityId,
        by: &Principal,
        (can_sign_in, form): (bool, Option<&str>),
    ) -> Done<Invitation> {
        once(source, by, form, ChangeError::SentBefore).await?;
        // Somebody who accepts at the same moment finishes before this, or finds the link replaced.
        identities::sql::lock(source, id).await?;
        if invitations::can_sign_in(source, id).await? != can_sign_in {
            return Err(NotMade::Invalid(ChangeError::Already));
        }
        let Some(row) = people::one(source, id, by.now).await? else {
            return Err(Unavailable.into());
        };
        Ok(self.make_invitation(source, id, (row.name, row.display_name), Some(by.identity), by.now).await?)
    }

    /// Disables an identity, and ends its sessions and its invitation.
    pub(super) async fn disable_identity(
        &self,
        source: &mut Source,
        id: IdentityId,
        by: &Principal,
    ) -> Done<RevocationId> {
        identities::sql::lock(source, id).await?;
        let Some(facts) = people::facts(source, id).await? else { return Err(Unavailable.into()) };
        if !identities::sql::freeze(source, id, by.now).await? {
            return Err(NotMade::Invalid(ChangeError::Already));
        }
        if !given_roles::somebody_may_give(source).await? {
            return Err(NotMade::Invalid(ChangeError::LastAdministrator));
        }
        invitations::cancel(source, id).await?;
        deliveries::sql::void_of(source, id, None, by.now).await?;
        let revocation = RevocationId::new(by.now, &*self.random);
        let ends = By { identity: Some(by.identity), name: by.display_name.to_string(), spare: None };
        revocations::end(source, revocation, &Scope::Identity(facts.name), &ends, by.now).await?;
        self.freeze_machines_of(source, id, &ends, by.now).await?;
        Ok(revocation)
    }
}

/// Gives a role.
pub(super) async fn give(source: &mut Source, action: &GiveRole, by: &Principal) -> Done<()> {
    let GiveRole { id, role, within, lasts } = action;
    exist(source, role, within).await?;
    let ends = lasts.map(|span| by.now.plus(span));
    let given = GivenRole { role, within, ends, by: Some(by.identity) };
    given_roles::give(source, *id, &given, by.now).await?;
    // A shorter end can take the last lasting administrator away.
    if !given_roles::somebody_may_give(source).await? {
        return Err(NotMade::Invalid(ChangeError::LastAdministrator));
    }
    Ok(())
}

/// Checks that there is such a role and such an environment.
pub(super) async fn exist(source: &mut Source, role: &String, within: &Within) -> Done<()> {
    if !identities::sql::roles(source).await?.contains(role) {
        return Err(NotMade::Invalid(ChangeError::NoSuchRole));
    }
    if let Within::Only(environment) = within
        && !secrets::environments::names(source).await?.contains(environment)
    {
        return Err(NotMade::Invalid(ChangeError::NoSuchEnvironment));
    }
    Ok(())
}
