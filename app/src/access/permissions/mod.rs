//! Questions about everybody: who holds a permission, and which roles nobody needs.

pub mod holders;
mod matrix;
pub mod unused;
