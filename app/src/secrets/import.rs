//! Imports secrets from the text of a file: first a preview of names, then all of it or nothing.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, ViewContext, addresses};
use crate::secrets::list::Secrets;
use crate::secrets::policy;
use crate::secrets::store::{
    Becomes, Existing, ImportError, ImportFile, ImportPreview, Imported, LARGEST_IMPORT, PreviewRow,
};
use crate::ui::{Choice, Column, FileField, PageHeader, Panel, Select, Table, TextArea};
use doorward::{Environment, Refusal, RefusalKind};
use leptos::prelude::*;
use zeroize::Zeroizing;

addresses! {
    ImportSecrets {}
}

impl Page for ImportSecrets {
    type Opens = policy::AskToImport;
    /// The environments into which one may import.
    type Data = Vec<Environment>;
    type Within = Console;
    type Actions = (Preview, Apply);
    const TAKES_FILES: bool = true;

    fn opens(&self) -> policy::AskToImport {
        policy::AskToImport
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::AskToImport>) -> Result<Vec<Environment>, PageError> {
        Ok(request()?.backend.environments_to_import(permit).await?)
    }

    fn title(&self, _: &Vec<Environment>) -> String {
        "Import secrets".to_owned()
    }

    fn view(&self, environments: Vec<Environment>, shown: &ViewContext) -> AnyView {
        match shown.turn.done::<ImportPreview>() {
            Some(preview) => confirmation(preview).into_any(),
            None => form(&environments, &shown.turn).into_any(),
        }
    }
}

fn read_environment(form: &Form) -> Result<Environment, PageError> {
    Environment::parse(form.text("environment"))
        .map_err(|_| PageError::invalid("environment", "Choose an environment."))
}

fn not_done(error: ImportError) -> PageError {
    match error {
        ImportError::Text(reason) => PageError::invalid("text", sentence(&reason)),
        ImportError::Conflict(_) => {
            let reason = sentence(&error.to_string());
            PageError::invalid("", format!("{reason} Nothing was imported."))
        }
        ImportError::Gone => PageError::invalid(
            "",
            "This preview was imported already, replaced by a newer one, or is older than 10 minutes. Send the file again.",
        ),
        ImportError::Store(error) => error.into(),
    }
}

fn cannot(refusal: PageError) -> PageError {
    match refusal {
        PageError::Refused(Refusal { answer: RefusalKind::Forbidden | RefusalKind::NotFound, .. }) => {
            PageError::invalid("environment", "You cannot add secrets there.")
        }
        other => other,
    }
}

/// Reads the text, and shows what it would do.
pub struct Preview;

/// The fields of the form.
pub struct NewImport {
    environment: Environment,
    existing: Existing,
    file: ImportFile,
}

impl FormAction<ImportSecrets> for Preview {
    const BUTTON: &'static str = "preview";
    const FIELDS: &'static [&'static str] = &["environment", "existing", "text", "file"];
    type Asks = policy::PreviewImport;
    type Input = NewImport;

    fn read(form: &Form) -> Result<NewImport, PageError> {
        let existing = Existing::parse(form.text("existing"));
        let file = read_file(form)?;
        Ok(NewImport {
            environment: read_environment(form)?,
            existing: existing.ok_or_else(|| PageError::invalid("existing", "Choose one of these."))?,
            file,
        })
    }

    fn asks(_: &ImportSecrets, new: &NewImport) -> policy::PreviewImport {
        policy::PreviewImport { environment: new.environment.clone() }
    }

    async fn run(
        _: &ImportSecrets,
        permit: Permit<policy::PreviewImport>,
        new: NewImport,
    ) -> Result<FormOutcome, PageError> {
        let preview = request()?.backend.preview_import(permit, new.file, new.existing).await;
        preview.map(FormOutcome::show).map_err(not_done)
    }

    fn refused(_: &ImportSecrets, _: &NewImport, refusal: PageError) -> Result<FormOutcome, PageError> {
        Err(cannot(refusal))
    }
}

/// Reads the file, or the text that was pasted.
fn read_file(form: &Form) -> Result<ImportFile, PageError> {
    let (field, file) = match form.file("file") {
        Some(_) if !form.text("text").is_empty() => {
            return Err(PageError::invalid("text", "Choose a file or paste its text, but not both."));
        }
        Some(upload) => {
            let text = std::str::from_utf8(&upload.bytes).map_err(|_| PageError::invalid("file", NOT_TEXT))?;
            ("file", ImportFile { name: upload.name.clone(), text: Zeroizing::new(text.to_owned()) })
        }
        None => {
            let text = Some(form.text("text")).filter(|text| !text.is_empty());
            let text = text.ok_or_else(|| PageError::invalid("text", "Choose a file or paste its text."))?;
            // A textarea ends lines with CRLF.
            ("text", ImportFile { name: String::new(), text: Zeroizing::new(text.replace("\r\n", "\n")) })
        }
    };
    if file.text.len() > LARGEST_IMPORT { Err(PageError::invalid(field, TOO_LARGE)) } else { Ok(file) }
}

/// Imports what was previewed.
pub struct Apply;

