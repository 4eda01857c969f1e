//! Where in the source something is, with paths from the repository's root.

use crate::page::Asker;
use std::panic::Location;

include!(concat!(env!("OUT_DIR"), "/source.rs"));

/// The name of what asked, such as `Secret::load`, and its file and line.
pub(super) fn of(asker: Asker) -> (String, Option<String>) {
    match asker {
        Asker::Loader(path) => method(path, "load"),
        Asker::FormAction(path) => method(path, "run"),
        Asker::Batch(path) => method(path, "read"),
        Asker::Line(at) => (String::new(), Some(line(at))),
    }
}

fn method(path: &'static str, method: &str) -> (String, Option<String>) {
    let made = path.rsplit_once("::").map(|(module, _)| format!("{module}::$name")).unwrap_or_default();
    let known = |of: &str| METHODS.iter().find(|known| known.0 == of && known.1 == method);
    let at = known(path).or_else(|| known(&made)).map(|(.., file, line)| format!("{file}:{line}"));
    (format!("{}::{method}", short(path)), at)
}

/// The compiler's path is relative to the workspace. If it is not, its folders are nobody's business.
fn line(at: &Location<'_>) -> String {
    let file = if at.file().starts_with('/') { at.file().rsplit('/').next().unwrap_or_default() } else { at.file() };
    format!("{file}:{}", at.line())
}

/// The store method that takes the permit of a question.
pub(super) fn call(question: &'static str) -> Option<String> {
    let calls: Vec<_> = CALLS.iter().filter(|known| known.0 == short(question)).map(|known| known.1).collect();
    (!calls.is_empty()).then(|| calls.join(" or "))
}

/// The last part of a type's path.
pub(super) fn short(path: &'static str) -> &'static str {
    path.rsplit("::").next().unwrap_or(path)
}
