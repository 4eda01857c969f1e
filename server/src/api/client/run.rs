//! `doorward run`: a program with secrets in its variables. Nothing is written to disk.

use super::ClientError;
use super::connection::{Needs, Session, VARIABLES};
use super::mask::Masker;
use super::options::Run;
use super::secrets::{self, REVEALS};
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::io::{IsTerminal as _, Read, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

/// Starts the program in place of this one, or, to mask its output, beside it.
pub async fn run(options: Run) -> Result<(), ClientError> {
    let values = revealed(&options).await?;
    let (program, arguments) = options.program.split_first().ok_or(ClientError::Unreadable)?;
    let mut command = Command::new(program);
    command.args(arguments);
    // The program gets the values, and not the means to ask for more.
    for name in VARIABLES {
        command.env_remove(name);
    }
    for (variable, value) in &values {
        command.env(variable, OsStr::from_bytes(value));
    }
    let name = program.to_string_lossy().into_owned();
    if !options.mask {
        return Err(ClientError::Program(name, command.exec()));
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let signals = Signals::listen()?;
    let child = command.spawn().map_err(|error| ClientError::Program(name, error))?;
    // Its own copy of the variables has the values now.
    drop(command);
    let status = watch(child, signals, &values).await?;
    drop(values);
    std::process::exit(code(status));
}

type Values = Vec<(String, Zeroizing<Vec<u8>>)>;

async fn revealed(options: &Run) -> Result<Values, ClientError> {
    let environment = options.environment.as_deref();
    let session = Session::begin(&options.connection, Needs { permissions: &REVEALS, environment }).await?;
    let all = async {
        let mut values = Values::new();
        for (variable, secret) in &options.variables {
            let id = secrets::id_of(&session, secret, environment).await?;
            let opened = secrets::reveal(&session, &id, ("current", options.reason.as_deref())).await?;
            if !opened.is_text {
                return Err(ClientError::NotAText(secret.clone()));
            }
            values.push((variable.clone(), opened.bytes));
        }
        Ok(values)
    };
    let all = all.await;
    session.end().await;
    all
}

/// The exit code of a program as shells have it.
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

/// Signals that are passed on.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> Result<Self, ClientError> {
        let listen = |kind| signal(kind).map_err(ClientError::Signals);
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> Option<Signal> {
        tokio::select! {
            Some(()) = self.terminate.recv() => Some(Signal::TERM),
            Some(()) = self.hang_up.recv() => Some(Signal::HUP),
            // A terminal sends Ctrl-C to both.
            Some(()) = self.interrupt.recv() => (!std::io::stdin().is_terminal()).then_some(Signal::INT),
        }
    }
}

/// Prints what the program prints, masked, and passes signals on until it ends.
async fn watch(mut child: Child, mut signals: Signals, values: &Values) -> Result<ExitStatus, ClientError> {
    let pid = Pid::from_child(&child);
    let (out, errors) = (child.stdout.take(), child.stderr.take());
    let masker = || Masker::new(values.iter().map(|(_, value)| value.as_slice()));
    let copies = [
        out.map(|from| copied(from, std::io::stdout(), masker())),
        errors.map(|from| copied(from, std::io::stderr(), masker())),
    ];
    let mut ended = tokio::task::spawn_blocking(move || child.wait());
    let status = loop {
        tokio::select! {
            status = &mut ended => break status,
            Some(signal) = signals.next() => {
                // It may have ended meanwhile.
                let _ = kill_process(pid, signal);
            }
        }
    };
    for copy in copies.into_iter().flatten() {
        let _ = copy.await;
    }
    status.map_err(std::io::Error::from).and_then(|status| status).map_err(ClientError::Output)
}

fn copied(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    mut masker: Masker,
) -> tokio::task::JoinHandle<std::io::Result<()>> {
    tokio::task::spawn_blocking(move || {
        let mut chunk = Zeroizing::new([0; 8192]);
        loop {
            let count = from.read(&mut *chunk)?;
            if count == 0 {
                to.write_all(&masker.finish())?;
                return to.flush();
            }
            to.write_all(&masker.push(&chunk[..count]))?;
            to.flush()?;
        }
    })
}
