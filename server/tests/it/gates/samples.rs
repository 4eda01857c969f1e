//! The samples: for every address, one that opens, and what is tried on it by everybody. The manifest's tests and the access
//! matrix share them.

use crate::access;
use crate::access::samples::{
    AddMachine, EnvironmentList, EnvironmentPage, Holders, Machine, MachineList, Role, RoleList, UnusedRoleList,
};
use crate::deliveries::samples as deliveries;
use crate::identities;
use crate::ledger::sealer::seals::{seal, signer};
use crate::secrets::{self, samples::secret_samples};
use crate::sessions::ends::{end_nobodys, end_veras, record_of_an_end};
use crate::support::world::World;
use app::access::overview::Overview;
use app::access::route_list::RouteList;
use app::account::inbox::Inbox;
use app::account::methods::Methods;
use app::account::settings::Settings;
use app::deliveries::add::AddDelivery;
use app::deliveries::collect::Collect;
use app::deliveries::delivery::Delivery;
use app::deliveries::list::Deliveries;
use app::deliveries::secret::DeliverSecret;
use app::identities::add::AddIdentity;
use app::identities::groups::group::Group;
use app::identities::groups::list::GroupList;
use app::identities::identity::Identity;
use app::identities::invitation::Accept;
use app::identities::list::Identities;
use app::identities::reset_methods::ResetMethods;
use app::ledger::charts::LedgerCharts;
use app::ledger::export::{LedgerCsv, LedgerNdJson};
use app::ledger::list::Ledger;
use app::ledger::record::Record;
use app::ledger::record::proof::RecordProof;
use app::ledger::search::Search;
use app::ledger::tail::LedgerTail;
use app::page::{Address, Routed};
use app::secrets::access::SecretAccess;
use app::secrets::add::{AddSecret, copy::CopySecret};
use app::secrets::canary::{SecretCanary, list::Canaries};
use app::secrets::details::EditSecret;
use app::secrets::export::{SecretsCsv, SecretsNdJson};
use app::secrets::filter::Filter;
use app::secrets::history::SecretHistoryNdJson;
use app::secrets::import::ImportSecrets;
use app::secrets::list::{Secrets, rotation::RotationList, selected::SelectedSecrets};
use app::secrets::secret::Secret;
use app::secrets::versions::{SecretVersions, past::PastFolder};
use app::secrets::{consumers::SecretConsumers, readers::SecretReaders};
use app::sessions::all::AllSessions;
use app::sessions::end::EndSessions;
use app::sessions::own::OwnSessions;
use app::sessions::revocation::Revocation;
use app::sign_in::confirm::Confirm;
use app::sign_in::page::SignIn;
use app::sign_in::set_up::SetUp;
use app::sign_in::sign_out::SignOut;
use app::sign_in::signed_out::SignedOut;
use axum::http::Method;
use doorward::{LocalPath, SecretId};

pub const NOWHERE: &str = "01jd8z3k7q5m2v9xw4t6b1n0hr";

/// What the tests know of one address.
pub struct Sample {
    /// The address of a page that opens for a person who has every role; written by its own type.
    pub opens: String,
    pub knocks: Vec<Knock>,
}

/// A request that is tried by everybody.
pub struct Knock {
    pub address: String,
    pub method: Method,
    pub label: String,
    pub fields: Vec<(&'static str, String)>,
}

impl Knock {
    pub fn get(address: &str, label: &str) -> Self {
        Self { address: address.to_owned(), method: Method::GET, label: label.to_owned(), fields: Vec::new() }
    }

