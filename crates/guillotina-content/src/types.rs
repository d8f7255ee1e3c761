//! Content types and behaviours as the running application knows them.

use crate::directives::ObjectCheck;
use crate::fields::FieldSet;
use crate::indexes::IndexInfo;
use crate::registration::{BehaviorDecl, ContentTypeDecl, FieldsVtable, Place};
use crate::schemas::Declared;
use guillotina_component::{Interface, InterfaceId};
use guillotina_schema::Schema;
use guillotina_security::Permission;
use guillotina_security::perms;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};
use std::sync::Arc;

/// A behaviour (rows B-010, B-011).
pub struct BehaviorInfo {
    /// Its interface; the name is the key on the wire.
    pub interface: Interface,
    /// Its fields.
    pub schema: Arc<Schema>,
    /// Functions over its struct.
    pub vtable: FieldsVtable,
    /// Title for people.
    pub title: String,
    /// Description for people.
    pub description: String,
    /// Served without being asked for (row R-007).
    pub auto_serialize: bool,
    /// What may have it.
    pub for_: Interface,
    /// Fields kept on the object itself.
    pub context_fields: &'static [&'static str],
    /// Invariants that need the object (row D-010).
    pub checks: Vec<ObjectCheck>,
    /// Its indexes (row D-011).
    pub indexes: Vec<IndexInfo>,
    /// Fields that are part of the catalog's metadata.
    pub metadata: Vec<String>,
    /// Where it was written.
    pub place: Place,
}

impl BehaviorInfo {
    /// Whether no field asks for a permission to be read.
    pub fn is_open(&self) -> bool {
        is_open(&self.schema)
    }
}

fn is_open(schema: &Schema) -> bool {
    schema.fields.iter().all(|f| f.read_permission.is_none())
}

/// One struct of a type's chain of bases.
pub struct Level {
    /// Functions over the struct.
    pub vtable: FieldsVtable,
}

/// A content type.
pub struct TypeInfo {
    /// Name on the wire.
    pub name: Arc<str>,
    /// Its own interface.
    pub interface: Interface,
    /// What it is based on.
    pub base: Option<Arc<TypeInfo>>,
    /// Its structs that have fields, the most derived first.
    pub levels: Vec<Level>,
    /// Fields of all levels, those of the base first.
    pub schema: Arc<Schema>,
    /// Invariants that need the object, its own first, then those of the base (row D-010).
    pub checks: Vec<ObjectCheck>,
    /// Indexes of all levels; its own take the place of the base's of the same name (row D-011).
    pub indexes: Vec<IndexInfo>,
    /// Fields that are part of the catalog's metadata.
    pub metadata: Vec<String>,
    /// Static behaviours.
    pub behaviors: Vec<Arc<BehaviorInfo>>,
    /// What may be added inside; `None` = every globally addable type.
    pub allowed_types: Option<Vec<Arc<str>>>,
    /// May be added wherever it is not forbidden.
    pub globally_addable: bool,
    /// Permission to add one.
    pub add_permission: Permission,
    /// Whether children can be added to it.
    pub folderish: bool,
    /// Title for people.
    pub title: String,
    /// Description for people.
    pub description: String,
    /// What an object with the static behaviours only provides.
    pub spec: Interface,
    /// Where it was written.
    pub place: Place,
    /// Whether everybody who may read such an object reads the same: no field of it or of its static behaviours asks for a
    /// permission.
    pub open: bool,
    /// Specs of objects with dynamic behaviours: one for each set of behaviours, so that look-ups stay cached.
    specs: Mutex<FxHashMap<Vec<InterfaceId>, Interface>>,
}

impl TypeInfo {
    /// What an object with these dynamic behaviours provides.
    pub fn spec_with(&self, dynamic: &[Arc<BehaviorInfo>]) -> Interface {
        if dynamic.is_empty() {
            return self.spec.clone();
        }
        let mut key: Vec<InterfaceId> = dynamic.iter().map(|b| b.interface.id()).collect();
        key.sort_unstable();
        let make = || {
            Interface::declaration(
                std::iter::once(self.interface.clone())
                    .chain(self.behaviors.iter().chain(dynamic).map(|b| b.interface.clone())),
            )
        };
        self.specs.lock().entry(key).or_insert_with(make).clone()
    }

    /// Whether the type is or is based on the one of that interface.
    pub fn is_a(&self, interface: &Interface) -> bool {
        self.spec.is_or_extends(interface)
    }

    /// Whether `behavior` is among its static behaviours.
    pub fn has_static(&self, behavior: &Interface) -> bool {
        self.behaviors.iter().any(|b| &b.interface == behavior)
    }

    /// A set of default fields for every level.
    pub fn default_fields(&self) -> Vec<Arc<dyn FieldSet>> {
        self.levels.iter().map(|l| Arc::from((l.vtable.default)())).collect()
    }

    /// The set of every level out of the values of all of them.
    ///
    /// # Errors
    /// When a value is not of its field's type.
    pub fn decode(&self, values: &Map<String, Value>) -> serde_json::Result<Vec<Arc<dyn FieldSet>>> {
        self.levels.iter().map(|l| (l.vtable.decode)(values).map(Arc::from)).collect()
    }

    /// What was said of the type, its bases or its static behaviours under `key`; the nearest one counts (row D-010).
    pub fn tagged_value(&self, key: &str) -> Option<&Value> {
        let schemas = std::iter::once(&self.schema).chain(self.behaviors.iter().map(|b| &b.schema));
        schemas.into_iter().find_map(|schema| schema.tagged_values.get(key))
    }
}

impl std::fmt::Debug for TypeInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TypeInfo({})", self.name)
    }
}

