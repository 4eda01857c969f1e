//! Connections and what comes over them.

mod connections;
