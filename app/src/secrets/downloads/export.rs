//! The list of secrets as a file: all rows of the list, without any values.

use crate::backend::Permit;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::{Address, Batch, Batches, Download, FileKind, FileName, Requested, csv_rows, json_lines};
use crate::secrets::filter::{After, Filter};
use crate::secrets::list::access_in_words;
use crate::secrets::policy;
use crate::secrets::store::SecretRow;
use crate::ui::time;
use doorward::Timestamp;
use serde::Serialize;

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
        FileKind::NdJson | FileKind::Proof => json_lines(lines),
    }
}

async fn batch(
    permit: Permit<policy::ExportSecrets>,
    kind: FileKind,
) -> Result<Batch<policy::ExportSecrets>, PageError> {
    let (filter, first) = (permit.action().filter.clone(), permit.action().after == After::default());
    let export = request()?.backend.export(permit).await?;
    let bytes = write(&export.rows, kind, first).map_err(|_| PageError::Lost)?;
    Ok(Batch { bytes, next: export.next.map(|after| policy::ExportSecrets { filter, after }) })
}

fn file(filter: &Filter, now: Timestamp, kind: FileKind) -> FileName {
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
            fn file(&self, now: Timestamp) -> FileName {
                file(&self.filter, now, $kind)
            }
        }

        impl Batches for $name {
            type Opens = policy::ExportSecrets;

            fn opens(&self) -> policy::ExportSecrets {
                policy::ExportSecrets { filter: self.filter.clone(), after: After::default() }
            }

            async fn read(
                &self,
                permit: Permit<policy::ExportSecrets>,
            ) -> Result<Batch<policy::ExportSecrets>, PageError> {
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
    use crate::secrets::store::{Access, SecretKind};
    use doorward::{Environment, SecretId};

    fn row(name: &str) -> SecretRow {
        SecretRow {
            id: SecretId::NOTHING,
            name: name.to_owned(),
            environment: Environment::parse("dev").unwrap(),
            protected: false,
            owner: "Ada, \"A\"".to_owned(),
            kind: SecretKind::Text,
            expires: None,
            version: 3,
            updated: Timestamp(1_795_387_571_000),
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
