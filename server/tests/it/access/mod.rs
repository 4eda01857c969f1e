//! What guards each address.

mod manifest;
