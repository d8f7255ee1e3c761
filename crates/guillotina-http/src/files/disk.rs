//! Files on disk. What a path leads to is looked up at each request, so that a new build is served without a restart.

use super::content::{Bytes, File, Version};
use super::{Found, kinds};
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// A file or a folder of the settings.
pub struct Folder {
    pub path: PathBuf,
    /// What a folder is answered with (row Z-007).
    pub indexes: Arc<[String]>,
    /// Whether paths that lead to no file are answered with the index (row T-009).
    pub is_app: bool,
}

impl Folder {
    /// Looks a path up, on a thread that may block.
    pub async fn find(self: Arc<Self>, segments: Vec<String>, slash: bool) -> io::Result<Found> {
        tokio::task::spawn_blocking(move || self.look(&segments, slash)).await.map_err(io::Error::other)?
    }

    fn look(&self, segments: &[String], slash: bool) -> io::Result<Found> {
        let Some((root, kind)) = resolved(&self.path, None)? else { return Ok(Found::Nothing) };
        if kind.is_file() {
            return if segments.is_empty() && !slash { open(root) } else { Ok(Found::Nothing) };
        }
        // `/app` itself is a folder, whose relative links need the slash; deeper, an application has no folders.
        if segments.is_empty() && !slash {
            return Ok(Found::Folder);
        }
        let wanted = segments.iter().fold(root.clone(), |path, segment| path.join(segment));
        match resolved(&wanted, Some(&root))? {
            Some((path, kind)) if kind.is_file() && !slash => open(path),
            Some((_, kind)) if kind.is_dir() && !slash && !self.is_app => Ok(Found::Folder),
            Some((path, kind)) if kind.is_dir() && !self.is_app => self.index(&path, &root),
            _ if self.is_app => self.index(&root, &root),
            _ => Ok(Found::Nothing),
        }
    }

    fn index(&self, folder: &Path, root: &Path) -> io::Result<Found> {
        for name in self.indexes.iter() {
            if let Some((path, _)) = resolved(&folder.join(name), Some(root))?.filter(|(_, kind)| kind.is_file()) {
                return open(path);
            }
        }
        Ok(Found::Nothing)
    }
}

/// The path without symbolic links, and what is there; `None` when there is nothing, or when it leads out of `root`.
fn resolved(path: &Path, root: Option<&Path>) -> io::Result<Option<(PathBuf, Metadata)>> {
    let found = fs::canonicalize(path).and_then(|path| Ok((fs::metadata(&path)?, path)));
    match found {
        Ok((kind, path)) => Ok(root.is_none_or(|root| path.starts_with(root)).then_some((path, kind))),
        Err(e) if is_nothing(&e) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Not there, not readable by the server, a file where a folder should be, a circle of links.
fn is_nothing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::NotADirectory | ErrorKind::InvalidFilename
    ) || error.raw_os_error() == Some(ELOOP)
}

/// Too many symbolic links; the standard library has no stable name for it.
const ELOOP: i32 = 40;

fn open(path: PathBuf) -> io::Result<Found> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let file = match fs::File::open(&path) {
        Ok(file) => file,
        Err(e) if is_nothing(&e) => return Ok(Found::Nothing),
        Err(e) => return Err(e),
    };
    let known = file.metadata()?;
    let kind = kinds::of(&name);
    let disposition = Some(disposition(&name, kind.is_text()));
    let version = version(&known);
    Ok(Found::File(File { kind, version, length: known.len(), disposition, bytes: Bytes::Disk { file, path } }))
}

/// A file that is written again has another time or length.
fn version(known: &Metadata) -> Version {
    let changed = known.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    Version::new(format!("{:x}-{:x}", changed.as_nanos(), known.len()))
}

/// Row S-080: the name, and for what is no text the wish to be stored rather than shown.
fn disposition(name: &str, is_text: bool) -> String {
    let plain = name.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\');
    let name = match plain {
        true => format!("filename=\"{name}\""),
        false => {
            let coded = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
            format!("filename*=UTF-8''{coded}")
        }
    };
    format!("{}; {name}", if is_text { "inline" } else { "attachment" })
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn names_of_files_s_080() {
        assert_eq!(disposition("a b.txt", true), "inline; filename=\"a b.txt\"");
        assert_eq!(disposition("x.png", false), "attachment; filename=\"x.png\"");
        assert_eq!(disposition("ü\".png", false), "attachment; filename*=UTF-8''%C3%BC%22%2Epng");
    }
}
