//! `doorward secrets …`: a file comes in whole, or not at all; a secret gets a generated value.

mod export;
mod plan;
mod rotate;

pub use export::{ExportSecrets, ExportValuesError};
pub use plan::{Plan, import};
pub use rotate::{GenerateError, Generated, Kind, RotateSecret, rotate};

use crate::cli::CommandError;
use crate::cli::prompt::{self, PromptError};
use crate::cli::settings::Config;
use crate::cli::start::open;
use crate::db::transaction::Source;
use crate::secrets::import::{self as file, BadInput, LARGEST_FILE};
use clap::{Args, Subcommand};
use doorward::BadEnvironment;
use doorward::guard::Unavailable;
use plan::plan;
use std::io::Read;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// `secrets …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum SecretsCommand {
    /// Import a dotenv, YAML or JSON file into the vault, whole or not at all
    Import(ImportSecrets),
    /// Give a secret a generated value
    Rotate(RotateSecret),
    /// Export the values of an environment into one encrypted file, which an import reads back
    Export(ExportSecrets),
}

/// How files are read.
const FORMATS: &str = "\
A file is read whole or not at all. An error names file, line and reason, and never repeats a part of a value.

Dotenv, one NAME=value a line:
  - A name is [A-Za-z_][A-Za-z0-9_./-]*, with at most 128 characters; `export` before it is allowed, and so are blanks
    around =. A blank is a space or a tab; other characters that look like one belong to the value.
  - A line that begins with # is a comment. Behind a value without quotes, # begins a comment after a blank; so does a #
    right behind = if a blank or the line's end follows it (A=# to do), but not in A=#fff.
  - '…' and `…` hold their text as it is. \"…\" knows \\n \\r \\t \\\\ \\\" \\$ and \\`; other backslashes stay. $'…' is read as bash
    reads it. All of them may go over several lines.
  - Without quotes, a backslash before a character that means something to a shell is taken away (pa\\$word, a\\ b), as
    shells, Ruby and Next.js do and Node does not; before letters and digits it stays (C:\\Users). If the same character
    also occurs without a backslash, the line is refused: put the value in single quotes.
  - $NAME is never replaced.
  - Lines end in LF, CRLF, or throughout the file in CR.
  - A name without a value is skipped; a name that occurs twice is refused.

JSON, one flat object: texts, numbers (as they are written), true and false; null and empty texts are skipped. The object may
stand inside what `bao kv get -format=json` or `vault kv get -format=json` prints. A list of objects with key and value, as
Infisical exports it, is read too.

YAML, one map of texts, numbers, true, false and null, each as it is written (no, 0123, 1e3 and null are texts). Maps inside
it give names with slashes: db: {password: x} is db/password. Lists, aliases, tags and several documents are refused. A file
is YAML if its name ends in .yaml or .yml, or if it has no other name and its first line is one of YAML.

A file that is encrypted by sops or dotenvx is refused; decrypt it first: sops -d FILE | doorward secrets import … --yes -";

/// `secrets import`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(after_long_help = FORMATS)]
pub struct ImportSecrets {
    /// The environment to import into
    #[arg(long, value_name = "ENVIRONMENT")]
    pub environment: String,
    /// Whose the new secrets will be
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// Import without asking; needed if the standard input is no terminal
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Show what would be imported, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// The file, or - for the standard input: dotenv, YAML by its name, or JSON by its name or first character
    pub file: PathBuf,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{0} cannot be read")]
    File(String, #[source] std::io::Error),
    /// It is not text.
    #[error("{0} is not UTF-8 text{1}")]
    NotText(String, &'static str),
    /// A line is wrong.
    #[error("{0}; nothing was imported")]
    Line(#[from] BadInput),
    /// The name of the environment is wrong.
    #[error(transparent)]
    Environment(#[from] BadEnvironment),
    /// There is no such environment.
    #[error("there is no environment {0}; there are: {1}")]
    NoEnvironment(String, String),
    /// Nobody is named as the owner.
    #[error("name the owner of the new secrets with --owner NAME")]
    NoOwner,
    /// No one has that sign-in name.
    #[error("there is no user named {0}; add one with `doorward user add`")]
    NobodyNamed(String),
    /// A stored value cannot be opened, so it cannot be compared.
    #[error("the stored value of {0} cannot be opened; nothing was imported")]
    Sealed(String),
    /// A secret of that name is out of use.
    #[error("{0} is archived: bring it back first; nothing was imported")]
    Archived(String),
    /// A secret of that name is no text.
    #[error("{0} exists and is of another kind ({1}); nothing was imported")]
    OtherKind(String, &'static str),
    /// Nobody said yes.
    #[error("nothing was imported")]
    NotConfirmed,
    /// There is nobody to ask.
    #[error("nothing was imported: {0}")]
    Prompt(#[from] PromptError),
    /// The database did not answer.
    #[error("the database did not answer; nothing was imported")]
    Unavailable,
}

impl From<Unavailable> for ImportError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

pub(crate) async fn run(config: &Config, command: SecretsCommand) -> Result<(), CommandError> {
    match command {
        SecretsCommand::Import(options) => run_import(config, options).await,
        SecretsCommand::Rotate(options) => rotate::run(config, options).await,
        SecretsCommand::Export(options) => Ok(export::run(config, options).await?),
    }
}

async fn run_import(config: &Config, options: ImportSecrets) -> Result<(), CommandError> {
    let file_name = name_of(&options.file);
    let text = read_file(&options.file)?;
    let backend = open(config).await?;
    let mut source = Source::writer(&backend.database).await.map_err(ImportError::from)?;
    let plan = plan(&backend, &mut source, &file_name, &text, &options.environment, options.owner.as_deref()).await?;
    drop(source);
    plan.print();
    if options.dry_run {
        println!("Nothing was imported: this was a dry run.");
        return Ok(());
    }
    if !options.yes && !prompt::confirm("Import this?").map_err(ImportError::from)? {
        return Err(ImportError::NotConfirmed.into());
    }
    // The plan is made anew inside the transaction that carries it out: what was shown may have changed meanwhile.
    let done = import(&backend, &file_name, &text, &options.environment, options.owner.as_deref()).await?;
    println!(
        "Imported: {} added, {} updated, {} the same, {} skipped.",
        done.added().count(),
        done.updated().count(),
        done.unchanged.len(),
        done.skipped.len()
    );
    backend.database.close().await;
    Ok(())
}

/// The file's name as messages have it.
fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// Reads a file, or the standard input if its name is `-` (POSIX utility syntax guideline 13).
fn read_file(path: &Path) -> Result<Zeroizing<String>, ImportError> {
    let failed = |error| ImportError::File(name_of(path), error);
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(failed)?)
    };
    let mut bytes = Zeroizing::new(Vec::new());
    // One byte more than is allowed, so that the reader of the text sees that it is too large.
    input.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) if bytes.len() > LARGEST_FILE => Err(ImportError::Line(file::too_large(&name_of(path)))),
        Err(_) => {
            let utf_16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
            let advice = if utf_16 { ", it is UTF-16, as PowerShell writes it; save it as UTF-8" } else { "" };
            Err(ImportError::NotText(name_of(path), advice))
        }
    }
}
