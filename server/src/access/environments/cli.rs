//! `doorward environment …`

use crate::access::environments::backend::{self, Editor};
use crate::access::environments::sql::{self, Kept};
use crate::backend::{NotMade, SqlBackend, by_command};
use crate::cli::settings::Config;
use crate::cli::start::{StartError, open};
use crate::db::transaction::Source;
use crate::ledger;
use app::access::store::environments::{EnvironmentError, LONGEST_DESCRIPTION};
use clap::{Args, Subcommand};
use doorward::action::Resource;
use doorward::guard::Unavailable;
use doorward::policy::Protection;
use doorward::{BadEnvironment, Environment};

/// `environment …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum EnvironmentCommand {
    /// List the environments in their order: name, rules and description, with tabs between them
    List,
    /// Add an environment
    Add(AddEnvironment),
    /// Change the description or the rules of an environment
    Edit(EditEnvironment),
}

/// `environment add`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct AddEnvironment {
    /// The name: lower-case letters, digits and -
    pub name: String,
    /// What it is for
    #[arg(long, default_value = "")]
    pub description: String,
    /// A rule: fresh, second_factor, reason or no_machines; may be given more than once
    #[arg(long = "rule", value_name = "RULE", value_parser = Protection::parse_one)]
    pub rules: Vec<Protection>,
}

/// `environment edit`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct EditEnvironment {
    /// The name
    pub name: String,
    /// What it is for
    #[arg(long)]
    pub description: Option<String>,
    /// Turn a rule on: fresh, second_factor, reason or no_machines; may be given more than once
    #[arg(long = "rule", value_name = "RULE", value_parser = Protection::parse_one)]
    pub rules: Vec<Protection>,
    /// Turn a rule off, and tell the administrators; may be given more than once
    #[arg(long = "no-rule", value_name = "RULE", value_parser = Protection::parse_one)]
    pub no_rules: Vec<Protection>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentCommandError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Name(#[from] BadEnvironment),
    #[error("a description has at most 200 characters, on one line")]
    Description,
    #[error("there is no environment {0}; there are: {1}")]
    Unknown(String, String),
    #[error(transparent)]
    NotChanged(#[from] EnvironmentError),
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for EnvironmentCommandError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

pub(crate) async fn run(config: &Config, command: EnvironmentCommand) -> Result<(), EnvironmentCommandError> {
    let backend = open(config).await?;
    match command {
        EnvironmentCommand::List => {
            list(&backend).await?.iter().for_each(|line| println!("{line}"));
        }
        EnvironmentCommand::Add(new) => {
            add(&backend, &new).await?;
            println!("The environment {} was added.", new.name);
        }
        EnvironmentCommand::Edit(change) => {
            edit(&backend, &change).await?;
            println!("The environment {} was changed.", change.name);
        }
    }
    backend.database.close().await;
    Ok(())
}

/// Returns a line for each environment.
///
/// # Errors
/// If the database does not answer.
pub async fn list(backend: &SqlBackend) -> Result<Vec<String>, EnvironmentCommandError> {
    let all = sql::all(&mut Source::reader(&backend.database)).await?;
    let line = |kept: Kept| format!("{}\t{}\t{}", kept.name, kept.rules.codes(), kept.description);
    Ok(all.into_iter().map(line).collect())
}

fn described(text: &str) -> Result<String, EnvironmentCommandError> {
    let text = text.trim();
    let fits = text.chars().count() <= LONGEST_DESCRIPTION && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(EnvironmentCommandError::Description) }
}

/// Adds an environment, and records it.
///
/// # Errors
/// If the name or the description is not right, or the name is taken.
pub async fn add(backend: &SqlBackend, new: &AddEnvironment) -> Result<(), EnvironmentCommandError> {
    let rules = new.rules.iter().fold(Protection::NONE, |rules, rule| rules.with(*rule));
    let new = Kept { name: Environment::parse(&new.name)?, description: described(&new.description)?, rules };
    let mut source = Source::writer(&backend.database).await?;
    backend::add(&mut source, &new).await.map_err(NotMade::error)?;
    let said = Resource::of("environment", &new.name).with("rules", rules.codes());
    let entry = by_command(backend, "environment.add", said.name, said.parameters);
    ledger::sql::append_in(&mut source, &entry).await?;
    Ok(source.commit().await?)
}

/// Changes an environment, records it, and tells the administrators if a rule was turned off.
///
/// # Errors
/// If there is no such environment, or the description is not right.
pub async fn edit(backend: &SqlBackend, change: &EditEnvironment) -> Result<(), EnvironmentCommandError> {
    let mut source = Source::writer(&backend.database).await?;
    let all = sql::all(&mut source).await?;
    let Some(was) = all.iter().find(|kept| kept.name.as_str() == change.name) else {
        let names: Vec<_> = all.iter().map(|kept| kept.name.to_string()).collect();
        return Err(EnvironmentCommandError::Unknown(change.name.clone(), names.join(", ")));
    };
    let rules = change.rules.iter().fold(was.rules, |rules, rule| rules.with(*rule));
    let rules = change.no_rules.iter().fold(rules, |rules, rule| rules.without(*rule));
    let description = change.description.as_deref().map(described).transpose()?;
    let description = description.unwrap_or_else(|| was.description.clone());
    let becomes = Kept { name: was.name.clone(), description, rules };
    let by = Editor { identity: None, name: "Somebody at the command line", now: backend.clock.now() };
    backend::edit(&mut source, was, &becomes, by, &*backend.random).await.map_err(NotMade::error)?;
    let said = Resource::of("environment", &was.name).with("becomes", rules.codes()).with("was", was.rules.codes());
    let entry = by_command(backend, "environment.edit", said.name, said.parameters);
    ledger::sql::append_in(&mut source, &entry).await?;
    Ok(source.commit().await?)
}
