//! How server functions and islands talk: postcard, which needs a few kB of the browser's module. JSON needs 20.

use leptos::server_fn::codec::Post;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Arguments and results of a server function: `#[server(input = Compact, output = Compact)]`.
pub type Compact = Post<CompactEncoding>;

/// The encoding itself, which typed failures have too.
pub struct CompactEncoding;

impl ContentType for CompactEncoding {
    const CONTENT_TYPE: &'static str = "application/x-postcard";
}

impl FormatType for CompactEncoding {
    const FORMAT_TYPE: Format = Format::Binary;
}

impl<T: Serialize> Encodes<T> for CompactEncoding {
    type Error = postcard::Error;

    fn encode(value: &T) -> Result<Bytes, postcard::Error> {
        postcard::to_allocvec(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for CompactEncoding {
    type Error = postcard::Error;

    /// Refuses what is left over.
    fn decode(bytes: Bytes) -> Result<T, postcard::Error> {
        match postcard::take_from_bytes(&bytes)? {
            (value, []) => Ok(value),
            _ => Err(postcard::Error::DeserializeBadEncoding),
        }
    }
}
