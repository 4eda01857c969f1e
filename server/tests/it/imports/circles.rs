//! Circles of imports over rooms: files that cannot be understood, moved or tested one without the other.

use crate::imports::{MODELS, SUBJECTS, code, files};
use std::collections::{BTreeMap, BTreeSet};

/// Circles that were there when the rule was made: a file of each, and how many files it has. A number may only get
/// smaller.
///
/// - A transaction writes the records of what it did, so the database and the ledger know each other.
/// - The backend counts tries at signing in, and records those that a limit refuses.
/// - The dispatcher knows every command, and commands return its error.
const KNOWN: &[(&str, usize)] =
    &[("server/src/db/transaction.rs", 10), ("server/src/backend/mod.rs", 4), ("server/src/cli/mod.rs", 5)];

/// The files that import each other, of each file: its imports.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// Every path that the code names after `crate::`, with its groups written out.
fn paths(code: &str) -> Vec<Vec<String>> {
    let starts = code.match_indices("crate::").filter(|(at, _)| !code[..*at].ends_with(crate::imports::is_of_a_name));
    let mut found = Vec::new();
    for (at, start) in starts {
        path_at(&code[at + start.len()..], &[], &mut found);
    }
    found
}

fn path_at(text: &str, before: &[String], found: &mut Vec<Vec<String>>) {
    let text = text.trim_start();
    if let Some(group) = text.strip_prefix('{') {
        for part in parts(group) {
            path_at(part, before, found);
        }
        return;
    }
    let name: String = text.chars().take_while(|letter| crate::imports::is_of_a_name(*letter)).collect();
    let path: Vec<String> = before.iter().cloned().chain([name.clone()]).collect();
    match text[name.len()..].strip_prefix("::") {
        Some(rest) if name.starts_with(char::is_lowercase) => path_at(rest, &path, found),
        _ => found.push(path),
    }
}

/// The parts of a group, whose opening brace was read, up to its closing one.
fn parts(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

/// The path of the module that a file holds: `ledger::sql` of `ledger/sql.rs`.
fn module(path: &str, below: &str) -> String {
    let path = path.trim_start_matches(below).trim_start_matches('/').trim_end_matches(".rs");
    let path = path.strip_suffix("mod").map_or(path, |path| path.trim_end_matches('/'));
    path.replace('/', "::")
}

fn imports(below: &str, counts: impl Fn(&str) -> bool) -> Imports {
    let files: Vec<_> = files(below).into_iter().filter(|(path, _)| counts(path)).collect();
    let modules: BTreeMap<_, _> = files.iter().map(|(path, _)| (module(path, below), path.clone())).collect();
    let owner = |path: &[String]| {
        let longest_first = (1..=path.len()).rev();
        longest_first.map(|length| path[..length].join("::")).find_map(|name| modules.get(&name).cloned())
    };
    let of = |path: &String, text: &String| {
        let code = code(text.split("#[cfg(test)]").next().unwrap_or_default());
        paths(&code).iter().filter_map(|path| owner(path)).filter(|other| other != path).collect()
    };
    files.iter().map(|(path, text)| (path.clone(), of(path, text))).collect()
}

/// Every file that can be reached from this one.
fn reached(imports: &Imports, from: &str) -> BTreeSet<String> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(file) = open.pop() {
        for next in imports.get(&file).into_iter().flatten() {
            if seen.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    seen
}

/// The room of a file: `server/src/ledger`, for example, or the file itself if it stands beside the rooms.
fn room(path: &str) -> &str {
    path.match_indices('/').nth(2).map_or(path, |(end, _)| &path[..end])
}

/// The circles over several rooms, each once.
fn circles(imports: &Imports) -> BTreeSet<BTreeSet<String>> {
    let reached: BTreeMap<_, _> = imports.keys().map(|file| (file, reached(imports, file))).collect();
    let circle = |file: &String| -> BTreeSet<String> {
        reached[file]
            .iter()
            .filter(|other| reached.get(other).is_some_and(|back| back.contains(file)))
            .cloned()
            .collect()
    };
    let circles = imports.keys().map(circle);
    circles.filter(|circle| circle.iter().map(|file| room(file)).collect::<BTreeSet<_>>().len() > 1).collect()
}

/// Whether a file of `app` is a page, or knows pages. Pages link to each other by their types, in both directions.
fn is_a_page(path: &str) -> bool {
    let rest = path.trim_start_matches("app/src/");
    let (room, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let file = rest.split(['/', '.']).next().unwrap_or_default();
    ["routes.rs", "console", "islands"].contains(&room) || (SUBJECTS.contains(&room) && !MODELS.contains(&file))
}

/// Whether a circle joins nothing but stores. Their traits need permits, a permit carries a unit of work, and the unit
/// finds the facts of every store.
fn is_of_stores(circle: &BTreeSet<String>) -> bool {
    let is_of_a_subject = |path: &str| SUBJECTS.iter().any(|subject| path.starts_with(&format!("app/src/{subject}/")));
    circle.iter().all(|path| path == "app/src/backend.rs" || is_of_a_subject(path))
}

#[test]
fn no_import_circle_goes_over_rooms() {
    let app = imports("app/src", |path| !is_a_page(path));
    let all = [imports("src", |_| true), app, imports("server/src", |path| path != "server/src/main.rs")];
    for circle in all.iter().flat_map(circles).filter(|circle| !is_of_stores(circle)) {
        let known = KNOWN.iter().find(|(file, _)| circle.contains(*file)).map_or(0, |(_, most)| *most);
        assert!(circle.len() <= known, "{} files import each other: {circle:#?}", circle.len());
    }
}
