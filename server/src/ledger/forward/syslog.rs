//! Syslog: RFC 5424 with structured data, framed by octet counts (RFC 6587, 3.4.1), over TCP or TLS
//! (RFC 5425).
//!
//! Syslog has no acknowledgement. So each batch has its own connection, which is closed for writing
//! after the batch. The batch counts as taken when the receiver closes its side in order, which
//! means that it has read to the end. If a receiver dies with unread data, the connection is reset,
//! and the batch is sent again with some records before it.
//!
//! Some receivers never close their side, and RFC 5425 (4.4) allows a sender not to wait for it. So
//! a batch also counts as taken if the receiver got every byte and keeps the connection open for a
//! while; otherwise it would get the same batch for ever. With `?close=required` in the address,
//! such a batch does not count as taken.

use crate::cli::settings::ForwardUrl;
use crate::ledger::forward::WHOLE;
use crate::ledger::forward::fields::Forwarded;
use crate::ledger::forward::not_taken::NotTaken;
use crate::outgoing::{self, ClientError};
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// Facility 13 (log audit), severity informational if allowed, notice if refused.
const ALLOWED: u8 = 13 * 8 + 6;
const REFUSED: u8 = 13 * 8 + 5;
/// The maximum length of MSGID.
const MSGID: usize = 32;
/// The name of the structured data, with the enterprise number that RFC 5612 reserves for examples.
const ID: &str = "doorward@32473";
/// The number of bytes that are read of a receiver's answer.
const MOST_ANSWER: usize = 4096;
/// Longer than a round trip.
const SETTLE: Duration = Duration::from_millis(300);
/// How long to wait until the receiver closes its side.
const CLOSE: Duration = Duration::from_secs(5);
/// How long to wait if the receiver did not close its side the last time.
const CLOSE_AGAIN: Duration = Duration::from_secs(1);

/// A receiver of syslog.
pub struct Syslog {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    /// Whether a batch counts as taken only once the receiver has closed its side.
    must_close: bool,
    /// Whether it closed its side last time.
    closes: AtomicBool,
}

/// What the receiver did after it got the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Closed,
    StaysOpen,
}

impl Syslog {
    /// Creates a receiver. Returns an error if TLS is required and cannot be set up.
    pub fn new(url: &ForwardUrl) -> Result<Self, ClientError> {
        let (host, port, by_tls) = url.syslog();
        let tls = if by_tls {
            let name = ServerName::try_from(host.clone()).map_err(|_| ClientError::Name)?;
            Some((TlsConnector::from(Arc::new(outgoing::tls(true)?)), name))
        } else {
            None
        };
        Ok(Self { host, port, tls, must_close: url.must_close(), closes: AtomicBool::new(true) })
    }

    /// Sends a batch.
    ///
    /// # Errors
    /// Where the receiver did not read it to the end.
    pub async fn send(&self, records: &[Forwarded]) -> Result<(), NotTaken> {
        let text: Vec<u8> = records.iter().flat_map(|record| frame(&message(record))).collect();
        let after = self.deliver(&text).await.map_err(|error| match error.kind() {
            ErrorKind::TimedOut => NotTaken::Late,
            ErrorKind::InvalidData => NotTaken::NotSyslog,
            _ => NotTaken::Unreachable,
        })?;
        let closed_before = self.closes.swap(after == After::Closed, Ordering::Relaxed);
        if after == After::StaysOpen && self.must_close {
            return Err(NotTaken::NotClosed);
        }
        if after == After::StaysOpen && closed_before {
            tracing::warn!(
                "the receiver of forwarded records does not close its side of a connection; it is believed all the same \
                 (RFC 5425, 4.4), unless the address ends in ?close=required"
            );
        }
        Ok(())
    }

    async fn deliver(&self, text: &[u8]) -> std::io::Result<After> {
        let address = (self.host.as_str(), self.port);
        let stream = in_time(WHOLE, TcpStream::connect(address)).await?;
        if self.tls.is_none() && !stream.peer_addr()?.ip().to_canonical().is_loopback() {
            // `localhost` may be a name for another machine, to which nothing goes in the clear.
            return Err(ErrorKind::AddrNotAvailable.into());
        }
        match &self.tls {
            None => {
                let mut stream = stream;
                let after = self.hand_over(&mut stream, text).await?;
                settle(&stream).await.map(|()| after)
            }
            Some((tls, name)) => {
                let mut stream = in_time(WHOLE, tls.connect(name.clone(), stream)).await?;
                let after = self.hand_over(&mut stream, text).await?;
                settle(stream.get_ref().0).await.map(|()| after)
            }
        }
    }

