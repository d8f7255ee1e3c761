//! A field: a name, a kind and what is said about it (D-006, D-009, D-011).

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::FieldError;
use crate::kind::Kind;
use crate::{Context, DefaultFactory, Index, convert, json_schema, serialize, validate};

type Text = Cow<'static, str>;

/// Says that a field takes patch operations (D-006).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// How many items one operation may bring, and how many operations one `multi`.
    pub max_ops: Option<usize>,
}

/// One field of a schema.
///
/// A new field is not required, as in Guillotina.
///
/// ```
/// use guillotina_schema::{Field, Index, IndexType, Kind};
/// use serde_json::json;
///
/// let field = Field::new("users", Kind::list(Kind::text_line()))
///     .title("Users")
///     .required(true)
///     .max_length(3)
///     .index(Index::new(IndexType::Keyword));
/// assert_eq!(field.deserialize(&json!(["ann", 7]), None, &()).unwrap(), json!(["ann", "7"]));
/// let error = field.deserialize(&json!(["a", "b", "c", "d"]), None, &()).unwrap_err();
/// assert_eq!(error.message, "Value is too long");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Field {
    /// The key in JSON. Empty for the items of a collection.
    pub name: Text,
    /// What the field holds.
    pub kind: Kind,
    /// A short title for people.
    pub title: Option<Text>,
    /// A longer description for people.
    pub description: Option<Text>,
    /// Whether null is refused, and a missing value on creation.
    pub required: bool,
    /// Whether clients may not write it; what they send for it is ignored.
    pub readonly: bool,
    /// The value of a field that was never set.
    pub default: Option<Value>,
    /// Makes the value of a field that was never set; wins over `default`.
    pub default_factory: Option<DefaultFactory>,
    /// The value that stands for "missing"; null if not given.
    pub missing_value: Option<Value>,
    /// A further condition on the canonical value.
    pub constraint: Option<fn(&Value) -> bool>,
    /// The permission that is needed to see the field.
    pub read_permission: Option<Text>,
    /// The permission that is needed to write the field.
    pub write_permission: Option<Text>,
    /// How the field is indexed: any number of indexes, each with a name of its own.
    pub indexes: Vec<Index>,
    /// Whether the field is part of the catalog's metadata.
    pub metadata: bool,
    /// The widget of forms, if it is not the one of the kind.
    pub widget: Option<Text>,
    /// Further members of the JSON schema.
    pub extra_values: Map<String, Value>,
    /// Whether and how patch operations are taken.
    pub patch: Option<Patch>,
    misuse: Vec<String>,
}

impl From<Kind> for Field {
    /// The nameless field of a collection's items.
    fn from(kind: Kind) -> Self {
        Self::new("", kind)
    }
}

impl Field {
    /// A field `name` of kind `kind` with nothing else said about it.
    pub fn new(name: impl Into<Text>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            title: None,
            description: None,
            required: false,
            readonly: false,
            default: None,
            default_factory: None,
            missing_value: None,
            constraint: None,
            read_permission: None,
            write_permission: None,
            indexes: Vec::new(),
            metadata: false,
            widget: None,
            extra_values: Map::new(),
            patch: None,
            misuse: Vec::new(),
        }
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

    /// Says whether a value must be given.
    #[must_use]
    pub fn required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    /// Says whether clients may not write the field.
    #[must_use]
    pub fn readonly(mut self, readonly: bool) -> Self {
        self.readonly = readonly;
        self
    }

    /// Sets the canonical value of a field that was never set.
    #[must_use]
    pub fn default(mut self, default: impl Into<Value>) -> Self {
        self.default = Some(default.into());
        self
    }

    /// Sets the function that makes the value of a field that was never set.
    #[must_use]
    pub fn default_factory(mut self, factory: impl Into<DefaultFactory>) -> Self {
        self.default_factory = Some(factory.into());
        self
    }

    /// Sets the default of a Rust type; [`Field::problems`] tells of one that has no JSON form.
    #[must_use]
    pub fn default_of(self, default: &impl Serialize) -> Self {
        match serde_json::to_value(default) {
            Ok(value) => self.default(value),
            Err(why) => self.without_json("default", &why),
        }
    }

    /// Sets the missing value of a Rust type; [`Field::problems`] tells of one that has no JSON form.
    #[must_use]
    pub fn missing_value_of(self, missing: &impl Serialize) -> Self {
        match serde_json::to_value(missing) {
            Ok(value) => self.missing_value(value),
            Err(why) => self.without_json("missing_value", &why),
        }
    }

    fn without_json(mut self, option: &str, why: &serde_json::Error) -> Self {
        self.misuse.push(format!("`{option}` has no JSON form ({why})"));
        self
    }

    /// Sets the value that stands for "missing".
    #[must_use]
    pub fn missing_value(mut self, value: impl Into<Value>) -> Self {
        self.missing_value = Some(value.into());
        self
    }

    /// Sets a further condition on the canonical value.
    #[must_use]
    pub fn constraint(mut self, constraint: fn(&Value) -> bool) -> Self {
        self.constraint = Some(constraint);
        self
    }

    /// Sets the permission that is needed to see the field.
    #[must_use]
    pub fn read_permission(mut self, permission: impl Into<Text>) -> Self {
        self.read_permission = Some(permission.into());
        self
    }

    /// Sets the permission that is needed to write the field.
    #[must_use]
    pub fn write_permission(mut self, permission: impl Into<Text>) -> Self {
        self.write_permission = Some(permission.into());
        self
    }

    /// Adds an index of the field.
    #[must_use]
    pub fn index(mut self, index: Index) -> Self {
        self.indexes.push(index);
        self
    }

