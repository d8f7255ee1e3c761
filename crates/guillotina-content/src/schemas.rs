//! The fields that every resource has, and how schemas are put together.

use crate::directives::{Check, Directives, ObjectCheck};
use crate::fields::Fields;
use crate::indexes::{self, IndexInfo};
use crate::registration::FieldsVtable;
use crate::types::TypeInfo;
use guillotina_schema::{Field, Invariant, Kind, Schema};
use once_cell::sync::Lazy;

/// Fields of `IResource` (row R-001): served first, of every type. All are made by the server; the
/// title and, for imports, the dates can be given as well.
pub static RESOURCE: Lazy<Schema> = Lazy::new(|| {
    let mut schema = Schema::new("guillotina.interfaces.IResource");
    schema.fields = vec![
        Field::new("type_name", Kind::text_line()).title("Portal type").required(false).readonly(true),
        Field::new("title", Kind::text_line()).title("Title").description("Title of the Resource").required(false),
        Field::new("uuid", Kind::text_line()).title("UUID").required(false).readonly(true),
        Field::new("modification_date", Kind::datetime()).title("Modification date").required(false),
        Field::new("creation_date", Kind::datetime()).title("Creation date").required(false),
        Field::new("__behaviors__", Kind::frozen_set(Kind::text_line()))
            .title("Enabled behaviors")
            .required(false)
            .readonly(true),
    ];
    schema
});

/// What is declared of a type or behaviour, its bases included.
pub(crate) struct Declared {
    /// Fields, invariants and tagged values.
    pub schema: Schema,
    /// The invariants that need the object.
    pub checks: Vec<ObjectCheck>,
    /// The indexes.
    pub indexes: Vec<IndexInfo>,
    /// Names of the fields that are part of the catalog's metadata.
    pub metadata: Vec<String>,
}

impl Declared {
    /// What a struct says itself.
    pub(crate) fn of(vtable: &FieldsVtable, title: &str, description: &str) -> Declared {
        let (fields, mut directives) = ((vtable.fields)(), (vtable.directives)());
        let indexes = indexes::declared(&fields, std::mem::take(&mut directives.indexes));
        let said = fields.iter().filter(|field| field.metadata).map(|field| field.name.to_string());
        let metadata = said.chain(directives.metadata.iter().map(|name| (*name).to_owned())).collect();
        let checks = directives.invariants.iter().filter_map(|invariant| match &invariant.check {
            Check::Object(check) => Some(check.clone()),
            Check::Values(_) => None,
        });
        let checks = checks.collect();
        let schema = named((vtable.interface)().name(), fields, directives, title, description);
        Declared { schema, checks, indexes, metadata }
    }

    /// The same with what the base says and this one does not.
    pub(crate) fn based_on(mut self, base: &TypeInfo) -> Declared {
        self.schema = self.schema.base(&base.schema);
        self.checks.extend(base.checks.iter().cloned());
        self.indexes = indexes::inherited(&base.indexes, self.indexes);
        self.metadata
            .extend(base.metadata.iter().filter(|name| !self.metadata.contains(name)).cloned().collect::<Vec<_>>());
        self
    }
}

fn named(name: &str, fields: Vec<Field>, directives: Directives, title: &str, description: &str) -> Schema {
    let mut schema = Schema::new(name.to_owned());
    schema.fields = fields;
    schema.tagged_values = directives.tagged_values;
    let invariant = |invariant: crate::directives::Invariant| Invariant {
        name: invariant.name.into(),
        check: match invariant.check {
            Check::Values(check) => Some(check),
            Check::Object(_) => None,
        },
    };
    schema.invariants = directives.invariants.into_iter().map(invariant).collect();
    if !title.is_empty() {
        schema = schema.title(title.to_owned());
    }
    if !description.is_empty() {
        schema = schema.description(description.to_owned());
    }
    schema
}

/// The kind of fields that hold a struct with `#[schema]`.
pub fn structure<T: Fields>(name: &str, title: &str, description: &str) -> Kind {
    Kind::object(named(name, T::fields(), T::directives(), title, description))
}