    /// Writes everything, closes for writing, and waits for a while until the receiver closes its
    /// side.
    async fn hand_over(
        &self,
        stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
        text: &[u8],
    ) -> std::io::Result<After> {
        in_time(WHOLE, async {
            stream.write_all(text).await?;
            stream.shutdown().await
        })
        .await?;
        let patience = if self.closes.load(Ordering::Relaxed) || self.must_close { CLOSE } else { CLOSE_AGAIN };
        match timeout(patience, until_closed(stream)).await {
            Ok(closed) => closed.map(|()| After::Closed),
            Err(_) => Ok(After::StaysOpen),
        }
    }
}

async fn in_time<T>(limit: Duration, work: impl Future<Output = std::io::Result<T>>) -> std::io::Result<T> {
    timeout(limit, work).await.unwrap_or(Err(ErrorKind::TimedOut.into()))
}

/// A receiver that closed before it had read anything looks like one that has read to the end at
/// first; its machine resets the connection when the data arrives.
async fn settle(stream: &TcpStream) -> std::io::Result<()> {
    tokio::time::sleep(SETTLE).await;
    stream.take_error()?.map_or(Ok(()), Err)
}

async fn until_closed(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<()> {
    let mut unread = [0; MOST_ANSWER];
    match stream.read(&mut unread).await {
        Ok(0) => Ok(()),
        // Many peers close a TLS connection without `close_notify`.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(()),
        Ok(_) => Err(ErrorKind::InvalidData.into()),
        Err(error) => Err(error),
    }
}

/// Returns the message with its length in front, so that nothing inside can end it.
fn frame(message: &str) -> Vec<u8> {
    format!("{} {message}", message.len()).into_bytes()
}

/// Returns one record in the form of RFC 5424.
fn message(record: &Forwarded) -> String {
    let priority = if record.allowed { ALLOWED } else { REFUSED };
    let at = record.at.as_deref().unwrap_or("-");
    let id: String = record.action.chars().filter(char::is_ascii_graphic).take(MSGID).collect();
    let data: String = record.fields.iter().map(|(name, value)| format!(" {name}=\"{}\"", escaped(value))).collect();
    format!("<{priority}>1 {at} - doorward - {id} [{ID}{data}] {}", record.sentence)
}

/// Quotes a value. Characters that would end it are escaped; control characters, which line-based
/// readers could take for an end, are replaced by their pictures.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for one in value.chars() {
        match one {
            '"' | '\\' | ']' => text.extend(['\\', one]),
            '\0'..='\x1f' => text.extend(char::from_u32(0x2400 + u32::from(one))),
            '\x7f'..='\u{9f}' => text.push('\u{2421}'),
            '\u{2028}' | '\u{2029}' => text.push('\u{240a}'),
            _ => text.push(one),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: &str) -> Forwarded {
        Forwarded {
            at: Some("2026-11-24T09:30:00.123Z".to_owned()),
            milliseconds: 1_795_512_600_123,
            action: "secret.read".to_owned(),
            allowed: false,
            sentence: "secret.read refused: neither owner nor grant".to_owned(),
            fields: vec![("place", "7".to_owned()), ("name", value.to_owned())],
        }
    }

    #[test]
    fn a_record_is_written_as_rfc_5424_says() {
        assert_eq!(
            message(&record("omar")),
            "<109>1 2026-11-24T09:30:00.123Z - doorward - secret.read [doorward@32473 place=\"7\" name=\"omar\"] \
             secret.read refused: neither owner nor grant"
        );
    }

    #[test]
    fn nothing_in_a_value_ends_it_or_its_message() {
        let text = message(&record("a\"] b\\\n<13>1 - - - - - - forged\r\0\u{85}\u{2028}é"));
        assert!(text.contains(r#"name="a\"\] b\\␊<13>1 - - - - - - forged␍␀␡␊é"] secret.read"#), "{text}");
        assert!(!text.chars().any(char::is_control), "{text}");
        let framed = String::from_utf8(frame(&text)).unwrap();
        let (count, rest) = framed.split_once(' ').unwrap();
        assert_eq!((count.parse(), rest), (Ok(text.len()), text.as_str()), "bytes are counted, not characters");
    }
}
