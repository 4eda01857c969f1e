//! What is told of a running server: metrics and traces.

pub mod metrics;
pub mod traces;
