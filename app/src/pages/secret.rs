//! One secret: its metadata, its value for whoever may see it, and a new value.

use crate::door;
use crate::form::Form;
use crate::islands::{CopyValue, Reveal};
use crate::model::{Failure, Revealed};
use crate::page::{self, Acted, Loaded, Turn};
use crate::routes;
use crate::store::SecretDetail;
use crate::ui::time::Ago;
use crate::ui::{Frame, Receipt, field_error};
use doorward::SecretId;
use leptos::prelude::*;
use leptos_meta::Title;
use std::sync::Arc;

/// What may be asked.
pub mod can {
    use crate::store::SecretFacts;
    use doorward::action::{Action, Read, Resource, Write};
    use doorward::policy::Decision;
    use doorward::{Principal, SecretId};

    /// Who sees every secret of an environment, not only their own: a permission without a page.
    pub const INVENTORY: &str = "secret.inventory";

    /// Knowing that a secret exists, and everything about it but its value.
    fn know(who: &Principal, about: &SecretFacts) -> Decision {
        let concerned = about.owned_by(who).or(about.granted_to(who));
        let concerned = concerned.or(who.holds(INVENTORY).within(&about.environment));
        who.holds(ReadSecret::NAME).within(&about.environment).and(concerned).or_hidden()
    }

    /// Using the value: a role, and the secret's own owner or grant, and a fresh authentication where it is asked.
    fn employ(permission: &str, who: &Principal, about: &SecretFacts) -> Decision {
        know(who, about)
            .and(who.holds(permission).within(&about.environment))
            .and(about.owned_by(who).or(about.granted_to(who)))
            .and(about.fresh_where_protected(who))
    }

    /// To see a secret's metadata.
    pub struct ReadSecret {
        /// Which.
        pub id: SecretId,
    }

    impl Action for ReadSecret {
        const NAME: &'static str = "secret.read";
        type Facts = SecretFacts;
        type Effect = Read;

        fn about(&self) -> SecretId {
            self.id
        }

        fn resource(&self) -> Resource {
            Resource::of("secret", self.id)
        }

        fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
            know(who, about)
        }
    }

    /// To see a secret's value.
    pub struct RevealSecret {
        /// Which.
        pub id: SecretId,
    }

    impl Action for RevealSecret {
        const NAME: &'static str = "secret.reveal";
        type Facts = SecretFacts;
        type Effect = Read;

        fn about(&self) -> SecretId {
            self.id
        }

        fn resource(&self) -> Resource {
            Resource::of("secret", self.id)
        }

        fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
            employ(Self::NAME, who, about)
        }
    }

    /// To give a secret a new value.
    pub struct RotateSecret {
        /// Which.
        pub id: SecretId,
    }

    impl Action for RotateSecret {
        const NAME: &'static str = "secret.rotate";
        type Facts = SecretFacts;
        type Effect = Write;

        fn about(&self) -> SecretId {
            self.id
        }

        fn resource(&self) -> Resource {
            Resource::of("secret", self.id)
        }

        fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
            employ(Self::NAME, who, about)
        }
    }
}

async fn load(id: SecretId) -> Result<Loaded<SecretDetail>, Failure> {
    let permit = door::permit(can::ReadSecret { id }).await?;
    let frame = page::frame(&permit);
    Ok(Loaded::new(frame, door::visit()?.backend.secret(permit).await?))
}

/// Shows a secret's value to whoever may see it; islands and the page's own form both come here.
///
/// # Errors
/// The refusal, recorded.
pub async fn reveal(id: SecretId) -> Result<Revealed, Failure> {
    let permit = door::permit(can::RevealSecret { id }).await?;
    let record = permit.record();
    let visit = door::visit()?;
    visit.head.set(|head| head.reveals = true);
    let (value, version) = visit.backend.reveal(permit).await?;
    Ok(Revealed { value: value.expose().to_owned(), version, record })
}

async fn rotate(id: SecretId, form: &Form) -> Result<(), Failure> {
    let value = form.secret("value")?;
    let permit = door::permit(can::RotateSecret { id }).await?;
    door::visit()?.backend.rotate(permit, value).await?;
    Ok(())
}

async fn act(id: SecretId, form: Arc<Form>) -> Result<Acted<Revealed>, Failure> {
    form.only(&["action", "value"])?;
    match form.text("action") {
        "reveal" => reveal(id).await.map(Acted::Show),
        "rotate" => {
            rotate(id, &form).await?;
            Ok(Acted::SeeOther(routes::local(&routes::secret(id)), Some("The secret has a new value.")))
        }
        _ => Err(Failure::NoSuchAction),
    }
}

