//! Defaults that depend on the object: they are made once, when the object or its behaviour is (row D-009).

use crate::error::{Error, Result};
use crate::resource::Resource;
use crate::types::BehaviorInfo;
use guillotina_schema::{Context, FieldError, Schema, VocabularyTerm};
use serde_json::{Map, Value};
use std::any::Any;
use std::sync::Arc;

/// What fields may ask about the object they are of. There are no vocabularies yet.
pub(crate) struct OfObject<'a>(pub &'a Resource);

impl Context for OfObject<'_> {
    fn vocabulary(&self, _name: &str) -> Option<Vec<VocabularyTerm>> {
        None
    }

    fn object(&self) -> Option<&dyn Any> {
        Some(self.0)
    }
}

/// Gives a new object the defaults that depend on it: in the fields of its type, and in those of its behaviours.
///
/// # Errors
/// When a factory makes what is no value of its field: names both.
pub(crate) fn fill(object: &Resource) -> Result<()> {
    let kind = object.kind();
    let mut made = Map::new();
    complete(&kind.schema, &mut made, object)?;
    if !made.is_empty() {
        let mut values = object.state().values()?;
        values.extend(made);
        let fields = kind.decode(&values)?;
        object.change(|state| state.fields = fields);
    }
    fill_behaviors(object)
}

/// Gives an object the defaults of those behaviours that it has no data of.
///
/// # Errors
/// As [`fill`].
pub fn fill_behaviors(object: &Resource) -> Result<()> {
    object.state().all_behaviors().try_for_each(|info| fill_behavior(object, info))
}

/// Gives an object the defaults of a behaviour, unless it has data of it.
///
/// # Errors
/// As [`fill`].
pub(crate) fn fill_behavior(object: &Resource, info: &Arc<BehaviorInfo>) -> Result<()> {
    let state = object.state();
    if state.behavior(&info.interface).is_some() {
        return Ok(());
    }
    let mut made = Map::new();
    complete(&info.schema, &mut made, object)?;
    if made.is_empty() {
        return Ok(());
    }
    let mut own = Map::new();
    for name in info.context_fields {
        own.extend(made.shift_remove(*name).map(|value| ((*name).to_owned(), value)));
    }
    own.retain(|name, _| state.attributes.get(name).is_none_or(Value::is_null));
    let set = Arc::from((info.vtable.decode)(&made)?);
    object.change(|state| {
        state.attributes.extend(own);
        state.set_behavior(&info.interface, set);
    });
    Ok(())
}

/// Adds the values that depend on the object where `values` has none.
///
/// # Errors
/// As [`fill`].
pub fn complete(schema: &Schema, values: &mut Map<String, Value>, object: &Resource) -> Result<()> {
    for field in schema.fields.iter().filter(|field| field.default_needs_object()) {
        if values.contains_key(&*field.name) {
            continue;
        }
        let broken = |why: FieldError| {
            let place = format!("`default_factory` of {}.{}, for {object}", schema.name, field.name);
            Error::internal(format!("{place}, made no value of the field; correct it: {why}"))
        };
        if let Some(value) = field.default_in(&OfObject(object)).map_err(broken)? {
            values.insert(field.name.to_string(), value);
        }
    }
    Ok(())
}
