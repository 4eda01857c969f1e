//! `doorward user list`, `invite`, `disable` and `enable`

use crate::backend::{SqlBackend, by_command};
use crate::cli::CommandError;
use crate::cli::settings::Config;
use crate::cli::start::open;
use crate::db::transaction::Source;
use crate::identities::cli::UserError;
use crate::identities::{given_roles, invitations, people};
use crate::sessions::revocations::{self, By};
use crate::{identities, ledger};
use app::identities::store::{IdentityRow, PAGE_ROWS, State};
use app::page::Sort;
use app::sessions::scope::Scope;
use app::ui::time::rfc3339;
use clap::Args;
use doorward::guard::Unavailable;
use doorward::{IdentityId, RevocationId, SignInName};

/// `user invite`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct InviteUser {
    /// The sign-in name
    #[arg(value_parser = SignInName::parse)]
    pub name: SignInName,
}

/// `user disable`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct DisableUser {
    /// The sign-in name
    #[arg(value_parser = SignInName::parse)]
    pub name: SignInName,
}

/// `user enable`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct EnableUser {
    /// The sign-in name
    #[arg(value_parser = SignInName::parse)]
    pub name: SignInName,
}

/// The actor's name in revocations that the command line makes.
const BY: &str = "the command line";

pub(super) async fn list(config: &Config) -> Result<(), CommandError> {
    let backend = open(config).await?;
    let mut page = 1;
    loop {
        let now = backend.clock.now();
        let (rows, total) =
            people::page(&mut backend.reader(), "", (Sort::default(), page), now).await.map_err(UserError::from)?;
        rows.iter().for_each(|row| println!("{}", line(row)));
        if rows.is_empty() || i64::from(page) * i64::from(PAGE_ROWS) >= total {
            break;
        }
        page += 1;
    }
    backend.database.close().await;
    Ok(())
}

/// One account in a line, with tabs between its parts.
fn line(row: &IdentityRow) -> String {
    let state = match row.state {
        State::Active => "active".to_owned(),
        State::Invited(ends) => format!("invited until {}", rfc3339(ends)),
        State::NotInvited if row.kind.is_machine() => "uses the API".to_owned(),
        State::NotInvited => "cannot sign in".to_owned(),
        State::Disabled(at) => format!("disabled at {}", rfc3339(at)),
    };
    let roles = row.roles.iter().map(|role| match role.ends {
        Some(ends) => format!("{}@{} until {}", role.role, role.within.as_str(), rfc3339(ends)),
        None => format!("{}@{}", role.role, role.within.as_str()),
    });
    format!("{}\t{}\t{state}\t{}", row.name, row.display_name, roles.collect::<Vec<_>>().join(", "))
}

pub(super) async fn invite(config: &Config, name: &SignInName) -> Result<(), CommandError> {
    let mut backend = open(config).await?;
    // A server on another port or behind a proxy has another address only if it is set.
    backend.origin = config.origin_at(config.listen).to_string().into();
    let link = invite_user(&backend, name).await?;
    backend.database.close().await;
    println!("{link}");
    Ok(())
}

/// Makes a link by which somebody who cannot sign in chooses a password, and records it.
///
/// # Errors
/// If nobody has the name, or if the person can sign in already.
pub async fn invite_user(backend: &SqlBackend, name: &SignInName) -> Result<String, UserError> {
    let mut source = Source::writer(&backend.database).await?;
    let (id, display_name) = found(&mut source, name).await?;
    if invitations::can_sign_in(&mut source, id).await? {
        return Err(UserError::CanSignIn(name.clone()));
    }
    let names = (name.to_string(), display_name);
    let made = backend.make_invitation(&mut source, id, names, None, backend.clock.now()).await?;
    record(backend, source, "identity.invite", id).await?;
    Ok(made.link.expose().to_owned())
}

pub(super) async fn disable(config: &Config, name: &SignInName) -> Result<(), CommandError> {
    let backend = open(config).await?;
    disable_user(&backend, name).await?;
    backend.database.close().await;
    println!("{name} is disabled, and every session has ended.");
    Ok(())
}

/// Disables an account and ends its sessions, in one transaction, and records it.
///
/// # Errors
/// If nobody has the name, if the account is disabled already, or if it is the last that may give
/// roles.
pub async fn disable_user(backend: &SqlBackend, name: &SignInName) -> Result<(), UserError> {
    let mut source = Source::writer(&backend.database).await?;
    let now = backend.clock.now();
    let (id, _) = found(&mut source, name).await?;
    identities::sql::lock(&mut source, id).await?;
    if !identities::sql::freeze(&mut source, id, now).await? {
        return Err(UserError::Disabled(name.clone()));
    }
    if !given_roles::somebody_may_give(&mut source).await? {
        return Err(UserError::LastAdministrator);
    }
    invitations::cancel(&mut source, id).await?;
    let revocation = RevocationId::new(now, &*backend.random);
    let by = By { identity: None, name: BY.to_owned(), spare: None };
    revocations::end(&mut source, revocation, &Scope::Identity(name.to_string()), &by, now).await?;
    backend.freeze_machines_of(&mut source, id, &by, now).await?;
    Ok(record(backend, source, "identity.disable", id).await?)
}

pub(super) async fn enable(config: &Config, name: &SignInName) -> Result<(), CommandError> {
    let backend = open(config).await?;
    enable_user(&backend, name).await?;
    backend.database.close().await;
    println!("{name} can sign in again.");
    Ok(())
}

/// Lets a disabled account sign in again, and records it.
///
/// # Errors
/// If nobody has the name, or if the account is not disabled.
pub async fn enable_user(backend: &SqlBackend, name: &SignInName) -> Result<(), UserError> {
    let mut source = Source::writer(&backend.database).await?;
    let (id, _) = found(&mut source, name).await?;
    if !people::enable(&mut source, id).await? {
        return Err(UserError::NotDisabled(name.clone()));
    }
    Ok(record(backend, source, "identity.enable", id).await?)
}

async fn found(source: &mut Source, name: &SignInName) -> Result<(IdentityId, String), UserError> {
    identities::sql::person(source, name.as_str()).await?.ok_or_else(|| UserError::Nobody(name.clone()))
}

async fn record(backend: &SqlBackend, mut source: Source, action: &str, id: IdentityId) -> Result<(), Unavailable> {
    let entry = by_command(backend, action, format!("identity:{id}"), String::new());
    ledger::sql::append_in(&mut source, &entry).await?;
    source.commit().await
}
