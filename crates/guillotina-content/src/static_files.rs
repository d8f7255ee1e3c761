//! Files that a plugin carries inside the binary and serves at a path of the application: a page, its styles, its code.

/// One file inside the binary.
#[derive(Clone, Copy)]
pub struct EmbeddedFile {
    /// Its path below the mount, with `/` between folders: `index.html`, `icons/logo.svg`.
    pub name: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
}

/// What `static_files!` declares: files at `/{path}/`, which anybody may read.
pub struct StaticFilesDecl {
    /// The first segment of the URLs; a name that no database has.
    pub path: &'static str,
    /// What people call it; the server prints it with the address when it starts.
    pub title: &'static str,
    /// The files.
    pub files: &'static [EmbeddedFile],
    /// The header `Content-Security-Policy` of every answer; see [`STRICT_POLICY`].
    pub policy: &'static str,
}

/// What a page may do when `static_files!` says nothing else: load and call its own server, nothing inline, no frames.
pub const STRICT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// Serves files from inside the binary at `/{path}/` of the application (row S-081).
///
/// `folder` is relative to the crate's folder; `files` are the files in it, `index.html` being what the folder itself
/// answers. A missing file does not compile. Anybody may read them. With `policy = "…"` the answers carry another
/// `Content-Security-Policy` than the strict one.
///
/// ```text
/// static_files! { path = "hello", title = "Hello", folder = "page", files = ["index.html", "hello.css"] }
/// ```
#[macro_export]
macro_rules! static_files {
    (
        path = $path:literal,
        title = $title:literal,
        folder = $folder:literal,
        files = [$($file:literal),+ $(,)?]
        $(, policy = $policy:expr)?
        $(,)?
    ) => {
        $crate::__rt::inventory::submit! {
            $crate::__rt::Registration {
                place: $crate::__place!($path, $title),
                kind: $crate::__rt::Kind::StaticFiles($crate::__rt::StaticFilesDecl {
                    path: $path,
                    title: $title,
                    files: &[$($crate::__rt::EmbeddedFile {
                        name: $file,
                        bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $folder, "/", $file)),
                    }),+],
                    policy: $crate::__rt::policy([$($policy)?]),
                }),
            }
        }
    };
    ($($other:tt)*) => {
        compile_error!("static_files! is written as: static_files! { path = \"hello\", title = \"Hello\", folder = \"page\", files = [\"index.html\", \"hello.css\"] } (the order is fixed; `policy` may follow)");
    };
}
