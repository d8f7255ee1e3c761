//! Schemas as JSON schemas, in the form `@types` serves (R-019, R-020, S-046).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::error::is_truthy;
use crate::kind::{Choices, Kind, Length, Range};
use crate::{Field, Schema};

/// A behaviour in the JSON schema of a type.
#[derive(Clone, Copy, Debug)]
pub struct BehaviorInfo<'a> {
    /// The behaviour's schema; its dotted name is the behaviour's.
    pub schema: &'a Schema,
    /// The title it was registered with; the short name of the schema if there is none.
    pub title: Option<&'a str>,
    /// The description it was registered with.
    pub description: Option<&'a str>,
}

impl<'a> From<&'a Schema> for BehaviorInfo<'a> {
    /// A behaviour with the title and description of its schema.
    fn from(schema: &'a Schema) -> Self {
        Self { schema, title: schema.title.as_deref(), description: schema.description.as_deref() }
    }
}

/// The JSON schema of a content type: one item of `@types` (S-046, R-020).
///
/// Each behaviour is a property that holds an array of one `$ref`; this is how Guillotina says it.
///
/// ```
/// use guillotina_schema::{Field, Kind, Schema, type_json_schema};
/// use serde_json::json;
///
/// let main = Schema::new("app.INote").field(Field::new("body", Kind::text()).required(true));
/// let extra = Schema::new("app.IRated").field(Field::new("stars", Kind::int()));
/// let schema = type_json_schema("Note", &main, &[(&extra).into()]);
/// assert_eq!(schema["required"], json!(["body"]));
/// assert_eq!(schema["properties"]["app.IRated"], json!([{"$ref": "#/components/schemas/app.IRated"}]));
/// assert_eq!(schema["definitions"]["app.IRated"]["title"], "IRated");
/// ```
pub fn type_json_schema(type_name: &str, schema: &Schema, behaviors: &[BehaviorInfo<'_>]) -> Value {
    let mut properties = properties(schema);
    let mut definitions = Map::new();
    for behavior in behaviors {
        let name = behavior.schema.name.to_string();
        let mut definition = definition_members(behavior.schema);
        let title = behavior.title.filter(|title| !title.is_empty());
        definition.insert("title".into(), title.unwrap_or(behavior.schema.short_name()).into());
        definition.insert("description".into(), behavior.description.into());
        properties.insert(name.clone(), json!([{"$ref": format!("#/components/schemas/{name}")}]));
        definitions.insert(name, Value::Object(definition));
    }
    json!({
        "title": type_name,
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "object",
        "required": required(schema),
        "definitions": definitions,
        "properties": properties,
        "invariants": invariants(schema),
    })
}

pub(crate) fn definition(schema: &Schema) -> Value {
    Value::Object(definition_members(schema))
}

fn definition_members(schema: &Schema) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("type".into(), "object".into());
    members.insert("properties".into(), Value::Object(properties(schema)));
    members.insert("required".into(), required(schema));
    members.insert("invariants".into(), invariants(schema));
    members
}

fn properties(schema: &Schema) -> Map<String, Value> {
    schema.fields.iter().map(|f| (f.name.to_string(), field(f))).collect()
}

fn required(schema: &Schema) -> Value {
    schema.fields.iter().filter(|f| f.required).map(|f| Value::from(&*f.name)).collect()
}

fn invariants(schema: &Schema) -> Value {
    schema.invariants.iter().map(|invariant| Value::from(&*invariant.name)).collect()
}

/// One field. The attributes stand in alphabetical order, and one that is false, zero or empty is left
/// out, as in Guillotina.
pub(crate) fn field(field: &Field) -> Value {
    let mut members = Map::new();
    members.insert("type".into(), field_type(field).into());
    if let Some(widget) = field.widget.as_deref().or_else(|| default_widget(field)) {
        members.insert("widget".into(), widget.into());
    }
    let mut attributes = kind_attributes(&field.kind);
    attributes.push(("default", field.default_value().unwrap_or(Value::Null)));
    attributes.push(("description", field.description.as_deref().into()));
    attributes.push(("missing_value", field.missing_value.clone().unwrap_or(Value::Null)));
    attributes.push(("readonly", field.readonly.into()));
    attributes.push(("title", field.title.as_deref().into()));
    attributes.sort_by_key(|(name, _)| *name);
    members.extend(
        attributes.into_iter().filter(|(_, value)| is_truthy(value)).map(|(name, value)| (name.to_owned(), value)),
    );
    add_structure(&field.kind, &mut members);
    members.extend(field.extra_values.clone());
    Value::Object(members)
}

