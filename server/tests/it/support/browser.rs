//! A browser of a server that runs as a program: requests over a real connection, which may break at any moment.

use crate::support::world::Answer;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// The server is gone: nobody knows whether what was asked for has happened.
#[derive(Debug)]
pub struct NoAnswer;

/// Speaks to a server that trusts this machine as a proxy, so that each browser has an address of its own.
#[derive(Clone)]
pub struct Browser {
    client: Client<HttpConnector, Body>,
    server: String,
    address: String,
    pub handle: Option<String>,
    /// Further headers of each request.
    pub headers: Vec<(&'static str, String)>,
}

impl Browser {
    /// `server` is host and port; `address` is from where this browser seems to come.
    pub fn new(server: &str, address: &str) -> Self {
        Self::by(Client::builder(TokioExecutor::new()), server, address)
    }

    /// The same over HTTP/2.
    pub fn http2(server: &str, address: &str) -> Self {
        let mut builder = Client::builder(TokioExecutor::new());
        builder.http2_only(true);
        Self::by(builder, server, address)
    }

    fn by(builder: hyper_util::client::legacy::Builder, server: &str, address: &str) -> Self {
        let (server, address) = (server.to_owned(), address.to_owned());
        Self { client: builder.build_http(), server, address, handle: None, headers: Vec::new() }
    }

    /// Goes on with the same cookie at another address, as after a restart.
    pub fn go_to(&mut self, server: &str) {
        server.clone_into(&mut self.server);
    }

    pub async fn get(&mut self, path: &str) -> Result<Answer, NoAnswer> {
        self.send(self.request(Method::GET, path).body(Body::empty()).expect("a request")).await
    }

    /// Posts a form as one of the site's own pages does.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer, NoAnswer> {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.post_raw(path, "application/x-www-form-urlencoded", form).await
    }

    /// Posts anything.
    pub async fn post_raw(&mut self, path: &str, kind: &str, body: String) -> Result<Answer, NoAnswer> {
        let request = self.request(Method::POST, path).header(header::CONTENT_TYPE, kind);
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// Signs in; panics where that is refused.
    pub async fn sign_in(&mut self, name: &str, password: &str) -> Result<Answer, NoAnswer> {
        let answer = self.post("/sign-in", &[("name", name), ("password", password)]).await?;
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            return Err(NoAnswer);
        }
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name} signs in: {}", answer.body);
        Ok(answer)
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.server))
            .header(header::ACCEPT, "text/html")
            .header(header::ORIGIN, format!("http://{}", self.server))
            .header("sec-fetch-site", "same-origin")
            .header("x-forwarded-for", &self.address);
        if let Some(handle) = &self.handle {
            request = request.header(header::COOKIE, format!("__Host-doorward={handle}"));
        }
        self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }

    /// Sends a request. What of the body came is in the answer, also where the server went away meanwhile.
    async fn send(&mut self, request: Request<Body>) -> Result<Answer, NoAnswer> {
        let (head, mut rest) = self.client.request(request).await.map_err(|_| NoAnswer)?.into_parts();
        let prefix = "__Host-doorward=";
        let set = head.headers.get_all(header::SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
        for value in set.filter_map(|cookie| cookie.strip_prefix(prefix)) {
            let value = value.split(';').next().unwrap_or_default();
            self.handle = (!value.is_empty()).then(|| value.to_owned());
        }
        let mut body = Vec::new();
        while let Some(Ok(frame)) = rest.frame().await {
            body.extend_from_slice(&frame.into_data().unwrap_or_else(|_| Bytes::new()));
        }
        Ok(Answer::new(head, body.into()))
    }
}
