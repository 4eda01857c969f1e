//! Readiness check: whether the database can be written. Without a record no page is answered, so a
//! database that can only be read is not ready.

use crate::clock::since_start;
use crate::db::{Database, query, unavailable};
use doorward::guard::Unavailable;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

const WRITE: &str = "update write_probe set number = number + 1 where id = 1";
/// How long a result is reused, so that frequent checks do not cause frequent writes.
const COUNTS: Duration = Duration::from_secs(2);
const WAIT: Duration = Duration::from_secs(5);

/// The last result and its time.
#[derive(Clone, Debug, Default)]
pub struct WriteProbe(Arc<Mutex<Option<(Duration, bool)>>>);

impl Database {
    /// Checks by writing whether the database can be written. All callers within two seconds share
    /// one result.
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
        self.writer().execute(query(WRITE)).await.map(|_| ()).map_err(unavailable)
    }
}
