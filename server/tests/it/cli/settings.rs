//! Settings, the data folder and the database's file, as the program finds them.

use crate::cli::commands::PASSWORD;
use crate::cli::program::{Program, SERVE, Serving, said, sentence};
use std::fs::{Permissions, create_dir_all, set_permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o7777
}

/// The names of every variable, from the help.
fn variables(program: &Program) -> Vec<String> {
    let help = said(&program.run(&["--help"]));
    let named = help.split("[env: ").skip(1).filter_map(|rest| rest.split(['=', ']']).next());
    named.map(str::to_owned).collect()
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let program = Program::new();
    let variables = variables(&program);
    assert!(variables.len() > 30, "{variables:?}");
    for arguments in [&["routes", "--json"][..], &["migrate"]] {
        let mut command = program.command_at("", arguments);
        let output = command.envs(variables.iter().map(|name| (name, ""))).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }
    assert!(program.folder.path().join(".doorward/vault.key").exists(), "each has its default");
    let flag = program.run(&["--database-url", "", "migrate"]);
    assert_eq!(flag.status.code(), Some(2), "a flag is meant as it is given");
}

#[test]
fn a_variable_of_another_program_stops_no_command_without_it() {
    let program = Program::new();
    let collector = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel-collector:4318");
    let database = ("DATABASE_URL", "mysql://shop:hunter2@db/shop");
    for (arguments, variables) in [
        (&["routes"][..], &[collector, database][..]),
        (&["migrate"], &[collector]),
        (&["ledger", "key"], &[collector]),
    ] {
        let output = program.command(arguments).envs(variables.iter().copied()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    }
    for (arguments, variable) in [(&["migrate"][..], database), (&["serve"], collector)] {
        let output = program.command(arguments).env(variable.0, variable.1).output().unwrap();
        assert!(output.status.code() == Some(2) && !said(&output).contains("hunter2"), "{}", said(&output));
    }
}

#[test]
fn the_database_lies_beside_its_keys() {
    let program = Program::new();
    let top = program.folder.path().canonicalize().unwrap();
    create_dir_all(top.join("real/deep")).unwrap();
    create_dir_all(top.join("one/data")).unwrap();
    create_dir_all(top.join("one/two")).unwrap();
    create_dir_all(top.join("a/b")).unwrap();
    symlink(top.join("real/deep"), top.join("link")).unwrap();
    let absolute = top.join("x y%41?c#d");
    for (stands_in, data, expected) in [
        ("", "my data", "my data"),
        ("one/two", "../../data", "data"),
        ("", "a/../b", "b"),
        ("", "link/../beside", "real/beside"),
        ("", "link", "real/deep"),
        ("", absolute.to_str().unwrap(), "x y%41?c#d"),
        ("", "dot/./dot", "dot/dot"),
    ] {
        // The folder that a link leads to was made by somebody else.
        if data == "link" {
            set_permissions(top.join("real/deep"), Permissions::from_mode(0o700)).unwrap();
        }
        let mut command = program.command_at(data, &["migrate"]);
        let output = command.current_dir(top.join(stands_in)).output().unwrap();
        assert!(output.status.success(), "{data}: {}", said(&output));
        for file in ["vault.key", "doorward.sqlite"] {
            assert_eq!(mode(&top.join(expected).join(file)), 0o600, "{data}: {file}");
        }
    }
    assert!(!top.join("a/b/doorward.sqlite").exists() && !top.join("one/data/doorward.sqlite").exists());
}

#[test]
fn a_data_folder_that_others_use_is_refused() {
    let program = Program::new();
    let shared = program.folder.path().join("shared");
    for open in [0o755, 0o1777, 0o770, 0o701] {
        create_dir_all(&shared).unwrap();
        set_permissions(&shared, Permissions::from_mode(open)).unwrap();
        let output = program.command_at("shared", &["migrate"]).output().unwrap();
        let sentence = sentence(&output);
        assert!(sentence.contains("the data folder cannot be used: others may use shared"), "{sentence}");
        assert!(sentence.contains(&format!("mode {open:04o}")), "{sentence}");
        assert_eq!(mode(&shared), open, "it keeps its mode");
        assert_eq!(std::fs::read_dir(&shared).unwrap().count(), 0, "and nothing is put into it");
    }
    let inside = program.command_at("shared/own", &["migrate"]).output().unwrap();
    assert!(inside.status.success(), "{}", said(&inside));
    assert_eq!(mode(&shared.join("own")), 0o700);
}

#[test]
fn a_database_file_elsewhere_is_for_this_user_alone() {
    let program = Program::new();
    let elsewhere = program.folder.path().join("else where");
    create_dir_all(&elsewhere).unwrap();
    set_permissions(&elsewhere, Permissions::from_mode(0o755)).unwrap();
    let mut command = program.command(&SERVE);
    command.env("DATABASE_URL", "sqlite:else where/../else%20where/x.sqlite?mode=rwc");
    let (server, _, _) = Serving::start_by(&program, command);
    for file in ["x.sqlite", "x.sqlite-wal", "x.sqlite-shm", "x.sqlite-words"] {
        assert_eq!(mode(&elsewhere.join(file)), 0o600, "{file}");
    }
    assert_eq!(server.stop(), Some(0));
    set_permissions(elsewhere.join("x.sqlite"), Permissions::from_mode(0o644)).unwrap();
    let mut command = program.command(&["migrate"]);
    let output = command.env("DATABASE_URL", "sqlite:else%20where/x.sqlite").output().unwrap();
    assert!(output.status.success() && said(&output).contains("others than this user may use"), "{}", said(&output));
}

#[test]
fn no_value_of_the_database_address_is_logged() {
    let program = Program::new();
    for (parameters, word) in [
        ("sslpassword=hunter2", "sslpassword"),
        ("Password=hunter2", "Password"),
        ("channel_binding=hunter2", "channel_binding"),
        ("sslmode=hunter2", "sslmode"),
        ("connect_timeout=hunter2&application_name=door", "connect_timeout"),
        ("password=hunter2", "the database cannot be opened"),
    ] {
        let mut command = program.command(&["migrate", "--log-filter", "trace"]);
        let address = format!("postgres://ada@127.0.0.1:1/door?{parameters}");
        let output = command.env("DATABASE_URL", address).output().unwrap();
        let text = said(&output);
        assert!(!output.status.success() && text.contains(word) && !text.contains("hunter2"), "{text}");
    }
    let mut command = program.command(&["serve"]);
    let output = command.env("DOORWARD_PUBLIC_ORIGIN", "https://ada:hunter2@door.example").output().unwrap();
    assert!(said(&output).contains("--public-origin") && !said(&output).contains("hunter2"), "{}", said(&output));
}

#[test]
fn without_a_terminal_every_question_names_its_flag() {
    let program = Program::new();
    let add = ["user", "add", "ines", "--role", "operator"];
    let ask = "standard input is not a terminal, so nothing can be asked: give --";
    let asked = sentence(&program.run_with_input(&add, &format!("{PASSWORD}\n")));
    assert!(asked.contains(ask) && asked.contains("--password-stdin"), "{asked}");
    assert!(program.run_with_input(&[&add[..], &["--password-stdin"]].concat(), PASSWORD).status.success());
    let import = ["secrets", "import", "--environment", "dev", "-"];
    let asked = sentence(&program.run_with_input(&import, "A=1\n"));
    assert!(asked.contains(ask) && asked.contains("--yes"), "{asked}");
    let asked = sentence(&program.run_with_input(&["sessions", "revoke", "--everything"], "yes\n"));
    assert!(asked.contains(ask) && asked.contains("--yes"), "{asked}");
    let imported = program.run_with_input(&[&import[..], &["--yes"]].concat(), "A=1\n");
    assert!(said(&imported).contains("Imported: 1 added"), "{}", said(&imported));
    let bad = sentence(&program.run_with_input(&import, "A=1\nhunter2\n"));
    assert!(bad.starts_with("doorward: standard input:2: ") && !bad.contains("hunter2"), "{bad}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_typed_password_is_not_shown() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use std::io::{Read, Write};
    use std::process::Stdio;
    let program = Program::new();
    let typed = |text: &str| {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let terminal = || std::fs::OpenOptions::new().read(true).write(true).open(&name).unwrap();
        let mut command = program.command(&["user", "add", "ines", "--role", "operator"]);
        command.stdin(terminal()).stdout(Stdio::piped()).stderr(terminal());
        let mut child = command.spawn().unwrap();
        drop(command);
        let mut master = std::fs::File::from(master);
        let mut seen = String::new();
        let mut letter = [0];
        // What is typed ahead would be thrown away, and shown.
        'asked: for (question, line) in ["Password (it is not shown): ", "The same again: "].iter().zip(text.lines()) {
            while !seen.ends_with(question) {
                if master.read_exact(&mut letter).is_err() {
                    break 'asked;
                }
                seen.push(char::from(letter[0]));
            }
            master.write_all(format!("{line}\n").as_bytes()).unwrap();
        }
        let mut out = String::new();
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let status = child.wait().unwrap();
        // Reading ends with an error where the other side is closed.
        while master.read(&mut letter).is_ok_and(|count| count == 1) {
            seen.push(char::from(letter[0]));
        }
        (status.success(), seen + &out)
    };
    let (done, seen) = typed(&format!("{PASSWORD}\n{PASSWORD}x\n"));
    assert!(!done && seen.contains("the two passwords are not the same"), "{seen}");
    let (done, seen) = typed("hunter2\u{3}\n\u{4}");
    assert!(!done && seen.contains("no answer was given") && !seen.contains("hunter2"), "{seen}");
    let (done, seen) = typed(&format!("wrong\u{15}{PASSWORD}x\u{7f}\n{PASSWORD}\n"));
    assert!(done && seen.contains("ines can sign in now.") && !seen.contains(PASSWORD), "{seen}");
}
