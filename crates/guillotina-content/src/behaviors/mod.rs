//! The behaviours of Guillotina itself.

pub mod attachment;
pub mod dublincore;

pub use attachment::{IAttachment, IMultiAttachment};
pub use dublincore::IDublinCore;
