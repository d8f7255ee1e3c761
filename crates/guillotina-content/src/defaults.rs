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
/// As [`fill_fields`].
pub(crate) fn fill(object: &Resource) -> Result<()> {
    fill_fields(object, Map::new())?;
    fill_behaviors(object)
}

/// Gives an object the defaults of its type that depend on it, except for the fields in `values`, which it has already.
///
/// # Errors
/// When a factory makes what is no value of its field: names both.
pub fn fill_fields(object: &Resource, mut values: Map<String, Value>) -> Result<()> {
    let (kind, given) = (object.kind(), values.len());
    complete(&kind.schema, &mut values, object)?;
    if values.len() > given {
        let mut all = object.state().values()?;
        all.extend(values);
        let fields = kind.decode(&all)?;
        object.change(|state| state.fields = fields);
    }
    Ok(())
}

/// Gives an object the defaults of those behaviours that it has no data of.
///
/// # Errors
/// As [`fill_fields`].
pub fn fill_behaviors(object: &Resource) -> Result<()> {
    object.state().all_behaviors().try_for_each(|info| fill_behavior(object, info))
}

/// Gives an object the defaults of a behaviour, unless it has data of it.
///
/// # Errors
/// As [`fill_fields`].
pub(crate) fn fill_behavior(object: &Resource, info: &Arc<BehaviorInfo>) -> Result<()> {
    if object.state().behavior(&info.interface).is_some() {
        return Ok(());
    }
    fill_behavior_fields(object, info, Map::new())
}

/// Gives an object the defaults of a behaviour that depend on it, except for the fields in `values`, which it has already.
/// Those that the behaviour keeps on the object itself go there.
///
/// # Errors
/// As [`fill_fields`].
pub fn fill_behavior_fields(object: &Resource, info: &BehaviorInfo, mut values: Map<String, Value>) -> Result<()> {
    let (state, given) = (object.state(), values.len());
    complete(&info.schema, &mut values, object)?;
    if values.len() == given {
        return Ok(());
    }
    let mut own = Map::new();
    for name in info.context_fields {
        own.extend(values.shift_remove(*name).map(|value| ((*name).to_owned(), value)));
    }
    own.retain(|name, _| state.attributes.get(name).is_none_or(Value::is_null));
    let set = Arc::from((info.vtable.decode)(&values)?);
    object.change(|state| {
        state.attributes.extend(own);
        state.set_behavior(&info.interface, set);
    });
    Ok(())
}

/// Adds the values that depend on the object where `values` has none.
///
/// # Errors
/// As [`fill_fields`].
pub(crate) fn complete(schema: &Schema, values: &mut Map<String, Value>, object: &Resource) -> Result<()> {
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
