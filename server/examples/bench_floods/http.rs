//! A client over one connection (HTTP/1.1, keep-alive): as little work as possible beside the server that it measures.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const FORM: &str = "application/x-www-form-urlencoded";

/// One connection.
pub struct Connection {
    stream: TcpStream,
    address: String,
    read: Vec<u8>,
}

/// What came back.
pub struct Answer {
    /// Its status.
    pub status: u16,
    head: String,
}

impl Connection {
    /// Connects; tries again while the server takes no more.
    pub async fn open(address: &str) -> Self {
        let stream = loop {
            if let Ok(stream) = TcpStream::connect(address).await {
                break stream;
            }
            tokio::task::yield_now().await;
        };
        stream.set_nodelay(true).expect("a socket");
        Self { stream, address: address.to_owned(), read: Vec::new() }
    }

    /// Signs in, and gives the cookie.
    pub async fn sign_in(&mut self, name: &str, password: &str) -> String {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("name", name), ("password", password)])
            .finish();
        let request = self.request("POST", "/sign-in", None, &form);
        let answer = self.send(request).await.expect("an answer");
        let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: __Host-doorward="));
        let value = cookie.and_then(|cookie| cookie.split(';').next()).expect("a cookie");
        format!("__Host-doorward={value}")
    }

    /// Sends a request, and reads its answer to the end; nothing if the connection ends.
    pub async fn exchange(&mut self, method: &str, path: &str, cookie: Option<&str>) -> Option<Answer> {
        let request = self.request(method, path, cookie, "");
        self.send(request).await
    }

    fn request(&self, method: &str, path: &str, cookie: Option<&str>, form: &str) -> String {
        let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        let body = match method {
            "POST" => format!("Content-Type: {FORM}\r\nContent-Length: {}\r\n", form.len()),
            _ => String::new(),
        };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nSec-Fetch-Site: same-origin\r\n\
             User-Agent: bench\r\nAccept: text/html\r\n{cookie}{body}\r\n{form}",
            self.address
        )
    }

    async fn send(&mut self, request: String) -> Option<Answer> {
        self.stream.write_all(request.as_bytes()).await.ok()?;
        let length = self.read_until(b"\r\n\r\n").await?;
        let head = String::from_utf8_lossy(&self.read[..length]).into_owned();
        self.read.drain(..length);
        self.skip_body(&head).await?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok())?;
        Some(Answer { status, head })
    }

    async fn skip_body(&mut self, head: &str) -> Option<()> {
        if let Some(length) = head.lines().find_map(|line| line.strip_prefix("content-length: ")) {
            let length: usize = length.trim().parse().ok()?;
            while self.read.len() < length {
                self.more().await?;
            }
            self.read.drain(..length);
        } else if head.contains("transfer-encoding: chunked") {
            let end = self.read_until(b"\r\n0\r\n\r\n").await?;
            self.read.drain(..end);
        }
        Some(())
    }

    /// Reads until these bytes are there, and says how many there are with them.
    async fn read_until(&mut self, wanted: &[u8]) -> Option<usize> {
        let mut looked = 0;
        loop {
            let from = looked.min(self.read.len());
            if let Some(place) = self.read[from..].windows(wanted.len()).position(|part| part == wanted) {
                return Some(from + place + wanted.len());
            }
            looked = self.read.len().saturating_sub(wanted.len());
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Option<()> {
        self.read.reserve(4096);
        let count = self.stream.read_buf(&mut self.read).await.ok()?;
        (count > 0).then_some(())
    }
}
