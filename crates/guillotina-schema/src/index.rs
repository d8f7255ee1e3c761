//! How objects are found: the indexes of the catalog (D-011).

use std::borrow::Cow;
use std::fmt;

type Text = Cow<'static, str>;

/// What an index holds, and so how it is searched.
///
/// ```
/// use guillotina_schema::IndexType;
/// assert_eq!(IndexType::SearchableText.to_string(), "searchabletext");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum IndexType {
    SearchableText,
    Text,
    Keyword,
    TextKeyword,
    Int,
    Date,
    Boolean,
    Binary,
    Object,
    Float,
    Long,
    Nested,
    Completion,
    Path,
}

impl IndexType {
    /// The type's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SearchableText => "searchabletext",
            Self::Text => "text",
            Self::Keyword => "keyword",
            Self::TextKeyword => "textkeyword",
            Self::Int => "int",
            Self::Date => "date",
            Self::Boolean => "boolean",
            Self::Binary => "binary",
            Self::Object => "object",
            Self::Float => "float",
            Self::Long => "long",
            Self::Nested => "nested",
            Self::Completion => "completion",
            Self::Path => "path",
        }
    }
}

impl fmt::Display for IndexType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// What it holds.
    pub kind: IndexType,
    /// Its name in the catalog, if it is not the field's.
    pub name: Option<Text>,
    /// Whether the value is also stored in the index.
    pub store: bool,
    /// The fields that the indexed value is made from, if it is not the field that the index stands on.
    pub fields: Vec<Text>,
}

impl Index {
    /// An index of the type `kind` under the field's own name.
    pub fn new(kind: IndexType) -> Self {
        Self { kind, name: None, store: false, fields: Vec::new() }
    }

    /// The same index under the name `name`.
    #[must_use]
    pub fn name(mut self, name: impl Into<Text>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same index, stored or not.
    #[must_use]
    pub fn store(mut self, store: bool) -> Self {
        self.store = store;
        self
    }

    /// The same index, made from `fields`.
    #[must_use]
    pub fn fields(mut self, fields: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        self.fields = fields.into_iter().map(Into::into).collect();
        self
    }
}
