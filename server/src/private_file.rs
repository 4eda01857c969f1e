//! Files that only their owner may read: the vault's key, the webhook's secret.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use zeroize::Zeroizing;

/// Bits of a mode that let somebody else than the owner in.
pub const OTHERS: u32 = 0o077;

/// Why a file is not read.
#[derive(Debug)]
pub enum NotPrivate {
    /// Nothing stands there.
    Absent,
    /// A symbolic link, a folder or a device: what it leads to may change unseen.
    NotAFile,
    /// Others than the owner may read or write it.
    OpenToOthers,
    /// The system refused.
    Io(std::io::Error),
}

/// What stands in the file at `path`, as far as `most` bytes.
///
/// # Errors
/// Where it is not a plain file for its owner alone.
pub fn read(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>, NotPrivate> {
    let named = std::fs::symlink_metadata(path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => NotPrivate::Absent,
        _ => NotPrivate::Io(cause),
    })?;
    if !named.is_file() {
        return Err(NotPrivate::NotAFile);
    }
    let file = File::open(path).map_err(NotPrivate::Io)?;
    let opened = file.metadata().map_err(NotPrivate::Io)?;
    // What was looked at must be what was opened: between the two a link could have been put there.
    if !same_file(&named, &opened) {
        return Err(NotPrivate::NotAFile);
    }
    if opened.mode() & OTHERS != 0 {
        return Err(NotPrivate::OpenToOthers);
    }
    // With room for all of it: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(most + 1));
    file.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes).map_err(NotPrivate::Io)?;
    Ok(bytes)
}

fn same_file(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}
