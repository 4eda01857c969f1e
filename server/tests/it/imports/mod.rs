//! Who may import whom, and how large a folder or a file may get. The rules keep each subject in a room of its own.

mod circles;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `app` and `server` that are about a subject.
const SUBJECTS: [&str; 10] = [
    "access",
    "account",
    "deliveries",
    "identities",
    "ledger",
    "search",
    "secrets",
    "sessions",
    "sign_in",
    "elevation",
];
/// The files of a subject in `app` that say what may be asked and what the stores give. All others are pages.
const MODELS: [&str; 9] =
    ["policy", "store", "filter", "search", "scope", "period", "notices", "revocations", "held_up"];

/// The framework's macros. Rust puts an exported macro at the root of its crate.
const MACROS: [&str; 4] = ["addresses", "for_holders", "for_oneself", "routes"];

const MOST_LINES: usize = 300;
const MOST_ENTRIES: usize = 15;

/// Folders that had more entries when the rule was made. A number here may only get smaller.
const FULLER: &[(&str, usize)] = &[
    // The rooms themselves: each subject adds one.
    ("app/src", 17),
    ("server/src", 25),
    ("server/src/cli/settings", 16),
    ("server/src/http", 16),
    ("server/tests/it", 19),
    ("src", 17),
];

/// Imports of `server/src/db` that it should not have: a transaction still holds the records that it will write.
const OF_THE_DATABASE: [&str; 2] = ["server/src/db/transaction.rs", "server/src/db/migrations.rs"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(listed) = fs::read_dir(folder) else { return Vec::new() };
    listed.map(|entry| entry.expect("an entry").path()).collect()
}

/// Every Rust file below a folder: its path from the root, and its text.
fn files(below: &str) -> Vec<(String, String)> {
    let (mut found, mut open) = (Vec::new(), vec![root().join(below)]);
    while let Some(folder) = open.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a text");
                found.push((from_root(&path), text));
            }
        }
    }
    found
}

fn from_root(path: &Path) -> String {
    path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned()
}

/// The code of a file, without its comments and without the attributes of its own macros (`$crate`).
fn code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n").replace("$crate::", "")
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The names that follow `prefix` in some code: of `crate::{a, b::c}` and `crate::d`, they are `a`, `b` and `d`.
fn names_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let starts = code.match_indices(prefix).filter(|(at, _)| !code[..*at].ends_with(is_of_a_name));
    let name = |text: &str| text.chars().take_while(|letter| is_of_a_name(*letter)).collect::<String>();
    starts
        .flat_map(|(at, _)| {
            let rest = &code[at + prefix.len()..];
            match rest.strip_prefix('{') {
                Some(group) => {
                    let group = group.split('}').next().unwrap_or_default();
                    group.split(',').map(|part| name(part.trim())).collect()
                }
                None => vec![name(rest)],
            }
        })
        .filter(|name| !name.is_empty())
        .collect()
}

/// The pages of any subject that some code of `app`, or code that uses `app`, names: `secrets::list`, for example.
fn pages_named(code: &str) -> Vec<String> {
    let mut named = Vec::new();
    for subject in SUBJECTS {
        let files: BTreeSet<String> = files(&format!("app/src/{subject}"))
            .iter()
            .filter_map(|(path, _)| part(path, subject).map(str::to_owned))
            .collect();
        let names = names_after(code, &format!("{subject}::"));
        let pages = names.into_iter().filter(|name| files.contains(name) && !MODELS.contains(&name.as_str()));
        named.extend(pages.map(|page| format!("{subject}::{page}")));
    }
    named
}

#[test]
fn the_framework_and_the_components_know_no_subject() {
    for (folder, allowed) in [("app/src/page", "page"), ("app/src/ui", "ui")] {
        for (path, text) in files(folder) {
            let code = code(&text);
            // Their own tests and doc examples aside, they name nothing of this application.
            let names = names_after(&code, "crate::").into_iter();
            let names: Vec<_> = names.filter(|name| name != allowed && !MACROS.contains(&name.as_str())).collect();
            assert!(names.is_empty(), "{path} names {names:?}");
            assert!(!code.contains("app::"), "{path} names the application");
        }
    }
}

