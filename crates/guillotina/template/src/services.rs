//! What clients ask for.

use crate::content::{MyPluginNote, NoteRead};
use crate::permissions::READ_NOTES;
use guillotina::prelude::*;

/// `[my_plugin]`
#[settings(section = "my_plugin")]
pub struct MyPluginSettings {
    /// What stands before the text of a note that is read.
    #[default("Dear reader")]
    pub salutation: String,
}

/// The text of a note, with a salutation. Whoever subscribes to the event learns of it.
#[service(method = POST, name = "@read", permission = READ_NOTES)]
async fn read(
    note: Content<MyPluginNote>,
    request: Request,
    user: CurrentUser,
    settings: Settings<MyPluginSettings>,
) -> Result<Json> {
    let text = format!("{}: {}", settings.salutation, note.read().text);
    let event = NoteRead { base: ObjectEvent { object: note.resource().clone() }, by: user.id().clone() };
    request.app().notify(&request, Located::Resource(note.resource().clone()), Arc::new(event)).await?;
    Ok(json!({ "text": text }).into())
}

/// The summary of a note, in lists and as the answer to its POST.
#[adapter(provides = dyn IResourceSerializeToJsonSummary)]
async fn note_summary(note: Content<MyPluginNote>, request: Request) -> Result<Json> {
    let mut summary = default_summary(&note, &request).await?;
    summary.insert("text", &note.read().text);
    Ok(summary)
}
