//! Media types by the ending of a file's name.

/// A media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind(&'static str);

impl Kind {
    /// The header `Content-Type`; text is UTF-8.
    pub fn header(self) -> &'static str {
        self.0
    }

    /// Whether it is text: shown by browsers, and worth compressing.
    pub fn is_text(self) -> bool {
        self.0.starts_with("text/") || TEXT.contains(&self.0)
    }
}

/// Text that is not called so.
const TEXT: &[&str] = &["application/json", "application/manifest+json", "application/xml", "image/svg+xml"];

const KINDS: &[(&str, &str)] = &[
    ("avif", "image/avif"),
    ("css", "text/css; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/vnd.microsoft.icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("ogg", "audio/ogg"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// The type of a file of that name. What is unknown is bytes, which no browser shows.
pub fn of(name: &str) -> Kind {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let known = KINDS.binary_search_by(|(known, _)| (*known).cmp(ending.as_str()));
    Kind(known.map_or("application/octet-stream", |at| KINDS[at].1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_is_found() {
        for (ending, kind) in KINDS {
            assert_eq!(of(&format!("a.{ending}")).header(), *kind);
        }
        assert_eq!(of("A.HTML").header(), "text/html; charset=utf-8");
        assert_eq!(of("Makefile").header(), "application/octet-stream");
        assert!(of("a.svg").is_text() && !of("a.png").is_text());
    }
}
