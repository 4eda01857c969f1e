//! The layout shared by the pages of one secret: its metadata and the tabs between the pages.

use crate::backend::Permit;
use crate::console::Console;
use crate::console::error_page::{self, ErrorCopy, NextStep};
use crate::console::request;
use crate::page::error::PageError;
use crate::page::{Address, Layout, ViewContext};
use crate::secrets::access::SecretAccess;
use crate::secrets::list::{Secrets, access_in_words};
use crate::secrets::policy;
use crate::secrets::readers::SecretReaders;
use crate::secrets::secret::Secret;
use crate::secrets::store::SecretDetail;
use crate::ui::time::Ago;
use doorward::{Refusal, RefusalKind, SecretId};
use leptos::prelude::*;

/// The layout around the pages of one secret.
#[derive(Clone)]
pub struct SecretSection {
    /// Which secret.
    pub id: SecretId,
}

impl Layout for SecretSection {
    type Opens = policy::ReadSecret;
    /// The secret, and the address of the list to go back to.
    type Data = (SecretDetail, String);
    type Within = Console;

    fn opens(&self) -> policy::ReadSecret {
        policy::ReadSecret { id: self.id }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadSecret>) -> Result<(SecretDetail, String), PageError> {
        let (request, session) = (request()?, permit.principal().session);
        let secret = request.backend.secret(permit).await?;
        Ok((secret, Secrets::last(&request, session).await))
    }

    fn view(&self, (detail, list): (SecretDetail, String), shown: &ViewContext, page: AnyView) -> AnyView {
        view(&detail, list, shown, page).into_any()
    }

    fn refusal(failure: &PageError) -> ErrorCopy {
        refusal_of_a_secret(failure)
    }
}

/// Returns the error page's text for refusals about a secret.
pub(super) const fn refusal_of_a_secret(failure: &PageError) -> ErrorCopy {
    match failure {
        PageError::Refused(Refusal { answer: RefusalKind::NotFound, .. }) => ErrorCopy {
            title: "Not found",
            sentence: "It does not exist, or you do not have access to it.",
            way: NextStep::Secrets,
        },
        PageError::Refused(Refusal { answer: RefusalKind::Forbidden, .. }) => ErrorCopy {
            title: "You do not have permission to do this",
            sentence: "You can see that it exists, but this needs a permission or a grant that you do not have.",
            way: NextStep::Secrets,
        },
        failure => error_page::words(failure),
    }
}

fn view(detail: &SecretDetail, list: String, shown: &ViewContext, page: AnyView) -> impl IntoView + use<> {
    let row = &detail.row;
    let near = Secrets::within(row.environment.clone()).href();
    let (environment, now) = (row.environment.to_string(), shown.now);
    view! {
        <header class="page">
            <nav aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href=list data-prefetch>"Secrets"</a>
                    </li>
                    <li>
                        <a href=near data-prefetch>{environment.clone()}</a>
                    </li>
                </ol>
            </nav>
            <h1 id="secret-name" data-part>
                <code>{row.name.clone()}</code>
            </h1>
        </header>
        <dl class="across" id="secret-facts" data-part>
            <div><dt>"Environment"</dt><dd>{environment}</dd></div>
            <div><dt>"Owner"</dt><dd>{row.owner.clone()}</dd></div>
            <div><dt>"Version"</dt><dd>{row.version}</dd></div>
            <div><dt>"Updated"</dt><dd><Ago at=row.updated now /></dd></div>
            <div><dt>"Created"</dt><dd><Ago at=detail.created now /></dd></div>
            <div><dt>"Your access"</dt><dd>{access_in_words(row.access)}</dd></div>
        </dl>
        {tabs(detail)}
        {page}
    }
}

/// Returns links to the secret's pages that this user may open, or `None` if there is only one.
fn tabs(detail: &SecretDetail) -> Option<impl IntoView + use<>> {
    let id = detail.row.id;
    let here = request().ok().and_then(|request| request.address);
    let here = here.as_ref().map_or("", |path| path.as_str()).split('?').next().unwrap_or_default().to_owned();
    let tab = move |href: String, title: &'static str| {
        let current = (here == href).then_some("page");
        view! { <li><a href=href aria-current=current>{title}</a></li> }
    };
    detail.may_see_access.then(move || {
        view! {
            <nav class="tabs" aria-label="This secret">
                <ul>
                    {tab(Secret { id }.href(), "Value")}
                    {tab(SecretAccess { id }.href(), "Access")}
                    {tab(SecretReaders { id, on: None }.href(), "Readers")}
                </ul>
            </nav>
        }
    })
}
