//! The list of secrets as a file: the same rows as on the page, all of them, without any value.

use super::secrets::{Filter, access_in_words};
use crate::door::{self, Permit};
use crate::model::Failure;
use crate::page::{Address, Batch, Download, FileKind, FileName, Requested, csv_rows, json_lines};
use crate::store::SecretRow;
use crate::ui::time;
use doorward::Moment;
use serde::Serialize;

/// What may be asked.
pub mod can {
    use super::super::secrets::Filter;
    use doorward::action::{Action, Read, Resource};
    use doorward::policy::Decision;
    use doorward::{Principal, SecretId};

    /// The last row of a batch, after which the next one begins.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct After {
        /// Its name; empty at the beginning.
        pub name: String,
        /// Its id.
        pub id: Option<SecretId>,
    }

    /// To take the list of secrets away, batch by batch. Each row is decided besides, as if it were opened.
    pub struct ExportSecrets {
        /// Which of them.
        pub filter: Filter,
        /// Which batch.
        pub after: After,
    }

    impl Action for ExportSecrets {
        const NAME: &'static str = "secret.export";
        type Facts = ();
        type Effect = Read;

        fn about(&self) {}

        fn resource(&self) -> Resource {
            let environment = self.filter.environment.as_ref().map_or("", |environment| environment.as_str());
            Resource::none()
                .with("after", self.after.id.map(|id| id.to_string()).unwrap_or_default())
                .with("environment", environment)
                .with("name", &self.filter.name)
        }

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.holds(super::super::secrets::can::ListSecrets::NAME).somewhere().and(who.holds(Self::NAME).somewhere())
        }
    }
}

/// Rows that are read at a time.
pub const BATCH_ROWS: u32 = 500;

/// The list as CSV.
#[derive(Clone)]
pub struct SecretsCsv {
    /// Which secrets.
    pub filter: Filter,
}

/// The list as NDJSON.
#[derive(Clone)]
pub struct SecretsNdJson {
    /// Which secrets.
    pub filter: Filter,
}

/// A row of the file.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    environment: &'a str,
    owner: &'a str,
    version: i64,
    updated: String,
    access: &'static str,
    id: &'a str,
}

impl<'a> Line<'a> {
    fn of(row: &'a SecretRow) -> Self {
        Self {
            name: &row.name,
            environment: row.environment.as_str(),
            owner: &row.owner,
            version: row.version,
            updated: time::rfc3339(row.updated),
            access: access_in_words(row.access),
            id: row.id.as_str(),
        }
    }
}

const HEADER: [&str; 7] = ["name", "environment", "owner", "version", "updated", "access", "id"];

fn write(rows: &[SecretRow], kind: FileKind, first: bool) -> Result<Vec<u8>, std::io::Error> {
    let lines = rows.iter().map(Line::of);
    match kind {
        FileKind::Csv => csv_rows(first.then_some(&HEADER[..]), lines),
        FileKind::NdJson | FileKind::Events => json_lines(lines),
    }
}

async fn batch(permit: Permit<can::ExportSecrets>, kind: FileKind) -> Result<Batch<can::ExportSecrets>, Failure> {
    let (filter, first) = (permit.action().filter.clone(), permit.action().after == can::After::default());
    let export = door::visit()?.backend.export(permit).await?;
    let bytes = write(&export.rows, kind, first).map_err(|_| Failure::Lost)?;
    Ok(Batch { bytes, next: export.next.map(|after| can::ExportSecrets { filter, after }) })
}

fn file(filter: &Filter, now: Moment, kind: FileKind) -> FileName {
    let environment = filter.environment.as_ref().map_or("", |environment| environment.as_str());
    FileName::new(&["secrets", environment], now, kind)
}

macro_rules! export {
    ($name:ident, $kind:expr) => {
        impl Address for $name {
            fn at(asked: &mut Requested<'_>) -> Self {
                Self { filter: Filter::read(asked) }
            }

            fn parameters(&self) -> Vec<(&'static str, String)> {
                self.filter.parameters()
            }
        }

        impl Download for $name {
            type Opens = can::ExportSecrets;

            fn opens(&self) -> can::ExportSecrets {
                can::ExportSecrets { filter: self.filter.clone(), after: can::After::default() }
            }

            fn file(&self, now: Moment) -> FileName {
                file(&self.filter, now, $kind)
            }

            async fn read(&self, permit: Permit<can::ExportSecrets>) -> Result<Batch<can::ExportSecrets>, Failure> {
                batch(permit, $kind).await
            }
        }
    };
}

export!(SecretsCsv, FileKind::Csv);
export!(SecretsNdJson, FileKind::NdJson);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Access;
    use doorward::{Environment, SecretId};

    fn row(name: &str) -> SecretRow {
        SecretRow {
            id: SecretId::NOTHING,
            name: name.to_owned(),
            environment: Environment::parse("dev").unwrap(),
            owner: "Ada, \"A\"".to_owned(),
            version: 3,
            updated: Moment(1_795_387_571_000),
            access: Access::Owner,
        }
    }

    #[test]
    fn the_header_names_the_columns_of_a_line_in_order() {
        let mut file = csv::Writer::from_writer(Vec::new());
        file.serialize(Line::of(&row("A"))).unwrap();
        let text = String::from_utf8(file.into_inner().unwrap()).unwrap();
        assert_eq!(text.lines().next(), Some(&*HEADER.join(",")));
    }

    #[test]
    fn a_row_of_csv_is_quoted_where_it_must_be_and_runs_nothing() {
        let text = String::from_utf8(write(&[row("=cmd()")], FileKind::Csv, true).unwrap()).unwrap();
        assert_eq!(
            text,
            "name,environment,owner,version,updated,access,id\r\n\
             '=cmd(),dev,\"Ada, \"\"A\"\"\",3,2026-11-22T22:46:11Z,owner,00000000000000000000000000\r\n"
        );
    }

    #[test]
    fn a_row_of_ndjson_is_one_line() {
        let text = String::from_utf8(write(&[row("a\nb")], FileKind::NdJson, true).unwrap()).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains(r#""name":"a\nb""#));
    }
}
