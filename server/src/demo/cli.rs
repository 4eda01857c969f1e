//! `doorward seed demo`

use crate::cli::settings::Config;
use crate::cli::{CommandError, open};
use crate::demo::{self, DemoSignIn, Past};
use clap::Subcommand;

/// `seed …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum SeedCommand {
    /// Named identities for each role, and secrets in three environments
    Demo,
}

pub(crate) async fn run(config: &Config, command: SeedCommand) -> Result<(), CommandError> {
    match command {
        SeedCommand::Demo => {
            let backend = open(config).await?;
            print_sign_ins(&demo::demo(&backend, Past::Month).await?);
            backend.database.close().await;
            Ok(())
        }
    }
}

pub(crate) fn print_sign_ins(people: &[DemoSignIn]) {
    println!("Demo sign-ins; these passwords are written nowhere else and change at the next start:");
    for person in people {
        println!("  {:<8}  {}  {}", person.name, person.password.expose(), person.role);
    }
}