/// The page.
pub fn page() -> impl IntoView {
    // A text that is no id asks for nothing that exists, and is refused like it.
    let id = door::visit().ok().and_then(|visit| SecretId::parse(visit.last_segment()).ok());
    let id = id.unwrap_or(SecretId::NOTHING);
    page::acting(load(id), move |form| act(id, form), |detail, turn, frame| view(&detail, turn, frame).into_any())
}

fn view(detail: &SecretDetail, turn: Turn<Revealed>, frame: &Frame) -> impl IntoView + use<> {
    let row = &detail.row;
    let environment = row.environment.to_string();
    let near = format!("{}?environment={environment}", routes::SECRETS);
    view! {
        <Title text=format!("{} · Doorward", row.name) />
        <header class="page">
            <nav aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href=routes::SECRETS>"Secrets"</a>
                    </li>
                    <li>
                        <a href=near>{environment.clone()}</a>
                    </li>
                </ol>
            </nav>
            <h1>
                <code>{row.name.clone()}</code>
            </h1>
        </header>
        <dl class="across">
            <div><dt>"Environment"</dt><dd>{environment}</dd></div>
            <div><dt>"Owner"</dt><dd>{row.owner.clone()}</dd></div>
            <div><dt>"Version"</dt><dd>{row.version}</dd></div>
            <div><dt>"Updated"</dt><dd><Ago at=row.updated now=frame.now /></dd></div>
            <div><dt>"Created"</dt><dd><Ago at=detail.created now=frame.now /></dd></div>
            <div><dt>"Your access"</dt><dd>{super::secrets::access_in_words(row.access)}</dd></div>
        </dl>
        <div class="panels">
            {value_panel(detail, turn.done.as_ref(), frame)}
            {detail.may_rotate.then(|| rotate_panel(detail, &turn, frame))}
        </div>
    }
}

fn value_panel(detail: &SecretDetail, revealed: Option<&Revealed>, frame: &Frame) -> impl IntoView + use<> {
    let address = routes::secret(detail.row.id);
    let (id, protected) = (detail.row.id, detail.protected);
    let record = revealed.map_or(frame.record, |revealed| revealed.record);
    let inside = match revealed {
        Some(revealed) => shown(revealed, address).into_any(),
        None if detail.may_reveal => view! { <Reveal id=id.to_string() address protected /> }.into_any(),
        None => view! { <p>"You may know of this secret, and not see its value."</p> }.into_any(),
    };
    view! {
        <section class="panel wide" aria-labelledby="value-heading">
            <header>
                <h2 id="value-heading">"Value"</h2>
            </header>
            {inside}
            <Receipt grounds=frame.grounds record />
        </section>
    }
}

fn shown(revealed: &Revealed, address: String) -> impl IntoView + use<> {
    view! {
        <div class="reveal">
            <output class="value" id="revealed" aria-labelledby="value-heading">{revealed.value.clone()}</output>
            <div class="actions">
                <CopyValue />
                <a class="button" href=address>"Hide"</a>
                <small>"Version " {revealed.version}</small>
            </div>
        </div>
    }
}

fn rotate_panel(detail: &SecretDetail, turn: &Turn<Revealed>, frame: &Frame) -> impl IntoView + use<> {
    let error = turn.error("value");
    let described = if error.is_some() { "value-hint value-error" } else { "value-hint" };
    view! {
        <section class="panel wide" aria-labelledby="rotate-heading">
            <header>
                <h2 id="rotate-heading">"Rotate"</h2>
            </header>
            <form method="post" action=routes::secret(detail.row.id)>
                <div class="field">
                    <label for="value">"New value"</label>
                    <textarea
                        id="value"
                        name="value"
                        rows="3"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        required
                        aria-invalid=error.as_ref().map(|_| "true")
                        aria-describedby=described
                    ></textarea>
                    {field_error("value", error)}
                    <small id="value-hint">
                        {format!("Becomes version {} at once, for everyone who reads it.", detail.row.version + 1)}
                    </small>
                </div>
                <div class="actions">
                    <button class="primary" name="action" value="rotate">"Rotate"</button>
                </div>
            </form>
            <Receipt grounds=frame.grounds record=frame.record />
        </section>
    }
}
