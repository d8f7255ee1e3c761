//! What is kept.

use guillotina::prelude::*;

/// A short text.
#[content_type(behaviors(IDublinCore))]
pub struct MyPluginNote {
    /// What it says.
    #[field(required, max_length = 10_000)]
    pub text: String,
}

/// Hangs on a wall. Objects of every type can have it.
#[behavior]
pub struct IPinned {
    /// Which wall.
    #[field(kind = "text_line")]
    pub wall: Option<String>,
}

/// A note was read.
#[event(base = ObjectEvent)]
#[derive(Clone)]
pub struct NoteRead {
    /// The note.
    pub base: ObjectEvent,
    /// Who read it.
    pub by: String,
}
