//! `bindgen WASM FOLDER`: writes the module and the script that starts it into the folder, as `doorward_bg.wasm` and `doorward.js`.
//!
//! The `wasm-bindgen` command does the same, and five times as much that is not needed here. As a crate of this workspace its version
//! is the one in Cargo.lock, which must be that of the `wasm-bindgen` in the module: the two speak a private format.

use anyhow::{Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [module, folder] = arguments.as_slice() else { bail!("usage: bindgen WASM FOLDER") };
    Bindgen::new().input_path(module).out_name("doorward").typescript(false).web(true)?.generate(folder)
}
