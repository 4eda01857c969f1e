//! Streams: addresses that answer with events, for as long as the session may have them.

use crate::page::streamed::batch::{Batches, Chunk, Reading, first};

/// An address that answers with an event stream (HTML Living Standard, server-sent events). A batch without an end waits
/// for news before the next one is asked for.
pub trait Stream: Batches {}

/// The media type of every stream.
pub const EVENT_STREAM: &str = "text/event-stream";

/// How a stream is started.
pub type StartStream = fn() -> Reading<Chunk>;

/// Starts the stream `T` at the address that was asked for. Its first batch is decided and read before the answer.
#[must_use]
pub fn stream<T: Stream>() -> Reading<Chunk> {
    Box::pin(async { Ok(first::<T>().await?.1) })
}
