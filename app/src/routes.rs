//! Every address of the console, and what is behind each. A page's values are read and written by its own type.

use crate::access::environments::environment::EnvironmentPage;
use crate::access::environments::list::EnvironmentList;
use crate::access::machines::MachineList;
use crate::access::machines::add::AddMachine;
use crate::access::machines::machine::Machine;
use crate::access::overview::Overview;
use crate::access::permissions::holders::Holders;
use crate::access::permissions::unused::UnusedRoleList;
use crate::access::roles::list::RoleList;
use crate::access::roles::role::Role;
use crate::access::route_list::RouteList;
use crate::account::inbox::Inbox;
use crate::account::methods::Methods;
use crate::account::settings::Settings;
use crate::console::Console;
use crate::deliveries::add::AddDelivery;
use crate::deliveries::collect::Collect;
use crate::deliveries::delivery::Delivery;
use crate::deliveries::list::Deliveries;
use crate::deliveries::secret::DeliverSecret;
use crate::identities::add::AddIdentity;
use crate::identities::groups::group::Group;
use crate::identities::groups::list::GroupList;
use crate::identities::identity::Identity;
use crate::identities::invitation::Accept;
use crate::identities::list::Identities;
use crate::identities::reset_methods::ResetMethods;
use crate::ledger::charts::LedgerCharts;
use crate::ledger::export::{LedgerCsv, LedgerNdJson};
use crate::ledger::list::Ledger;
use crate::ledger::record::Record;
use crate::ledger::record::proof::RecordProof;
use crate::ledger::tail::LedgerTail;
use crate::page::Question;
use crate::search::page::SearchPage;
use crate::secrets::access::SecretAccess;
use crate::secrets::add::AddSecret;
use crate::secrets::add::copy::CopySecret;
use crate::secrets::canary::SecretCanary;
use crate::secrets::canary::list::Canaries;
use crate::secrets::consumers::SecretConsumers;
use crate::secrets::details::EditSecret;
use crate::secrets::export::{SecretsCsv, SecretsNdJson};
use crate::secrets::history::SecretHistoryNdJson;
use crate::secrets::import::ImportSecrets;
use crate::secrets::list::Secrets;
use crate::secrets::list::rotation::RotationList;
use crate::secrets::list::selected::SelectedSecrets;
use crate::secrets::readers::SecretReaders;
use crate::secrets::secret::Secret;
use crate::secrets::values::ExportSecretValues;
use crate::secrets::versions::SecretVersions;
use crate::secrets::versions::past::PastFolder;
use crate::sessions::all::AllSessions;
use crate::sessions::end::EndSessions;
use crate::sessions::own::OwnSessions;
use crate::sessions::revocation::Revocation;
use crate::sign_in::confirm::Confirm;
use crate::sign_in::page::SignIn;
use crate::sign_in::set_up::SetUp;
use crate::sign_in::sign_out::SignOut;
use crate::sign_in::signed_out::SignedOut;

crate::routes! {
    site Console;
    guarded {
        "/" => Overview,
        "/search" => SearchPage,
        "/secrets" => Secrets,
        "/secrets/add" => AddSecret,
        "/secrets/import" => ImportSecrets,
        "/secrets/export" => ExportSecretValues,
        "/secrets/canaries" => Canaries,
        "/secrets/rotation" => RotationList,
        "/secrets/selected" => SelectedSecrets,
        "/secrets/past" => PastFolder,
        "/secrets/:id" => Secret,
        "/secrets/:id/access" => SecretAccess,
        "/secrets/:id/canary" => SecretCanary,
        "/secrets/:id/copy" => CopySecret,
        "/secrets/:id/deliver" => DeliverSecret,
        "/deliveries" => Deliveries,
        "/deliveries/add" => AddDelivery,
        "/deliveries/:id" => Delivery,
        "/secrets/:id/readers" => SecretReaders,
        "/secrets/:id/consumers" => SecretConsumers,
        "/secrets/:id/versions" => SecretVersions,
        "/secrets/:id/edit" => EditSecret,
        "/access/identities" => Identities,
        "/access/identities/add" => AddIdentity,
        "/access/identities/:id" => Identity,
        "/access/environments" => EnvironmentList,
        "/access/environments/:id" => EnvironmentPage,
        "/access/groups" => GroupList,
        "/access/groups/:id" => Group,
        "/access/machines" => MachineList,
        "/access/machines/add" => AddMachine,
        "/access/machines/:id" => Machine,
        "/access/methods/reset" => ResetMethods,
        "/access/permissions" => Holders,
        "/access/permissions/unused" => UnusedRoleList,
        "/access/roles" => RoleList,
        "/access/roles/:id" => Role,
        "/access/routes" => RouteList,
        "/access/ledger" => Ledger,
        "/access/ledger/charts" => LedgerCharts,
        "/access/records/:id" => Record,
        "/access/sessions" => AllSessions,
        "/access/sessions/end" => EndSessions,
        "/access/revocations/:id" => Revocation,
        "/sessions" => OwnSessions,
        "/inbox" => Inbox,
        "/settings" => Settings,
        "/settings/methods" => Methods,
        "/confirm" => Confirm,
        "/sign-out" => SignOut,
    }
    open {
        "/sign-in" => SignIn,
        "/signed-out" => SignedOut,
        "/set-up" => SetUp,
        "/invitation" => Accept,
        "/collect" => Collect,
    }
    downloads {
        "/access/ledger.csv" => LedgerCsv,
        "/access/ledger.ndjson" => LedgerNdJson,
        "/access/records/:id/proof" => RecordProof,
        "/secrets.csv" => SecretsCsv,
        "/secrets.ndjson" => SecretsNdJson,
        "/secrets/:id/history.ndjson" => SecretHistoryNdJson,
    }
    streams {
        "/access/ledger/tail" => LedgerTail,
    }
    beside {
        crate::sessions::live::route_info(),
        crate::sign_in::challenge::route_info(),
    }
}

/// The addresses that islands call by themselves, and what each asks.
#[must_use]
pub fn functions() -> Vec<(&'static str, Question)> {
    vec![
        ("/api/search", Question::of::<crate::search::policy::Search>()),
        ("/api/secret/value", Question::of::<crate::secrets::policy::RevealSecret>()),
    ]
}
