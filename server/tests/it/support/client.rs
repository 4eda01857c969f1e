//! A browser as far as a server can tell: its cookies, its address, the requests that it makes and what came back.

use app::page::CompactEncoding;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::response::Parts;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use futures::StreamExt;
use leptos::server_fn::Decodes;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use tower::ServiceExt;

/// The media type of what islands send and get.
pub const COMPACT: &str = "application/x-postcard";

/// The arguments of the server function that reveals, without a reason.
pub fn asked_value(id: &str) -> String {
    asked_value_because(id, "")
}

/// The arguments as postcard has them: of each text the length, then the text.
pub fn asked_value_because(id: &str, why: &str) -> String {
    one_text(id) + &one_text(why)
}

/// The arguments of the server function at an address.
pub fn arguments_of(address: &str, text: &str) -> String {
    if address == "/api/secret/value" { asked_value(text) } else { one_text(text) }
}

fn one_text(text: &str) -> String {
    assert!(text.len() < 128, "the length is one byte");
    format!("{}{text}", char::from(u8::try_from(text.len()).unwrap()))
}

/// Each client has an address of its own, so that limits by address do not meet.
fn next_address() -> IpAddr {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(198, 18, number[6], number[7]))
}

/// A browser, as far as a server can tell.
#[derive(Clone)]
pub struct Client {
    pub router: Router,
    pub handle: Option<String>,
    flash: bool,
    /// The marks of earlier sign-ins.
    pub marks: Option<String>,
    /// Whether it keeps secure cookies, as it does unless a test says otherwise.
    pub keeps_cookies: bool,
    /// How it calls itself.
    pub user_agent: Option<&'static str>,
    pub address: IpAddr,
    origin: &'static str,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    /// The body as it was sent.
    bytes: Bytes,
}

impl Answer {
    pub fn new(head: Parts, bytes: Bytes) -> Self {
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Self { status: head.status, headers: head.headers, body, bytes }
    }

    /// The body as it was sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What a server function sent.
    pub fn decoded<T>(&self) -> T
    where
        CompactEncoding: Decodes<T>,
    {
        CompactEncoding::decode(self.bytes.clone()).ok().expect("it can be read")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// Everything that was sent: head and body.
    pub fn everything(&self) -> String {
        let head: String = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        format!("{}\n{head}\n{}", self.status, self.body)
    }
}

impl Client {
    /// A visitor with an address of their own, who has no session.
    pub fn new(router: Router, origin: &'static str) -> Self {
        Self {
            router,
            handle: None,
            flash: false,
            marks: None,
            keeps_cookies: true,
            user_agent: None,
            address: next_address(),
            origin,
        }
    }

    /// Goes on at another router, as at another process behind the same name.
    pub fn go_to(&mut self, router: Router) {
        self.router = router;
    }

    pub fn request(&self, method: Method, address: &str) -> axum::http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .header(header::HOST, self.origin.trim_start_matches("http://"));
        let mut cookies = Vec::new();
        if let Some(handle) = &self.handle {
            cookies.push(format!("__Host-doorward={handle}"));
        }
        if self.keeps_cookies {
            cookies.push("__Host-cookies=1".to_owned());
        }
        if let Some(marks) = &self.marks {
            cookies.push(format!("__Host-known={marks}"));
        }
        if let Some(user_agent) = self.user_agent {
            request = request.header(header::USER_AGENT, user_agent);
        }
        if self.flash {
            cookies.push("__Host-flash=1".to_owned());
        }
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        request.extension(ConnectInfo(SocketAddr::new(self.address, 40_000)))
    }

    pub async fn send(&mut self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("the router answers");
        let (head, body) = response.into_parts();
        let is_endless = head.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let body = match is_endless {
            true => body.into_data_stream().next().await.expect("a beginning").expect("that can be read"),
            false => to_bytes(body, 64 * 1024 * 1024).await.expect("the body ends"),
        };
        for cookie in head.headers.get_all(header::SET_COOKIE).iter().filter(|_| self.keeps_cookies) {
            let cookie = cookie.to_str().unwrap();
            if let Some(rest) = cookie.strip_prefix("__Host-doorward=") {
                let value = rest.split(';').next().unwrap_or_default();
                self.handle = (!value.is_empty()).then(|| value.to_owned());
            }
            if let Some(rest) = cookie.strip_prefix("__Host-known=") {
                self.marks = rest.split(';').next().map(str::to_owned);
            }
            if let Some(rest) = cookie.strip_prefix("__Host-flash=") {
                self.flash = rest.starts_with('1');
            }
        }
        Answer::new(head, body)
    }

    /// Sends a request, and leaves its body unread.
    pub async fn open(&self, request: Request<Body>) -> axum::http::Response<Body> {
        self.router.clone().oneshot(request).await.expect("the router answers")
    }

    /// Posts a form as an island does.
    pub async fn post_as_island(&mut self, address: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .request(Method::POST, address)
            .header("doorward-island", "1")
            .header(header::ORIGIN, self.origin)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    pub async fn get(&mut self, address: &str) -> Answer {
        // Browsers say of a stream that one of this site's pages opens it.
        let stream = address.starts_with("/access/ledger/tail");
        let request = if stream { self.stream(address) } else { self.request(Method::GET, address) };
        self.send(request.header(header::ACCEPT, "text/html").body(Body::empty()).unwrap()).await
    }

    /// A request for an event stream, as one of this site's own pages opens it.
    pub fn stream(&self, address: &str) -> axum::http::request::Builder {
        self.request(Method::GET, address).header("sec-fetch-site", "same-origin")
    }

    /// Posts a form as one of this site's own pages does.
    pub async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.post_as(address, "application/x-www-form-urlencoded", body).await
    }

    /// Posts anything as one of this site's own pages does.
    async fn post_as(&mut self, address: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = self
            .request(Method::POST, address)
            .header(header::ACCEPT, "text/html")
            .header(header::ORIGIN, self.origin)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, kind)
            .body(body.into())
            .unwrap();
        self.send(request).await
    }

    /// Posts a form with a file as one of this site's own pages does.
    pub async fn post_file(&mut self, address: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> Answer {
        let (kind, body) = with_file(fields, file);
        self.post_as(address, &kind, body).await
    }

    pub async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("name", name), ("password", password)]).await
    }

    /// Calls the server function that reveals a value, as the island does.
    pub async fn call_value(&mut self, id: &str) -> Answer {
        self.call("/api/secret/value", id).await
    }

    /// The same, with a reason.
    pub async fn call_value_because(&mut self, id: &str, why: &str) -> Answer {
        self.post_as("/api/secret/value", COMPACT, asked_value_because(id, why)).await
    }

    /// Calls a server function, as an island does. One that shows a value is also told why: nothing.
    pub async fn call(&mut self, address: &str, text: &str) -> Answer {
        self.post_as(address, COMPACT, arguments_of(address, text)).await
    }
}

/// A form with a file in the field `file`: its content type and its body (RFC 7578).
pub fn with_file(fields: &[(&str, &str)], (name, bytes): (&str, &[u8])) -> (String, Vec<u8>) {
    let boundary = "----a-boundary-of-this-test";
    let mut body = Vec::new();
    for (field, value) in fields {
        let part = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    body.extend(head.into_bytes());
    body.extend(bytes);
    body.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// A text without the values of an attribute.
pub fn without(text: &str, attribute: &str) -> String {
    let mut parts = text.split(attribute);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('"').map_or(part, |(_, rest)| rest))
}
