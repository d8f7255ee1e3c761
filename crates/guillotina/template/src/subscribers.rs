//! What happens when something happens.

use crate::content::{MyPluginNote, NoteRead};
use crate::counter::ICounter;
use guillotina::prelude::*;

/// Counts the reading of a note.
#[subscriber]
async fn note_read(_note: Content<MyPluginNote>, _event: &NoteRead, counter: Utility<dyn ICounter>) -> Result {
    counter.add();
    Ok(())
}
