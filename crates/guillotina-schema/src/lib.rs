//! Schema fields: validation, JSON in and out, patch operations, JSON schema.
//!
//! A [`Schema`] is an ordered list of [`Field`]s; a field has a [`Kind`], which says how an incoming JSON
//! value becomes the *canonical* one (what is stored and served) and which values are allowed.
//!
//! | kind | canonical JSON |
//! |---|---|
//! | texts, bytes, URIs, ids, names | string |
//! | `Bool`, `Int`, `Float` | `true`/`false`, integer, number with a fraction part |
//! | `Decimal` | string, written as Python's `str(Decimal)` |
//! | `Datetime` | `2026-11-22T16:25:13.488677+00:00`, always with an offset |
//! | `Date`, `Time` | `2026-11-22`, `16:25:13` |
//! | `Timedelta` | number of seconds |
//! | lists, tuples, sets | array; sets without duplicates, first appearance wins |
//! | `Dict`, `Object`, JSON | object (any JSON for a JSON field) |
//!
//! ```
//! use guillotina_schema::{Field, Kind, Mode, Schema};
//! use serde_json::{Map, json};
//!
//! let schema = Schema::new("shop.content.IProduct")
//!     .field(Field::new("name", Kind::text_line()).required(true))
//!     .field(Field::new("stock", Kind::int()).min(0))
//!     .field(Field::new("labels", Kind::list(Kind::text_line())).patch(Some(10)));
//! assert!(schema.problems().is_empty());
//!
//! let data = json!({"name": 5, "labels": {"op": "append", "value": "new"}});
//! let changes = schema
//!     .deserialize(data.as_object().unwrap(), &Map::new(), Mode::Create, &mut |_| true, &())
//!     .unwrap();
//! assert_eq!(json!(changes.set), json!({"name": "5", "labels": ["new"]}));
//! ```
//!
//! Nothing in this crate does I/O, and nothing trusts the size or the shape of what comes in:
//! [`json::parse_json`] bounds the nesting, and every later step recurses no deeper than that.

mod context;
mod convert;
pub mod date;
pub mod decimal;
mod default;
mod error;
mod field;
mod field_type;
mod index;
pub mod json;
mod json_field;
mod json_schema;
mod kind;
mod number;
mod patch;
mod schema;
mod serialize;
mod validate;

pub use context::{Context, VocabularyTerm};
pub use default::{DefaultFactory, Made, MakeInContext};
pub use error::{FieldError, Invalid, SchemaError};
pub use field::{Field, Patch};
pub use field_type::FieldType;
pub use index::{Index, IndexType};
pub use json_field::JsonSchema;
pub use json_schema::{BehaviorInfo, type_json_schema};
pub use kind::{Choices, Collection, Kind, Length, Mapping, Range};
pub use schema::{Changes, Invariant, InvariantFn, Mode, Schema};
