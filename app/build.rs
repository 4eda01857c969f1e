//! Lists where loaders, form actions and batches are, and which store method takes which permit, for the X-ray.
//!
//! A trait's method has no location at run time, so the list is read from the source. What is not found is left out.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Traits of the framework, and the method of each that spends a permit.
const SPENDERS: [(&str, &str); 4] = [("Page", "load"), ("Layout", "load"), ("FormAction", "run"), ("Batches", "read")];

#[derive(Default)]
struct Found {
    /// Type, method, file and line.
    methods: String,
    /// Question, and the call that takes its permit.
    calls: String,
}

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src");
    let mut found = Found::default();
    let mut open = vec![PathBuf::from("src")];
    while let Some(folder) = open.pop() {
        let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        for path in paths {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                read(&path, &fs::read_to_string(&path)?, &mut found);
            }
        }
    }
    let Found { methods, calls } = found;
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    let text = format!(
        "const METHODS: &[(&str, &str, &str, u32)] = &[\n{methods}];\nconst CALLS: &[(&str, &str)] = &[\n{calls}];\n"
    );
    fs::write(out.join("source.rs"), text)
}

fn read(path: &Path, text: &str, found: &mut Found) {
    let file = path.to_string_lossy().replace('\\', "/");
    let module = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
    let subject = module.split("::").next().unwrap_or_default();
    let (mut spender, mut in_trait, mut method) = (None, false, "");
    for (number, line) in (1..).zip(text.lines()) {
        let code = line.trim_start();
        if let Some((of, kind)) =
            code.strip_prefix("impl ").and_then(|rest| rest.trim_end_matches(" {").split_once(" for "))
        {
            let of = of.split('<').next().unwrap_or_default();
            spender = SPENDERS.iter().find(|known| known.0 == of).map(|known| (known.1, kind));
        }
        if !line.starts_with(' ') && !line.is_empty() {
            in_trait = code.starts_with("pub trait ");
        }
        if let Some(name) =
            code.trim_start_matches("async ").strip_prefix("fn ").and_then(|rest| rest.split('(').next())
        {
            method = name;
            if let Some((_, kind)) = spender.filter(|spender| spender.0 == name) {
                let _ = writeln!(found.methods, "(\"app::{module}::{kind}\", \"{name}\", \"app/{file}\", {number}),");
            }
        }
        if in_trait && let Some((_, rest)) = code.split_once("permit: Permit<") {
            let question = rest.split('>').next().unwrap_or_default().rsplit("::").next().unwrap_or_default();
            let _ = writeln!(found.calls, "(\"{question}\", \"{subject}.{method}(permit)\"),");
        }
    }
}
