//! A serde deserializer over nodes. It reports unknown keys as it meets them, leaves out what was found to be wrong
//! before (so that the rest can be judged), and says in each error which node failed.

use std::cell::RefCell;
use std::collections::HashSet;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
    value::StrDeserializer,
};
use serde::forward_to_deserialize_any;

use crate::diagnostic::Diagnostic;
use crate::error::{Error, What};
use crate::node::{Node, Table, Value, parse_bool};
use crate::path::{self, Segment};
use crate::section::{FieldDoc, unknown_key};

/// What the deserializers of one section share.
pub(crate) struct Context<'a> {
    /// The keys of the section itself.
    pub(crate) section: &'a [&'a str],
    /// The section's fields.
    pub(crate) fields: &'static [FieldDoc],
    /// The nodes that are left out.
    pub(crate) skipped: RefCell<HashSet<Vec<Segment>>>,
    /// Unknown keys.
    pub(crate) found: RefCell<Vec<Diagnostic>>,
}

impl Context<'_> {
    /// Reports the keys that are not known and leaves them out.
    fn check_keys(&self, node: &Node, at: Step<'_>, known: &[&str]) {
        for (key, value) in node.as_table().into_iter().flatten() {
            let path = at.child_key(key);
            // A list of section keys with `*` takes every key.
            if known.contains(&key.as_str()) || known.contains(&"*") || !self.skipped.borrow_mut().insert(path) {
                continue;
            }
            let name = path::display(self.section, &at.to_segments());
            let what = if name.is_empty() { "the settings".to_owned() } else { format!("[{name}]") };
            self.found.borrow_mut().push(unknown_key(key, &value.key, known, &what));
        }
    }

    fn is_skipped(&self, path: &[Segment]) -> bool {
        let skipped = self.skipped.borrow();
        !skipped.is_empty() && skipped.contains(path)
    }
}

/// The way from the section to a node, as a list on the stack.
#[derive(Clone, Copy)]
pub(crate) enum Step<'p> {
    Section,
    Key(&'p Step<'p>, &'p str),
    Index(&'p Step<'p>, usize),
}

impl Step<'_> {
    fn to_segments(self) -> Vec<Segment> {
        let mut segments = Vec::new();
        let mut step = self;
        loop {
            step = match step {
                Step::Section => break,
                Step::Key(outer, key) => {
                    segments.push(Segment::Key(key.to_owned()));
                    *outer
                }
                Step::Index(outer, index) => {
                    segments.push(Segment::Index(index));
                    *outer
                }
            };
        }
        segments.reverse();
        segments
    }

    fn child_key(self, key: &str) -> Vec<Segment> {
        let mut segments = self.to_segments();
        segments.push(Segment::Key(key.to_owned()));
        segments
    }

    fn child_index(self, index: usize) -> Vec<Segment> {
        let mut segments = self.to_segments();
        segments.push(Segment::Index(index));
        segments
    }
}

/// Reads one node.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) node: &'a Node,
    pub(crate) step: Step<'a>,
    pub(crate) context: &'a Context<'a>,
}

