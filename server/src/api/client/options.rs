//! The options of the commands that ask a server.

use clap::Args;
use std::path::PathBuf;

/// Which server, and who asks. Flags go before variables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Connection {
    /// The server's address, for example https://doorward.example [env: DOORWARD_SERVER]
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// A file that holds the client secret and that nobody else may read [env: DOORWARD_CLIENT_SECRET_FILE; the secret itself:
    /// DOORWARD_CLIENT_SECRET]
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// A file that holds the private half of a key pair, in PKCS#8 [env: DOORWARD_KEY_FILE]
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// The id of the key pair, as the machine's page shows it [env: DOORWARD_CREDENTIAL]
    #[arg(long, value_name = "ID")]
    pub credential: Option<String>,
}

/// `whoami`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct WhoAmI {
    #[command(flatten)]
    pub connection: Connection,
    /// Print the server's answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// `list`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct List {
    #[command(flatten)]
    pub connection: Connection,
    /// Only those of this environment
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Only those whose names contain this
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub name: String,
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// `get`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Get {
    /// The secret's id, or its name with --environment
    pub secret: String,
    #[command(flatten)]
    pub connection: Connection,
    /// The environment in which the name is looked up
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Why the value is needed, where the environment asks
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Which value: current, previous or pending
    #[arg(long, value_name = "LABEL", default_value = "current", value_parser = ["current", "previous", "pending"])]
    pub label: String,
    /// Write the value to a new file, which only this user may read
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print the server's answer as JSON
    #[arg(long, conflicts_with = "output")]
    pub json: bool,
}

/// `set`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Set {
    /// The secret's id, or its name with --environment
    pub secret: String,
    #[command(flatten)]
    pub connection: Connection,
    /// The environment in which the name is looked up
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Replace this version only; usually the one that is there when the command begins
    #[arg(long, value_name = "NUMBER")]
    pub version: Option<u64>,
    /// Why the value is replaced
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// `run`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Run {
    #[command(flatten)]
    pub connection: Connection,
    /// A variable and the secret whose value it gets: VARIABLE=SECRET; may be given more than once
    #[arg(long = "set", value_name = "VARIABLE=SECRET", required = true, value_parser = parse_variable)]
    pub variables: Vec<(String, String)>,
    /// The environment in which names are looked up
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Why the values are needed, where the environment asks
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Print *** in place of the values, should the program print them
    #[arg(long)]
    pub mask: bool,
    /// The program and its arguments, after --
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    pub program: Vec<std::ffi::OsString>,
}

/// Reads `VARIABLE=SECRET`.
fn parse_variable(text: &str) -> Result<(String, String), String> {
    let Some((variable, secret)) = text.split_once('=') else {
        return Err("it has to be VARIABLE=SECRET".to_owned());
    };
    let is_name = variable.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && variable.bytes().next().is_some_and(|first| !first.is_ascii_digit());
    if !is_name {
        return Err("a variable has letters, digits and _, and begins with none of the digits".to_owned());
    }
    if secret.is_empty() {
        return Err("after = stands the id or the name of a secret".to_owned());
    }
    Ok((variable.to_owned(), secret.to_owned()))
}