impl FormAction<ImportSecrets> for Apply {
    const BUTTON: &'static str = "import";
    const FIELDS: &'static [&'static str] = &["environment", "import"];
    type Asks = policy::ImportSecrets;
    type Input = (Environment, String);

    fn read(form: &Form) -> Result<(Environment, String), PageError> {
        Ok((read_environment(form)?, form.text("import").to_owned()))
    }

    fn asks(_: &ImportSecrets, (environment, _): &(Environment, String)) -> policy::ImportSecrets {
        policy::ImportSecrets { environment: environment.clone() }
    }

    async fn run(
        _: &ImportSecrets,
        permit: Permit<policy::ImportSecrets>,
        (environment, id): (Environment, String),
    ) -> Result<FormOutcome, PageError> {
        let request = request()?;
        let done = request.backend.import_secrets(permit, &request.asked, &id).await.map_err(not_done)?;
        let Imported { added, changed, kept } = done;
        let said = format!(
            "Imported into {environment}: {added} added, {changed} with a new version, {kept} kept as they were."
        );
        Ok(FormOutcome::SeeOtherSaying(Secrets::within(environment).path(), said))
    }

    fn refused(_: &ImportSecrets, _: &(Environment, String), refusal: PageError) -> Result<FormOutcome, PageError> {
        Err(cannot(refusal))
    }
}

const NOT_TEXT: &str = "This file is not UTF-8 text. Save it as UTF-8, or decrypt it first.";
const TOO_LARGE: &str = "A file may have at most 1 MiB here. Use “doorward secrets import” for a larger one.";

fn form(environments: &[Environment], turn: &FormResult) -> impl IntoView + use<> {
    let choices = environments.iter().map(|name| Choice::plain(name.as_str())).collect();
    let existing = vec![
        Choice::new(Existing::Skip.as_str(), "Keep their values"),
        Choice::new(Existing::Rotate.as_str(), "Get a new version"),
    ];
    let hint = "The text of a file: dotenv, YAML, JSON, what “bao kv get -format=json” and “vault kv get -format=json” print, or \
                Infisical’s JSON export. At most 1,000 names and 1 MiB.";
    let inside = view! {
        {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <form method="post" action=ImportSecrets {}.href() enctype="multipart/form-data" data-guard>
            <Select
                name="environment"
                label="Environment"
                choices
                chosen=turn.typed("environment")
                error=turn.error("environment")
            />
            <Select
                name="existing"
                label="Secrets that exist"
                choices=existing
                chosen=turn.typed("existing")
                error=turn.error("existing")
            />
            <FileField name="file" label="File" error=turn.error("file") required=false />
            <TextArea
                name="text"
                label="Or its text"
                required=false
                error=turn.error("text")
                hint=Some(hint.to_owned())
                most_bytes=Some((LARGEST_IMPORT, TOO_LARGE))
            />
            <div class="actions">
                <button class="primary" name="action" value=Preview::BUTTON>"Preview"</button>
                <a class="button" href=Secrets::default().href()>"Cancel"</a>
            </div>
        </form>
    };
    view! {
        <PageHeader
            title="Import secrets"
            intro=Some("You see what would happen before anything does. New secrets are yours.")
        />
        <div class="panels">
            <Panel id="import" title="The file">{inside}</Panel>
        </div>
    }
}

const COLUMNS: &[Column] =
    &[Column::Text("Name"), Column::Text("What happens"), Column::Number("Line"), Column::Number("Bytes")];

const fn in_words(becomes: Becomes) -> &'static str {
    match becomes {
        Becomes::New => "New secret",
        Becomes::NewVersion => "New version",
        Becomes::Kept => "Exists; keeps its value",
        Becomes::Conflict => "Conflict: it exists, and is of another kind or not yours to change",
        Becomes::NoValue => "Has no value; left out",
    }
}

fn row(row: &PreviewRow) -> impl IntoView + use<> {
    view! {
        <tr>
            <th scope="row"><code>{row.name.clone()}</code></th>
            <td data-label="What happens">{in_words(row.becomes)}</td>
            <td data-label="Line" class="number">{row.line}</td>
            <td data-label="Bytes" class="number">{row.bytes}</td>
        </tr>
    }
}

fn confirmation(preview: &ImportPreview) -> impl IntoView + use<> {
    let count = |which: &[Becomes]| preview.rows.iter().filter(|row| which.contains(&row.becomes)).count();
    let (changes, conflicts) = (count(&[Becomes::New, Becomes::NewVersion]), count(&[Becomes::Conflict]));
    let rows = preview.rows.iter().map(row).collect_view();
    let verdict = match (conflicts, changes) {
        (0, 0) => "Nothing in this file would change anything.".to_owned(),
        (0, _) => "All of it is imported, or nothing. The file is kept, encrypted, for 10 minutes.".to_owned(),
        (1, _) => {
            "1 name is a conflict, so nothing can be imported. Leave it out, or keep the values of secrets that exist."
                .to_owned()
        }
        (many, _) => format!(
            "{many} names are conflicts, so nothing can be imported. Leave them out, or keep the values of secrets that exist."
        ),
    };
    let label = format!("Import {changes} into {}", preview.environment);
    let apply = (conflicts == 0 && changes > 0)
        .then(|| view! { <button class="primary" name="action" value=Apply::BUTTON>{label}</button> });
    let inside = view! {
        <p>{verdict}</p>
        <form method="post" action=ImportSecrets {}.href()>
            <input type="hidden" name="environment" value=preview.environment.to_string() />
            <input type="hidden" name="import" value=preview.id.clone() />
            <div class="actions">
                {apply}
                <a class="button" href=ImportSecrets {}.href()>"Start again"</a>
            </div>
        </form>
        <Table caption="What the import would do" columns=COLUMNS>{rows}</Table>
    };
    view! {
        <PageHeader title="Import secrets" />
        <div class="panels">
            <Panel id="preview" title="Preview">{inside}</Panel>
        </div>
    }
}
