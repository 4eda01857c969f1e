//! Metrics and traces.

pub mod metrics;
mod traces;
