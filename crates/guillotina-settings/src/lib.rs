//! Layered settings in which every value knows where it came from.
//!
//! [`Layers`] collects what sets a value: the defaults in the code, the defaults that applications ship, the
//! operator's file, the environment and the command line. [`Layers::finish`] merges them, tables deeply and
//! everything else by replacement, into [`Settings`]. A [`Section`] is one typed part of them.
//!
//! Nothing here stops at the first mistake: each becomes a [`Diagnostic`] with the place of the value and an action
//! that helps, and all of them are printed together.
//!
//! ```
//! use guillotina_settings::{FieldDoc, Layers, Section};
//!
//! #[derive(serde::Deserialize)]
//! #[serde(default)]
//! struct Server { host: String, port: u16 }
//!
//! impl Default for Server {
//!     fn default() -> Self { Self { host: "127.0.0.1".into(), port: 8080 } }
//! }
//!
//! impl Section for Server {
//!     const FIELDS: &'static [FieldDoc] = &[
//!         FieldDoc { name: "host", kind: "string", default: || "127.0.0.1".into(), doc: "Address to listen on." },
//!         FieldDoc { name: "port", kind: "integer", default: || 8080.into(), doc: "Port to listen on." },
//!     ];
//! }
//!
//! let (settings, mut diagnostics) = Layers::new()
//!     .file("settings.toml", "[server]\nhost = \"localhost\"\nport = \"80\"\n")
//!     .finish();
//! assert!(settings.section::<Server>(&["server"], &mut diagnostics).is_none());
//! assert!(diagnostics.to_string().contains("settings.toml:3:8"));
//!
//! let (settings, mut diagnostics) = Layers::new()
//!     .file("settings.toml", "[server]\nhost = \"localhost\"\n")
//!     .environment([("G_SERVER__PORT".to_owned(), "8081".to_owned())])
//!     .finish();
//! let server: Server = settings.section(&["server"], &mut diagnostics).unwrap();
//! assert_eq!((server.host.as_str(), server.port), ("localhost", 8081));
//! ```
//!
//! Values whose key looks like a secret (`password`, `secret`, `token`, …) are never printed by a diagnostic.

mod code;
mod collect;
mod de;
mod diagnostic;
mod error;
mod layers;
mod merge;
mod nearest;
mod node;
mod parse;
mod path;
mod render;
mod section;
mod settings;
mod source;

pub use code::{CODES, Code};
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use layers::Layers;
pub use nearest::nearest;
pub use node::{Node, Origin, Table, Value};
pub use parse::{MAX_DEPTH, MAX_FILE_BYTES, MAX_VALUES};
pub use section::{FieldDoc, Section, check_keys};
pub use settings::{Explanation, Settings};
pub use source::{Format, Place, Source, is_secret};