/// The `type`; null for the kinds that Guillotina has no word for.
fn field_type(field: &Field) -> Option<&'static str> {
    Some(match &field.kind {
        Kind::List(_) | Kind::Tuple(_) | Kind::Set(_) | Kind::FrozenSet(_) => "array",
        Kind::Dict(_) | Kind::OrderedDict(_) | Kind::Object(_) | Kind::Json(_) | Kind::File => "object",
        // A field that takes patch operations is an object, unless it is a collection.
        _ if field.patch.is_some() => "object",
        Kind::Bytes(_) | Kind::BytesLine(_) | Kind::Timedelta(_) | Kind::Union(_) | Kind::Interface => {
            return None;
        }
        Kind::Choice(_) => "string",
        kind => kind.type_name(),
    })
}

fn default_widget(field: &Field) -> Option<&'static str> {
    match &field.kind {
        _ if field.patch.is_some() => None,
        Kind::Text(_) | Kind::SourceText(_) | Kind::Ascii(_) | Kind::AsciiLine(_) => Some("textarea"),
        kind if kind.is_text() => Some("input"),
        Kind::Choice(_) => Some("select"),
        Kind::File => Some("file"),
        _ => None,
    }
}

fn kind_attributes(kind: &Kind) -> Vec<(&'static str, Value)> {
    let mut attributes = Vec::new();
    if let Some(Length { min, max }) = kind.length() {
        attributes.extend([("min_length", min.into()), ("max_length", max.into())]);
    }
    match kind {
        Kind::DottedName { min_dots, max_dots, .. } => {
            attributes.extend([("min_dots", (*min_dots).into()), ("max_dots", (*max_dots).into())]);
        }
        Kind::Int(range) => bounds(&mut attributes, range, |n| (*n).into()),
        Kind::Float(range) | Kind::Timedelta(range) => bounds(&mut attributes, range, |n| (*n).into()),
        Kind::Decimal(range) => bounds(&mut attributes, range, |n| n.to_string().into()),
        Kind::Datetime(range) => {
            let said = |moment: &Timestamp| match *moment == Timestamp::MAX {
                true => Value::Null,
                false => crate::date::isoformat(*moment).into(),
            };
            bounds(&mut attributes, range, said);
        }
        Kind::Date(range) => bounds(&mut attributes, range, |d| d.to_string().into()),
        Kind::Time(range) => bounds(&mut attributes, range, |t| crate::date::time_isoformat(*t).into()),
        Kind::Choice(Choices::Values(values)) => attributes.push(("vocabulary", values.clone().into())),
        Kind::Choice(Choices::Vocabulary(name)) => attributes.push(("vocabularyName", (&**name).into())),
        _ => {}
    }
    attributes
}

fn bounds<T>(attributes: &mut Vec<(&'static str, Value)>, range: &Range<T>, json: impl Fn(&T) -> Value) {
    attributes.extend(range.min.as_ref().map(|min| ("min", json(min))));
    attributes.extend(range.max.as_ref().map(|max| ("max", json(max))));
}

fn add_structure(kind: &Kind, members: &mut Map<String, Value>) {
    if let Some(collection) = kind.collection() {
        let items = match &collection.item.kind {
            Kind::Object(schema) => definition(schema),
            _ => field(&collection.item),
        };
        members.insert("items".into(), items);
        return;
    }
    match kind {
        Kind::Dict(mapping) | Kind::OrderedDict(mapping) => {
            members.insert("properties".into(), json!({}));
            members.insert("additionalProperties".into(), field(&mapping.value));
        }
        Kind::Object(schema) => drop(members.insert("properties".into(), definition(schema))),
        Kind::Json(Some(schema)) => {
            if let Value::Object(source) = schema.source() {
                members.extend(source.clone());
            }
        }
        _ => {}
    }
}
