//! Structs whose fields are stored, validated and served: content types and behaviours.

use crate::directives::Directives;
pub use crate::field_map::NoJson;
use guillotina_schema::Field;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::any::{Any, TypeId};
use std::sync::Arc;

/// A struct with a schema. `#[content_type]`, `#[behavior]` and `#[schema]` implement it.
pub trait Fields: Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The struct's own fields in the order of its source.
    fn fields() -> Vec<Field>;

    /// What is said of the struct beside its fields: invariants, indexes…
    fn directives() -> Directives {
        Directives::default()
    }
}

/// A struct based on another one gets the base's fields too, but keeps them apart: every level is one field set.
pub trait FieldSet: Any + Send + Sync {
    /// The fields as canonical JSON.
    ///
    /// # Errors
    /// When a field has no JSON form: names the struct and the field.
    fn to_map(&self) -> Result<Map<String, Value>, NoJson>;
    /// For the way back to the struct.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
    /// The struct's type.
    fn struct_type(&self) -> TypeId;
}

impl<T: Fields> FieldSet for T {
    fn to_map(&self) -> Result<Map<String, Value>, NoJson> {
        NoJson::map_of(self)
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }

    fn struct_type(&self) -> TypeId {
        TypeId::of::<T>()
    }
}
