//! A client over one connection (HTTP/1.1, keep-alive): as little work as possible beside the server that it measures.

use super::fill::{USER_AGENT, handle};
use doorward::Clock;
use server::clock::SystemClock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection with the handle of one session.
pub struct Client {
    stream: TcpStream,
    address: String,
    session: u64,
    read: Vec<u8>,
}

/// What came back.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its head, as it came.
    pub head: String,
}

impl Client {
    /// Connects.
    pub async fn connect(address: &str, session: u64) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, address: address.to_owned(), session, read: Vec::new() }
    }

    /// Asks for a page, and reads it to its end.
    pub async fn get(&mut self, path: &str) -> Answer {
        let head = self.head("GET", path, "");
        self.exchange(head).await
    }

    /// Posts a form.
    pub async fn post(&mut self, path: &str, form: &str) -> Answer {
        self.post_as(path, "application/x-www-form-urlencoded", form).await
    }

    /// Posts a body of this type.
    pub async fn post_as(&mut self, path: &str, content_type: &str, body: &str) -> Answer {
        let more = format!(
            "Origin: http://{}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        let request = self.head("POST", path, &more) + body;
        self.exchange(request).await
    }

    fn head(&self, method: &str, path: &str, more: &str) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {USER_AGENT}\r\nAccept: text/html\r\n\
             Sec-Fetch-Site: same-origin\r\nCookie: __Host-doorward={}\r\n{more}\r\n",
            self.address,
            handle(self.session)
        )
    }

    async fn exchange(&mut self, request: String) -> Answer {
        self.stream.write_all(request.as_bytes()).await.expect("it is sent");
        let length = self.read_until(b"\r\n\r\n").await;
        let head = String::from_utf8_lossy(&self.read[..length]).to_ascii_lowercase();
        self.read.drain(..length);
        self.skip_body(&head).await;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Answer { status, head }
    }

    async fn skip_body(&mut self, head: &str) {
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if let Some(length) = length {
            let length: usize = length.trim().parse().expect("a number");
            while self.read.len() < length {
                self.more().await;
            }
            self.read.drain(..length);
        } else if head.contains("transfer-encoding: chunked") {
            let end = self.read_until(b"\r\n0\r\n\r\n").await;
            self.read.drain(..end);
        }
    }

    /// Opens the stream of a tab, and reads its greeting.
    pub async fn open_stream(&mut self) {
        let request = self.head("GET", "/live", "");
        self.stream.write_all(request.as_bytes()).await.expect("it is sent");
        let end = self.read_until(b"retry: ").await;
        let head = String::from_utf8_lossy(&self.read[..end]).into_owned();
        assert!(head.starts_with("HTTP/1.1 200"), "a stream is opened: {head}");
        self.read.drain(..end);
        self.read.shrink_to_fit();
    }

    /// When the stream said that its session has ended, and when it was over, in milliseconds since 1970.
    pub async fn ended(mut self) -> (i64, i64) {
        self.read_until(b"event: ended").await;
        let told = SystemClock.now().0;
        self.read_until(b"0\r\n\r\n").await;
        (told, SystemClock.now().0)
    }

    /// Reads until these bytes are there, and says how many there are with them.
    async fn read_until(&mut self, wanted: &[u8]) -> usize {
        let mut looked = 0;
        loop {
            let from = looked.min(self.read.len());
            if let Some(place) = self.read[from..].windows(wanted.len()).position(|part| part == wanted) {
                return from + place + wanted.len();
            }
            looked = self.read.len().saturating_sub(wanted.len());
            self.more().await;
        }
    }

    async fn more(&mut self) {
        self.read.reserve(4096);
        let many = self.stream.read_buf(&mut self.read).await.expect("the connection stands");
        assert!(many > 0, "the server closed the connection");
    }
}
