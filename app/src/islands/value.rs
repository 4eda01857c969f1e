//! How a secret's value comes to the island that shows it.

#[cfg(feature = "ssr")]
use crate::console::permit;
use crate::page::error::PageError;
use crate::secrets::Revealed;
#[cfg(feature = "ssr")]
use crate::secrets::{policy, secret};
#[cfg(feature = "ssr")]
use leptos::prelude::*;

/// A secret's value, for whoever may see it.
///
/// # Errors
/// The refusal, recorded.
#[cfg(feature = "ssr")]
#[server(endpoint = "secret/value")]
pub async fn value_of(id: String) -> Result<Revealed, PageError> {
    let id = doorward::SecretId::parse(&id).unwrap_or(doorward::SecretId::NOTHING);
    let permit = permit(policy::RevealSecret { id }).await?;
    secret::reveal(permit).await
}

/// The browser's half, by hand: the framework's would bring a writer of queries and a reader of JSON, a third of the module.
#[cfg(not(feature = "ssr"))]
pub async fn value_of(id: String) -> Result<Revealed, PageError> {
    browser::ask(&id).await.unwrap_or(Err(PageError::Lost))
}

#[cfg(feature = "hydrate")]
mod browser {
    use crate::page::error::PageError;
    use crate::secrets::Revealed;
    use doorward::{RecordId, Refusal, RefusalKind};
    use js_sys::Reflect;
    use leptos::prelude::window;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{RequestInit, Response, UrlSearchParams};

    pub async fn ask(id: &str) -> Result<Result<Revealed, PageError>, JsValue> {
        let body = UrlSearchParams::new()?;
        body.append("id", id);
        let request = RequestInit::new();
        request.set_method("POST");
        request.set_body(&body);
        let answer = JsFuture::from(window().fetch_with_str_and_init("/api/secret/value", &request)).await?;
        let answer: Response = answer.dyn_into()?;
        let said = JsFuture::from(answer.json()?).await?;
        let outcome = if answer.ok() { revealed(&said).map(Ok) } else { failure(&said).map(Err) };
        Ok(outcome.unwrap_or(Err(PageError::Lost)))
    }

    fn part(of: &JsValue, name: &str) -> Option<JsValue> {
        Reflect::get(of, &name.into()).ok().filter(|part| !part.is_undefined())
    }

    fn text(of: &JsValue, name: &str) -> Option<String> {
        part(of, name)?.as_string()
    }

    fn number(of: &JsValue, name: &str) -> Option<f64> {
        part(of, name)?.as_f64()
    }

    fn record(of: &JsValue) -> Option<RecordId> {
        RecordId::parse(&text(of, "record")?).ok()
    }

    #[expect(clippy::cast_possible_truncation, reason = "JavaScript has no other numbers, and these are small")]
    fn revealed(said: &JsValue) -> Option<Revealed> {
        Some(Revealed { value: text(said, "value")?, version: number(said, "version")? as i64, record: record(said)? })
    }

    /// As serde writes it: the name of the case, or an object with the name and what it holds.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds")]
    fn failure(said: &JsValue) -> Option<PageError> {
        if let Some(refused) = part(said, "Refused") {
            let answer = match text(&refused, "answer")?.as_str() {
                "SignIn" => RefusalKind::SignIn,
                "Forbidden" => RefusalKind::Forbidden,
                "NotFound" => RefusalKind::NotFound,
                "Confirm" => RefusalKind::Confirm,
                _ => RefusalKind::Unavailable,
            };
            return Some(PageError::Refused(Refusal { answer, record: record(&refused) }));
        }
        if let Some(invalid) = part(said, "Invalid") {
            return Some(PageError::invalid(text(&invalid, "field")?, text(&invalid, "message")?));
        }
        let many = part(said, "TooMany")?;
        Some(PageError::TooMany { retry_after: number(&many, "retry_after")? as u32 })
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use crate::page::error::PageError;
    use crate::secrets::Revealed;
    use doorward::{RecordId, Refusal, RefusalKind};
    use leptos::serde_json::to_string;
    use leptos::server_fn::error::FromServerFnError;

    /// The browser reads these shapes by hand.
    #[test]
    fn what_crosses_the_wire_has_the_shape_that_the_browser_reads() {
        let record = RecordId::NOTHING;
        let revealed = Revealed { value: "a\"b".to_owned(), version: 3, record };
        let text = format!(r#"{{"value":"a\"b","version":3,"record":"{record}"}}"#);
        assert_eq!(to_string(&revealed).ok(), Some(text));

        let answers = [
            (RefusalKind::SignIn, "SignIn"),
            (RefusalKind::Forbidden, "Forbidden"),
            (RefusalKind::NotFound, "NotFound"),
            (RefusalKind::Confirm, "Confirm"),
            (RefusalKind::Unavailable, "Unavailable"),
        ];
        for (answer, name) in answers {
            let refused = PageError::Refused(Refusal { answer, record: Some(record) });
            assert_eq!(refused.ser(), format!(r#"{{"Refused":{{"answer":"{name}","record":"{record}"}}}}"#));
        }
        assert_eq!(PageError::invalid("id", "No.").ser(), r#"{"Invalid":{"field":"id","message":"No."}}"#);
        assert_eq!(PageError::TooMany { retry_after: 5 }.ser(), r#"{"TooMany":{"retry_after":5}}"#);
    }
}
