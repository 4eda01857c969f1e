//! The handle on requests that need no session: sign-in and set-up. It is checked for replay as
//! everywhere else.

use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::sessions;
use crate::sessions::endings::{Cause, Ending, Endings};
use crate::sign_in::session_start::RecordFields;
use doorward::RevocationId;
use doorward::guard::{Asked, HandleHash, Unavailable};
use doorward::ledger::Who;

impl SqlBackend {
    /// Returns the service that ends sessions by rule.
    #[must_use]
    pub fn endings(&self) -> Endings {
        Endings::new(&self.ledger, &self.random)
    }

    /// Ends the session of a replaced handle, whatever the outcome of the request that carried it.
    pub(crate) async fn look_for_replay(&self, asked: &Asked) -> Result<(), Unavailable> {
        let Some(handle) = &asked.handle else { return Ok(()) };
        // Looked up by a reader first, so that requests without a session never open a transaction.
        let found = sessions::sql::find(&mut self.reader(), handle, asked.now).await?;
        let is_replayed = found.is_some_and(|found| {
            found.session.lapse(asked.now).is_none() && found.session.handle.is_replayed(asked.now)
        });
        if is_replayed {
            let mut source = Source::writer(&self.database).await?.with_queue(&self.ledger);
            let ended = self.end_presented(&mut source, asked, handle).await?;
            source.commit().await?;
            ended.into_iter().for_each(|id| self.live.wake(id));
        }
        Ok(())
    }

    /// Ends the session of the handle that a sign-in carried. That handle is never adopted.
    pub(crate) async fn end_presented(
        &self,
        source: &mut Source,
        asked: &Asked,
        handle: &HandleHash,
    ) -> Result<Option<RevocationId>, Unavailable> {
        let Some(found) = sessions::sql::find(source, handle, asked.now).await? else { return Ok(None) };
        let session = &found.session;
        let cause = match (session.lapse(asked.now), session.lapsed_now(asked.now)) {
            (None, _) if session.handle.is_replayed(asked.now) => Cause::Replayed,
            (None, _) => Cause::SignedInAnew,
            (Some(_), Some(lapsed)) => lapsed.into(),
            (Some(_), None) => return Ok(None),
        };
        let ending = Ending { session: session.id, owner: Who::from(&found.principal), cause };
        let fields = RecordFields { action: "session.start", who: None, allowed: true, code: "", words: "" };
        self.endings().end(source, &ending, &self.entry(asked, fields), &asked.place).await
    }
}
