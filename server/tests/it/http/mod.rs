//! Connections and what comes over them.

mod connections;
mod idle;
