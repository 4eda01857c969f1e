//! Observability: metrics and traces.

pub mod counted;
pub mod metrics;
pub mod traces;
