//! JSON in (rows ): behaviours first, then the type's fields; all mistakes in one answer.

use crate::error::{Cause, Error, Result};
use crate::request::Request;
use crate::resource::Resource;
use crate::schemas;
use crate::state::ObjectState;
use crate::types::{BehaviorInfo, TypeInfo};
use guillotina_schema::{Changes, Field, FieldError, Mode, Schema, SchemaError, VocabularyTerm};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Reads a client's body into an object: fields of every behaviour that it names and of the type.
///
/// # Errors
/// Row E-007 with everything that is wrong, 401 for a field that the user may not write (row R-015).
pub async fn read_into(resource: &Resource, request: &Request, data: &Value, mode: Mode) -> Result<()> {
    let Value::Object(data) = data else {
        return Err(Error::http(412, serde_json::json!({"reason": "Invalid json payload"})));
    };
    let mut reader = Reader {
        resource,
        request,
        mode,
        errors: Vec::new(),
        next: ObjectState::clone(&resource.state()),
        changed: false,
    };
    for behavior in resource.state().all_behaviors() {
        reader.behavior(behavior, data)?;
    }
    reader.main(data)?;
    let Reader { errors, next, changed, .. } = reader;
    if !errors.is_empty() {
        return Err(Error::new(Cause::Deserialization(errors)));
    }
    if changed {
        resource.change(|state| *state = next);
    }
    Ok(())
}

struct Reader<'a> {
    resource: &'a Resource,
    request: &'a Request,
    mode: Mode,
    errors: Vec<FieldError>,
    next: ObjectState,
    changed: bool,
}

/// Vocabularies are looked up in the application; there are none yet.
struct Vocabularies;

impl guillotina_schema::Context for Vocabularies {
    fn vocabulary(&self, _name: &str) -> Option<Vec<VocabularyTerm>> {
        None
    }
}

/// What nobody has given yet is only there because a Rust struct has no holes: a required field of it is still missing.
fn forget_defaults(kind: &TypeInfo, current: &mut Map<String, Value>) {
    let required: Vec<&str> = kind.schema.fields.iter().filter(|f| f.required).map(|f| &*f.name).collect();
    if required.is_empty() {
        return;
    }
    for level in &kind.levels {
        let defaults = (level.vtable.default)().to_map();
        for (name, default) in defaults.iter().filter(|(name, _)| required.contains(&name.as_str())) {
            if current.get(name) == Some(default) {
                current.shift_remove(name);
            }
        }
    }
}

impl Reader<'_> {
    fn behavior(&mut self, info: &Arc<BehaviorInfo>, data: &Map<String, Value>) -> Result<()> {
        let section = match info.schema.section(data) {
            Ok(Some(section)) => section,
            Ok(None) => return Ok(()),
            Err(error) => {
                self.errors.push(error);
                return Ok(());
            }
        };
        let mut current = self.next.behavior(&info.interface).map(|set| set.to_map()).unwrap_or_default();
        for name in info.context_fields {
            if let Some(value) = self.next.attributes.get(*name) {
                current.insert((*name).to_owned(), value.clone());
            }
        }
        let Some(changes) = self.read(&info.schema, &section, &current)? else { return Ok(()) };
        changes.apply(&mut current);
        for name in info.context_fields {
            match current.shift_remove(*name) {
                Some(value) => drop(self.next.attributes.insert((*name).to_owned(), value)),
                None => drop(self.next.attributes.shift_remove(*name)),
            }
        }
        self.next.set_behavior(&info.interface, Arc::from((info.vtable.decode)(&current)?));
        Ok(())
    }

    fn main(&mut self, data: &Map<String, Value>) -> Result<()> {
        let own: Map<String, Value> = self.next.attributes.clone();
        if let Some(changes) = self.read(&schemas::RESOURCE, data, &own)? {
            self.next.attributes.extend(changes.set);
        }
        let kind = self.next.kind.clone();
        if kind.levels.is_empty() {
            return Ok(());
        }
        let mut current = Map::new();
        for set in &self.next.fields {
            current.extend(set.to_map());
        }
        if self.mode == Mode::Create {
            forget_defaults(&kind, &mut current);
        }
        let Some(changes) = self.read(&kind.schema, data, &current)? else { return Ok(()) };
        changes.apply(&mut current);
        self.next.fields =
            kind.levels.iter().map(|l| (l.vtable.decode)(&current).map(Arc::from)).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// The changes of one schema; `None` when there are none or they have mistakes.
    fn read(
        &mut self,
        schema: &Schema,
        data: &Map<String, Value>,
        current: &Map<String, Value>,
    ) -> Result<Option<Changes>> {
        let (resource, request) = (self.resource, self.request);
        let mut can_write = |field: &Field| match &field.write_permission {
            None => true,
            Some(permission) => resource.allows(request.user().principal(), permission),
        };
        match schema.deserialize(data, current, self.mode, &mut can_write, &Vocabularies) {
            Ok(changes) if changes.is_empty() => Ok(None),
            Ok(changes) => {
                self.changed = true;
                Ok(Some(changes))
            }
            Err(SchemaError::Unauthorized(_)) => Err(Error::unauthorized("Write permission not allowed")),
            Err(SchemaError::Invalid(errors)) => {
                self.errors.extend(errors);
                Ok(None)
            }
        }
    }
}
