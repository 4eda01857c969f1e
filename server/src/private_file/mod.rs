//! Files and folders that only this process's user may access: keys, the webhook's secret, the data
//! folder.
//!
//! Owner and mode decide. Group access is accepted in two cases, both common in containers: a file
//! may be readable by a group that the process belongs to (a mounted secret with mode 0440), and a
//! folder may have the set-group-ID bit, with the files in it (a volume with an `fsGroup`). Other
//! users must have no access. The exception is a file owned by root on a read-only mount, which is
//! how Docker and Kubernetes provide secrets.

use rustix::fs::StatVfsMountFlags;
use rustix::process::{getegid, geteuid, getgroups};
use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const GROUP: u32 = 0o070;
const GROUP_WRITES: u32 = 0o020;
const OTHERS: u32 = 0o007;
const OTHERS_WRITE: u32 = 0o002;
const SET_GROUP_ID: u32 = 0o2000;
const ROOT: u32 = 0;

/// Why a file is not read.
#[derive(Debug)]
pub enum NotPrivate {
    Absent,
    /// A folder, a device, or a link to no file.
    NotAFile,
    /// Others may read or write it.
    OpenToOthers,
    Io(std::io::Error),
}

/// Why a folder is not used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{0} is not a folder")]
    NotAFolder(PathBuf),
    #[error(
        "{path} belongs to user {owner} (group {group}, mode {mode:04o}), and this program runs as user {user}: name a folder \
         that does not exist yet, or one that belongs to user {user} alone"
    )]
    SomebodyElses {
        path: PathBuf,
        owner: u32,
        group: u32,
        mode: u32,
        /// This process's user.
        user: u32,
    },
    #[error(
        "others may use {path} (owner {owner}, group {group}, mode {mode:04o}); if they should not, run: chmod 700 {path}; if \
         they should, name a folder inside it, which is then made for this user alone"
    )]
    OpenToOthers { path: PathBuf, owner: u32, group: u32, mode: u32 },
    #[error("{path} cannot be used: {cause}")]
    Io { path: PathBuf, cause: std::io::Error },
}

/// This process's user and groups.
struct Me {
    user: u32,
    groups: Vec<u32>,
}

impl Me {
    fn now() -> Self {
        let mut groups: Vec<u32> = getgroups().unwrap_or_default().into_iter().map(|group| group.as_raw()).collect();
        groups.push(getegid().as_raw());
        Self { user: geteuid().as_raw(), groups }
    }
}

/// Owner, group and mode of a file or folder.
#[derive(Clone, Copy)]
struct Access {
    owner: u32,
    group: u32,
    mode: u32,
}

impl Access {
    fn of(metadata: &Metadata) -> Self {
        Self { owner: metadata.uid(), group: metadata.gid(), mode: metadata.mode() & 0o7777 }
    }

    /// Returns whether this is a folder on a volume that containers share by their group.
    fn is_shared_volume(self, me: &Me) -> bool {
        self.mode & SET_GROUP_ID != 0 && me.groups.contains(&self.group)
    }

    /// Returns whether a file in `folder` is private to this process.
    fn keeps_a_file_private(self, folder: Access, read_only: bool, me: &Me) -> bool {
        if self.mode & OTHERS != 0 {
            return read_only && self.owner == ROOT && self.mode & (OTHERS_WRITE | GROUP_WRITES) == 0;
        }
        let group_may_write = self.mode & GROUP_WRITES != 0;
        self.mode & GROUP == 0
            || me.groups.contains(&self.group)
                && (!group_may_write || folder.is_shared_volume(me) && folder.group == self.group)
    }

    /// Checks that a folder is private to this process.
    fn check_folder(self, path: &Path, me: &Me) -> Result<(), FolderError> {
        let Self { owner, group, mode } = self;
        let path = path.to_owned();
        if owner != me.user && !(owner == ROOT && mode & OTHERS == 0 && self.is_shared_volume(me)) {
            return Err(FolderError::SomebodyElses { path, owner, group, mode, user: me.user });
        }
        if mode & OTHERS != 0 || mode & GROUP != 0 && !self.is_shared_volume(me) {
            return Err(FolderError::OpenToOthers { path, owner, group, mode });
        }
        Ok(())
    }
}

/// Creates a folder for this user alone (mode 0700), or checks the existing one, whose mode is
/// never changed.
///
/// # Errors
/// If the folder belongs to another user, or is accessible to others.
pub fn make_folder(path: &Path) -> Result<(), FolderError> {
    let failed = |cause| FolderError::Io { path: path.to_owned(), cause };
    match std::fs::metadata(path) {
        Ok(folder) if folder.is_dir() => Access::of(&folder).check_folder(path, &Me::now()),
        Ok(_) => Err(FolderError::NotAFolder(path.to_owned())),
        Err(cause) if cause.kind() == ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
            // Another process may have created it in the meantime.
            Access::of(&std::fs::metadata(path).map_err(failed)?).check_folder(path, &Me::now())
        }
        Err(cause) => Err(failed(cause)),
    }
}

/// Returns whether users other than this process's may read or write the file, judging by its own
/// mode and its folder's.
pub fn is_open_to_others(path: &Path) -> std::io::Result<bool> {
    let (file, folder) = (std::fs::metadata(path)?, std::fs::metadata(folder_of(path))?);
    let me = Me::now();
    let is_closed = Access::of(&folder).check_folder(path, &me).is_ok();
    Ok(!is_closed && !Access::of(&file).keeps_a_file_private(Access::of(&folder), false, &me))
}

/// Reads the file at `path`, at most `limit` bytes. Links are followed, because mounted secrets are
/// links.
///
/// # Errors
/// If it is not a plain file that is private to this process.
pub fn read(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, NotPrivate> {
    let named = std::fs::metadata(path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound if path.symlink_metadata().is_ok() => NotPrivate::NotAFile,
        ErrorKind::NotFound => NotPrivate::Absent,
        _ => NotPrivate::Io(cause),
    })?;
    // Opening a pipe would block.
    if !named.is_file() {
        return Err(NotPrivate::NotAFile);
    }
    let real = path.canonicalize().map_err(NotPrivate::Io)?;
    let file = File::open(&real).map_err(NotPrivate::Io)?;
    let opened = file.metadata().map_err(NotPrivate::Io)?;
    // The opened file must be the one that was checked: a link could have been changed in between.
    if !same_file(&named, &opened) {
        return Err(NotPrivate::NotAFile);
    }
    let folder = std::fs::metadata(folder_of(&real)).map_err(NotPrivate::Io)?;
    if !Access::of(&opened).keeps_a_file_private(Access::of(&folder), is_read_only(&file), &Me::now()) {
        return Err(NotPrivate::OpenToOthers);
    }
    // Reserve the full size, because a buffer that grows leaves copies in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit + 1));
    file.take(u64::try_from(limit).unwrap_or(u64::MAX)).read_to_end(&mut bytes).map_err(NotPrivate::Io)?;
    Ok(bytes)
}

/// Writes a new file for its owner alone, and waits until the disk has it. Nothing is overwritten, and what could not be
/// written whole is removed again.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`] if there is something at `path`, or whatever the system says.
pub fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.inspect_err(|_| drop(std::fs::remove_file(path)))
}

/// Returns the folder that contains `path`.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn is_read_only(file: &File) -> bool {
    rustix::fs::fstatvfs(file).is_ok_and(|mount| mount.f_flag.contains(StatVfsMountFlags::RDONLY))
}

fn same_file(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(test)]
mod tests;
