//! The samples of pages about a secret: secrets that differ in environment, owner and grant.

use crate::gates::samples::{Form, Knock, NOWHERE, Sample};
use crate::support::world::World;
use app::secrets::access::SecretAccess;
use app::secrets::add::AddSecret;
use app::secrets::add::copy::CopySecret;
use app::secrets::consumers::SecretConsumers;
use app::secrets::details::EditSecret;
use app::secrets::import::ImportSecrets;
use app::secrets::list::selected::SelectedSecrets;
use app::secrets::secret::Secret;
use app::secrets::values::ExportSecretValues;
use app::secrets::versions::{SecretVersions, past::PastFolder};
use axum::http::Method;
use doorward::SecretId;
use server::axum_pattern;

const NOT_GRANTED: &str = "not exists (select 1 from grants g where g.secret = s.id)";
const GRANTED_TO_VERA: &str = "(select max(i.name) from grants g join identities i on i.id = g.identity \
     where g.secret = s.id and g.ends_at is null) = 'vera' and 1 = (select count(*) from grants g where g.secret = s.id)";

pub async fn of_adding(world: &World) -> Sample {
    let taken = world.secrets().with("environment", "dev").ordered("name").each("name").await.remove(0);
    let fields = [("environment", "dev"), ("name", taken.as_str()), ("value", "a value")];
    let words = [("action", "generate"), ("generator", "words"), ("words", "4")];
    let generated = [&fields[..2], &words].concat();
    let generated = Knock::post("/secrets/add", "/secrets/add a taken name, generated", &generated);
    let mut sample = Sample::form(&AddSecret::default(), " a taken name", &fields);
    sample.knocks.push(generated);
    sample
}

pub async fn secret_samples(world: &World, pattern: &str, forms: &[Form]) -> Vec<Knock> {
    let (door, mut knocks) = (axum_pattern(pattern), Vec::new());
    let samples = [
        ("dev", "omar", NOT_GRANTED),
        ("production", "omar", NOT_GRANTED),
        ("dev", "ada", NOT_GRANTED),
        ("dev", "ada", GRANTED_TO_VERA),
        ("staging", "ada", GRANTED_TO_VERA),
        ("nowhere", "nobody", ""),
    ];
    for (environment, owner, granted) in samples {
        let id = if environment == "nowhere" {
            NOWHERE.to_owned()
        } else {
            let owned = format!("s.owner = (select id from identities where name = '{owner}')");
            world.secret_where(&format!("s.environment = '{environment}' and {owned} and {granted}")).await
        };
        let owner = if granted == GRANTED_TO_VERA { "vera's by grant" } else { owner };
        let address = door.replace("{id}", &id);
        let whose = if owner.starts_with("vera") { owner.to_owned() } else { format!("{owner}'s") };
        let what = format!("{whose} in {environment}");
        knocks.push(Knock::get(&address, &format!("{door} {what}")));
        for (form, fields) in forms {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.replace("{id}", &id))).collect();
            let label = format!("{door} {form} {what}").replace("  ", " ");
            knocks.push(Knock { address: address.clone(), method: Method::POST, label, fields });
        }
    }
    knocks
}

/// Exports, of which one has a recipient that cannot be read.
pub fn of_an_export(address: &str) -> Sample {
    let fields = |environment, passphrase| {
        [("environment", environment), ("folder", ""), ("recipient", ""), ("passphrase", passphrase)]
    };
    let knocks = vec![
        Knock::get(address, address),
        Knock::post(address, "/secrets/export dev", &fields("dev", "a passphrase of this test")),
        Knock::post(address, "/secrets/export production", &fields("production", "a passphrase of this test")),
        Knock::post(address, "/secrets/export a short passphrase", &fields("dev", "short")),
    ];
    Sample::of(&ExportSecretValues {}, knocks)
}

/// Previews, which change nothing, and a confirmation of none.
pub fn of_an_import(address: &str) -> Sample {
    let text = [("action", "preview"), ("existing", "skip"), ("text", "A=1")];
    let preview = |environment| [&text[..], &[("environment", environment)]].concat();
    let none = [("action", "import"), ("environment", "dev"), ("import", "no such preview")];
    let knocks = vec![
        Knock::get(address, address),
        Knock::post(address, "/secrets/import preview, dev", &preview("dev")),
        Knock::post(address, "/secrets/import preview, production", &preview("production")),
        Knock::post(address, "/secrets/import of no preview", &none),
    ];
    Sample::of(&ImportSecrets {}, knocks)
}

