//! The kinds of fields (D-001…D-004).

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde_json::{Value, json};

use crate::decimal::Decimal;
use crate::{Field, JsonSchema, Schema};

/// Bounds of a length, both inclusive: characters of a text, bytes of a bytes field, items of a
/// collection, keys of a mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length {
    /// The smallest length allowed.
    pub min: Option<usize>,
    /// The largest length allowed.
    pub max: Option<usize>,
}

/// Bounds of a value, both inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range<T> {
    /// The smallest value allowed.
    pub min: Option<T>,
    /// The largest value allowed.
    pub max: Option<T>,
}

impl<T> Default for Range<T> {
    fn default() -> Self {
        Self { min: None, max: None }
    }
}

/// What a list, tuple or set holds (D-003).
#[derive(Clone, Debug)]
pub struct Collection {
    /// The field every item has to satisfy.
    pub item: Box<Field>,
    /// Whether two equal items are an error. Sets drop duplicates instead.
    pub unique: bool,
    /// Whether items are only converted and not validated.
    pub naive: bool,
    /// How many items there may be.
    pub length: Length,
}

/// What a dictionary holds (D-003).
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The field every key has to satisfy. JSON keys are strings, so it must be of a text kind.
    pub key: Box<Field>,
    /// The field every value has to satisfy.
    pub value: Box<Field>,
    /// Whether keys and values are only converted and not validated.
    pub naive: bool,
    /// How many keys there may be.
    pub length: Length,
}

