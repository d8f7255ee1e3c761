//! The state of one object: an immutable value, shared between the cache and all readers, copied on write.
//!
//! At rest it is versioned JSON, with every behaviour's data inline: one row read per object, and nothing in it runs
//! code when it is read (row X-006).

use crate::error::{Error, Result};
use crate::fields::{FieldSet, NoJson};
use crate::types::{BehaviorInfo, TypeInfo, TypeRegistry};
use bytes::Bytes;
use guillotina_component::Interface;
use guillotina_security::LocalSecurity;
use once_cell::sync::OnceCell;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::any::TypeId;
use std::sync::Arc;

/// The format's version; a reader refuses what is newer than itself.
const VERSION: u32 = 1;

/// Names of the fields that every object keeps itself, whichever schema they are written through.
pub const ATTRIBUTES: [&str; 6] = ["title", "creators", "contributors", "tags", "creation_date", "modification_date"];

/// One version of an object.
pub struct ObjectState {
    /// Its type.
    pub kind: Arc<TypeInfo>,
    /// Title, dates, creators…: see [`ATTRIBUTES`], and every behaviour's fields that are kept on the object.
    pub attributes: Map<String, Value>,
    /// Local permissions.
    pub acl: LocalSecurity,
    /// Behaviours added to this object alone.
    pub dynamic: Vec<Arc<BehaviorInfo>>,
    /// Fields of the type, one set for each of its levels.
    pub fields: Vec<Arc<dyn FieldSet>>,
    /// Data of behaviours that have any.
    pub behaviors: Vec<(Interface, Arc<dyn FieldSet>)>,
    /// Data by name that belongs to the framework or an add-on: a container's registry.
    pub annotations: Map<String, Value>,
    /// What the object provides.
    pub spec: Interface,
    /// The full JSON form, kept by the serialiser for readers that get the same one.
    pub rendered: OnceCell<Rendered>,
    /// What no enabled application knows.
    unknown: Option<Arc<Unknown>>,
}

/// What is stored with an object and belongs to no enabled application. It is written back as it was read, so that an
/// application that is disabled for a while, or a field that an older version does not have, loses nothing.
#[derive(Default)]
struct Unknown {
    dynamic: Vec<String>,
    fields: Map<String, Value>,
    behaviors: Map<String, Value>,
}

impl Unknown {
    fn is_empty(&self) -> bool {
        self.dynamic.is_empty() && self.fields.is_empty() && self.behaviors.is_empty()
    }
}

/// A rendered full form, and the URL that it was rendered for: it holds the ids of all parents.
pub struct Rendered {
    /// `@id`.
    pub url: String,
    /// The JSON text.
    pub text: Bytes,
}

impl Clone for ObjectState {
    fn clone(&self) -> Self {
        ObjectState {
            kind: self.kind.clone(),
            attributes: self.attributes.clone(),
            acl: self.acl.clone(),
            dynamic: self.dynamic.clone(),
            fields: self.fields.clone(),
            behaviors: self.behaviors.clone(),
            annotations: self.annotations.clone(),
            spec: self.spec.clone(),
            rendered: OnceCell::new(),
            unknown: self.unknown.clone(),
        }
    }
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct AtRest<'a> {
    v: u32,
    #[serde(rename = "attrs", skip_serializing_if = "Map::is_empty")]
    attributes: Map<String, Value>,
    #[serde(skip_serializing_if = "LocalSecurity::is_empty")]
    acl: LocalSecurity,
    #[serde(rename = "dyn", skip_serializing_if = "Vec::is_empty", borrow)]
    dynamic: Vec<std::borrow::Cow<'a, str>>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    fields: Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    behaviors: Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    annotations: Map<String, Value>,
}

impl ObjectState {
    /// A new object's state.
    pub fn new(kind: Arc<TypeInfo>) -> Self {
        ObjectState {
            attributes: Map::new(),
            acl: LocalSecurity::default(),
            dynamic: Vec::new(),
            fields: kind.default_fields(),
            behaviors: Vec::new(),
            annotations: Map::new(),
            spec: kind.spec.clone(),
            rendered: OnceCell::new(),
            unknown: None,
            kind,
        }
    }

