//! The SQLite database file: resolves its address and makes it private.

use crate::private_file;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{Error, ErrorKind};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Resolves the file that `address` names, creates it for this user alone if the address allows
/// that, and returns an address of the same file that a URL parser cannot change.
///
/// The driver parses addresses as URLs. Under those rules `data/../x` is `x`, and `my data` is not
/// a valid host. So the path is made absolute first, without links and dots. SQLite gives the
/// `-wal` and `-shm` files the mode of the main file.
///
/// # Errors
/// If the folder does not exist, or the file cannot be made.
pub(crate) fn settle(address: &str) -> Result<String, Error> {
    let (path, query) = split(address);
    let Some(name) = path.file_name().filter(|name| *name != ":memory:") else {
        return Err(Error::new(ErrorKind::InvalidInput, "an SQLite database needs the name of a file"));
    };
    let mut file = private_file::folder_of(&path).canonicalize()?.join(name);
    if query.split('&').any(|pair| pair == "mode=rwc") {
        OpenOptions::new().append(true).create(true).mode(0o600).open(&file)?;
    }
    if let Ok(real) = file.canonicalize() {
        file = real;
        warn_if_open(&file);
    }
    let mut address = format!("sqlite://{}", encoded(&file));
    if !query.is_empty() {
        address = format!("{address}?{query}");
    }
    Ok(address)
}

/// Splits an address into its path and its parameters.
fn split(address: &str) -> (PathBuf, &str) {
    let rest = address.strip_prefix("sqlite:").unwrap_or(address);
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    (PathBuf::from(std::ffi::OsString::from_vec(decoded(path))), query)
}

fn warn_if_open(file: &Path) {
    if private_file::is_open_to_others(file).unwrap_or(false) {
        let mode = file.metadata().map(|file| format!("{:04o}", file.mode() & 0o7777)).unwrap_or_default();
        tracing::warn!(file = %file.display(), mode, "others than this user may use the database's file; run chmod 600 on it");
    }
}

/// Percent-encodes everything except characters that have no special meaning in a URL.
pub(crate) fn encoded(path: &Path) -> String {
    let mut text = String::new();
    for &byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// Decodes percent-encoding. A `%` that does not begin an escape is kept.
fn decoded(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let [first, behind @ ..] = rest {
        let byte = (*first == b'%').then(|| behind.get(..2)).flatten().and_then(hexadecimal);
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &behind[2..] } else { behind };
    }
    bytes
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0, |sum, digit| Some(sum << 4 | u8::try_from(char::from(*digit).to_digit(16)?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().mode() & 0o777
    }

    #[test]
    fn a_path_with_dots_links_and_signs_stays_one_place() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        let inner = top.join("a b%41?c#d");
        std::fs::create_dir_all(inner.join("deep")).unwrap();
        symlink(inner.join("deep"), top.join("link")).unwrap();
        let expected = format!("sqlite://{}/a%20b%2541%3Fc%23d/x.sqlite?mode=rwc", encoded(&top));
        for path in [inner.join("x.sqlite"), inner.join("deep/../x.sqlite"), top.join("link/../x.sqlite")] {
            for kind in ["sqlite:", "sqlite://"] {
                let address = format!("{kind}{}?mode=rwc", encoded(&path));
                assert_eq!(settle(&address).unwrap(), expected, "{address}");
            }
        }
        assert_eq!(mode(&inner.join("x.sqlite")), 0o600, "it is made for this user alone");
        assert_eq!(settle(&expected).unwrap(), expected);
        assert_eq!(decoded("100%"), b"100%");
        assert_eq!(decoded("%zz%4"), b"%zz%4");
    }

    #[test]
    fn a_file_that_may_not_be_made_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite://{}", folder.path().join("x.sqlite").display());
        assert!(settle(&address).unwrap().ends_with("/x.sqlite"));
        assert!(!folder.path().join("x.sqlite").exists());
        assert!(settle(&format!("sqlite://{}/absent/x.sqlite?mode=rwc", folder.path().display())).is_err());
        assert!(settle("sqlite://..?mode=rwc").is_err() && settle("sqlite:").is_err());
        assert!(settle("sqlite::memory:").is_err());
    }

    #[test]
    fn an_existing_file_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.sqlite");
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        settle(&format!("sqlite://{}?mode=rwc", file.display())).unwrap();
        assert_eq!(mode(&file), 0o644);
    }
}
