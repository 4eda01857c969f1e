//! What the database of a world holds at its beginning. It is made once and copied for each test: migrations,
//! passwords and the demonstration take longer than most tests.

use super::database::{Contents, TestDatabase};
use super::world::{Setup, TestClock, World};
use doorward::{Clock, SecretText, Timestamp};
use server::clock::SystemClock;
use server::demo;
use server::vault::KeySource;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;

pub struct Template {
    contents: Contents,
    key: Vec<u8>,
    pub people: Vec<(&'static str, SecretText)>,
    /// When it was complete: the time at which its worlds begin.
    pub until: Timestamp,
}

impl Template {
    /// Returns the demonstration, or an empty installation.
    pub fn of(people: bool) -> &'static Self {
        static WITH_PEOPLE: OnceLock<Template> = OnceLock::new();
        static EMPTY: OnceLock<Template> = OnceLock::new();
        let template = if people { &WITH_PEOPLE } else { &EMPTY };
        template.get_or_init(|| {
            // On a runtime of its own, because that of the test ends with the test. When it ends, nothing uses the database.
            let made = std::thread::spawn(move || {
                tokio::runtime::Runtime::new().expect("a runtime").block_on(Made::new(people))
            });
            made.join().expect("a template is made").taken()
        })
    }

    /// A database that holds this, and its key file in a folder.
    pub async fn copy(&self) -> (TestDatabase, TempDir, KeySource) {
        let (database, folder) = (TestDatabase::holding(&self.contents).await, a_folder());
        let (folder_of_keys, keys) = key_file(folder.path());
        make_private(&folder_of_keys, None);
        make_private(&keys, Some(&self.key));
        (database, folder, KeySource::File(keys))
    }
}

struct Made {
    database: TestDatabase,
    key: Vec<u8>,
    people: Vec<(&'static str, SecretText)>,
    until: Timestamp,
}

impl Made {
    async fn new(people: bool) -> Self {
        let (folder, clock) = (a_folder(), Arc::new(TestClock::at(SystemClock.now())));
        let (_, keys) = key_file(folder.path());
        let place = (TestDatabase::new().await, folder, KeySource::File(keys.clone()));
        let world = World::over(Setup::default(), place, Arc::clone(&clock), Vec::new()).await;
        let made = if people { demo::demo(&world.backend, demo::Past::Empty).await } else { Ok(Vec::new()) };
        let made = made.expect("the demonstration is made");
        world.rows.close().await;
        world.backend.database.close().await;
        Self {
            key: std::fs::read(keys).expect("the key file can be read"),
            people: made.into_iter().map(|person| (person.name, person.password)).collect(),
            until: clock.now(),
            database: world.database,
        }
    }

    fn taken(self) -> Template {
        Template { contents: self.database.into_contents(), key: self.key, people: self.people, until: self.until }
    }
}

fn a_folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn key_file(folder: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let keys = folder.join("keys");
    (keys.clone(), keys.join("vault.key"))
}

/// Makes a folder, or a file with these bytes, that nobody else may use.
fn make_private(path: &Path, bytes: Option<&[u8]>) {
    use std::os::unix::fs::PermissionsExt;
    let (made, mode) = match bytes {
        Some(bytes) => (std::fs::write(path, bytes), 0o600),
        None => (std::fs::create_dir(path), 0o700),
    };
    made.and_then(|()| std::fs::set_permissions(path, PermissionsExt::from_mode(mode))).expect("a private file");
}
