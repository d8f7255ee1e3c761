//! Functions that make the value of a field that was never set (D-009).

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::{Context, Field, FieldError};

/// What a factory has made, or why that has no JSON form.
pub type Made = Result<Value, serde_json::Error>;

/// Makes a value for the object that the context knows.
pub type MakeInContext = dyn Fn(&dyn Context) -> Option<Made> + Send + Sync;

/// Makes the value of a field that was never set.
#[derive(Clone)]
pub enum DefaultFactory {
    /// One that needs nothing.
    Plain(Arc<dyn Fn() -> Made + Send + Sync>),
    /// One that needs the object that the value is for; `None` where there is no object.
    Context(Arc<MakeInContext>),
}

impl DefaultFactory {
    /// One that gets the object that the value is for; see [`Context::object`].
    ///
    /// ```
    /// use guillotina_schema::{Context, DefaultFactory, Field, Kind, VocabularyTerm};
    /// use serde_json::{Value, json};
    /// use std::any::Any;
    ///
    /// struct Room(&'static str);
    /// impl Context for Room {
    ///     fn vocabulary(&self, _name: &str) -> Option<Vec<VocabularyTerm>> { None }
    ///     fn object(&self) -> Option<&dyn Any> { Some(&self.0) }
    /// }
    ///
    /// let name = |object: &dyn Any| Some(Ok(json!(object.downcast_ref::<&str>()?)));
    /// let field = Field::new("room", Kind::text_line()).default_factory(DefaultFactory::of_object(name));
    /// assert_eq!(field.default_in(&Room("hall")).unwrap(), Some(json!("hall")));
    /// assert_eq!(field.default_value(), None);
    /// ```
    pub fn of_object(make: impl Fn(&dyn std::any::Any) -> Option<Made> + Send + Sync + 'static) -> Self {
        Self::Context(Arc::new(move |cx| make(cx.object()?)))
    }
}

impl<F: Fn() -> Value + Send + Sync + 'static> From<F> for DefaultFactory {
    fn from(make: F) -> Self {
        Self::Plain(Arc::new(move || Ok(make())))
    }
}

impl fmt::Debug for DefaultFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "DefaultFactory::Plain",
            Self::Context(_) => "DefaultFactory::Context",
        })
    }
}

impl Field {
    /// The value of a field that was never set, as far as it is known without an object.
    ///
    /// What a factory makes and has no JSON form is no value; [`Field::problems`] says so.
    pub fn default_value(&self) -> Option<Value> {
        match &self.default_factory {
            Some(DefaultFactory::Plain(make)) => make().ok(),
            Some(DefaultFactory::Context(_)) => None,
            None => self.default.clone(),
        }
    }

    /// The value of a field that was never set, of the object that `cx` knows.
    ///
    /// # Errors
    /// When what a factory made has no JSON form or is no value of the field.
    pub fn default_in(&self, cx: &dyn Context) -> Result<Option<Value>, FieldError> {
        let made = match &self.default_factory {
            Some(DefaultFactory::Plain(make)) => Some(make()),
            Some(DefaultFactory::Context(make)) => make(cx),
            None => return Ok(self.default.clone()),
        };
        let no_json = |why| FieldError::new(format!("the default has no JSON form: {why}")).in_field(&self.name);
        let Some(value) = made.transpose().map_err(no_json)?.filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        self.validate(&value, cx)?;
        Ok(Some(value))
    }

    /// Whether the default depends on the object.
    pub fn default_needs_object(&self) -> bool {
        matches!(self.default_factory, Some(DefaultFactory::Context(_)))
    }
}
