//! The encrypted stream of a backup.
//!
//! After the header come chunks of 64 KiB, each encrypted with AES-256-GCM-SIV. The nonce is the
//! chunk's number (8 bytes, big-endian), three zero bytes, and 1 for the last chunk or 0. A chunk
//! in another place, a missing end and anything behind the end do not authenticate.

use crate::backup::unlock::{HEADER_BYTES, Lock, Unlock};
use aes_gcm_siv::aead::AeadInOut as _;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit as _, Nonce, Tag};
use std::io::{self, ErrorKind, Read, Write};
use zeroize::Zeroizing;

const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;

/// Why a file is not restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    #[error("this is not a backup of Doorward")]
    NotABackup,
    #[error("this backup has a format that this version does not know")]
    OtherVersion,
    #[error("this backup was made with a passphrase: give --passphrase-file, or type it when asked")]
    NeedsPassphrase,
    #[error("this backup was made with a recovery key: give --recovery-key")]
    NeedsKey,
    #[error("the header of this backup asks for more work than any backup needs")]
    TooCostly,
    #[error("the passphrase or recovery key is another one, or the backup was damaged at its beginning")]
    NotOpened,
    #[error("the backup is damaged or cut off")]
    Damaged,
}

impl From<BadFile> for io::Error {
    fn from(bad: BadFile) -> Self {
        Self::new(ErrorKind::InvalidData, bad)
    }
}

/// Returns why a stream that was read by way of [`Opened`] is not a backup, if that is the error.
#[must_use]
pub fn bad_file(error: &io::Error) -> Option<BadFile> {
    error.get_ref()?.downcast_ref::<BadFile>().copied()
}

fn nonce(number: u64, is_last: bool) -> Nonce {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce.into()
}

/// Encrypts what is written to it. Without [`Sealing::finish`] the file has no end, and is refused.
pub struct Sealing<W: Write> {
    out: W,
    cipher: Aes256GcmSiv,
    chunk: Zeroizing<Vec<u8>>,
    number: u64,
}

impl<W: Write> Sealing<W> {
    pub fn begin(mut out: W, lock: &Lock) -> io::Result<Self> {
        out.write_all(&lock.header)?;
        let chunk = Zeroizing::new(Vec::with_capacity(CHUNK));
        Ok(Self { out, cipher: Aes256GcmSiv::new((&*lock.key).into()), chunk, number: 0 })
    }

    fn write_chunk(&mut self, is_last: bool) -> io::Result<()> {
        let nonce = nonce(self.number, is_last);
        let tag = self.cipher.encrypt_inout_detached(&nonce, b"", self.chunk.as_mut_slice().into());
        let tag = tag.map_err(|_| io::Error::from(ErrorKind::InvalidInput))?;
        self.out.write_all(&self.chunk)?;
        self.out.write_all(&tag)?;
        self.chunk.clear();
        self.number += 1;
        Ok(())
    }

    pub fn finish(mut self) -> io::Result<W> {
        self.write_chunk(true)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits until it is known not to be the last.
        if self.chunk.len() == CHUNK && !bytes.is_empty() {
            self.write_chunk(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Decrypts a backup. Gives nothing that is not authentic.
pub struct Opened<R: Read> {
    from: R,
    cipher: Aes256GcmSiv,
    /// What was read of the file beyond the present chunk: a whole chunk with its tag, or the end.
    next: Vec<u8>,
    chunk: Zeroizing<Vec<u8>>,
    at: usize,
    number: u64,
    is_done: bool,
}

impl<R: Read> Opened<R> {
    pub fn begin(mut from: R, unlock: &Unlock) -> io::Result<Self> {
        let mut header = [0; HEADER_BYTES];
        let length = fill(&mut from, &mut header)?;
        // What is shorter than a header gets the same answers.
        let key = unlock.open(&header)?;
        if length < HEADER_BYTES {
            return Err(BadFile::Damaged.into());
        }
        let mut next = vec![0; CHUNK + TAG];
        let length = fill(&mut from, &mut next)?;
        next.truncate(length);
        let (cipher, chunk) = (Aes256GcmSiv::new((&*key).into()), Zeroizing::new(Vec::with_capacity(CHUNK + TAG)));
        Ok(Self { from, cipher, next, chunk, at: 0, number: 0, is_done: false })
    }

    fn read_chunk(&mut self) -> io::Result<()> {
        let bad = if self.number == 0 { BadFile::NotOpened } else { BadFile::Damaged };
        self.chunk.clear();
        self.chunk.extend_from_slice(&self.next);
        self.next.resize(CHUNK + TAG, 0);
        let length = fill(&mut self.from, &mut self.next)?;
        self.next.truncate(length);
        let is_last = self.next.is_empty();
        let body = self.chunk.len().checked_sub(TAG).ok_or(bad)?;
        let tag = Tag::try_from(&self.chunk[body..]).map_err(|_| bad)?;
        self.chunk.truncate(body);
        let nonce = nonce(self.number, is_last);
        let opened = self.cipher.decrypt_inout_detached(&nonce, b"", self.chunk.as_mut_slice().into(), &tag);
        if opened.is_err() {
            self.chunk.clear();
            return Err(bad.into());
        }
        self.number += 1;
        self.at = 0;
        self.is_done = is_last;
        Ok(())
    }
}

impl<R: Read> Read for Opened<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() {
            if self.is_done {
                return Ok(0);
            }
            self.read_chunk()?;
        }
        let length = out.len().min(self.chunk.len() - self.at);
        out[..length].copy_from_slice(&self.chunk[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

/// Reads until the buffer is full or the file ends. Returns how many bytes there were.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match from.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests;
