//! What a field may ask about the place it is used in.

use serde_json::Value;

/// One choice of a vocabulary: the value that is stored, and the title people see.
pub type VocabularyTerm = (Value, String);

/// Where the choices of named vocabularies come from.
///
/// `()` is the context without any vocabulary.
pub trait Context {
    /// The terms of the vocabulary `name`, or `None` if there is no such vocabulary here.
    fn vocabulary(&self, name: &str) -> Option<Vec<VocabularyTerm>>;
}

impl Context for () {
    fn vocabulary(&self, _name: &str) -> Option<Vec<VocabularyTerm>> {
        None
    }
}