impl Reader<'_> {
    fn blame(self, error: Error) -> Error {
        error.at(|| self.step.to_segments())
    }

    /// The text of the environment or the command line, which becomes what is asked for.
    fn text(&self) -> Option<&str> {
        self.node.as_str().filter(|_| self.node.origin.is_text()).map(str::trim)
    }

    fn visit_any<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Boolean(boolean) => visitor.visit_bool(*boolean),
            Value::Integer(integer) => visitor.visit_i64(*integer),
            Value::Float(float) => visitor.visit_f64(*float),
            Value::String(text) => visitor.visit_str(text),
            Value::Array(items) => visitor.visit_seq(Items { reader: self, items, next: 0 }),
            Value::Table(table) => visitor.visit_map(Entries { reader: self, table, next: 0 }),
        }
    }

    fn visit_number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.text().and_then(|text| text.parse().ok()) {
            Some(integer) => visitor.visit_i64(integer),
            None => self.visit_any(visitor),
        }
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.visit_number(visitor).map_err(|error| self.blame(error))
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_any(visitor).map_err(|error| self.blame(error))
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let visited = match self.text().and_then(|text| text.parse().ok()) {
            Some(float) => visitor.visit_f64(float),
            None => self.visit_any(visitor),
        };
        visited.map_err(|error| self.blame(error))
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let visited = match self.text().and_then(parse_bool) {
            Some(boolean) => visitor.visit_bool(boolean),
            None => self.visit_any(visitor),
        };
        visited.map_err(|error| self.blame(error))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let visited = if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) };
        visited.map_err(|error| self.blame(error))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self).map_err(|error| self.blame(error))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // A section with flattened parts arrives here instead of at `deserialize_struct`.
        let fields = self.context.fields;
        if matches!(self.step, Step::Section) && !fields.is_empty() {
            let known: Vec<_> = fields.iter().map(|field| field.name).collect();
            self.context.check_keys(self.node, self.step, &known);
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        // serde would fill the fields of a struct from a list by their order, which nobody means in settings.
        if let Value::Array(_) = self.node.value {
            let what = What::Type { found: "a list".to_owned(), expected: "a table".to_owned() };
            return Err(self.blame(Error::new(what)));
        }
        let own = if matches!(self.step, Step::Section) { self.context.fields } else { &[] };
        let mut known: Vec<_> = own.iter().map(|field| field.name).collect();
        known.extend(fields.iter().filter(|field| !own.iter().any(|own| own.name == **field)));
        self.context.check_keys(self.node, self.step, &known);
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let variant = match &self.node.value {
            Value::String(name) => Variant { name, content: None },
            Value::Table(table) => match table.first() {
                Some((name, node)) if table.len() == 1 => {
                    let step = Step::Key(&self.step, name);
                    let content = Reader { node, step, context: self.context };
                    let visited = visitor.visit_enum(Variant { name, content: Some(content) });
                    return visited.map_err(|error| self.blame(error));
                }
                _ => {
                    let expected = format!("a table with one of the keys {}", variants.join(", "));
                    let what = What::Type { found: format!("a table with {} keys", table.len()), expected };
                    return Err(self.blame(Error::new(what)));
                }
            },
            other => {
                let what = What::Type { found: other.kind().to_owned(), expected: "a string".to_owned() };
                return Err(self.blame(Error::new(what)));
            }
        };
        visitor.visit_enum(variant).map_err(|error| self.blame(error))
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

/// The items of a list that are not left out.
struct Items<'a> {
    reader: Reader<'a>,
    items: &'a [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Reader { step, context, .. } = self.reader;
        while let Some(node) = self.items.get(self.next) {
            let index = self.next;
            self.next += 1;
            if !context.is_skipped(&step.child_index(index)) {
                let reader = Reader { node, step: Step::Index(&step, index), context };
                return seed.deserialize(reader).map(Some);
            }
        }
        Ok(None)
    }
}

/// The entries of a table that are not left out.
struct Entries<'a> {
    reader: Reader<'a>,
    table: &'a Table,
    next: usize,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Reader { step, context, .. } = self.reader;
        while let Some((key, _)) = self.table.get_index(self.next) {
            if !context.is_skipped(&step.child_key(key)) {
                let deserializer: StrDeserializer<'_, Error> = key.as_str().into_deserializer();
                return seed.deserialize(deserializer).map(Some).map_err(|error| error.at(|| step.child_key(key)));
            }
            self.next += 1;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Reader { step, context, .. } = self.reader;
        let (key, node) =
            self.table.get_index(self.next).ok_or_else(|| de::Error::custom("a value was asked for before its key"))?;
        self.next += 1;
        seed.deserialize(Reader { node, step: Step::Key(&step, key), context })
    }
}

/// A name alone (`"strict"`), or a name with content (`{ custom = { … } }`).
struct Variant<'a> {
    name: &'a str,
    content: Option<Reader<'a>>,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Error;
    type Variant = Content<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content<'a>), Error> {
        let deserializer: StrDeserializer<'_, Error> = self.name.into_deserializer();
        Ok((seed.deserialize(deserializer)?, Content(self.content)))
    }
}

/// The content of a variant.
struct Content<'a>(Option<Reader<'a>>);

impl<'a> Content<'a> {
    fn reader(self) -> Result<Reader<'a>, Error> {
        let what = || What::Type { found: "a string".to_owned(), expected: "a table with that key".to_owned() };
        self.0.ok_or_else(|| Error::new(what()))
    }
}

impl<'de> VariantAccess<'de> for Content<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        self.0.map_or(Ok(()), de::Deserialize::deserialize)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.reader()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.reader()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.reader()?.deserialize_struct("", fields, visitor)
    }
}
