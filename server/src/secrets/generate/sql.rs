//! What is kept about generated values.

use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use doorward::SecretId;
use doorward::generator::Generator;
use doorward::guard::Unavailable;

const KEPT: &str = "select s.generator, v.public_part from secrets s \
     left join secret_versions v on v.secret = s.id and v.version = s.version where s.id = $1";
const KEEP: &str = "update secrets set generator = $1 where id = $2";
const PUBLIC: &str = "update secret_versions set public_part = $1 where secret = $2 and version = $3";

/// What is kept with a secret.
#[derive(Default)]
pub struct Kept {
    /// How its next value is generated.
    pub generator: Option<Generator>,
    /// The public part of its present value.
    pub public_part: Option<String>,
}

/// Returns what is kept with a secret.
pub async fn kept(source: &mut Source, id: SecretId) -> Result<Kept, Unavailable> {
    let Some(row) = source.optional(db::query(KEPT).bind(id.to_string())).await? else { return Ok(Kept::default()) };
    let read = |row: &Row| -> Result<Kept, sqlx::Error> {
        // One that a later version wrote is as none.
        let generator = row.try_get::<Option<&str>>("generator")?.and_then(|text| Generator::parse(text).ok());
        Ok(Kept { generator, public_part: row.try_get("public_part")? })
    };
    read(&row).map_err(unavailable)
}

/// Keeps how the next value is generated.
pub async fn keep(source: &mut Source, id: SecretId, generator: &Generator) -> Result<(), Unavailable> {
    source.execute(db::query(KEEP).bind(generator.to_string()).bind(id.to_string())).await.map(|_| ())
}

/// Stores the public part of a version, if it has one.
pub async fn store_public_part(
    source: &mut Source,
    id: SecretId,
    version: i64,
    public: Option<String>,
) -> Result<(), Unavailable> {
    if public.is_none() {
        return Ok(());
    }
    source.execute(db::query(PUBLIC).bind(public).bind(id.to_string()).bind(version)).await.map(|_| ())
}
