//! What a field may ask about the place it is used in.

use std::any::Any;

use serde_json::Value;

/// One choice of a vocabulary: the value that is stored, and the title people see.
pub type VocabularyTerm = (Value, String);

/// Where the choices of named vocabularies come from, and which object a value is for.
///
/// `()` is the context without any vocabulary and without an object.
pub trait Context {
    /// The terms of the vocabulary `name`, or `None` if there is no such vocabulary here.
    fn vocabulary(&self, name: &str) -> Option<Vec<VocabularyTerm>>;

    /// The object that the values are for, if there is one. Which type it has is between the context and the factories
    /// of defaults that ask for it.
    fn object(&self) -> Option<&dyn Any> {
        None
    }
}

impl Context for () {
    fn vocabulary(&self, _name: &str) -> Option<Vec<VocabularyTerm>> {
        None
    }
}
