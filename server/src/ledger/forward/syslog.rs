//! Syslog: RFC 5424 with structured data, framed by counts (RFC 6587, 3.4.1), over TCP or TLS (RFC 5425).
//!
//! Syslog knows no acknowledgement. So each batch has a connection of its own, which is closed for writing after it, and
//! counts as taken when the receiver then closes its side in order: it has read to the end. A receiver that dies with
//! something unread resets the connection, and the batch is sent again, with some of those before it.
//!
//! Some receivers never close their side, and RFC 5425 (4.4) lets a sender not wait for that. A receiver that has taken every
//! byte and keeps the connection open is believed after a while, since it would otherwise get the same batch for ever. The
//! address can ask for more: with `?close=required` such a batch does not count as taken.

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

/// Facility 13, log audit; severity informational where it was allowed, notice where it was refused.
const ALLOWED: u8 = 13 * 8 + 6;
const REFUSED: u8 = 13 * 8 + 5;
/// The longest MSGID.
const MSGID: usize = 32;
/// The structured data's name, with the enterprise number that RFC 5612 sets aside for those who have none.
const ID: &str = "doorward@32473";
/// What a receiver says before it closes is not looked at beyond this.
const MOST_ANSWER: usize = 4096;
/// Longer than a packet travels there and back.
const SETTLE: Duration = Duration::from_millis(300);
/// How long to wait until the receiver closes its side.
const CLOSE: Duration = Duration::from_secs(5);
/// The same for a receiver that did not close it last time.
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

/// What a receiver did after the whole batch was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Closed,
    StaysOpen,
}

impl Syslog {
    /// A receiver at this address.
    ///
    /// # Errors
    /// Where it is to speak TLS, and that cannot be had.
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

    /// Writes everything, closes for writing, and waits for a while until the receiver closes its side too.
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

/// A receiver that closed before it had read anything looks at first like one that has read to the end; its machine
/// resets the connection when what was sent arrives there.
async fn settle(stream: &TcpStream) -> std::io::Result<()> {
    tokio::time::sleep(SETTLE).await;
    stream.take_error()?.map_or(Ok(()), Err)
}

async fn until_closed(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<()> {
    let mut unread = [0; MOST_ANSWER];
    match stream.read(&mut unread).await {
        Ok(0) => Ok(()),
        // Many close a TLS connection without saying so.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(()),
        Ok(_) => Err(ErrorKind::InvalidData.into()),
        Err(error) => Err(error),
    }
}

/// The message with the count of its bytes before it, so that nothing within it can end it.
fn frame(message: &str) -> Vec<u8> {
    format!("{} {message}", message.len()).into_bytes()
}

/// One record as RFC 5424 writes it.
fn message(record: &Forwarded) -> String {
    let priority = if record.allowed { ALLOWED } else { REFUSED };
    let at = record.at.as_deref().unwrap_or("-");
    let id: String = record.action.chars().filter(char::is_ascii_graphic).take(MSGID).collect();
    let data: String = record.fields.iter().map(|(name, value)| format!(" {name}=\"{}\"", escaped(value))).collect();
    format!("<{priority}>1 {at} - doorward - {id} [{ID}{data}] {}", record.sentence)
}

/// A value between quotes. What would end it is escaped as the standard says; a control character, which readers of lines
/// could take for an end, is shown by its picture.
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
