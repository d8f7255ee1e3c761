//! A struct's fields as a JSON object, field by field, so that one which cannot be written is named.

use serde::Serialize;
use serde::ser::{Impossible, SerializeMap, SerializeStruct, Serializer};
use serde_json::{Map, Value, to_value};
use std::fmt;

/// A struct that cannot be stored: one of its fields has no JSON form.
///
/// ```
/// use guillotina_content::fields::NoJson;
/// use std::collections::BTreeMap;
///
/// #[derive(serde::Serialize)]
/// struct Grid { cells: BTreeMap<(u8, u8), String> }
///
/// let grid = Grid { cells: BTreeMap::from([((0, 0), "a".to_owned())]) };
/// let error = NoJson::map_of(&grid).unwrap_err().to_string();
/// assert!(error.contains("the field `cells` of `") && error.contains("key must be a string"), "{error}");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{}`{type_name}` has no JSON form: {why}; give it a type that serde writes as JSON", of_field(.field))]
pub struct NoJson {
    type_name: &'static str,
    field: Option<String>,
    why: String,
}

fn of_field(field: &Option<String>) -> String {
    field.as_ref().map(|name| format!("the field `{name}` of ")).unwrap_or_default()
}

impl NoJson {
    /// The fields of a struct by their names.
    ///
    /// # Errors
    /// When one of them has no JSON form.
    pub fn map_of<T: Serialize>(fields: &T) -> Result<Map<String, Value>, NoJson> {
        fields.serialize(ByName).map_err(|Failed { field, why }| NoJson {
            type_name: std::any::type_name::<T>(),
            field,
            why,
        })
    }
}

struct ByName;

#[derive(Default)]
struct Entries {
    map: Map<String, Value>,
    key: Option<String>,
}

#[derive(Debug)]
struct Failed {
    field: Option<String>,
    why: String,
}

impl Failed {
    fn no_object() -> Self {
        serde::ser::Error::custom("its fields are not an object")
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Failed {}

impl serde::ser::Error for Failed {
    fn custom<T: fmt::Display>(why: T) -> Self {
        Failed { field: None, why: why.to_string() }
    }
}

impl Entries {
    fn add<T: Serialize + ?Sized>(&mut self, name: String, value: &T) -> Result<(), Failed> {
        match to_value(value) {
            Ok(value) => drop(self.map.insert(name, value)),
            Err(why) => return Err(Failed { field: Some(name), why: why.to_string() }),
        }
        Ok(())
    }
}

impl SerializeStruct for Entries {
    type Ok = Map<String, Value>;
    type Error = Failed;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Failed> {
        self.add(name.to_owned(), value)
    }

    fn end(self) -> Result<Self::Ok, Failed> {
        Ok(self.map)
    }
}

/// Structs with flattened fields, and those without any.
impl SerializeMap for Entries {
    type Ok = Map<String, Value>;
    type Error = Failed;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failed> {
        match to_value(key) {
            Ok(Value::String(name)) => self.key = Some(name),
            _ => return Err(serde::ser::Error::custom("key must be a string")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        let name = self.key.take().ok_or_else(Failed::no_object)?;
        self.add(name, value)
    }

    fn end(self) -> Result<Self::Ok, Failed> {
        Ok(self.map)
    }
}

macro_rules! refused {
    ($($method:ident($($argument:ty),*) -> $answer:ty;)*) => {
        $(fn $method(self, $(_: $argument),*) -> Result<$answer, Failed> {
            Err(Failed::no_object())
        })*
    };
}

type Never = Impossible<Map<String, Value>, Failed>;

impl Serializer for ByName {
    type Ok = Map<String, Value>;
    type Error = Failed;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Never;

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Entries, Failed> {
        Ok(Entries::default())
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Entries, Failed> {
        Ok(Entries::default())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        inner: &T,
    ) -> Result<Self::Ok, Failed> {
        inner.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, inner: &T) -> Result<Self::Ok, Failed> {
        inner.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _inner: &T,
    ) -> Result<Self::Ok, Failed> {
        Err(Failed::no_object())
    }

    refused! {
        serialize_bool(bool) -> Self::Ok;
        serialize_i8(i8) -> Self::Ok;
        serialize_i16(i16) -> Self::Ok;
        serialize_i32(i32) -> Self::Ok;
        serialize_i64(i64) -> Self::Ok;
        serialize_u8(u8) -> Self::Ok;
        serialize_u16(u16) -> Self::Ok;
        serialize_u32(u32) -> Self::Ok;
        serialize_u64(u64) -> Self::Ok;
        serialize_f32(f32) -> Self::Ok;
        serialize_f64(f64) -> Self::Ok;
        serialize_char(char) -> Self::Ok;
        serialize_str(&str) -> Self::Ok;
        serialize_bytes(&[u8]) -> Self::Ok;
        serialize_none() -> Self::Ok;
        serialize_unit() -> Self::Ok;
        serialize_unit_struct(&'static str) -> Self::Ok;
        serialize_unit_variant(&'static str, u32, &'static str) -> Self::Ok;
        serialize_seq(Option<usize>) -> Never;
        serialize_tuple(usize) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }
}