    pub fn post(address: &str, label: &str, fields: &[(&'static str, &str)]) -> Self {
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { address: address.to_owned(), method: Method::POST, label: label.to_owned(), fields }
    }
}

impl Sample {
    pub fn of<P: Address>(page: &P, knocks: Vec<Knock>) -> Self {
        Self { opens: page.href(), knocks }
    }

    /// A page without parameters that has no form.
    fn page<P: Address>(page: &P) -> Self {
        Self::form(page, " (no form)", &[])
    }

    /// A page without parameters, with one form.
    pub fn form<P: Address>(page: &P, form: &str, fields: &[(&'static str, &str)]) -> Self {
        let (door, label) = (P::PATTERN, format!("{}{form}", P::PATTERN));
        Self::of(page, vec![Knock::get(door, door), Knock::post(door, &label, fields)])
    }

    /// A download or a stream.
    fn file<P: Address>(file: &P) -> Self {
        Self::of(file, vec![Knock::get(P::PATTERN, P::PATTERN)])
    }

    fn and(mut self, more: Vec<Knock>) -> Self {
        self.knocks.extend(more);
        self
    }
}

/// The sample of one address; an address that is not named here has none, and fails the tests.
pub async fn sample(world: &World, address: &str) -> Sample {
    let omars = SecretId::parse(&world.omars_secret("dev").await).expect("an id");
    match address {
        Overview::PATTERN => Sample::page(&Overview::default()),
        Secrets::PATTERN => Sample::page(&Secrets::default()),
        RotationList::PATTERN => Sample::page(&RotationList::default()),
        Holders::PATTERN
        | UnusedRoleList::PATTERN
        | RoleList::PATTERN
        | Role::PATTERN
        | EnvironmentList::PATTERN
        | EnvironmentPage::PATTERN
        | MachineList::PATTERN
        | AddMachine::PATTERN
        | Machine::PATTERN => access::samples::about_roles(world, address).await,
        RouteList::PATTERN => Sample::page(&RouteList),
        Inbox::PATTERN => Sample::page(&Inbox),
        SignedOut::PATTERN => Sample::page(&SignedOut::plainly()),
        Settings::PATTERN => Sample::form(&Settings, " theme", &[("theme", "dark")]),
        Confirm::PATTERN => {
            let page = Confirm { next: LocalPath::home(), held_up: None, lacks_factor: false };
            Sample::form(&page, " wrong password", &[("password", "not this one")])
        }
        SignIn::PATTERN => {
            let page = SignIn::to(LocalPath::home());
            Sample::form(&page, " wrong", &[("name", "x"), ("password", "not this one")])
        }
        SetUp::PATTERN => Sample::form(&SetUp { code: String::new() }, " wrong code", &set_up_fields()),
        SignOut::PATTERN => Sample::form(&SignOut, "", &[]),
        EndSessions::PATTERN => {
            let vera = [("by", "identity"), ("what", "vera"), ("typed", "vera")];
            Sample::page(&EndSessions::default()).and(vec![
                Knock::get("/access/sessions/end?by=everything", "/access/sessions/end preview"),
                Knock::post(address, "/access/sessions/end of vera", &vera),
            ])
        }
        OwnSessions::PATTERN => Sample::page(&OwnSessions).and(vec![
            Knock::post(address, "/sessions stay", &[("action", "stay"), ("next", "/")]),
            Knock::post(address, "/sessions end-others", &[("action", "end-others")]),
            end_veras(world, address).await,
        ]),
        AllSessions::PATTERN => Sample::page(&AllSessions::default()).and(vec![end_veras(world, address).await]),
        Revocation::PATTERN => {
            let page = Revocation { id: end_nobodys(world).await };
            let none = address.replace(":id", NOWHERE);
            Sample::of(
                &page,
                vec![
                    Knock::get(&page.href(), "/access/revocations/{id} by the command line"),
                    Knock::get(&none, "/access/revocations/{id} that is none"),
                    Knock::post(&page.href(), "/access/revocations/{id} (no form)", &[]),
                ],
            )
        }
        Deliveries::PATTERN => Sample::page(&Deliveries::default()),
        AddDelivery::PATTERN => deliveries::of_a_typed_value(),
        Delivery::PATTERN => deliveries::of_a_delivery(world, address).await,
        DeliverSecret::PATTERN => deliveries::of_a_secret(world).await,
        Collect::PATTERN => deliveries::of_a_link(world).await,
        Identities::PATTERN => Sample::page(&Identities::default()),
        AddIdentity::PATTERN => {
            Sample::form(&AddIdentity, " a taken name", &[("display-name", "Vera"), ("name", "vera")])
        }
        Accept::PATTERN => identities::samples::of_an_invitation(world).await,
        Identity::PATTERN => identities::samples::of_a_person(world, address).await,
        GroupList::PATTERN => Sample::form(&GroupList::default(), " a bad name", &[("name", "a b"), ("purpose", "")]),
        Group::PATTERN => identities::samples::of_a_group(world, address).await,
        ResetMethods::PATTERN => {
            let own = [("whose", "{who}"), ("typed", "{who}")];
            let knocks = vec![
                Knock::get(address, address),
                Knock::post(
                    address,
                    &format!("{address} of vera, by one factor"),
                    &[("whose", "vera"), ("typed", "vera")],
                ),
                Knock::post(address, &format!("{address} of oneself"), &own),
                Knock::get("/access/methods/reset?whose=vera", &format!("{address} preview")),
            ];
            Sample::of(&ResetMethods::default(), knocks)
        }
        Methods::PATTERN => {
            let weak = [("action", "change-password"), ("password", "leavemealone"), ("repeat", "leavemealone")];
            let code = [("action", "turn-codes-on"), ("code", "000000")];
            Sample::form(&Methods, " common password", &weak).and(vec![
                Knock::post(address, "/settings/methods turn-codes-off", &[("action", "turn-codes-off")]),
                Knock::post(address, "/settings/methods make-recovery-codes", &[("action", "make-recovery-codes")]),
                Knock::post(address, "/settings/methods start-codes", &[("action", "start-codes")]),
                Knock::post(address, "/settings/methods wrong code", &code),
            ])
        }
        Ledger::PATTERN => {
            let knocks = vec![
                Knock::get(address, address),
                Knock::get("/access/ledger?decision=refused", "/access/ledger refused"),
                Knock::post(address, "/access/ledger (no form)", &[]),
                Knock::post(address, "/access/ledger keep", &[("action", "keep"), ("name", "a search")]),
                Knock::post(address, "/access/ledger remove", &[("action", "remove"), ("name", "a search")]),
            ];
            Sample::of(&Ledger::default(), knocks)
        }
        LedgerCharts::PATTERN => Sample::page(&LedgerCharts::default()),
        Record::PATTERN => {
            // Of nobody's own, which they might read without the permission.
            let page = Record { id: record_of_an_end(world).await };
            let veras = world.records().by("vera").ids().await.into_iter().next().unwrap_or_default();
            let (veras, none) = (address.replace(":id", &veras), address.replace(":id", NOWHERE));
            let knocks = vec![
                Knock::get(&veras, "/access/records/{id} of vera"),
                Knock::get(&none, "/access/records/{id} that is none"),
                Knock::post(&veras, "/access/records/{id} (no form)", &[]),
            ];
            Sample::of(&page, knocks)
        }
        RecordProof::PATTERN => {
            let file = RecordProof { id: record_of_an_end(world).await };
            // Only a sealed record has a proof.
            seal(world, &signer()).await;
            Sample::of(&file, vec![Knock::get(&file.href(), "/access/records/{id}/proof of a sealed record")])
        }
        LedgerTail::PATTERN => Sample::file(&LedgerTail { search: Search::default(), after: None }),
        LedgerCsv::PATTERN => Sample::file(&LedgerCsv { search: Search::default() }),
        LedgerNdJson::PATTERN => Sample::file(&LedgerNdJson { search: Search::default() }),
        SecretsCsv::PATTERN => Sample::file(&SecretsCsv { filter: Filter::default() }),
        SecretsNdJson::PATTERN => Sample::file(&SecretsNdJson { filter: Filter::default() }),
        Secret::PATTERN => secrets::samples::of_a_value(world, address, omars).await,
        AddSecret::PATTERN => secrets::samples::of_adding(world).await,
        ImportSecrets::PATTERN => secrets::samples::of_an_import(address),
        CopySecret::PATTERN => secrets::samples::of_copying(world, address, omars).await,
        SelectedSecrets::PATTERN => secrets::samples::of_a_selection(world, address).await,
        app::secrets::values::ExportSecretValues::PATTERN => secrets::samples::of_an_export(address),
        Canaries::PATTERN => {
            Sample::form(&Canaries {}, " no such shape", &[("environment", "dev"), ("shape", "none of these")])
        }
        SecretCanary::PATTERN => {
            let forms: [Form; 1] = [("an ordinary secret", &[("state", "off")])];
            Sample::of(&SecretCanary { id: omars }, secret_samples(world, address, &forms).await)
        }
        SecretAccess::PATTERN => secrets::samples::of_access(world, address, omars).await,
        SecretReaders::PATTERN => {
            Sample::of(&SecretReaders { id: omars, on: None }, secret_samples(world, address, &[]).await)
        }
        PastFolder::PATTERN => secrets::samples::of_a_past_folder(address),
        SecretVersions::PATTERN => secrets::samples::of_versions(world, address, omars).await,
        SecretConsumers::PATTERN => secrets::samples::of_consumers(world, address, omars).await,
        EditSecret::PATTERN => secrets::samples::of_editing(world, address, omars).await,
        SecretHistoryNdJson::PATTERN => {
            Sample::of(&SecretHistoryNdJson { id: omars }, secret_samples(world, address, &[]).await)
        }
        "/search" | "/api/search" => crate::search::samples::of_a_search(address),
        "/api/secret/value" => {
            let knocks = secret_samples(world, address, &[("", &[(VALUE_OF, "{id}")])]).await;
            let knocks = knocks.into_iter().filter(|knock| knock.method == Method::POST).collect();
            Sample { opens: String::new(), knocks }
        }
        other => panic!("{other} has no sample: give it one"),
    }
}

fn set_up_fields() -> [(&'static str, &'static str); 4] {
    [("code", "nonsense"), ("name", "eve"), ("password", "a long enough one"), ("repeat", "a long enough one")]
}

/// Marks the argument of the server function, which is no field of a form.
pub const VALUE_OF: &str = "the argument";

/// A form: its name, and its fields, in which `{id}` stands for the secret and `{who}` for whoever sends it.
pub type Form = (&'static str, &'static [(&'static str, &'static str)]);
