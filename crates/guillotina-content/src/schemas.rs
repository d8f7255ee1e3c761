//! The fields that every resource has, and how schemas are put together.

use guillotina_schema::{Field, Kind, Schema};
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

/// The fields of a struct as the schema of its interface.
pub fn named(name: &str, fields: Vec<Field>, title: &str, description: &str) -> Schema {
    let mut schema = Schema::new(name.to_owned());
    schema.fields = fields;
    if !title.is_empty() {
        schema = schema.title(title.to_owned());
    }
    if !description.is_empty() {
        schema = schema.description(description.to_owned());
    }
    schema
}
