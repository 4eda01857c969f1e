use std::fs::{Permissions, read_dir, set_permissions, write};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use base64::engine::general_purpose::STANDARD;

/// Gives other bytes at each call.
struct Counting(AtomicU64);

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let call = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.iter_mut().zip(call.iter().rev().cycle()).for_each(|(byte, one)| *byte = *one);
    }
}

fn counting() -> Counting {
    Counting(AtomicU64::new(1))
}

/// A folder as the data folder is: its owner's alone.
fn own_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    folder
}

fn open(path: &Path) -> Result<Vec<String>, KeyFileError> {
    KeyFile::open_or_create(path, &counting()).map(|keys| ids(&keys))
}

fn ids(keys: &[Key]) -> Vec<String> {
    keys.iter().map(Key::id).collect()
}

fn line(byte: u8) -> String {
    STANDARD.encode([byte; 32])
}

fn id(byte: u8) -> String {
    Key::new(Zeroizing::new([byte; 32])).id()
}

fn refusal(path: &Path) -> String {
    open(path).err().map(|error| error.to_string()).unwrap()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().mode() & 0o7777
}

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = own_folder();
    let path = folder.path().join("key");
    write(&path, text).unwrap();
    set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    (folder, path)
}

/// The next start finds it.
#[test]
fn the_first_start_makes_a_key_for_its_owner_alone() {
    let folder = own_folder();
    let path = folder.path().join("data/vault/key");
    let first = open(&path).unwrap();
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    let random = Counting(AtomicU64::new(99));
    let second = KeyFile::open_or_create(&path, &random).unwrap();
    assert_eq!(first, ids(&second));
    assert_eq!(random.0.load(Ordering::Relaxed), 99, "randomness was used for a key that was there");
    assert_eq!(read_dir(path.parent().unwrap()).unwrap().count(), 1, "something was left beside the key");
}

#[test]
fn processes_that_start_at_once_get_the_same_key() {
    let folder = own_folder();
    let path = folder.path().join("key");
    let random = counting();
    let keys: Vec<Vec<String>> = std::thread::scope(|scope| {
        let start = || scope.spawn(|| ids(&KeyFile::open_or_create(&path, &random).unwrap()));
        let threads: Vec<_> = (0..8).map(|_| start()).collect();
        threads.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0] && key.len() == 1));
}

#[test]
fn a_file_that_others_may_use_is_refused() {
    for open_mode in [0o604, 0o620, 0o660, 0o644] {
        let (_folder, path) = written(&STANDARD.encode([7; 32]));
        set_permissions(&path, Permissions::from_mode(open_mode)).unwrap();
        assert!(refusal(&path).contains("chmod 600"), "{open_mode:o}");
    }
}

#[test]
fn a_folder_that_is_open_to_others_is_refused() {
    let (folder, path) = written(&STANDARD.encode([7; 32]));
    set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    assert!(refusal(&path).contains("chmod 700"));
}

#[test]
fn what_is_no_key_is_refused_and_stays_as_it_is() {
    let (key, no_key) = (line(7), "does not hold a key");
    let many: Vec<String> = (0..33).map(line).collect();
    for (text, words) in [
        (String::new(), no_key),
        ("\n".to_owned(), no_key),
        ("short".to_owned(), no_key),
        (STANDARD.encode([7; 31]), no_key),
        (STANDARD.encode([7; 33]), no_key),
        (format!("{key}\nrubbish\n"), no_key),
        (format!("{key}\n\n{}", line(8)), no_key),
        (format!("{key}\n{}\n{key}\n", line(8)), "holds the same key twice"),
        (many.join("\n"), "more than 32 keys"),
        ("A".repeat(5000), "more than 32 keys"),
    ] {
        let (_folder, path) = written(&text);
        assert!(refusal(&path).contains(words), "{text}: {}", refusal(&path));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_mounted_key_is_read_through_its_link() {
    let (folder, path) = written(&STANDARD.encode([7; 32]));
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    set_permissions(&path, Permissions::from_mode(0o440)).unwrap();
    assert_eq!(open(&link).unwrap(), [id(7)]);
}

#[test]
fn a_link_to_nothing_or_a_folder_is_no_key_file() {
    let (folder, _) = written(&STANDARD.encode([7; 32]));
    let dangling = folder.path().join("dangling");
    symlink(folder.path().join("nothing"), &dangling).unwrap();
    assert!(refusal(&dangling).contains("not a plain file"));
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    assert!(refusal(&inner).contains("not a plain file"));
}

#[test]
fn no_error_repeats_the_files_text() {
    let (_folder, path) = written("hunter2");
    assert!(!refusal(&path).contains("hunter2"));
    assert!(!format!("{:?}", open(&path).err()).contains("hunter2"));
}

#[test]
fn the_file_of_one_line_becomes_a_file_of_several() {
    let (folder, path) = written(&line(7));
    set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    let keys = KeyFile::change(&path, |keys| keys.insert(0, Key::new(Zeroizing::new([8; 32])))).unwrap();
    assert_eq!(ids(&keys), [id(8), id(7)]);
    assert_eq!(open(&path).unwrap(), [id(8), id(7)]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{}\n{}\n", line(8), line(7)));
    assert_eq!(mode(&path), 0o600);
    assert_eq!(read_dir(folder.path()).unwrap().count(), 1, "something was left beside the keys");
    KeyFile::change(&path, |keys| keys.retain(|key| key.id() != id(7))).unwrap();
    assert_eq!(open(&path).unwrap(), [id(8)]);
}

#[test]
fn what_a_killed_change_has_left_does_not_count() {
    let (folder, path) = written(&line(7));
    write(folder.path().join(CHANGED), "half a li").unwrap();
    assert_eq!(open(&path).unwrap(), [id(7)]);
    KeyFile::change(&path, |keys| keys.insert(0, Key::new(Zeroizing::new([8; 32])))).unwrap();
    assert_eq!(open(&path).unwrap(), [id(8), id(7)]);
    assert_eq!(read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn changes_at_once_lose_no_key() {
    let (_folder, path) = written(&line(0));
    std::thread::scope(|scope| {
        for byte in 1..9 {
            let path = &path;
            let add = move |keys: &mut Vec<Key>| keys.insert(0, Key::new(Zeroizing::new([byte; 32])));
            scope.spawn(move || KeyFile::change(path, add).map(|_| ()).unwrap());
        }
    });
    let mut there = open(&path).unwrap();
    assert_eq!(there.pop(), Some(id(0)), "the oldest is the last");
    there.sort();
    let mut all: Vec<_> = (1..9).map(id).collect();
    all.sort();
    assert_eq!(there, all);
}

/// Nothing of it is changed then.
#[test]
fn a_file_that_cannot_be_read_is_not_changed() {
    for text in ["rubbish".to_owned(), format!("{0}\n{0}", line(7))] {
        let (_folder, path) = written(&text);
        assert!(KeyFile::change(&path, |keys| keys.clear()).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_link_to_the_keys_stays_a_link() {
    let (folder, path) = written(&line(7));
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    KeyFile::change(&link, |keys| keys.insert(0, Key::new(Zeroizing::new([8; 32])))).unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(open(&path).unwrap(), [id(8), id(7)]);
}
