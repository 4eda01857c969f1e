//! The framework: pages, forms, addresses, downloads.

pub mod addresses;
mod downloads;
mod forbidden;
pub mod forms;
mod islands;
mod loaders;
mod pages;
mod prefetch;
mod sorted;
mod streams;
mod xray;
