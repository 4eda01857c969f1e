//! What each thread has counted since it started. The X-ray compares two readings around one poll of a future.

use app::page::Counted;
use std::cell::Cell;
use std::time::Duration;

thread_local! {
    static COUNTED: Cell<Counted> = const { Cell::new(Counted { statements: 0, recording: Duration::ZERO }) };
}

/// Counts a statement.
pub fn statement() {
    COUNTED.set(Counted { statements: counted().statements + 1, ..counted() });
}

/// Counts how long records took to become durable.
pub fn recording(took: Duration) {
    COUNTED.set(Counted { recording: counted().recording + took, ..counted() });
}

#[must_use]
pub fn counted() -> Counted {
    COUNTED.get()
}
