//! What developers may see of a request: where each decision was asked for, and what deciding and reading cost.

use crate::page::Site;
use crate::page::context::RequestContext;
use doorward::RecordId;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::{Pin, pin};
use std::time::Duration;

/// The code that asked for a decision.
#[derive(Clone, Copy, Debug)]
pub enum Asker {
    /// The loader of this page or layout.
    Loader(&'static str),
    /// This form action.
    FormAction(&'static str),
    /// A batch of this download or stream.
    Batch(&'static str),
    /// This line.
    Line(&'static Location<'static>),
}

/// What the current thread has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub statements: u64,
    /// How long records took to become durable.
    pub recording: Duration,
}

/// What a piece of work cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub counted: Counted,
    pub took: Duration,
}

impl Cost {
    /// The time without the recording.
    #[must_use]
    pub const fn otherwise(self) -> Duration {
        self.took.saturating_sub(self.counted.recording)
    }

    /// What is left of it without `part`.
    #[must_use]
    pub const fn without(self, part: Self) -> Self {
        let (whole, counted) = (self.counted, part.counted);
        Self {
            counted: Counted {
                statements: whole.statements.saturating_sub(counted.statements),
                recording: whole.recording.saturating_sub(counted.recording),
            },
            took: self.took.saturating_sub(part.took),
        }
    }
}

/// A clock, and the counters of the current thread.
#[derive(Clone, Copy)]
pub struct Meter {
    pub now: fn() -> Duration,
    pub counted: fn() -> Counted,
}

impl Meter {
    /// Runs `work`. Counters are compared around each poll, so work that runs at the same time is not counted.
    pub async fn measure<T>(self, work: impl Future<Output = T>) -> (T, Cost) {
        let (mut work, mut counted, began) = (pin!(work), Counted::default(), (self.now)());
        let done = poll_fn(|context| {
            let before = (self.counted)();
            let polled = work.as_mut().poll(context);
            let after = (self.counted)();
            counted.statements += after.statements.saturating_sub(before.statements);
            counted.recording += after.recording.saturating_sub(before.recording);
            polled
        });
        let done = done.await;
        (done, Cost { counted, took: (self.now)().saturating_sub(began) })
    }
}

/// Work that is boxed, to keep the types of pages small.
type Work<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Runs what the permit of `record` opened, and shows developers the cost. Without a record it belongs to the decision
/// that was asked for last, and its cost contains that decision's.
pub async fn watched<S: Site, T>(request: &RequestContext<S>, record: Option<RecordId>, work: Work<'_, T>) -> T {
    let Some(meter) = S::watches(request) else { return work.await };
    let (done, cost) = meter.measure(work).await;
    S::show_read(request, record, cost);
    done
}
