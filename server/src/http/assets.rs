//! The hashed names of the scripts and the stylesheet, read once at start from the file that the
//! build leaves beside the program.

use app::console::assets::Assets;
use std::path::PathBuf;

/// The file in which the build stores the hashes.
fn hash_file() -> Option<PathBuf> {
    std::env::current_exe().ok().map(|program| program.with_file_name("hash.txt"))
}

/// Returns the hashed names, or `None` if the build left no hashes.
#[must_use]
pub fn hashed() -> Option<Assets> {
    let hashes = std::fs::read_to_string(hash_file()?).ok()?;
    let hash = |kind| {
        let lines = hashes.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(name, _)| *name == kind).map(|(_, hash)| hash.trim().to_owned()).next()
    };
    Some(Assets {
        style: format!("/pkg/doorward.{}.css", hash("css")?),
        script: format!("/pkg/doorward.{}.js", hash("js")?),
        module: format!("/pkg/doorward.{}.wasm", hash("wasm")?),
    })
}

/// Returns names without hashes, for a router that serves no files.
#[must_use]
pub fn plain() -> Assets {
    Assets {
        style: "/pkg/doorward.css".to_owned(),
        script: "/pkg/doorward.js".to_owned(),
        module: "/pkg/doorward.wasm".to_owned(),
    }
}
