//! From a file to an answer: validators, ranges, compression (RFC 9110, sections 8.8, 13 and 14).

use super::embedded::compressed;
use super::kinds::Kind;
use super::range::{Wanted, wanted};
use crate::reply;
use crate::wire::{Reply, ReplyBody};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::Stream;
use guillotina_content::answer::{Answer, AnswerBody};
use http::StatusCode;
use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, IF_RANGE, RANGE, VARY,
};
use once_cell::sync::OnceCell;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::AsyncReadExt;

/// How much is read and sent at once, in bytes: what a slow reader holds in memory.
const CHUNK: usize = 64 * 1024;
/// Up to this a file is compressed on the fly, in bytes; a larger one is sent as it is.
const COMPRESSED_UP_TO: u64 = 4 * 1024 * 1024;
/// From this on compression is worth its header, in bytes.
const COMPRESSED_FROM: u64 = 512;
/// All compressed forms of files on disk that are kept, in bytes.
const KEPT: u64 = 16 * 1024 * 1024;

/// A strong validator, without its quotes: it differs whenever the bytes do.
#[derive(Clone)]
pub struct Version(String);

impl Version {
    pub fn new(text: String) -> Version {
        Version(text)
    }

    pub fn of_bytes(bytes: &[u8]) -> Version {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        Version(digest[..12].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The header; the compressed form is another representation, with a validator of its own.
    fn tag(&self, gzip: bool) -> String {
        format!("\"{}{}\"", self.0, if gzip { "-gzip" } else { "" })
    }
}

/// Where the bytes are.
pub enum Bytes {
    Memory { bytes: bytes::Bytes, gzip: Arc<OnceCell<bytes::Bytes>> },
    Disk { file: fs::File, path: PathBuf },
}

/// A file that was found.
pub struct File {
    pub kind: Kind,
    pub version: Version,
    pub length: u64,
    pub disposition: Option<String>,
    pub bytes: Bytes,
}

/// Compressed forms of files on disk, by path and version.
pub struct Gzip(Cache<(PathBuf, String), bytes::Bytes, ByLength>);

#[derive(Clone)]
struct ByLength;

impl Weighter<(PathBuf, String), bytes::Bytes> for ByLength {
    fn weight(&self, _key: &(PathBuf, String), gzip: &bytes::Bytes) -> u64 {
        gzip.len() as u64
    }
}

impl Default for Gzip {
    fn default() -> Gzip {
        Gzip(Cache::with_weighter(256, KEPT, ByLength))
    }
}

impl File {
    /// The answer to GET or HEAD; `headers` are those of the framework.
    pub async fn reply(self, head: bool, request: &HeaderMap, gzip: &Gzip, mut headers: HeaderMap) -> Reply {
        let compressible = self.kind.is_text() && (COMPRESSED_FROM..=COMPRESSED_UP_TO).contains(&self.length);
        // A range is one of the file's own bytes; it is for GET alone.
        let range = request.get(RANGE).filter(|_| !head && self.same_version(request));
        let compress = compressible && range.is_none() && accepts_gzip(request);
        let tag = self.version.tag(compress);
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(ETAG, tag);
        }
        // Kept, but asked for each time: a new version is seen at once, an old one costs no transfer.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if compressible {
            headers.append(VARY, HeaderValue::from_static("accept-encoding"));
        }
        if matches(request, &tag) {
            return plain(304, headers);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind.header()));
        if let Some(value) = self.disposition.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(CONTENT_DISPOSITION, value);
        }
        match range.map_or(Wanted::Everything, |range| wanted(range, self.length)) {
            Wanted::Nothing => {
                headers.remove(CONTENT_DISPOSITION);
                let headers = with(headers, CONTENT_RANGE, &format!("bytes */{}", self.length));
                let reason = serde_json::json!({"reason": "The file is shorter than the range"});
                reply::answer(Answer::json(reason).with_status(416), headers)
            }
            Wanted::Part(first, last) => {
                let headers = with(headers, CONTENT_RANGE, &format!("bytes {first}-{last}/{}", self.length));
                self.part(206, first, last + 1 - first, headers).await
            }
            Wanted::Everything if compress => self.compressed(head, gzip, headers).await,
            Wanted::Everything if head => plain(200, with(headers, CONTENT_LENGTH, &self.length.to_string())),
            Wanted::Everything => {
                let length = self.length;
                self.part(200, 0, length, headers).await
            }
        }
    }

    /// Whether a range is meant for this version (`If-Range`).
    fn same_version(&self, request: &HeaderMap) -> bool {
        request.get(IF_RANGE).is_none_or(|wanted| wanted.as_bytes() == self.version.tag(false).as_bytes())
    }

    async fn part(self, status: u16, first: u64, length: u64, headers: HeaderMap) -> Reply {
        let mut reply = plain(status, headers);
        match self.bytes {
            Bytes::Memory { bytes, .. } => {
                // In memory a length always fits.
                let (from, length) = (usize::try_from(first).unwrap_or(0), usize::try_from(length).unwrap_or(0));
                reply.body = ReplyBody::Bytes(bytes.slice(from..from + length));
            }
            Bytes::Disk { mut file, .. } => {
                if first > 0
                    && let Err(error) = file.seek(SeekFrom::Start(first))
                {
                    return failed(&error, reply.headers);
                }
                reply.body = ReplyBody::stream(chunks(tokio::fs::File::from_std(file), length), Some(length));
            }
        }
        reply
    }

    async fn compressed(self, head: bool, kept: &Gzip, headers: HeaderMap) -> Reply {
        let made = match self.bytes {
            Bytes::Memory { bytes, gzip } => compressed(bytes, gzip).await,
            Bytes::Disk { file, path } => {
                let key = (path, self.version.0);
                // Many who ask at once wait for one.
                kept.0.get_or_insert_async(&key, compress_file(file, self.length)).await
            }
        };
        match made {
            Ok(gzip) => {
                let headers = with(headers, CONTENT_ENCODING, "gzip");
                if head {
                    return plain(200, with(headers, CONTENT_LENGTH, &gzip.len().to_string()));
                }
                let mut reply = plain(200, headers);
                reply.body = ReplyBody::Bytes(gzip);
                reply
            }
            Err(error) => failed(&error, headers),
        }
    }
}

