//! Questions about everybody: who holds a permission, and which roles nobody needs.

mod backend;
pub mod used;