/// Where the values of a choice come from (D-004).
#[derive(Clone, Debug)]
pub enum Choices {
    /// A fixed list.
    Values(Vec<Value>),
    /// A vocabulary, asked of the [`Context`](crate::Context) by name.
    Vocabulary(Cow<'static, str>),
    /// A function that lists the values at the moment of validation.
    Source(fn() -> Vec<Value>),
}

/// What a field holds: decides conversion, validation and the JSON schema.
///
/// ```
/// use guillotina_schema::{Field, Kind};
/// use serde_json::json;
///
/// let field = Field::new("scores", Kind::dict(Kind::text_line(), Kind::list(Kind::int())));
/// let stored = field.deserialize(&json!({"ann": ["1", 2.0]}), None, &()).unwrap();
/// assert_eq!(stored, json!({"ann": [1, 2]}));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// Any text.
    Text(Length),
    /// Text without line breaks.
    TextLine(Length),
    /// Text in some source language.
    SourceText(Length),
    /// ASCII text.
    Ascii(Length),
    /// ASCII text without line breaks.
    AsciiLine(Length),
    /// Bytes, in JSON a UTF-8 string.
    Bytes(Length),
    /// Bytes without a line break.
    BytesLine(Length),
    /// A secret line: accepted, never served.
    Password(Length),
    /// A line that is served with all but its beginning masked.
    MaskTextLine {
        /// The bounds of the length.
        length: Length,
        /// How many characters at the beginning are served.
        unmask_len: usize,
        /// How many stars stand for the rest, however long it is.
        mask_len: usize,
    },
    /// A URI: a scheme, a colon, no white space.
    Uri(Length),
    /// A URI or a dotted name with at least one dot.
    Id(Length),
    /// A dotted name.
    DottedName {
        /// The bounds of the length.
        length: Length,
        /// How many dots there must be.
        min_dots: usize,
        /// How many dots there may be.
        max_dots: Option<usize>,
    },
    /// A truth value.
    Bool,
    /// A 64-bit integer.
    Int(Range<i64>),
    /// A finite number.
    Float(Range<f64>),
    /// A decimal number of arbitrary precision.
    Decimal(Range<Decimal>),
    /// A moment. The last two days of the year 9999, which mean "never" to many, are allowed unless
    /// there is a maximum; [`Timestamp::MAX`] as the maximum stands for nothing but that.
    Datetime(Range<Timestamp>),
    /// A calendar day.
    Date(Range<Date>),
    /// A time of day.
    Time(Range<Time>),
    /// A duration in seconds.
    Timedelta(Range<f64>),
    /// Items in order.
    List(Collection),
    /// Items in order; the same as a list in JSON.
    Tuple(Collection),
    /// Different items.
    Set(Collection),
    /// Different items; the same as a set in JSON.
    FrozenSet(Collection),
    /// Values by key.
    Dict(Mapping),
    /// Values by key, in order of insertion.
    OrderedDict(Mapping),
    /// A structure with a schema of its own.
    Object(Arc<Schema>),
    /// JSON, with a JSON schema or free.
    Json(Option<Arc<JsonSchema>>),
    /// The first of several fields that fits.
    Union(Vec<Field>),
    /// The dotted name of an interface.
    Interface,
    /// One of several values.
    Choice(Choices),
    /// A file: its description here, its bytes elsewhere (R-016).
    File,
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:expr;)*) => {
        $($(#[$doc])* pub fn $name() -> Self { $kind })*
    };
}

impl Kind {
    constructors! {
        /// [`Kind::Text`] of any length.
        text => Self::Text(Length::default());
        /// [`Kind::TextLine`] of any length.
        text_line => Self::TextLine(Length::default());
        /// [`Kind::SourceText`] of any length.
        source_text => Self::SourceText(Length::default());
        /// [`Kind::Ascii`] of any length.
        ascii => Self::Ascii(Length::default());
        /// [`Kind::AsciiLine`] of any length.
        ascii_line => Self::AsciiLine(Length::default());
        /// [`Kind::Bytes`] of any length.
        bytes => Self::Bytes(Length::default());
        /// [`Kind::BytesLine`] of any length.
        bytes_line => Self::BytesLine(Length::default());
        /// [`Kind::Password`] of any length.
        password => Self::Password(Length::default());
        /// [`Kind::MaskTextLine`] that shows nothing but six stars.
        mask_text_line => Self::MaskTextLine { length: Length::default(), unmask_len: 0, mask_len: 6 };
        /// [`Kind::Uri`] of any length.
        uri => Self::Uri(Length::default());
        /// [`Kind::Id`] of any length.
        id => Self::Id(Length::default());
        /// [`Kind::DottedName`] with any number of dots.
        dotted_name => Self::DottedName { length: Length::default(), min_dots: 0, max_dots: None };
        /// [`Kind::Bool`].
        bool => Self::Bool;
        /// [`Kind::Int`] without bounds of its own.
        int => Self::Int(Range::default());
        /// [`Kind::Float`] without bounds.
        float => Self::Float(Range::default());
        /// [`Kind::Decimal`] without bounds.
        decimal => Self::Decimal(Range::default());
        /// [`Kind::Datetime`] without bounds.
        datetime => Self::Datetime(Range::default());
        /// [`Kind::Date`] without bounds.
        date => Self::Date(Range::default());
        /// [`Kind::Time`] without bounds.
        time => Self::Time(Range::default());
        /// [`Kind::Timedelta`] without bounds.
        timedelta => Self::Timedelta(Range::default());
        /// [`Kind::Json`] that accepts any JSON.
        any_json => Self::Json(None);
        /// [`Kind::Interface`].
        interface => Self::Interface;
        /// [`Kind::File`].
        file => Self::File;
    }

    /// A list of `item`s; `item` is a [`Kind`] or a [`Field`].
    pub fn list(item: impl Into<Field>) -> Self {
        Self::List(Collection::of(item.into()))
    }

    /// A tuple of `item`s.
    pub fn tuple(item: impl Into<Field>) -> Self {
        Self::Tuple(Collection::of(item.into()))
    }

    /// A set of `item`s.
    pub fn set(item: impl Into<Field>) -> Self {
        Self::Set(Collection::of(item.into()))
    }

    /// A frozen set of `item`s.
    pub fn frozen_set(item: impl Into<Field>) -> Self {
        Self::FrozenSet(Collection::of(item.into()))
    }

    /// A dictionary of `value`s by `key`.
    pub fn dict(key: impl Into<Field>, value: impl Into<Field>) -> Self {
        Self::Dict(Mapping::of(key.into(), value.into()))
    }

    /// An ordered dictionary of `value`s by `key`.
    pub fn ordered_dict(key: impl Into<Field>, value: impl Into<Field>) -> Self {
        Self::OrderedDict(Mapping::of(key.into(), value.into()))
    }

    /// A structure with the fields of `schema`.
    pub fn object(schema: impl Into<Arc<Schema>>) -> Self {
        Self::Object(schema.into())
    }

    /// JSON that satisfies the JSON schema `schema`.
    pub fn json(schema: Value) -> Self {
        Self::Json(Some(Arc::new(JsonSchema::new(schema))))
    }

    /// A JSON object with any members.
    pub fn json_object() -> Self {
        Self::json(json!({"type": "object", "properties": {}}))
    }

    /// The first of `fields` that fits.
    pub fn union(fields: impl IntoIterator<Item = impl Into<Field>>) -> Self {
        Self::Union(fields.into_iter().map(Into::into).collect())
    }

    /// One of `values`.
    pub fn choice(values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        Self::Choice(Choices::Values(values.into_iter().map(Into::into).collect()))
    }

    /// One of the values of the vocabulary `name`.
    pub fn vocabulary(name: impl Into<Cow<'static, str>>) -> Self {
        Self::Choice(Choices::Vocabulary(name.into()))
    }

    /// One of the values that `source` lists when asked.
    pub fn source(source: fn() -> Vec<Value>) -> Self {
        Self::Choice(Choices::Source(source))
    }

    /// Whether the canonical value of every non-null value is a string of text.
    pub(crate) fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Text(_)
                | Self::TextLine(_)
                | Self::SourceText(_)
                | Self::Ascii(_)
                | Self::AsciiLine(_)
                | Self::Password(_)
                | Self::MaskTextLine { .. }
                | Self::Uri(_)
                | Self::Id(_)
                | Self::DottedName { .. }
        )
    }

    /// Whether items of this kind are converted as plain scalars, whose errors are reported bare.
    pub(crate) fn is_scalar(&self) -> bool {
        self.is_text() || matches!(self, Self::Bool | Self::Int(_) | Self::Float(_))
    }

    /// What messages call a value of this kind (E-021).
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int(_) => "integer",
            Self::Float(_) => "number",
            Self::Decimal(_) => "decimal",
            Self::Datetime(_) => "datetime",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::Timedelta(_) => "timedelta",
            Self::List(_) | Self::Tuple(_) | Self::Set(_) | Self::FrozenSet(_) => "array",
            Self::Dict(_) | Self::OrderedDict(_) | Self::Object(_) | Self::File => "object",
            Self::Interface => "interface",
            Self::Json(_) | Self::Union(_) | Self::Choice(_) => "value",
            _ => "string",
        }
    }

    pub(crate) fn length_mut(&mut self) -> Option<&mut Length> {
        match self {
            Self::Text(length)
            | Self::TextLine(length)
            | Self::SourceText(length)
            | Self::Ascii(length)
            | Self::AsciiLine(length)
            | Self::Bytes(length)
            | Self::BytesLine(length)
            | Self::Password(length)
            | Self::MaskTextLine { length, .. }
            | Self::Uri(length)
            | Self::Id(length)
            | Self::DottedName { length, .. } => Some(length),
            Self::List(c) | Self::Tuple(c) | Self::Set(c) | Self::FrozenSet(c) => Some(&mut c.length),
            Self::Dict(m) | Self::OrderedDict(m) => Some(&mut m.length),
            _ => None,
        }
    }

    pub(crate) fn length(&self) -> Option<Length> {
        match self {
            Self::Text(length)
            | Self::TextLine(length)
            | Self::SourceText(length)
            | Self::Ascii(length)
            | Self::AsciiLine(length)
            | Self::Bytes(length)
            | Self::BytesLine(length)
            | Self::Password(length)
            | Self::MaskTextLine { length, .. }
            | Self::Uri(length)
            | Self::Id(length)
            | Self::DottedName { length, .. } => Some(*length),
            Self::List(c) | Self::Tuple(c) | Self::Set(c) | Self::FrozenSet(c) => Some(c.length),
            Self::Dict(m) | Self::OrderedDict(m) => Some(m.length),
            _ => None,
        }
    }

    pub(crate) fn collection(&self) -> Option<&Collection> {
        match self {
            Self::List(c) | Self::Tuple(c) | Self::Set(c) | Self::FrozenSet(c) => Some(c),
            _ => None,
        }
    }

    pub(crate) fn collection_mut(&mut self) -> Option<&mut Collection> {
        match self {
            Self::List(c) | Self::Tuple(c) | Self::Set(c) | Self::FrozenSet(c) => Some(c),
            _ => None,
        }
    }
}

impl Collection {
    /// Items that satisfy `item`, any number of them.
    pub fn of(item: Field) -> Self {
        Self { item: Box::new(item), unique: false, naive: false, length: Length::default() }
    }
}

impl Mapping {
    /// Values that satisfy `value` under keys that satisfy `key`, any number of them.
    pub fn of(key: Field, value: Field) -> Self {
        Self { key: Box::new(key), value: Box::new(value), naive: false, length: Length::default() }
    }
}