    /// The state as it is stored.
    ///
    /// # Errors
    /// When a field has no JSON form: names it.
    pub fn encode(&self) -> Result<Bytes> {
        let (mut fields, mut behaviors, mut dynamic) = (Map::new(), Map::new(), Vec::new());
        if let Some(unknown) = &self.unknown {
            fields.clone_from(&unknown.fields);
            behaviors.clone_from(&unknown.behaviors);
            dynamic.extend(unknown.dynamic.iter().map(|name| name.as_str().into()));
        }
        dynamic.extend(self.dynamic.iter().map(|b| std::borrow::Cow::from(b.interface.name())));
        for (interface, set) in &self.behaviors {
            behaviors.insert(interface.name().to_owned(), Value::Object(set.to_map()?));
        }
        fields.extend(self.values()?);
        let at_rest = AtRest {
            v: VERSION,
            attributes: self.attributes.clone(),
            acl: self.acl.clone(),
            dynamic,
            fields,
            behaviors,
            annotations: self.annotations.clone(),
        };
        Ok(Bytes::from(serde_json::to_vec(&at_rest)?))
    }

    /// The state out of the database.
    ///
    /// # Errors
    /// When the type is of no enabled application, the format is newer, or a field does not have its type.
    pub fn decode(types: &TypeRegistry, type_name: &str, bytes: &[u8]) -> Result<ObjectState> {
        let kind = types
            .get(type_name)
            .ok_or_else(|| {
                Error::internal(format!(
                    "a stored object is of type {type_name:?}, which no enabled application has; enable its application"
                ))
            })?
            .clone();
        let unreadable = |what: &str, e: serde_json::Error| {
            Error::internal(format!("{what} of a stored {type_name} cannot be read: {e}"))
        };
        let mut at_rest: AtRest<'_> = serde_json::from_slice(bytes).map_err(|e| unreadable("the state", e))?;
        if at_rest.v > VERSION {
            return Err(Error::internal(format!(
                "a stored {type_name} has format {}, this server reads up to {VERSION}; run a newer server",
                at_rest.v
            )));
        }
        let fields = kind.decode(&at_rest.fields).map_err(|e| unreadable("a field", e))?;
        at_rest.fields.retain(|name, _| kind.schema.get(name).is_none());
        let mut unknown = Unknown { fields: at_rest.fields, ..Unknown::default() };
        let mut behaviors = Vec::with_capacity(at_rest.behaviors.len());
        for (name, data) in at_rest.behaviors {
            match (types.behavior_named(&name), &data) {
                (Some(info), Value::Object(map)) => {
                    let set = (info.vtable.decode)(map).map_err(|e| unreadable(&name, e))?;
                    behaviors.push((info.interface.clone(), Arc::from(set)));
                }
                _ => drop(unknown.behaviors.insert(name, data)),
            }
        }
        let mut dynamic = Vec::with_capacity(at_rest.dynamic.len());
        for name in at_rest.dynamic {
            match types.behavior_named(&name) {
                Some(info) => dynamic.push(info.clone()),
                None => unknown.dynamic.push(name.into_owned()),
            }
        }
        let mut state = ObjectState {
            attributes: at_rest.attributes,
            acl: at_rest.acl,
            dynamic,
            fields,
            behaviors,
            annotations: at_rest.annotations,
            spec: kind.spec.clone(),
            rendered: OnceCell::new(),
            unknown: (!unknown.is_empty()).then(|| Arc::new(unknown)),
            kind,
        };
        state.refresh_spec();
        Ok(state)
    }

    /// Works out again what the object provides, after its dynamic behaviours changed.
    pub fn refresh_spec(&mut self) {
        self.spec = self.kind.spec_with(&self.dynamic);
    }

    /// The fields of the type's struct `T`.
    pub fn level<T: 'static>(&self) -> Option<&Arc<dyn FieldSet>> {
        self.fields.iter().find(|set| set.struct_type() == TypeId::of::<T>())
    }

    /// The values of the type's fields, those of its base first.
    ///
    /// # Errors
    /// When a field has no JSON form: names it.
    pub fn values(&self) -> Result<Map<String, Value>, NoJson> {
        let mut values = Map::new();
        // A derived struct does not repeat a name of its base, so nothing is overwritten.
        for set in self.fields.iter().rev() {
            values.append(&mut set.to_map()?);
        }
        Ok(values)
    }

    /// Data of a behaviour.
    pub fn behavior(&self, interface: &Interface) -> Option<&Arc<dyn FieldSet>> {
        self.behaviors.iter().find(|(i, _)| i == interface).map(|(_, set)| set)
    }

    /// Sets or replaces the data of a behaviour.
    pub fn set_behavior(&mut self, interface: &Interface, set: Arc<dyn FieldSet>) {
        match self.behaviors.iter_mut().find(|(i, _)| i == interface) {
            Some((_, old)) => *old = set,
            None => self.behaviors.push((interface.clone(), set)),
        }
    }

    /// Static behaviours, then those of this object.
    pub fn all_behaviors(&self) -> impl Iterator<Item = &Arc<BehaviorInfo>> {
        self.kind.behaviors.iter().chain(&self.dynamic)
    }
}
