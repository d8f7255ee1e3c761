//! Files inside the binary.

use super::content::{Bytes, File, Version, compress};
use super::{Found, kinds};
use guillotina_content::static_files::{EmbeddedFile, StaticFilesDecl};
use http::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY};
use once_cell::sync::OnceCell;
use std::sync::Arc;

/// What a folder is answered with.
const INDEX: &str = "index.html";

/// The files of one plugin.
pub struct Embedded {
    files: Vec<(&'static EmbeddedFile, Version, Arc<OnceCell<bytes::Bytes>>)>,
    policy: HeaderValue,
}

impl Embedded {
    pub fn new(decl: &'static StaticFilesDecl) -> Embedded {
        let files = decl.files.iter().map(|file| (file, Version::of_bytes(file.bytes), Arc::default())).collect();
        // What is no header is refused altogether rather than left out.
        let policy = HeaderValue::from_str(decl.policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Embedded { files, policy }
    }

    /// The headers of all answers: what the page may do, and that it tells other sites nothing.
    pub fn headers(&self) -> [(HeaderName, HeaderValue); 2] {
        [(CONTENT_SECURITY_POLICY, self.policy.clone()), (REFERRER_POLICY, HeaderValue::from_static("no-referrer"))]
    }

    pub fn find(&self, segments: &[String], slash: bool) -> Found {
        let path = segments.join("/");
        let name = match (path.is_empty(), slash) {
            (true, true) => INDEX.to_owned(),
            (false, true) => format!("{path}/{INDEX}"),
            (_, false) => path.clone(),
        };
        if let Some((file, version, gzip)) = self.files.iter().find(|(file, ..)| file.name == name) {
            let (kind, length) = (kinds::of(file.name), file.bytes.len() as u64);
            let bytes = Bytes::Memory { bytes: bytes::Bytes::from_static(file.bytes), gzip: gzip.clone() };
            return Found::File(File { kind, version: version.clone(), length, disposition: None, bytes });
        }
        let inside =
            |file: &str| path.is_empty() || file.strip_prefix(&*path).is_some_and(|rest| rest.starts_with('/'));
        match !slash && self.files.iter().any(|(file, ..)| inside(file.name)) {
            true => Found::Folder,
            false => Found::Nothing,
        }
    }
}

/// The compressed form, made at its first use and kept as long as the server runs.
pub(super) async fn compressed(
    bytes: bytes::Bytes,
    kept: Arc<OnceCell<bytes::Bytes>>,
) -> std::io::Result<bytes::Bytes> {
    if let Some(gzip) = kept.get() {
        return Ok(gzip.clone());
    }
    let work = move || kept.get_or_try_init(|| compress(&bytes)).cloned();
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}
