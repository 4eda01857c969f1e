//! The program `doorward`.

use server::cli::command_line::Cli;
use server::cli::{self, CommandError};
use std::process::ExitCode;

// Rendering and rows of the database allocate many small pieces; this takes a tenth less of a request's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let (command, config) = match Cli::read(std::env::args_os()) {
        Ok(read) => read,
        Err(error) => error.exit(),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("doorward: no threads to run on: {error}");
            return ExitCode::FAILURE;
        }
    };
    let observed = cli::observe(&command, &config, runtime.handle()).map_err(CommandError::from);
    let done = observed.and_then(|traces| {
        let done = runtime.block_on(cli::run(command, config));
        // The runtime still sends them.
        if let Some(traces) = traces {
            traces.stop();
        }
        done
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("doorward: {}", error.sentence());
            ExitCode::from(error.exit_code())
        }
    }
}
