//! The output of a command that prints the vault's keys: the way to a key management service.

use crate::vault::key::MOST_BYTES;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{ErrorKind, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a command may take.
pub const LIMIT: Duration = Duration::from_secs(30);

/// Why a command gave no keys. What it printed is not repeated.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("cannot be started: {0}")]
    Start(std::io::Error),
    #[error("was not done within {0} seconds, and was stopped")]
    TooSlow(u64),
    #[error("printed more than {MOST_BYTES} bytes, and was stopped")]
    TooMuch,
    #[error("failed ({0}); run it yourself to see why")]
    Failed(ExitStatus),
    #[error("cannot be read: {0}")]
    Read(std::io::Error),
}

/// Runs a program without a shell and returns what it prints. Its standard input is empty, and its
/// standard error stream goes nowhere, because it may hold a key.
pub fn output(words: &[String], limit: Duration) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let (program, arguments) = words.split_first().ok_or(CommandError::Start(ErrorKind::NotFound.into()))?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    // It has no use for the database's password.
    for (name, _) in std::env::vars_os() {
        if name == "DATABASE_URL" || name.to_string_lossy().starts_with("DOORWARD_") {
            command.env_remove(name);
        }
    }
    let mut child = command.spawn().map_err(CommandError::Start)?;
    let (send, answer) = mpsc::channel();
    let out = child.stdout.take();
    std::thread::spawn(move || {
        let mut text = Zeroizing::new(Vec::with_capacity(MOST_BYTES + 1));
        let read = out.map_or(Ok(0), |out| out.take(MOST_BYTES as u64).read_to_end(&mut text));
        // If nobody waits any more, the text is wiped here.
        let _ = send.send(read.map(|_| text));
    });
    let text = match answer.recv_timeout(limit) {
        Ok(Ok(text)) if text.len() >= MOST_BYTES => {
            stop(&mut child);
            return Err(CommandError::TooMuch);
        }
        Ok(Ok(text)) => text,
        Ok(Err(cause)) => {
            stop(&mut child);
            return Err(CommandError::Read(cause));
        }
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            stop(&mut child);
            return Err(CommandError::TooSlow(limit.as_secs()));
        }
    };
    let status = ended(&mut child, limit)?;
    if status.success() { Ok(text) } else { Err(CommandError::Failed(status)) }
}

/// Waits for a program that has closed its output, which usually ends at once.
fn ended(child: &mut Child, limit: Duration) -> Result<ExitStatus, CommandError> {
    const PAUSE: Duration = Duration::from_millis(10);
    for _ in 0..=limit.as_millis() / PAUSE.as_millis() {
        if let Some(status) = child.try_wait().map_err(CommandError::Read)? {
            return Ok(status);
        }
        std::thread::sleep(PAUSE);
    }
    stop(child);
    Err(CommandError::TooSlow(limit.as_secs()))
}

/// Kills the program and what it has started.
fn stop(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if group.is_none_or(|group| kill_process_group(group, Signal::KILL).is_err()) {
        let _ = child.kill();
    }
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, limit: Duration) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        output(&["/bin/sh".to_owned(), "-c".to_owned(), script.to_owned()], limit)
    }

    #[test]
    fn a_command_gives_what_it_prints() {
        assert_eq!(run("printf 'one\ntwo'", LIMIT).unwrap().as_slice(), b"one\ntwo");
    }

    #[test]
    fn a_command_that_fails_repeats_nothing() {
        let error = run("echo hunter2; echo hunter3 >&2; exit 3", LIMIT).err().unwrap().to_string();
        assert!(error.contains("exit status: 3") && !error.contains("hunter"), "{error}");
        let none = output(&["/no/such/program".to_owned()], LIMIT).err().unwrap().to_string();
        assert!(none.contains("cannot be started"), "{none}");
    }

    #[test]
    fn a_command_that_prints_too_much_is_stopped() {
        assert!(matches!(run("yes", LIMIT), Err(CommandError::TooMuch)));
    }

    /// Also if it has children, or closes its output first.
    #[test]
    fn a_command_that_takes_too_long_is_stopped() {
        let short = Duration::from_millis(200);
        for script in ["sleep 60", "sleep 60 & wait", "exec >&-; sleep 60"] {
            assert!(matches!(run(script, short), Err(CommandError::TooSlow(0))), "{script}");
        }
    }
}
