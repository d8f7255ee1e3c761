//! Dublin Core (row B-001).

use guillotina_macros::behavior;

/// Who made it, when, and what it is about.
#[behavior(name = "guillotina.behaviors.dublincore.IDublinCore", title = "Dublin Core fields")]
pub struct IDublinCore {
    /// What people call it.
    #[field(title = "Title", kind = "text_line", context)]
    pub title: Option<String>,
    /// What it is, in a few sentences.
    #[field(title = "Description")]
    pub description: Option<String>,
    /// When it was made; the server sets it.
    #[field(title = "Creation Date", kind = "datetime", context)]
    pub creation_date: Option<String>,
    /// When it was last changed; the server sets it.
    #[field(title = "Modification Date", kind = "datetime", context)]
    pub modification_date: Option<String>,
    /// From when on it should be seen.
    #[field(title = "Effective Date", kind = "datetime")]
    pub effective_date: Option<String>,
    /// Until when it should be seen.
    #[field(title = "Expiration Date", kind = "datetime")]
    pub expiration_date: Option<String>,
    /// Who made it.
    #[field(title = "Creators", kind = "tuple", max_length = 1000, index = "keyword", context)]
    pub creators: Option<Vec<String>>,
    /// Words it can be found by.
    #[field(title = "Tags", kind = "tuple", max_length = 10000, index = "keyword", patch, context)]
    pub tags: Option<Vec<String>>,
    /// Who publishes it.
    #[field(title = "Publisher")]
    pub publisher: Option<String>,
    /// Who took part in making it.
    #[field(title = "Contributors", kind = "tuple", max_length = 10000, index = "keyword", context)]
    pub contributors: Option<Vec<String>>,
}