impl std::fmt::Debug for BehaviorInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BehaviorInfo({})", self.interface)
    }
}

/// All types and behaviours of an application.
#[derive(Default)]
pub struct TypeRegistry {
    types: Vec<Arc<TypeInfo>>,
    by_name: FxHashMap<Arc<str>, usize>,
    behaviors: Vec<Arc<BehaviorInfo>>,
    behaviors_by_id: FxHashMap<InterfaceId, usize>,
}

impl TypeRegistry {
    /// Makes the registry; what cannot be resolved (a base or behaviour of an application that is not enabled) is
    /// returned as messages with their places.
    pub fn build(
        types: &[(&'static ContentTypeDecl, Place)],
        behaviors: &[(&'static BehaviorDecl, Place)],
    ) -> (TypeRegistry, Vec<(String, Place)>) {
        let mut registry = TypeRegistry::default();
        let mut problems = Vec::new();
        for (decl, place) in behaviors {
            registry.add_behavior(decl, *place);
        }
        let mut waiting: Vec<_> = types.iter().collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(|(decl, place)| !registry.try_add_type(decl, *place, &mut problems));
            if waiting.len() == before {
                break;
            }
        }
        for (decl, place) in waiting {
            problems.push((
                format!(
                    "content type `{}` is based on `{}`, which no enabled application has",
                    decl.type_name, decl.base
                ),
                *place,
            ));
        }
        (registry, problems)
    }

    fn add_behavior(&mut self, decl: &'static BehaviorDecl, place: Place) {
        let interface = (decl.vtable.interface)().clone();
        let Declared { schema, checks, indexes, metadata } = Declared::of(&decl.vtable, decl.title, decl.description);
        let info = BehaviorInfo {
            schema: Arc::new(schema),
            checks,
            indexes,
            metadata,
            vtable: decl.vtable,
            title: decl.title.to_owned(),
            description: decl.description.to_owned(),
            auto_serialize: decl.auto_serialize,
            for_: (decl.for_)().clone(),
            context_fields: decl.context_fields,
            place,
            interface: interface.clone(),
        };
        match self.behaviors_by_id.get(&interface.id()) {
            Some(&at) => self.behaviors[at] = Arc::new(info),
            None => {
                self.behaviors_by_id.insert(interface.id(), self.behaviors.len());
                self.behaviors.push(Arc::new(info));
            }
        }
    }

    fn try_add_type(
        &mut self,
        decl: &'static ContentTypeDecl,
        place: Place,
        problems: &mut Vec<(String, Place)>,
    ) -> bool {
        let base = match (decl.base, self.get(decl.base)) {
            ("", _) => None,
            (_, Some(base)) => Some(base.clone()),
            (_, None) => return false,
        };
        let mut behaviors: Vec<Arc<BehaviorInfo>> = Vec::new();
        for wanted in decl.behaviors {
            match self.behavior(wanted()) {
                Some(b) => behaviors.push(b.clone()),
                None => problems.push((
                    format!("behaviour `{}` of type `{}` is of no enabled application", wanted(), decl.type_name),
                    place,
                )),
            }
        }
        let mut declared = Declared::of(&decl.vtable, decl.title, decl.description);
        let mut levels = Vec::new();
        if !declared.schema.fields.is_empty() {
            levels.push(Level { vtable: decl.vtable });
        }
        let interface = (decl.vtable.interface)().clone();
        if let Some(base) = &base {
            levels.extend(base.levels.iter().map(|l| Level { vtable: l.vtable }));
            declared = declared.based_on(base);
        }
        let spec = Interface::declaration(
            std::iter::once(interface.clone()).chain(behaviors.iter().map(|b| b.interface.clone())),
        );
        let Declared { schema, checks, indexes, metadata } = declared;
        self.insert(TypeInfo {
            open: is_open(&schema) && behaviors.iter().all(|b| b.is_open()),
            name: decl.type_name.into(),
            levels,
            schema: Arc::new(schema),
            checks,
            indexes,
            metadata,
            behaviors,
            allowed_types: decl.allowed_types.map(|types| types.iter().map(|t| Arc::from(*t)).collect()),
            globally_addable: decl.globally_addable,
            add_permission: decl.add_permission.unwrap_or(perms::ADD_CONTENT),
            folderish: decl.folderish,
            title: decl.title.to_owned(),
            description: decl.description.to_owned(),
            spec,
            interface,
            base,
            place,
            specs: Mutex::default(),
        });
        true
    }

    fn insert(&mut self, info: TypeInfo) {
        match self.by_name.get(&info.name) {
            Some(&at) => self.types[at] = Arc::new(info),
            None => {
                self.by_name.insert(info.name.clone(), self.types.len());
                self.types.push(Arc::new(info));
            }
        }
    }

    /// The type of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<TypeInfo>> {
        self.by_name.get(name).map(|&at| &self.types[at])
    }

    /// All types, in the order of their registration.
    pub fn all(&self) -> &[Arc<TypeInfo>] {
        &self.types
    }

    /// The behaviour of that interface.
    pub fn behavior(&self, interface: &Interface) -> Option<&Arc<BehaviorInfo>> {
        self.behaviors_by_id.get(&interface.id()).map(|&at| &self.behaviors[at])
    }

    /// The behaviour of that dotted name.
    pub fn behavior_named(&self, name: &str) -> Option<&Arc<BehaviorInfo>> {
        self.behaviors.iter().find(|b| b.interface.name() == name)
    }

    /// All behaviours, in the order of their registration.
    pub fn behaviors(&self) -> &[Arc<BehaviorInfo>] {
        &self.behaviors
    }
}
