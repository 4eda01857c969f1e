//! Whether the database can be written: no page is answered without a record, so a database that only answers is not ready.

use crate::clock::since_start;
use crate::db::{Database, unavailable};
use doorward::guard::Unavailable;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

const WRITE: &str = "update write_probe set number = number + 1 where id = 1";
/// How long an answer counts. Whoever asks, and however often: so much more is not written for it.
const COUNTS: Duration = Duration::from_secs(2);
const WAIT: Duration = Duration::from_secs(5);

/// The last answer, and when that was.
#[derive(Clone, Debug, Default)]
pub struct WriteProbe(Arc<Mutex<Option<(Duration, bool)>>>);

impl Database {
    /// Whether the database can be written, by writing; everybody who asks within two seconds shares one answer.
    ///
    /// # Errors
    /// If it cannot be written, or does not answer.
    pub async fn check_writable(&self) -> Result<(), Unavailable> {
        let mut last = self.probe.0.lock().await;
        let known = last.filter(|(at, _)| since_start().saturating_sub(*at) < COUNTS);
        let writable = match known {
            Some((_, writable)) => writable,
            None => {
                let writable = timeout(WAIT, self.write()).await.is_ok_and(|written| written.is_ok());
                *last = Some((since_start(), writable));
                writable
            }
        };
        if writable { Ok(()) } else { Err(Unavailable) }
    }

    async fn write(&self) -> Result<(), Unavailable> {
        sqlx::query(WRITE).execute(self.writer()).await.map(|_| ()).map_err(unavailable)
    }
}