    /// Says whether the field is part of the catalog's metadata.
    #[must_use]
    pub fn metadata(mut self, metadata: bool) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets the widget of forms.
    #[must_use]
    pub fn widget(mut self, widget: impl Into<Text>) -> Self {
        self.widget = Some(widget.into());
        self
    }

    /// Adds a member to the JSON schema.
    #[must_use]
    pub fn extra_value(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra_values.insert(key.into(), value.into());
        self
    }

    /// Takes patch operations, at most `max_ops` at a time.
    #[must_use]
    pub fn patch(mut self, max_ops: Option<usize>) -> Self {
        self.patch = Some(Patch { max_ops });
        self
    }

    /// Sets the smallest length of a text, collection or mapping.
    #[must_use]
    pub fn min_length(mut self, length: usize) -> Self {
        match self.kind.length_mut() {
            Some(bounds) => bounds.min = Some(length),
            None => self.misused("min_length", "texts, collections and dictionaries"),
        }
        self
    }

    /// Sets the largest length of a text, collection or mapping.
    #[must_use]
    pub fn max_length(mut self, length: usize) -> Self {
        match self.kind.length_mut() {
            Some(bounds) => bounds.max = Some(length),
            None => self.misused("max_length", "texts, collections and dictionaries"),
        }
        self
    }

    /// Sets the smallest value, in the canonical JSON form of the kind.
    #[must_use]
    pub fn min(mut self, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !validate::set_bound(&mut self.kind, &value, validate::Bound::Min) {
            self.misused(&format!("min = {value}"), "numbers and dates, with a value of the field's kind");
        }
        self
    }

    /// Sets the largest value, in the canonical JSON form of the kind.
    #[must_use]
    pub fn max(mut self, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !validate::set_bound(&mut self.kind, &value, validate::Bound::Max) {
            self.misused(&format!("max = {value}"), "numbers and dates, with a value of the field's kind");
        }
        self
    }

    /// Says whether equal items of a list or tuple are an error.
    #[must_use]
    pub fn unique(mut self, unique: bool) -> Self {
        match &mut self.kind {
            Kind::List(collection) | Kind::Tuple(collection) => collection.unique = unique,
            _ => self.misused("unique", "lists and tuples"),
        }
        self
    }

    /// Says whether items are converted only, not validated.
    #[must_use]
    pub fn naive(mut self, naive: bool) -> Self {
        match &mut self.kind {
            Kind::Dict(mapping) | Kind::OrderedDict(mapping) => mapping.naive = naive,
            kind => match kind.collection_mut() {
                Some(collection) => collection.naive = naive,
                None => self.misused("naive", "collections and dictionaries"),
            },
        }
        self
    }

    /// Sets how many characters of a masked line are shown before the stars. It is said in the JSON schema.
    #[must_use]
    pub fn unmask_len(mut self, shown: usize) -> Self {
        match &mut self.kind {
            Kind::MaskTextLine { unmask_len, .. } => *unmask_len = shown,
            _ => self.misused("unmask_len", "masked text lines"),
        }
        self.extra_value("unmask_len", shown)
    }

    /// Sets how many stars stand for the rest of a masked line. It is said in the JSON schema.
    #[must_use]
    pub fn mask_len(mut self, stars: usize) -> Self {
        match &mut self.kind {
            Kind::MaskTextLine { mask_len, .. } => *mask_len = stars,
            _ => self.misused("mask_len", "masked text lines"),
        }
        self.extra_value("mask_len", stars)
    }

    /// Sets how many dots a dotted name has at least.
    #[must_use]
    pub fn min_dots(mut self, dots: usize) -> Self {
        match &mut self.kind {
            Kind::DottedName { min_dots, .. } => *min_dots = dots,
            _ => self.misused("min_dots", "dotted names"),
        }
        self
    }

    /// Sets how many dots a dotted name has at most.
    #[must_use]
    pub fn max_dots(mut self, dots: usize) -> Self {
        match &mut self.kind {
            Kind::DottedName { max_dots, .. } => *max_dots = Some(dots),
            _ => self.misused("max_dots", "dotted names"),
        }
        self
    }

    fn misused(&mut self, option: &str, meant_for: &str) {
        self.misuse.push(format!("`{option}` is for {meant_for}"));
    }

    /// What is wrong with the declaration itself, one sentence each; empty for a sound field.
    ///
    /// Builders never fail, so that declarations stay expressions; whoever registers a schema asks here.
    pub fn problems(&self) -> Vec<String> {
        validate::declaration_problems(self, &self.misuse)
    }

    /// Converts and validates a value from outside into the canonical one.
    ///
    /// With [`Field::patch`], `raw` may be an operation `{"op": …, "value": …}`; it is applied to
    /// `current`, the value the object has at this moment (D-012…D-017).
    ///
    /// # Errors
    /// The first thing that is wrong, in the words of E-021; never a panic, whatever `raw` is.
    pub fn deserialize(&self, raw: &Value, current: Option<&Value>, cx: &dyn Context) -> Result<Value, FieldError> {
        let value = match raw {
            Value::Null => self.missing_value.clone().unwrap_or(Value::Null),
            raw => convert::field(self, raw, current, &self.name, cx)?,
        };
        validate::field(self, &value, &self.name, cx)?;
        Ok(value)
    }

    /// Checks a canonical value.
    ///
    /// # Errors
    /// The first thing that is wrong; for collections all wrong items.
    pub fn validate(&self, value: &Value, cx: &dyn Context) -> Result<(), FieldError> {
        validate::field(self, value, &self.name, cx)
    }

    /// The form of a canonical value that may be shown: masked lines are masked, passwords are null.
    pub fn serialize(&self, value: &Value) -> Value {
        serialize::value(&self.kind, value)
    }

    /// The field in `@types` (R-019).
    pub fn json_schema(&self) -> Value {
        json_schema::field(self)
    }
}
