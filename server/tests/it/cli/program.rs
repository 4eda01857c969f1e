//! The program itself: its commands, its sentences when something is wrong, its start and its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// The program, in a folder of its own and without this run's variables.
pub struct Program {
    pub folder: TempDir,
}

impl Program {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
        // The hashes of scripts and styles are read from beside the program, so it needs a place of its own.
        std::fs::write(folder.path().join("hash.txt"), "js: a\nwasm: b\ncss: c\n").unwrap();
        let (built, own) = (env!("CARGO_BIN_EXE_doorward"), folder.path().join("doorward"));
        if std::fs::hard_link(built, &own).is_err() {
            // By another process: one that is started meanwhile would inherit the open file, and a file that is open to be
            // written cannot be started.
            assert!(Command::new("cp").args([Path::new(built), &own]).status().unwrap().success());
        }
        Self { folder }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_by(Command::new(self.folder.path().join("doorward")), arguments)
    }

    /// The program where a write that meets a limit fails like one that finds the disk full; usually it is a signal.
    pub fn command_with_limits(&self, arguments: &[&str]) -> Command {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "trap '' XFSZ; exec ./doorward \"$@\"", "doorward"]);
        self.command_by(shell, arguments)
    }

    /// The program with a data folder of another name, by its variable.
    pub fn command_at(&self, data: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.folder.path().join("doorward"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.env("DOORWARD_DATA_DIR", data);
        command
    }

    /// The program with so many descriptors, and no way to more.
    pub fn command_with_descriptors(&self, count: u32, arguments: &[&str]) -> Command {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &format!("ulimit -n {count}; exec ./doorward \"$@\""), "doorward"]);
        self.command_by(shell, arguments)
    }

    pub fn command_by(&self, mut command: Command, arguments: &[&str]) -> Command {
        command.args(arguments).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.args(["--data-dir", "data", "--site-root", "site"]);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Whoever refuses early does not read it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The last line, which is the sentence that says why.
pub fn sentence(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", said(output));
    String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn help_names_every_command_and_every_setting() {
    let output = Program::new().run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let text = said(&output);
    for word in [
        "serve",
        "migrate",
        "seed",
        "user",
        "secrets",
        "routes",
        "settings",
        "--listen",
        "DOORWARD_LISTEN",
        "DATABASE_URL",
        "--session-idle",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn a_wrong_value_stops_the_start_with_a_sentence() {
    let program = Program::new();
    for (arguments, words) in [
        (&["--listen", "nowhere"][..], "invalid value 'nowhere' for '--listen"),
        (&["--listen", "0.0.0.0:0"], "in the clear"),
        (&["--session-idle", "2h"], "--session-idle may be at most 1h"),
        (&["--password-memory", "1"], "between 19456 and 1048576 KiB"),
        (&["--database-url", "mysql://a:hunter2@b/c"], "postgres"),
        (&["--tls-cert", "a.pem"], "belong together"),
        (&["--ledger-keep", "90"], "--ledger-keep and --ledger-archive belong together"),
        (&["--ledger-archive", "away"], "--ledger-keep and --ledger-archive belong together"),
        (&["--ledger-keep", "0", "--ledger-archive", "away"], "invalid value '0'"),
        (&["ledger", "archive", "--before", "yesterday", "--to", "away"], "a day is written like 2026-01-31"),
        (&["--metrics", "127.0.0.1:3000"], "an address of its own"),
        (&["--metrics", "0.0.0.0:3000"], "an address of its own"),
        (&["--unknown"], "unexpected argument"),
        (&["dance"], "unrecognized subcommand"),
        (&["user", "add", "ada"], "--role"),
    ] {
        let output = program.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let text = said(&output);
        assert!(
            text.contains(words) && !text.contains("hunter2") && !text.contains("panicked"),
            "{arguments:?}: {text}"
        );
    }
    let mut variable = program.command(&["serve"]);
    let output = variable.env("DOORWARD_SESSION_ABSOLUTE", "25h").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("--session-absolute may be at most 24h"), "{}", said(&output));
    assert!(!program.data().exists(), "nothing was begun");
}

#[test]
fn settings_are_printed_with_where_they_come_from() {
    let program = Program::new();
    let mut command = program.command(&["settings", "--listen", "127.0.0.1:4000"]);
    let address = "postgres://ada:hunter2@db/door";
    let output = command.env("DATABASE_URL", address).env("DOORWARD_SESSION_IDLE", "20m").output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let text = said(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    for line in [
        "listen 127.0.0.1:4000 flag",
        "session-idle 20m environment",
        "session-absolute 12h default",
        "database-url postgres://ada:***@db/door environment",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("hunter2") && !program.data().exists(), "{text}");
}

#[test]
fn routes_lists_every_page_and_every_server_function() {
    let output = Program::new().run(&["routes"]);
    assert_eq!(output.status.code(), Some(0));
    let text = said(&output);
    let line = |address: &str, by: &str| {
        let found = text.lines().find(|line| line.starts_with(&format!("{address} ")) && line.contains(by));
        found.unwrap_or_else(|| panic!("{address} {by}: {text}")).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for door in app::routes::manifest() {
        line(door.address, "");
    }
    assert_eq!(line("/settings", "loader"), "/settings loader settings.read none signed in Enhance Palette Watch");
    assert!(line("/secrets/:id", "action rotate").contains("secret.rotate secret.rotate fresh where protected"));
    assert!(line("/sign-in", "anyone").contains("must be able to sign in"));
    assert!(line("/api/secret/value", "server function").contains("secret.reveal"));
    let json: serde_json::Value = serde_json::from_slice(&Program::new().run(&["routes", "--json"]).stdout).unwrap();
    assert_eq!(json["doors"].as_array().unwrap().len(), app::routes::manifest().len());
    assert_eq!(json["doors"][0]["loaders"][0]["action"], "overview.read");
}

#[test]
fn what_a_command_makes_is_for_this_user_alone() {
    let program = Program::new();
    assert!(program.run(&["migrate"]).status.success());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&program.data()), 0o700);
    assert_eq!(mode(&program.data().join("vault.key")), 0o600);
    // Without its key a database is not opened with another one.
    std::fs::rename(program.data().join("vault.key"), program.data().join("away.key")).unwrap();
    let lost = sentence(&program.run(&["migrate"]));
    assert!(lost.contains("put the right vault.key into the data folder"), "{lost}");
    assert!(!program.data().join("vault.key").exists(), "no other key is made");
    std::fs::rename(program.data().join("away.key"), program.data().join("vault.key")).unwrap();
    assert!(program.run(&["migrate"]).status.success());
}

/// Serves at a free port.
pub const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// A server under test. It ends with the test, however that ends.
pub struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Serving {
    /// Starts a server; gives what it said until it was ready, and its address.
    pub fn start(program: &Program, arguments: &[&str]) -> (Self, String, String) {
        Self::start_by(program, program.command(&[&SERVE, arguments].concat()))
    }

    /// The same by a command that begins with [`SERVE`].
    pub fn start_by(program: &Program, mut command: Command) -> (Self, String, String) {
        let log = std::fs::File::create(program.folder.path().join("log")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the program runs");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let this = Self(child);
        let mut text = String::new();
        loop {
            let line = lines.next().expect("it says that it is ready").unwrap();
            text.push_str(&line);
            text.push('\n');
            if let Some(origin) = line.strip_prefix("doorward is ready at http://") {
                return (this, text, origin.to_owned());
            }
        }
    }

    /// Its number among the machine's processes.
    pub fn process(&self) -> u32 {
        self.0.id()
    }

    /// Tells the server to stop as a service manager does, and waits for it.
    pub fn stop(mut self) -> Option<i32> {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        // A server that does not stop hangs the test; how long it may take is the business of --shutdown-deadline.
        self.0.wait().unwrap().code()
    }
}

/// The password that the demonstration printed.
pub fn printed_password(printed: &str, name: &str) -> String {
    let line = printed.lines().find(|line| line.trim_start().starts_with(&format!("{name} "))).expect("a line");
    line.split_whitespace().nth(1).expect("a password").to_owned()
}

pub fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

pub fn get(address: &str, path: &str) -> String {
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"))
}
