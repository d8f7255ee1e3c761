//! JSON in (rows ): behaviours first, then the type's fields; all mistakes in one answer.

use crate::defaults::{self, OfObject};
use crate::directives::ObjectCheck;
use crate::error::{Cause, Error, Result};
use crate::request::Request;
use crate::resource::Resource;
use crate::schemas;
use crate::state::ObjectState;
use crate::types::{BehaviorInfo, TypeInfo};
use guillotina_schema::{Changes, Field, FieldError, Mode, Schema, SchemaError};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Reads a client's body into an object: fields of every behaviour that it names and of the type.
///
/// Invariants see the values as they would be. Those over the object run last, and only when nothing else is wrong; the
/// object has the new values then, and its old ones again if one of them refuses.
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
        checks: Vec::new(),
    };
    for behavior in resource.state().all_behaviors() {
        reader.behavior(behavior, data)?;
    }
    reader.main(data)?;
    let Reader { errors, next, changed, checks, .. } = reader;
    if !errors.is_empty() {
        return Err(Error::new(Cause::Deserialization(errors)));
    }
    let before = resource.state();
    if changed {
        resource.change(|state| *state = next);
    }
    let kept = hold(resource, &checks).await;
    if kept.is_err() && changed {
        resource.change(|state| *state = ObjectState::clone(&before));
    }
    kept
}

/// Asks the invariants over the object; what they say is collected, any other failure ends it.
async fn hold(resource: &Resource, checks: &[ObjectCheck]) -> Result<()> {
    let mut errors = Vec::new();
    for check in checks {
        let Err(error) = check(resource.clone()).await else { continue };
        match error.cause() {
            Cause::Deserialization(said) => errors.extend(said.iter().cloned()),
            _ => return Err(error),
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::new(Cause::Deserialization(errors))) }
}

struct Reader<'a> {
    resource: &'a Resource,
    request: &'a Request,
    mode: Mode,
    errors: Vec<FieldError>,
    next: ObjectState,
    changed: bool,
    /// Invariants over the object, of what was read.
    checks: Vec<ObjectCheck>,
}

/// What nobody has given yet is only there because a Rust struct has no holes: a required field of it is still missing.
fn forget_defaults(kind: &TypeInfo, current: &mut Map<String, Value>) -> Result<()> {
    // What was made for this object is given.
    let forgotten = |field: &&Field| field.required && !field.default_needs_object();
    let required: Vec<&str> = kind.schema.fields.iter().filter(forgotten).map(|f| &*f.name).collect();
    if required.is_empty() {
        return Ok(());
    }
    for level in &kind.levels {
        let defaults = (level.vtable.default)().to_map()?;
        for (name, default) in defaults.iter().filter(|(name, _)| required.contains(&name.as_str())) {
            if current.get(name) == Some(default) {
                current.shift_remove(name);
            }
        }
    }
    Ok(())
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
        let mut current = self.next.behavior(&info.interface).map(|set| set.to_map()).transpose()?.unwrap_or_default();
        self.checks.extend_from_slice(&info.checks);
        for name in info.context_fields {
            if let Some(value) = self.next.attributes.get(*name) {
                current.insert((*name).to_owned(), value.clone());
            }
        }
        let Some(changes) = self.read(&info.schema, &section, &current)? else { return Ok(()) };
        changes.apply(&mut current);
        defaults::complete(&info.schema, &mut current, self.resource)?;
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
        self.checks.extend_from_slice(&kind.checks);
        if kind.levels.is_empty() {
            return Ok(());
        }
        let mut current = self.next.values()?;
        if self.mode == Mode::Create {
            forget_defaults(&kind, &mut current)?;
        }
        let Some(changes) = self.read(&kind.schema, data, &current)? else { return Ok(()) };
        changes.apply(&mut current);
        defaults::complete(&kind.schema, &mut current, self.resource)?;
        self.next.fields = kind.decode(&current)?;
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
        match schema.deserialize(data, current, self.mode, &mut can_write, &OfObject(resource)) {
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