fn plain(status: u16, headers: HeaderMap) -> Reply {
    reply::answer(Answer { status, headers: Vec::new(), body: AnswerBody::Empty }, headers)
}

fn with(mut headers: HeaderMap, name: HeaderName, value: &str) -> HeaderMap {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
    headers
}

/// A file that cannot be read although it is there.
fn failed(error: &io::Error, mut headers: HeaderMap) -> Reply {
    tracing::error!(%error, "a static file cannot be read");
    for name in [ETAG, CACHE_CONTROL, ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_RANGE] {
        headers.remove(name);
    }
    let status = StatusCode::INTERNAL_SERVER_ERROR.as_u16();
    reply::answer(Answer::json(serde_json::json!({"reason": "The file cannot be read"})).with_status(status), headers)
}

/// The file piece by piece, at the client's pace; one that has become shorter cuts the answer.
fn chunks(file: tokio::fs::File, length: u64) -> impl Stream<Item = io::Result<bytes::Bytes>> + Send {
    futures_util::stream::try_unfold((file, length), |(mut file, left)| async move {
        let mut chunk = bytes::BytesMut::with_capacity(usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK)));
        let read = (&mut file).take(left.min(CHUNK as u64)).read_buf(&mut chunk).await?;
        Ok((read > 0).then(|| (chunk.freeze(), (file, left - read as u64))))
    })
}

async fn compress_file(file: fs::File, length: u64) -> io::Result<bytes::Bytes> {
    let work = move || {
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        file.take(length).read_to_end(&mut bytes)?;
        compress(&bytes)
    };
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// The gzip form.
pub(super) fn compress(bytes: &[u8]) -> io::Result<bytes::Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.into())
}

/// `If-None-Match`: a list of validators, compared weakly, or `*`.
fn matches(request: &HeaderMap, tag: &str) -> bool {
    let lists = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lists
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

/// Whether the client takes gzip: by name, or by `*`, unless it says `q=0`.
fn accepts_gzip(request: &HeaderMap) -> bool {
    let lists = request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let (mut by_name, mut by_star) = (None, None);
    for coding in lists.flat_map(|list| list.split(',')) {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().to_ascii_lowercase();
        let taken = weight.strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok()).is_some_and(|q| q > 0.0);
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => by_name = Some(taken),
            "*" => by_star = Some(taken),
            _ => {}
        }
    }
    by_name.or(by_star).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: HeaderName, value: &str) -> HeaderMap {
        with(HeaderMap::new(), name, value)
    }

    #[test]
    fn codings_that_a_client_takes() {
        for yes in ["gzip", "br, gzip;q=0.5", "*", "x-gzip", "GZIP", "identity;q=0, *;q=0.1"] {
            assert!(accepts_gzip(&header(ACCEPT_ENCODING, yes)), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "gzip;q=0, *", "*;q=0", "gzip;q=x"] {
            assert!(!accepts_gzip(&header(ACCEPT_ENCODING, no)), "{no}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn validators_that_a_client_has() {
        for yes in ["*", "\"a\"", "W/\"a\"", "\"b\", \"a\""] {
            assert!(matches(&header(IF_NONE_MATCH, yes), "\"a\""), "{yes}");
        }
        assert!(!matches(&header(IF_NONE_MATCH, "\"b\""), "\"a\""));
        assert!(!matches(&HeaderMap::new(), "\"a\""));
    }
}
