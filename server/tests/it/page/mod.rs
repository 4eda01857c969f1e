//! The framework: pages, forms, addresses, downloads.

pub mod addresses;
mod downloads;
pub mod forms;
mod islands;
mod loaders;
mod pages;
mod prefetch;
mod streams;
mod xray;
