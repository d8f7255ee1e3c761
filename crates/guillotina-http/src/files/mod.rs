//! Static files: folders and files of the settings `static` and `jsapps`, and those that plugins carry inside the binary
//! (rows S-080, S-081, T-009). They are answered before traversal and need no database; anybody may read them.

mod content;
mod disk;
mod embedded;
mod kinds;
mod range;

use crate::path::{self, BadPath};
use crate::reply::{self, ErrorContext};
use crate::traversal::nothing_there;
use crate::wire::Reply;
use content::{File, Gzip};
use disk::Folder;
use embedded::Embedded;
use guillotina_content::answer::{Answer, AnswerBody};
use guillotina_content::registration::Method;
use guillotina_content::{App, Error};
use http::header::{ALLOW, HeaderMap, HeaderValue, LOCATION};
use http::request::Parts;
use percent_encoding::percent_decode_str;
use rustc_hash::FxHashMap;
use serde_json::json;
use std::sync::Arc;

/// What is served under one name.
enum Mount {
    Disk(Arc<Folder>),
    Embedded(Embedded),
}

/// Everything that is served from files, by the first segment of its path.
pub struct Files {
    mounts: FxHashMap<String, Mount>,
    gzip: Gzip,
}

/// What a path led to below a mount.
pub(crate) enum Found {
    /// A file.
    File(File),
    /// A folder whose path has no slash at its end, so that relative links in its index would lead elsewhere.
    Folder,
    /// Nothing.
    Nothing,
}

/// A path that belongs to a mount.
pub struct Target<'f> {
    mount: &'f Mount,
    /// Decoded, without the mount's own.
    segments: Result<Vec<String>, BadPath>,
    /// Whether the path ends with a slash.
    slash: bool,
}

impl Files {
    /// The files of an application. A name in the settings wins over one of a plugin.
    pub fn new(app: &App) -> Files {
        let core = app.core();
        let mut mounts = FxHashMap::default();
        for (decl, _) in &app.components().static_files {
            mounts.insert(decl.path.to_owned(), Mount::Embedded(Embedded::new(decl)));
        }
        let indexes: Arc<[String]> = core.default_static_filenames.clone().into();
        let folders = core.static_files.iter().map(|entry| (entry, false));
        for ((name, path), is_app) in folders.chain(core.jsapps.iter().map(|entry| (entry, true))) {
            let folder = Folder { path: path.into(), indexes: indexes.clone(), is_app };
            mounts.insert(name.clone(), Mount::Disk(Arc::new(folder)));
        }
        Files { mounts, gzip: Gzip::default() }
    }

    /// The mount that a path leads to; `None` for all other paths.
    pub fn find(&self, path: &str) -> Option<Target<'_>> {
        if self.mounts.is_empty() {
            return None;
        }
        let path = path.trim_start_matches('/');
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let mount = self.mounts.get(&*percent_decode_str(first).decode_utf8().ok()?)?;
        Some(Target { mount, segments: path::split_file(rest), slash: path.ends_with('/') })
    }

    /// Answers a request for a file.
    pub async fn answer(
        &self,
        target: Target<'_>,
        method: Method,
        parts: &Parts,
        base_url: &str,
        context: &ErrorContext<'_>,
        mut headers: HeaderMap,
    ) -> Reply {
        if !matches!(method, Method::GET | Method::HEAD) {
            headers.insert(ALLOW, HeaderValue::from_static("GET,HEAD,OPTIONS"));
            return reply::answer(Answer::json(json!({"reason": "Files are only read"})).with_status(405), headers);
        }
        let segments = match target.segments {
            Ok(segments) => segments,
            Err(bad) => return reply::error(&crate::handler::bad_path(bad), context, headers),
        };
        let found = match target.mount {
            Mount::Embedded(files) => {
                headers.extend(files.headers());
                Ok(files.find(&segments, target.slash))
            }
            Mount::Disk(folder) => folder.clone().find(segments, target.slash).await,
        };
        match found {
            Ok(Found::File(file)) => file.reply(method == Method::HEAD, &parts.headers, &self.gzip, headers).await,
            Ok(Found::Folder) => to_folder(&parts.uri, base_url, headers),
            Ok(Found::Nothing) => reply::error(&nothing_there(), context, headers),
            Err(error) => reply::error(&Error::internal(error), context, headers),
        }
    }
}

/// Sends the client to the same path with a slash at its end. The target is a path from the root, as simple clients expect,
/// below the prefix that a trusted proxy serves under; with one slash in front, so that no segment is taken for a host.
fn to_folder(uri: &http::Uri, base_url: &str, headers: HeaderMap) -> Reply {
    let host = base_url.split_once("://").map_or(base_url, |(_, host)| host);
    let prefix = host.split_once('/').map(|(_, prefix)| format!("/{prefix}")).unwrap_or_default();
    let path = uri.path().trim_start_matches('/');
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let answer = Answer { status: 308, headers: Vec::new(), body: AnswerBody::Empty };
    reply::answer(answer.with_header(LOCATION, &format!("{prefix}/{path}/{query}")), headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_below_the_prefix_and_on_this_host_s_081() {
        for (path, base_url, target) in [
            ("/files/sub?a=b", "http://h:1", "/files/sub/?a=b"),
            ("/files", "https://h/behind/a/proxy", "/behind/a/proxy/files/"),
            ("//files/sub", "http://h", "/files/sub/"),
        ] {
            let reply = to_folder(&path.parse().unwrap(), base_url, HeaderMap::new());
            assert_eq!(reply.headers[LOCATION], target, "{path} at {base_url}");
        }
    }
}
