//! Reads posted forms: plain ones, and those with files.

use crate::http::context::{fields, is_utf8};
use crate::http::site::HttpSite;
use app::page::form::{Form, Upload};
use axum::body::{Body, to_bytes};
use axum::extract::MatchedPath;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method, StatusCode, header};
use doorward::LARGEST_SECRET_FILE;
use multer::{Constraints, Multipart, SizeLimit};
use tokio::sync::OwnedSemaphorePermit;
use zeroize::Zeroizing;

/// The maximum number of fields in a form.
const MOST_FIELDS: usize = 256;
/// The maximum number of files in a form. Each gets a buffer of the largest size.
const MOST_FILES: usize = 2;
const FORM: &str = "application/x-www-form-urlencoded";
const WITH_FILES: &str = "multipart/form-data";

/// The largest form with a file: one file, and as much again as other forms have. It is a little more than a file may
/// have, so that a file that is too large gets a sentence beside its field.
const LARGEST_UPLOAD: usize = LARGEST_SECRET_FILE + 128 * 1024;

/// A form, and the place among the uploads that are read at the same time.
type Posted = (Option<Form>, Option<OwnedSemaphorePermit>);

/// Returns whether a body is a form with files.
#[must_use]
pub fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(WITH_FILES))
}

/// Returns the largest body of this request, if it is a form with files at an address that takes them.
#[must_use]
pub fn upload_limit<H: HttpSite>(
    host: &H,
    (method, headers, extensions): (&Method, &HeaderMap, &Extensions),
) -> Option<usize> {
    let takes = |path: &MatchedPath| host.takes_files(path.as_str());
    let is_upload = *method == Method::POST && is_multipart(headers) && extensions.get().is_some_and(takes);
    is_upload.then(|| LARGEST_UPLOAD.max(host.body_limit()))
}

/// Reads a posted form. A form with files is read for somebody with a session only, and not too many at the same time.
pub(super) async fn read_posted<H: HttpSite>(host: &H, parts: &Parts, body: Body) -> Result<Posted, StatusCode> {
    let Some(limit) = upload_limit(host, (&parts.method, &parts.headers, &parts.extensions)) else {
        let form = read_form(host.body_limit(), &parts.headers, body).await?;
        return Ok((Some(form), None));
    };
    // Without a session nothing is read, and the page's own question refuses the request.
    let Some(place) = host.admit_upload(parts).await? else { return Ok((None, None)) };
    let form = read_upload(limit, &parts.headers, body).await?;
    Ok((Some(form), Some(place)))
}

async fn read_upload(limit: usize, headers: &HeaderMap, body: Body) -> Result<Form, StatusCode> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(kind).map_err(|_| StatusCode::BAD_REQUEST)?;
    let limits = SizeLimit::new().whole_stream(limit as u64);
    let constraints = Constraints::new().size_limit(limits);
    let mut multipart = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    while let Some(mut field) = multipart.next_field().await.map_err(|error| status_of(&error))? {
        if fields.len() == MOST_FIELDS || files.len() == MOST_FILES {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let name = field.name().ok_or(StatusCode::BAD_REQUEST)?.to_owned();
        let file_name = field.file_name().map(str::to_owned);
        // A buffer that grows would leave copies of the beginning in memory.
        let room = if file_name.is_some() { limit } else { 0 };
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        while let Some(chunk) = field.chunk().await.map_err(|error| status_of(&error))? {
            bytes.extend_from_slice(&chunk);
        }
        match file_name {
            Some(file_name) => files.push((name, Upload { name: file_name, bytes })),
            None => {
                let text = std::str::from_utf8(&bytes).map_err(|_| StatusCode::BAD_REQUEST)?;
                fields.push((name, Zeroizing::new(text.to_owned())));
            }
        }
    }
    Ok(Form::with_files(fields, files))
}

fn status_of(error: &multer::Error) -> StatusCode {
    let too_large = matches!(error, multer::Error::StreamSizeExceeded { .. } | multer::Error::StreamReadFailed(_));
    if too_large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST }
}

pub(crate) async fn read_form(limit: usize, headers: &HeaderMap, body: Body) -> Result<Form, StatusCode> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = kind.split(';');
    let is_form = parts.next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM)) && parts.all(is_in_utf8);
    let bytes = to_bytes(body, limit).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    if !is_form && !bytes.is_empty() {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    // Decoding would replace these bytes by U+FFFD: a password or a secret would be stored as a
    // different one.
    if !is_utf8(&bytes) {
        return Err(StatusCode::BAD_REQUEST);
    }
    if form_urlencoded::parse(&bytes).nth(MOST_FIELDS).is_some() {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    Ok(fields(&bytes))
}

/// Returns whether a `Content-Type` parameter names no charset other than UTF-8.
fn is_in_utf8(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    !name.trim().eq_ignore_ascii_case("charset") || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
}
