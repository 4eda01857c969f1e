//! Files and folders that only this process's user may use: the keys, the webhook's secret, the data folder.
//!
//! Owner and mode decide. The group may take part in two cases, both of them usual in containers: it may read a file if the
//! process belongs to it (a mounted secret with mode 0440), and it may use a folder with the set-group-ID bit, and the files
//! in there (a volume with an `fsGroup`). All others must have no access, except to a file of root's on a read-only mount,
//! which is how Docker and Kubernetes hand secrets to a container.

use rustix::fs::StatVfsMountFlags;
use rustix::process::{getegid, geteuid, getgroups};
use std::fs::{DirBuilder, File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
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
    /// There is no file.
    Absent,
    /// A folder, a device, or a link to no file.
    NotAFile,
    /// Others may read or write it.
    OpenToOthers,
    /// The system refused.
    Io(std::io::Error),
}

/// Why a folder is not used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file, or a link to no folder.
    #[error("{0} is not a folder")]
    NotAFolder(PathBuf),
    /// Somebody else's.
    #[error(
        "{path} belongs to user {owner} (group {group}, mode {mode:04o}), and this program runs as user {user}: name a folder \
         that does not exist yet, or one that belongs to user {user} alone"
    )]
    SomebodyElses {
        /// The folder.
        path: PathBuf,
        /// Its owner's number.
        owner: u32,
        /// Its group's number.
        group: u32,
        /// Its permissions.
        mode: u32,
        /// This process's user.
        user: u32,
    },
    /// The owner's, but others may use it.
    #[error(
        "others may use {path} (owner {owner}, group {group}, mode {mode:04o}); if they should not, run: chmod 700 {path}; if \
         they should, name a folder inside it, which is then made for this user alone"
    )]
    OpenToOthers {
        /// The folder.
        path: PathBuf,
        /// Its owner's number.
        owner: u32,
        /// Its group's number.
        group: u32,
        /// Its permissions.
        mode: u32,
    },
    /// The system refused.
    #[error("{path} cannot be used: {cause}")]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
}

/// Who a process is to the system.
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

/// Owner, group and permissions of a file or folder.
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

    /// Whether it is a folder of a volume that a container's processes share by their group.
    fn is_shared_volume(self, me: &Me) -> bool {
        self.mode & SET_GROUP_ID != 0 && me.groups.contains(&self.group)
    }

    /// Whether a file in `folder` is for this process alone.
    fn keeps_a_file_private(self, folder: Access, read_only: bool, me: &Me) -> bool {
        if self.mode & OTHERS != 0 {
            return read_only && self.owner == ROOT && self.mode & (OTHERS_WRITE | GROUP_WRITES) == 0;
        }
        let group_may_write = self.mode & GROUP_WRITES != 0;
        self.mode & GROUP == 0
            || me.groups.contains(&self.group)
                && (!group_may_write || folder.is_shared_volume(me) && folder.group == self.group)
    }

    /// Checks that a folder is for this process alone.
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

/// Makes a folder for this user alone (mode 0700), or checks the one that exists; its mode is never changed.
///
/// # Errors
/// If it belongs to somebody else, or others may use it.
pub fn make_folder(path: &Path) -> Result<(), FolderError> {
    let failed = |cause| FolderError::Io { path: path.to_owned(), cause };
    match std::fs::metadata(path) {
        Ok(folder) if folder.is_dir() => Access::of(&folder).check_folder(path, &Me::now()),
        Ok(_) => Err(FolderError::NotAFolder(path.to_owned())),
        Err(cause) if cause.kind() == ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
            // Another process may have made it meanwhile.
            Access::of(&std::fs::metadata(path).map_err(failed)?).check_folder(path, &Me::now())
        }
        Err(cause) => Err(failed(cause)),
    }
}

/// Whether others than this process's user may read or write the file, seen from its own mode and its folder's.
///
/// # Errors
/// If the system refuses.
pub fn is_open_to_others(path: &Path) -> std::io::Result<bool> {
    let (file, folder) = (std::fs::metadata(path)?, std::fs::metadata(folder_of(path))?);
    let me = Me::now();
    let is_closed = Access::of(&folder).check_folder(path, &me).is_ok();
    Ok(!is_closed && !Access::of(&file).keeps_a_file_private(Access::of(&folder), false, &me))
}

/// Reads the file at `path`, as far as `most` bytes. A link is followed: a mounted secret is one.
///
/// # Errors
/// If it is not a plain file for this process alone.
pub fn read(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>, NotPrivate> {
    let named = std::fs::metadata(path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound if path.symlink_metadata().is_ok() => NotPrivate::NotAFile,
        ErrorKind::NotFound => NotPrivate::Absent,
        _ => NotPrivate::Io(cause),
    })?;
    // A pipe would keep the one waiting who opens it.
    if !named.is_file() {
        return Err(NotPrivate::NotAFile);
    }
    let real = path.canonicalize().map_err(NotPrivate::Io)?;
    let file = File::open(&real).map_err(NotPrivate::Io)?;
    let opened = file.metadata().map_err(NotPrivate::Io)?;
    // The file that was opened must be the one that was checked: a link may have been changed in between.
    if !same_file(&named, &opened) {
        return Err(NotPrivate::NotAFile);
    }
    let folder = std::fs::metadata(folder_of(&real)).map_err(NotPrivate::Io)?;
    if !Access::of(&opened).keeps_a_file_private(Access::of(&folder), is_read_only(&file), &Me::now()) {
        return Err(NotPrivate::OpenToOthers);
    }
    // With room for all of it: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(most + 1));
    file.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes).map_err(NotPrivate::Io)?;
    Ok(bytes)
}

/// The folder that a path names a file in.
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
