//! Who has access to a secret: grants of people and groups, everybody who can use it, and who has read it.

pub mod consumers;
pub mod grants;
pub mod group_grants;
mod group_shares;
mod readers;
mod tell;
pub mod users;
