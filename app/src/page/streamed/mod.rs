//! Answers that are still being read while their beginning is on its way.

pub(super) mod batch;
pub(super) mod deferred;
pub(super) mod download;
pub(super) mod file_rows;
pub(super) mod stream;
