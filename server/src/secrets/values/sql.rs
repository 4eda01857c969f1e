//! Statements about the kind of a secret, and about what may be seen of its values.

use crate::db::transaction::Source;
use crate::db::{self, Row, broken, unavailable};
use crate::secrets::sql::read_kind;
use crate::secrets::values::Prepared;
use app::secrets::store::{AboutValue, Folder, SecretFileName, SecretKind};
use doorward::guard::Unavailable;
use doorward::{Environment, SecretId};

const ALL_IN: &str = "select id, name from secrets where environment = $1 and archived_at is null \
     and ($2 = '' or substr(name, 1, length($2) + 1) = $2 || '/') order by name, id";
const KIND: &str = "select kind from secrets where id = $1";
const SET_KIND: &str = "update secrets set kind = $1, expires_at = $2 where id = $3";
const DESCRIBE: &str = "update secret_versions set file_name = $1, pairs = $2, certificate = $3, expires_at = $4 \
     where secret = $5 and version = $6";
const COPY: &str = "update secret_versions set (file_name, pairs, certificate, expires_at) = \
     (select o.file_name, o.pairs, o.certificate, o.expires_at from secret_versions o where o.secret = $1 and o.version = $2) \
     where secret = $1 and version = $3";
const COPY_EXPIRY: &str = "update secrets set expires_at = (select v.expires_at from secret_versions v \
     where v.secret = $1 and v.version = $2) where id = $1";
const ABOUT: &str = "select v.file_name, v.pairs, v.certificate from secrets s \
     join secret_versions v on v.secret = s.id and v.version = s.version where s.id = $1";

/// Returns the secrets of an environment that are in use, by name.
pub async fn all_in(
    source: &mut Source,
    environment: &Environment,
    folder: Option<&Folder>,
) -> Result<Vec<(SecretId, String)>, Unavailable> {
    let folder = folder.map(ToString::to_string).unwrap_or_default();
    let rows = source.all(db::query(ALL_IN).bind(environment.to_string()).bind(folder)).await?;
    let read = |row: &Row| Ok((SecretId::parse(row.try_get("id")?).map_err(broken)?, row.try_get("name")?));
    rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns a secret's kind.
pub async fn kind(source: &mut Source, id: SecretId) -> Result<Option<SecretKind>, Unavailable> {
    let row = source.optional(db::query(KIND).bind(id.to_string())).await?;
    row.map(|row| read_kind(&row)).transpose().map_err(unavailable)
}

/// Stores the kind of a secret and what may be seen of its newest version.
pub async fn describe(
    source: &mut Source,
    (id, version): (SecretId, i64),
    prepared: &Prepared,
) -> Result<(), Unavailable> {
    if prepared.kind == SecretKind::Text {
        return Ok(());
    }
    let AboutValue { file_name, pairs, certificate } = &prepared.about;
    let expires = certificate.as_ref().map(|certificate| certificate.not_after.0);
    let certificate = certificate.as_ref().map(serde_json::to_string).transpose().map_err(|_| Unavailable)?;
    let statement = db::query(DESCRIBE)
        .bind(file_name.as_ref().map(|name| name.as_str().to_owned()))
        .bind(*pairs)
        .bind(certificate)
        .bind(expires)
        .bind(id.to_string())
        .bind(version);
    source.execute(statement).await?;
    let statement = db::query(SET_KIND).bind(prepared.kind.as_str()).bind(expires).bind(id.to_string());
    source.execute(statement).await.map(|_| ())
}

/// Copies what may be seen of an older version to the one that brings it back.
pub async fn copy(source: &mut Source, id: SecretId, from: i64, to: i64) -> Result<(), Unavailable> {
    source.execute(db::query(COPY).bind(id.to_string()).bind(from).bind(to)).await?;
    source.execute(db::query(COPY_EXPIRY).bind(id.to_string()).bind(to)).await.map(|_| ())
}

/// Returns what may be seen of the current value.
pub async fn about(source: &mut Source, id: SecretId) -> Result<Option<AboutValue>, Unavailable> {
    let Some(row) = source.optional(db::query(ABOUT).bind(id.to_string())).await? else { return Ok(None) };
    let read = || -> Result<AboutValue, sqlx::Error> {
        let file_name = row.try_get::<Option<String>>("file_name")?;
        let file_name = file_name.map(|name| SecretFileName::parse(&name)).transpose().map_err(broken)?;
        let certificate = row.try_get::<Option<String>>("certificate")?;
        let certificate = certificate.map(|text| serde_json::from_str(&text)).transpose().map_err(broken)?;
        Ok(AboutValue { file_name, pairs: row.try_get("pairs")?, certificate })
    };
    read().map(Some).map_err(unavailable)
}
