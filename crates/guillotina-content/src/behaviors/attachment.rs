//! Files on an object (rows B-002, B-003).

use guillotina_macros::behavior;
use serde_json::{Map, Value};

/// One file.
#[behavior(name = "guillotina.behaviors.attachment.IAttachment", title = "Attachment behavior")]
pub struct IAttachment {
    /// The file.
    #[field(title = "File", kind = "file")]
    pub file: Option<Value>,
}

/// Files by key.
#[behavior(name = "guillotina.behaviors.attachment.IMultiAttachment", title = "MultiAttachment behavior")]
pub struct IMultiAttachment {
    /// The files.
    #[field(title = "Files", kind = "dict of file", max_length = 1000)]
    pub files: Option<Map<String, Value>>,
}
