//! Poolers between Doorward and PostgreSQL, played by a server that knows just enough of the protocol.

use server::db::{Database, OpenError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Which process of PostgreSQL answers a question of a connection, by their numbers.
type Process = fn(connection: i32, question: i32) -> i32;

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[kind][..], &length, body].concat()
}

fn ready(status: u8) -> Vec<u8> {
    message(b'Z', &[status])
}

/// One row with one number, as text.
fn row(number: i32) -> Vec<u8> {
    let text = number.to_string();
    let column = [&1_u16.to_be_bytes()[..], b"pid\0", &[0; 6], &[0, 0, 0, 23, 0, 4, 255, 255, 255, 255, 0, 0]].concat();
    let length = u32::try_from(text.len()).unwrap().to_be_bytes();
    let value = [&1_u16.to_be_bytes()[..], &length, text.as_bytes()].concat();
    [message(b'T', &column), message(b'D', &value), message(b'C', b"SELECT 1\0")].concat()
}

async fn answer(mut stream: TcpStream, connection: i32, process: Process) -> std::io::Result<()> {
    let length = stream.read_u32().await?;
    stream.read_exact(&mut vec![0; length as usize - 4]).await?;
    let greeting = [message(b'R', &[0; 4]), message(b'K', &[0, 0, 0, 1, 0, 0, 0, 1]), ready(b'I')].concat();
    stream.write_all(&greeting).await?;
    let mut question = 0;
    let mut status = b'I';
    // Anything else than a simple query is a migration, which goes beyond what is played here.
    while stream.read_u8().await? == b'Q' {
        let length = stream.read_u32().await?;
        let mut text = vec![0; length as usize - 4];
        stream.read_exact(&mut text).await?;
        let text = String::from_utf8_lossy(&text).to_ascii_lowercase();
        let said = if text.starts_with("select pg_backend_pid()") {
            question += 1;
            row(process(connection, question))
        } else {
            status = if text.starts_with("begin") { b'T' } else { b'I' };
            message(b'C', b"SET\0")
        };
        stream.write_all(&[said, ready(status)].concat()).await?;
    }
    Ok(())
}

async fn open_behind(process: Process) -> OpenError {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("postgres://door@{}/door?sslmode=disable", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for connection in 1.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(answer(stream, connection, process));
        }
    });
    Database::open(&address).await.expect_err("no migration is played")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_of_transactions_is_refused() {
    // One process for all; another one for each transaction; another one after a while.
    let kinds: [Process; 3] = [
        |_, _| 7,
        |connection, question| connection * 100 + question,
        |connection, question| connection * 100 + question / 3,
    ];
    for process in kinds {
        let error = open_behind(process).await;
        assert!(matches!(error, OpenError::TransactionPooler), "{error:?}");
        assert!(error.to_string().contains("pool_mode = session"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_for_each_connection_is_no_such_pooler() {
    let error = open_behind(|connection, _| connection).await;
    assert!(!matches!(error, OpenError::TransactionPooler), "{error:?}");
}
