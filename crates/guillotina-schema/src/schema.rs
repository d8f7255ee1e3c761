//! A schema: the fields and invariants of one interface (D-010, R-013).

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::{FieldError, Invalid, SchemaError};
use crate::{Context, Field, json_schema};

type Text = Cow<'static, str>;

/// Checks the values of several fields together.
pub type InvariantFn = Arc<dyn Fn(&Map<String, Value>) -> Result<(), Invalid> + Send + Sync>;

/// A condition on several fields (D-010).
#[derive(Clone)]
pub struct Invariant {
    /// The dotted name, as the JSON schema shows it.
    pub name: Text,
    /// The check, over the canonical values by field name; `None` for one that needs the object itself, which whoever has
    /// the object asks.
    pub check: Option<InvariantFn>,
}

impl fmt::Debug for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Invariant").field(&self.name).finish()
    }
}

/// The fields and invariants of one interface.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Schema {
    /// The dotted name of the interface.
    pub name: Text,
    /// A short title for people.
    pub title: Option<Text>,
    /// A longer description for people.
    pub description: Option<Text>,
    /// The fields in the order of their declaration.
    pub fields: Vec<Field>,
    /// The conditions on several fields.
    pub invariants: Vec<Invariant>,
    /// Anything else that is said about the interface.
    pub tagged_values: Map<String, Value>,
}

/// What kind of request brings the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A new object: required fields must be there, `missing_value` is filled in.
    Create,
    /// Some fields of an object change.
    Update,
    /// The data replaces all there was. Required fields are not asked for, as in Guillotina.
    Replace,
}

/// What accepted data does to an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Canonical values by field name.
    pub set: Map<String, Value>,
    /// Fields that lose their value; only with [`Mode::Replace`].
    pub unset: Vec<String>,
}

impl Changes {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.unset.is_empty()
    }

    /// Carries the changes out on an object's values.
    pub fn apply(self, values: &mut Map<String, Value>) {
        for name in &self.unset {
            values.shift_remove(name);
        }
        values.extend(self.set);
    }
}

