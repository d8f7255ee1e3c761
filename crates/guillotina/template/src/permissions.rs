//! Who may do what.

use guillotina::prelude::*;

permission! { pub READ_NOTES = "my_plugin.ReadNotes", "Read notes" }
role! { pub NOTE_READER = "my_plugin.NoteReader", "Note reader", "Who reads notes" }
grant! { NOTE_READER => [READ_NOTES, perms::ACCESS_CONTENT, perms::VIEW_CONTENT] }
grant! { roles::MANAGER => [READ_NOTES] }
