//! Asks the browser for a passkey, and sends the form around it with the answer.

use leptos::prelude::*;

/// The button of a form with `data-passkey`, which says what the passkey is for. The form's attribute `data-label` is its
/// label. Without JavaScript, and where the browser knows no passkeys, it is not there.
#[island]
pub fn Passkey() -> impl IntoView {
    let label = RwSignal::new(None::<String>);
    let said = RwSignal::new("");
    let busy = RwSignal::new(false);
    Effect::new(move |_| label.set(label_of_form()));
    let click = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        if !busy.get_untracked() {
            begin(busy, said);
        }
    };
    let button = move |label: String| {
        view! {
            <div class="actions">
                <button on:click=click aria-busy=move || busy.get().then_some("true")>
                    {label}
                </button>
            </div>
            {move || Some(said.get()).filter(|said| !said.is_empty()).map(alert)}
        }
    };
    move || label.get().map(button)
}

fn alert(said: &'static str) -> impl IntoView {
    view! {
        <p class="error" role="alert">
            {said}
        </p>
    }
}

#[cfg(feature = "hydrate")]
fn label_of_form() -> Option<String> {
    browser::form().filter(|_| browser::knows_passkeys())?.get_attribute("data-label")
}

#[cfg(feature = "hydrate")]
pub(super) const NOT_USED: &str = "Cancelled, or this device has a passkey already.";

#[cfg(feature = "hydrate")]
fn begin(busy: RwSignal<bool>, said: RwSignal<&'static str>) {
    let Some(form) = browser::form().filter(web_sys::HtmlFormElement::report_validity) else { return };
    super::enhance::clear_notices();
    said.set("");
    busy.set(true);
    leptos::task::spawn_local(async move {
        let sent = match browser::fill(&form).await {
            Ok(true) => form.submit(),
            Ok(false) => confirm_first(&form, busy, said),
            Err(error) => Err(error),
        };
        if sent.is_err() {
            said.set(NOT_USED);
        }
        busy.set(false);
    });
}

/// The server wants to know first who asks: in a dialog if the form says where, otherwise on the way that the form takes.
#[cfg(feature = "hydrate")]
fn confirm_first(
    form: &web_sys::HtmlFormElement,
    busy: RwSignal<bool>,
    said: RwSignal<&'static str>,
) -> Result<(), wasm_bindgen::JsValue> {
    match form.get_attribute("data-confirm") {
        Some(address) => {
            super::enhance::confirm::ask(address, move || begin(busy, said));
            Ok(())
        }
        None => form.submit(),
    }
}

#[cfg(not(feature = "hydrate"))]
fn label_of_form() -> Option<String> {
    None
}

#[cfg(not(feature = "hydrate"))]
fn begin(_: RwSignal<bool>, _: RwSignal<&'static str>) {}

/// WebAuthn by hand (Level 3, 5.1.7 and 5.1.8): the browser itself reads and writes the JSON.
#[cfg(feature = "hydrate")]
pub(super) mod browser {
    use js_sys::{Function, JSON, Object, Promise, Reflect};
    use leptos::prelude::{document, window};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{HtmlFormElement, RequestInit, Response, UrlSearchParams};

    const PURPOSE: &str = "data-passkey";

    pub fn form() -> Option<HtmlFormElement> {
        document().query_selector("form[data-passkey]").ok()??.dyn_into().ok()
    }

    fn part(of: &JsValue, name: &str) -> Result<JsValue, JsValue> {
        Reflect::get(of, &name.into())
    }

    fn call(of: &JsValue, name: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
        part(of, name)?.dyn_into::<Function>()?.call1(of, argument)
    }

    fn class() -> Result<JsValue, JsValue> {
        part(window().as_ref(), "PublicKeyCredential")
    }

    pub fn knows_passkeys() -> bool {
        class().and_then(|class| part(&class, "parseRequestOptionsFromJSON")).is_ok_and(|reads| reads.is_function())
    }

    /// Asks for a challenge, lets the passkey answer it, and fills the form in with that. False if the server wants a
    /// confirmation or a sign-in first.
    pub async fn fill(form: &HtmlFormElement) -> Result<bool, JsValue> {
        let purpose = form.get_attribute(PURPOSE).unwrap_or_default();
        let body = UrlSearchParams::new()?;
        body.append("for", &purpose);
        let request = RequestInit::new();
        request.set_method("POST");
        request.set_body(&body);
        let came = JsFuture::from(window().fetch_with_str_and_init("/passkeys/challenge", &request)).await?;
        let came: Response = came.dyn_into()?;
        if came.status() == 401 {
            return Ok(false);
        }
        let challenge = JsFuture::from(came.json()?).await?;
        let (reads, acts) = match purpose.as_str() {
            "add" => ("parseCreationOptionsFromJSON", "create"),
            _ => ("parseRequestOptionsFromJSON", "get"),
        };
        let options = Object::new();
        let public_key = call(&class()?, reads, &part(&challenge, "publicKey")?)?;
        Reflect::set(&options, &"publicKey".into(), &public_key)?;
        let credentials = part(window().navigator().as_ref(), "credentials")?;
        let asked: Promise = call(&credentials, acts, &options)?.dyn_into()?;
        let credential = JsFuture::from(asked).await?;
        put(form, "passkey", JSON::stringify(&credential)?.as_string())?;
        put(form, "ceremony", part(&challenge, "ceremony")?.as_string())?;
        Ok(true)
    }

    fn put(form: &HtmlFormElement, name: &str, value: Option<String>) -> Result<(), JsValue> {
        let field = form.query_selector(&format!("input[name={name}]"))?.ok_or(JsValue::NULL)?;
        field.set_attribute("value", &value.unwrap_or_default())
    }
}
