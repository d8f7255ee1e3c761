//! Applications: what a plugin crate is to the server.

/// A plugin crate as a value. `application!` makes it as `crate::PLUGIN`; `guillotina::main![…]` takes it, so that a
/// plugin that is only in `Cargo.toml` cannot be missed and a version skew is a type error.
#[derive(Debug)]
pub struct Plugin {
    /// The application's name in `applications`.
    pub name: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// The crate's module name (`guillotina_chat`).
    pub module: &'static str,
    /// The crate's name (`CARGO_PKG_NAME`).
    pub krate: &'static str,
    /// The crate's version.
    pub version: &'static str,
    /// Applications that are enabled before it.
    pub requires: &'static [&'static str],
    /// Default settings, TOML, and the file they come from; empty without.
    pub settings: &'static str,
    /// Name of the file of `settings`.
    pub settings_file: &'static str,
}

/// Declares the crate as an application: makes `pub static PLUGIN`. Written once, in the crate's root.
///
/// Options: `name` and `title` (required), `requires = [...]` (names of applications), `settings = "settings.toml"`
/// (a file beside `lib.rs`'s crate root, relative to the crate's folder).
#[macro_export]
macro_rules! application {
    (
        name = $name:literal,
        title = $title:literal
        $(, requires = [$($requires:literal),* $(,)?])?
        $(, settings = $settings:literal)?
        $(,)?
    ) => {
        /// This application, for `guillotina::main!` and for tests.
        pub static PLUGIN: $crate::__rt::Plugin = $crate::__rt::Plugin {
            name: $name,
            title: $title,
            module: module_path!(),
            krate: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            requires: &[$($($requires),*)?],
            settings: concat!("" $(, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $settings)))?),
            settings_file: concat!("" $(, env!("CARGO_PKG_NAME"), "/", $settings)?),
        };
        $crate::__rt::inventory::submit! {
            $crate::__rt::Registration {
                place: $crate::__place!("PLUGIN", $title),
                kind: $crate::__rt::Kind::Application(&PLUGIN),
            }
        }
    };
    ($($other:tt)*) => {
        compile_error!(
            "application! is written as: application! { name = \"my_plugin\", title = \"My plugin\", requires = [\"other\"], settings = \"settings.toml\" } (the last two may be left out, the order is fixed)"
        );
    };
}

/// The place of a registration, for the declarative macros.
#[doc(hidden)]
#[macro_export]
macro_rules! __place {
    ($item:expr, $doc:expr) => {
        $crate::__rt::Place {
            krate: env!("CARGO_PKG_NAME"),
            module: module_path!(),
            item: $item,
            file: file!(),
            line: line!(),
            doc: $doc,
        }
    };
}

/// Declares a role as a const: `role! { pub PARTICIPANT = "my.Participant", "Participant", "Who takes part", local = true }`.
#[macro_export]
macro_rules! role {
    ($(#[$meta:meta])* $vis:vis $ident:ident = $id:literal, $title:literal, $description:literal $(, local = $local:literal)? $(,)?) => {
        $(#[$meta])*
        #[doc = $description]
        $vis const $ident: $crate::__rt::Role = $crate::__rt::role($id, $title, $description, true $(&& $local)?);
        $crate::__rt::inventory::submit! {
            $crate::__rt::Registration {
                place: $crate::__place!(stringify!($ident), $description),
                kind: $crate::__rt::Kind::Role($ident),
            }
        }
    };
    ($($other:tt)*) => {
        compile_error!("role! is written as: role! { pub EDITOR = \"my.Editor\", \"Editor\", \"Who edits\", local = true } (`local` may be left out)");
    };
}

/// Declares a permission as a const: `permission! { pub READ_LOG = "my.ReadLog", "Read the log" }`.
#[macro_export]
macro_rules! permission {
    ($(#[$meta:meta])* $vis:vis $ident:ident = $id:literal, $title:literal $(,)?) => {
        $(#[$meta])*
        #[doc = $title]
        $vis const $ident: $crate::__rt::Permission = $crate::__rt::Permission::new($id);
        $crate::__rt::inventory::submit! {
            $crate::__rt::Registration {
                place: $crate::__place!(stringify!($ident), $title),
                kind: $crate::__rt::Kind::Permission($crate::__rt::PermissionDecl { permission: $ident, title: $title }),
            }
        }
    };
    ($($other:tt)*) => {
        compile_error!("permission! is written as: permission! { pub READ_LOG = \"my.ReadLog\", \"Read the log\" }");
    };
}

/// Gives permissions to a role everywhere: `grant! { PARTICIPANT => [perms::VIEW_CONTENT, perms::ADD_CONTENT] }`.
#[macro_export]
macro_rules! grant {
    ($role:path => [$($permission:literal),+ $(,)?] $(,)?) => {
        compile_error!("grant! takes consts, so that a misspelt permission does not compile: write `perms::VIEW_CONTENT`, or declare your own with `permission!`");
    };
    ($role:path => [$($permission:expr),* $(,)?] $(,)?) => {
        $crate::__rt::inventory::submit! {
            $crate::__rt::Registration {
                place: $crate::__place!(stringify!($role), ""),
                kind: $crate::__rt::Kind::Grant($crate::__rt::GrantDecl {
                    role: $crate::__rt::Role::id(&$role),
                    permissions: &[$($permission),*],
                }),
            }
        }
    };
    ($($other:tt)*) => {
        compile_error!("grant! is written as: grant! { EDITOR => [perms::VIEW_CONTENT, perms::MODIFY_CONTENT] }, with a const of role! or `roles::…` before the arrow");
    };
}