impl Schema {
    /// An empty schema of the interface `name` (a dotted name).
    pub fn new(name: impl Into<Text>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Sets the title.
    #[must_use]
    pub fn title(mut self, title: impl Into<Text>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, description: impl Into<Text>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Adds a field at the end; one of the same name that came from a base gives way in its place.
    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        match self.fields.iter_mut().find(|existing| existing.name == field.name) {
            Some(existing) => *existing = field,
            None => self.fields.push(field),
        }
        self
    }

    /// Adds a condition on several fields; `name` is its dotted name.
    #[must_use]
    pub fn invariant(
        mut self,
        name: impl Into<Text>,
        check: impl Fn(&Map<String, Value>) -> Result<(), Invalid> + Send + Sync + 'static,
    ) -> Self {
        self.invariants.push(Invariant { name: name.into(), check: Some(Arc::new(check)) });
        self
    }

    /// Inherits the fields, invariants and tagged values of `base` that are not declared here (D-010).
    #[must_use]
    pub fn base(mut self, base: &Schema) -> Self {
        let mut inherited = base.fields.clone();
        inherited.retain(|field| self.get(&field.name).is_none());
        inherited.append(&mut self.fields);
        self.fields = inherited;
        let known: Vec<Text> = self.invariants.iter().map(|invariant| invariant.name.clone()).collect();
        self.invariants.extend(base.invariants.iter().filter(|i| !known.contains(&i.name)).cloned());
        for (key, value) in &base.tagged_values {
            self.tagged_values.entry(key.clone()).or_insert_with(|| value.clone());
        }
        self
    }

    /// Says something else about the interface.
    #[must_use]
    pub fn tagged_value(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.tagged_values.insert(key.into(), value.into());
        self
    }

    /// The field `name`.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The last segment of the dotted name.
    pub fn short_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    /// What is wrong with the declaration itself, one sentence each; empty for a sound schema.
    pub fn problems(&self) -> Vec<String> {
        let of_field = |field: &Field| {
            let place = format!("{}.{}", self.name, field.name);
            field.problems().into_iter().map(move |problem| format!("{place}: {problem}")).collect::<Vec<_>>()
        };
        let mut all: Vec<String> = self.fields.iter().flat_map(of_field).collect();
        if self.fields.iter().any(|field| field.name.is_empty()) {
            all.push(format!("{}: a field has no name; give it one", self.name));
        }
        let mut seen = HashSet::new();
        let indexes = self.fields.iter().flat_map(|field| field.indexes.iter().map(move |i| (i, &field.name)));
        for name in indexes.map(|(index, field)| index.name.as_ref().unwrap_or(field)) {
            if !seen.insert(name) {
                all.push(format!("{}: two indexes have the name `{name}`; give one another name", self.name));
            }
        }
        all
    }

    /// The values a new object starts with: the defaults of the fields that have one.
    pub fn defaults(&self) -> Map<String, Value> {
        let default = |field: &Field| Some((field.name.to_string(), field.default_value()?));
        self.fields.iter().filter_map(default).collect()
    }

    /// The part of a request's `data` that belongs to this schema as a behaviour, which is the object
    /// under the schema's dotted name; `None` if the request doesn't mention it. Null counts as an
    /// empty object.
    ///
    /// # Errors
    /// `Not an object`, if it is anything else (ZZ-08).
    pub fn section<'a>(&self, data: &'a Map<String, Value>) -> Result<Option<Cow<'a, Map<String, Value>>>, FieldError> {
        match data.get(&*self.name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(Cow::Owned(Map::new()))),
            Some(Value::Object(section)) => Ok(Some(Cow::Borrowed(section))),
            Some(_) => Err(FieldError::new("Not an object").in_field(&self.name)),
        }
    }

    /// Converts and validates a request's values for this schema.
    ///
    /// Unknown names and readonly fields are ignored. `current` holds the object's canonical values;
    /// patch operations start from them. `can_write` is asked for each field that the data names.
    /// Invariants run last, over the values the object would have.
    ///
    /// # Errors
    /// [`SchemaError::Unauthorized`] for the first field that may not be written, else
    /// [`SchemaError::Invalid`] with everything that is wrong.
    pub fn deserialize(
        &self,
        data: &Map<String, Value>,
        current: &Map<String, Value>,
        mode: Mode,
        can_write: &mut dyn FnMut(&Field) -> bool,
        cx: &dyn Context,
    ) -> Result<Changes, SchemaError> {
        let nothing = Map::new();
        let start = if mode == Mode::Replace { &nothing } else { current };
        let mut changes = Changes::default();
        let mut errors = Vec::new();
        for field in self.fields.iter().filter(|field| !field.readonly) {
            match self.incoming(field, data, start, mode, can_write, cx)? {
                Incoming::Nothing => {}
                Incoming::Missing => errors.push(FieldError::new("Required parameter").in_field(&field.name)),
                Incoming::Value(raw) => match field.deserialize(raw, start.get(&*field.name), cx) {
                    Ok(value) => drop(changes.set.insert(field.name.to_string(), value)),
                    Err(error) => errors.push(error),
                },
            }
        }
        if mode == Mode::Replace {
            let lost = |field: &&Field| current.contains_key(&*field.name) && !changes.set.contains_key(&*field.name);
            changes.unset = self.fields.iter().filter(lost).map(|field| field.name.to_string()).collect();
        }
        errors.extend(self.broken_invariants(current, &changes));
        if errors.is_empty() { Ok(changes) } else { Err(SchemaError::Invalid(errors)) }
    }

    fn incoming<'a>(
        &self,
        field: &'a Field,
        data: &'a Map<String, Value>,
        current: &Map<String, Value>,
        mode: Mode,
        can_write: &mut dyn FnMut(&Field) -> bool,
        cx: &dyn Context,
    ) -> Result<Incoming<'a>, SchemaError> {
        if let Some(raw) = data.get(&*field.name) {
            return match can_write(field) {
                true => Ok(Incoming::Value(raw)),
                false => Err(SchemaError::Unauthorized(field.name.to_string())),
            };
        }
        if mode != Mode::Create {
            return Ok(Incoming::Nothing);
        }
        if let Some(missing) = &field.missing_value {
            return Ok(Incoming::Value(missing));
        }
        let has_value = || {
            current.get(&*field.name).is_some_and(|value| !value.is_null())
                || field.default_in(cx).is_ok_and(|value| value.is_some_and(|value| !value.is_null()))
        };
        Ok(if field.required && !has_value() { Incoming::Missing } else { Incoming::Nothing })
    }

    fn broken_invariants(&self, current: &Map<String, Value>, changes: &Changes) -> Vec<FieldError> {
        if self.invariants.is_empty() {
            return Vec::new();
        }
        let mut merged = current.clone();
        changes.clone().apply(&mut merged);
        self.broken_by(&merged)
    }

    /// What the invariants say about these canonical values, in their order.
    pub(crate) fn broken_by(&self, values: &Map<String, Value>) -> Vec<FieldError> {
        let checks = self.invariants.iter().filter_map(|invariant| invariant.check.as_ref());
        checks.filter_map(|check| check(values).err()).flat_map(Invalid::into_errors).collect()
    }

    /// The schema as a definition of `@types`, without the title and description of a behaviour.
    pub fn json_schema(&self) -> Value {
        json_schema::definition(self)
    }
}

enum Incoming<'a> {
    Nothing,
    Missing,
    Value(&'a Value),
}

#[cfg(test)]
mod tests;
