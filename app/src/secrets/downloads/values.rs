//! Exports values, encrypted for somebody who has the key.

use crate::backend::Permit;
use crate::console::{Console, permit, request};
use crate::page::error::PageError;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::form::{Form, sentence};
use crate::page::head::Attachment;
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, ViewContext, addresses};
use crate::secrets::list::Secrets;
use crate::secrets::policy;
use crate::secrets::store::{ExportError, ExportTo, Folder};
use crate::ui::{Choice, Field, PageHeader, Panel, Select, time};
use doorward::{Environment, Refusal, RefusalKind};
use leptos::prelude::*;
use zeroize::Zeroizing;

addresses! {
    ExportSecretValues {}
}

impl Page for ExportSecretValues {
    type Opens = policy::AskToExportValues;
    /// The environments of which one may export values.
    type Data = Vec<Environment>;
    type Within = Console;
    type Actions = (Export,);

    fn opens(&self) -> policy::AskToExportValues {
        policy::AskToExportValues
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::AskToExportValues>) -> Result<Vec<Environment>, PageError> {
        Ok(request()?.backend.environments_to_export(permit).await?)
    }

    fn title(&self, _: &Vec<Environment>) -> String {
        "Export values".to_owned()
    }

    fn view(&self, environments: Vec<Environment>, shown: &ViewContext) -> AnyView {
        view(&environments, &shown.turn).into_any()
    }
}

/// Reveals each value with a record of its own, and answers with one encrypted file.
pub struct Export;

/// The fields of the form.
pub struct NewExport {
    environment: Environment,
    folder: Option<Folder>,
    to: ExportTo,
    why: StatedReason,
}

impl FormAction<ExportSecretValues> for Export {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["environment", "folder", "recipient", "passphrase", WHY];
    type Asks = policy::ExportValues;
    type Input = NewExport;

    fn read(form: &Form) -> Result<NewExport, PageError> {
        let environment = Environment::parse(form.text("environment"));
        let folder = match form.text("folder") {
            "" => None,
            text => Some(Folder::parse(text).ok_or_else(|| PageError::invalid("folder", "This is not a folder."))?),
        };
        Ok(NewExport {
            environment: environment.map_err(|_| PageError::invalid("environment", "Choose an environment."))?,
            folder,
            to: read_recipient(form)?,
            why: StatedReason::read_asked(form)?,
        })
    }

    fn asks(_: &ExportSecretValues, new: &NewExport) -> policy::ExportValues {
        let (environment, folder) = (new.environment.clone(), new.folder.clone());
        policy::ExportValues { environment, folder, why: new.why.clone() }
    }

    async fn run(
        _: &ExportSecretValues,
        first: Permit<policy::ExportValues>,
        new: NewExport,
    ) -> Result<FormOutcome, PageError> {
        let request = request()?;
        let ids = request.backend.values_to_export(first, &new.to).await.map_err(not_done)?;
        request.head.set(|head| head.reveals = true);
        let mut values = Vec::with_capacity(ids.len());
        for id in ids {
            let permit = permit(policy::ExportValue { id, why: new.why.clone() }).await?;
            values.push(request.backend.export_value(permit).await?);
        }
        let bytes = request.backend.encrypt_export(new.to, values).await.map_err(not_done)?;
        let name = format!("secrets-{}-{}.json.age", new.environment, time::day(request.asked.now));
        Ok(FormOutcome::Attach(Attachment { name, bytes: Zeroizing::new(bytes) }))
    }

    /// Somebody who sees the form may export something, so a refusal is about the environment.
    fn refused(_: &ExportSecretValues, _: &NewExport, refusal: PageError) -> Result<FormOutcome, PageError> {
        match refusal {
            PageError::Refused(Refusal { answer: RefusalKind::Forbidden | RefusalKind::NotFound, .. }) => {
                Err(PageError::invalid("environment", "You cannot export values of this environment."))
            }
            other => Err(other),
        }
    }
}

fn read_recipient(form: &Form) -> Result<ExportTo, PageError> {
    let key = form.text("recipient");
    match (key.is_empty(), form.text("passphrase").is_empty()) {
        (false, true) => Ok(ExportTo::Key(key.to_owned())),
        (true, false) => Ok(ExportTo::Passphrase(form.secret("passphrase")?)),
        _ => Err(PageError::invalid("recipient", "Enter a public key or a passphrase, and not both.")),
    }
}

fn not_done(error: ExportError) -> PageError {
    match error {
        ExportError::To(bad) => PageError::invalid(bad.field, sentence(&bad.reason)),
        ExportError::Store(error) => error.into(),
        other => PageError::invalid("", sentence(&other.to_string())),
    }
}

fn view(environments: &[Environment], turn: &FormResult) -> impl IntoView + use<> {
    let choices = environments.iter().map(|name| Choice::plain(name.as_str())).collect();
    let inside = view! {
        {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <p>"Each value is revealed and recorded, with your name and the time. Its owner is told."</p>
        <form method="post" action=ExportSecretValues {}.href()>
            <Select
                name="environment"
                label="Environment"
                choices
                chosen=turn.typed("environment")
                error=turn.error("environment")
            />
            <Field
                name="folder"
                label="Folder (optional)"
                value=turn.typed("folder")
                error=turn.error("folder")
                required=false
                hint=Some("For example team/service. Without it, all values of the environment that you may reveal.")
            />
            <Field
                name="recipient"
                label="Public key of age"
                value=turn.typed("recipient")
                error=turn.error("recipient")
                required=false
                maxlength=Some(100)
                hint=Some("Begins with age1. “age-keygen” makes a key pair.")
            />
            <Field
                name="passphrase"
                label="Or a passphrase"
                kind="password"
                autocomplete="new-password"
                error=turn.error("passphrase")
                required=false
                hint=Some("At least 16 characters. Whoever has the file can try passphrases for ever.")
            />
            <Field
                name=WHY
                label="Reason"
                value=turn.typed(WHY)
                error=turn.error(WHY)
                required=false
                maxlength=Some(500)
                hint=Some("10 to 500 characters, if the environment asks for one. Kept in the records.")
            />
            <div class="actions">
                <button class="primary">"Export the values"</button>
                <a class="button" href=Secrets::default().href()>"Cancel"</a>
            </div>
        </form>
    };
    view! {
        <PageHeader
            title="Export values"
            intro=Some("One encrypted file, which “age --decrypt” opens and an import reads back.")
        />
        <div class="panels">
            <Panel id="export" title="The file">{inside}</Panel>
        </div>
    }
}