/// The first part of a path below a subject's room: `policy` of `policy/mod.rs` and of `policy.rs`.
fn part<'a>(path: &'a str, subject: &str) -> Option<&'a str> {
    path.strip_prefix(&format!("app/src/{subject}/"))?.split(['/', '.']).next()
}

#[test]
fn what_may_be_asked_and_what_is_stored_name_no_page() {
    for subject in SUBJECTS {
        for (path, text) in files(&format!("app/src/{subject}")) {
            let is_of_tests = path.ends_with("/tests.rs");
            if is_of_tests || !part(&path, subject).is_some_and(|part| MODELS.contains(&part)) {
                continue;
            }
            let code = code(text.split("#[cfg(test)]").next().unwrap_or_default());
            assert_eq!(pages_named(&code), Vec::<String>::new(), "{path} names pages");
            let rooms = names_after(&code, "crate::");
            let others = ["console", "islands", "routes"];
            assert!(others.iter().all(|room| !rooms.contains(*room)), "{path} names {rooms:?}");
            assert!(names_after(&code, "crate::ui::").iter().all(|name| name == "time"), "{path} names components");
        }
    }
}

#[test]
fn the_islands_name_no_page_beside_the_one_that_reveals() {
    for (path, text) in files("app/src/islands") {
        let named = pages_named(&code(&text));
        assert!(named.is_empty() || path.ends_with("islands/value.rs"), "{path} names {named:?}");
    }
}

#[test]
fn statements_name_no_page_and_the_database_no_subject() {
    for (path, text) in files("server/src") {
        let code = code(text.split("#[cfg(test)]").next().unwrap_or_default());
        if path.ends_with("/sql.rs") {
            let pages = pages_named(&code).into_iter().filter(|page| code.contains(&format!("app::{page}")));
            assert_eq!(pages.collect::<Vec<_>>(), Vec::<String>::new(), "{path} names pages");
        }
        if path.starts_with("server/src/db/") && !OF_THE_DATABASE.contains(&path.as_str()) {
            let named = names_after(&code, "crate::");
            assert!(named.iter().all(|name| !SUBJECTS.contains(&name.as_str())), "{path} names {named:?}");
            assert!(!code.contains("app::"), "{path} names the pages");
        }
    }
}

/// Columns that records alone have.
const OF_A_RECORD: [&str; 5] = ["authenticated_at", "policy_rows", "policy_version", "reason_code", "resource_name"];

/// `doorward::ledger::FIELDS` is the list of a record's fields. Code that names several of them is a second list.
#[test]
fn a_records_fields_are_listed_once() {
    for (path, text) in ["app/src", "server/src", "server/examples", "src"].into_iter().flat_map(files) {
        let code = code(&text);
        let words: BTreeSet<&str> = code.split(|letter| !is_of_a_name(letter)).collect();
        let named: Vec<_> = OF_A_RECORD.iter().filter(|name| words.contains(*name)).collect();
        let is_the_list = path == "src/ledger/record.rs" || path.ends_with("/tests.rs") || path.contains("/tests/");
        assert!(is_the_list || named.len() < 2, "{path} lists {named:?}");
    }
}

#[test]
fn files_and_folders_stay_small() {
    let limit = |path: &str| FULLER.iter().find(|(listed, _)| *listed == path).map_or(MOST_ENTRIES, |(_, most)| *most);
    let below = ["app/src", "frontend/src", "server/src", "server/tests", "server/examples", "src"];
    let mut folders = BTreeSet::new();
    for (path, text) in below.into_iter().flat_map(files) {
        let lines = text.lines().count();
        assert!(lines <= MOST_LINES, "{path} has {lines} lines");
        folders.insert(root().join(path).parent().expect("a folder").to_owned());
    }
    for folder in folders {
        let (path, count) = (from_root(&folder), entries(&folder).len());
        assert!(count <= limit(&path), "{path} has {count} entries");
    }
}
