//! Tells people what others did with their secrets and their access.

use crate::account::notices;
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::secrets::{self, details};
use app::account::notices::NoticeKind;
use doorward::guard::Unavailable;
use doorward::{IdentityId, Principal, SecretId};

impl SqlBackend {
    /// Tells the owner that somebody else revealed their secret. The ledger has the record, so the value is shown even if
    /// the notice cannot be stored.
    pub(in crate::secrets) async fn tell_owner(&self, id: SecretId, who: &Principal) {
        let told = async {
            let mut source = Source::writer(&self.database).await?;
            let Some(secret) = secrets::sql::named(&mut source, id).await? else { return Ok(()) };
            let about = format!("{} revealed {}", who.display_name, secret.in_words());
            let kind = NoticeKind::Revealed;
            notices::add_about_secret(&mut source, secret.owner, kind, (id, &about), who.now, &*self.random).await?;
            source.commit().await
        };
        if let Err(Unavailable) = told.await {
            tracing::warn!(secret = %id, "the owner was not told that their secret was revealed");
        }
    }

    /// Tells a person in the same transaction what became of their access.
    pub(in crate::secrets) async fn tell(
        &self,
        source: &mut Source,
        whom: IdentityId,
        kind: NoticeKind,
        id: SecretId,
        by: &Principal,
    ) -> Result<(), Unavailable> {
        let Some(secret) = secrets::sql::named(source, id).await? else { return Ok(()) };
        let (by_name, secret) = (&by.display_name, secret.in_words());
        let about = match kind {
            NoticeKind::AccessRemoved => format!("{by_name} removed your access to {secret}"),
            _ => format!("{by_name} shared {secret} with you"),
        };
        notices::add_about_secret(source, whom, kind, (id, &about), by.now, &*self.random).await
    }

    /// Tells everybody who owns the secret or has a grant, except `by`, in the same transaction. Their open pages are out of
    /// date. Returns them.
    pub(in crate::secrets) async fn tell_users(
        &self,
        source: &mut Source,
        id: SecretId,
        (by, done, more): (&Principal, &str, &str),
    ) -> Result<Vec<IdentityId>, Unavailable> {
        let Some(secret) = secrets::sql::named(source, id).await? else { return Ok(Vec::new()) };
        let about = format!("{} {done} {}{more}", by.display_name, secret.in_words());
        let users = details::sql::users(source, id, by.now).await?;
        for user in users.iter().copied().filter(|user| *user != by.identity) {
            let kind = NoticeKind::Archived;
            notices::add_about_secret(source, user, kind, (id, &about), by.now, &*self.random).await?;
        }
        Ok(users)
    }
}