/// Previews, and restorations of a folder in which nothing is.
pub fn of_a_past_folder(address: &str) -> Sample {
    let form = |environment| {
        [("action", "restore-folder"), ("environment", environment), ("folder", "no/such"), ("at", "2026-01-01")]
    };
    let knocks = vec![
        Knock::get(address, address),
        Knock::get(&format!("{address}?environment=dev&at=2026-01-01"), "/secrets/past dev"),
        Knock::post(address, "/secrets/past restore, dev", &form("dev")),
        Knock::post(address, "/secrets/past restore, production", &form("production")),
    ];
    Sample::of(&PastFolder::default(), knocks)
}

pub async fn of_a_value(world: &World, address: &str, id: SecretId) -> Sample {
    let forms: [Form; 6] = [
        ("reveal", &[("action", "reveal")]),
        ("save as pending", &[("action", "save-pending"), ("value", "a new value")]),
        ("rotate", &[("action", "rotate"), ("value", "a new value")]),
        ("generate", &[("action", "generate"), ("generator", "words"), ("words", "4")]),
        ("generate by nothing kept", &[("action", "generate-again")]),
        ("rename", &[("action", "rename"), ("name", "renamed/{id}")]),
    ];
    Sample::of(&Secret { id }, secret_samples(world, address, &forms).await)
}

pub async fn of_versions(world: &World, address: &str, id: SecretId) -> Sample {
    let forms: [Form; 5] = [
        ("reveal", &[("action", "reveal"), ("version", "1")]),
        ("reveal the pending value", &[("action", "reveal"), ("version", "pending")]),
        ("restore", &[("action", "restore"), ("version", "1")]),
        ("promote none", &[("action", "promote"), ("saved", "1"), ("over", "1")]),
        ("discard none", &[("action", "discard"), ("saved", "1"), ("over", "1")]),
    ];
    Sample::of(&SecretVersions::of(id), secret_samples(world, address, &forms).await)
}

pub async fn of_consumers(world: &World, address: &str, id: SecretId) -> Sample {
    let forms: [Form; 2] = [
        ("declare", &[("action", "declare"), ("system", "a system")]),
        ("remove none", &[("action", "remove-consumer"), ("consumer", NOWHERE)]),
    ];
    Sample::of(&SecretConsumers::of(id), secret_samples(world, address, &forms).await)
}

pub async fn of_editing(world: &World, address: &str, id: SecretId) -> Sample {
    let forms: [Form; 7] = [
        ("save", &[("action", "save"), ("description", "new"), ("tags", "new"), ("over", "1")]),
        ("period", &[("action", "set-rotation"), ("days", "30")]),
        ("give oneself", &[("action", "give"), ("to", "{who}")]),
        ("give to nobody", &[("action", "give"), ("to", "nobody-here")]),
        ("bring back", &[("action", "bring-back")]),
        ("delete", &[("action", "delete"), ("typed", "another")]),
        ("cancel the deletion", &[("action", "cancel-deletion")]),
    ];
    Sample::of(&EditSecret { id }, secret_samples(world, address, &forms).await)
}

pub async fn of_access(world: &World, address: &str, id: SecretId) -> Sample {
    let forms: [Form; 5] = [
        ("grant", &[("action", "grant"), ("with", "noor"), ("lasts", "1h")]),
        ("grant oneself", &[("action", "grant"), ("with", "{who}"), ("lasts", "1h")]),
        ("take back", &[("action", "take-back"), ("from", NOWHERE)]),
        ("grant to no group", &[("action", "grant-group"), ("group", NOWHERE), ("group-lasts", "1h")]),
        ("take back from no group", &[("action", "take-back-group"), ("group", NOWHERE)]),
    ];
    Sample::of(&SecretAccess { id }, secret_samples(world, address, &forms).await)
}

/// Copies to a name that is taken, of the value and with another one.
pub async fn of_copying(world: &World, address: &str, id: SecretId) -> Sample {
    let forms: [Form; 2] = [
        ("copy", &[("action", "copy"), ("environment", "dev"), ("name", "a b")]),
        (
            "copy to production",
            &[("action", "copy-with-value"), ("environment", "production"), ("name", "copied/{id}"), ("value", "x")],
        ),
    ];
    Sample::of(&CopySecret::of(id), secret_samples(world, address, &forms).await)
}

/// A change of one secret, which was not looked at before, and of none.
pub async fn of_a_selection(world: &World, address: &str) -> Sample {
    let id = world.omars_secret("dev").await;
    let one = format!("{address}?what=archive&ids={id}");
    let knocks = vec![
        Knock::get(address, address),
        Knock::get(&one, "/secrets/selected of omar's in dev"),
        Knock::post(&one, "/secrets/selected of omar's in dev, unseen", &[]),
        Knock::post(address, "/secrets/selected of none", &[]),
    ];
    Sample::of(&SelectedSecrets::default(), knocks)
}
