//! What the framework itself does when objects change.

use guillotina::events::{ObjectEvent, ObjectModified, ObjectPermissionsModified};
use guillotina::{Resource, Result};
use guillotina_macros::subscriber;

/// Stamps the modification date before anybody else hears of the change (row R-021).
#[subscriber(on(ObjectModified, ObjectPermissionsModified), priority = 0)]
async fn stamp_modification(resource: Resource, _event: &ObjectEvent) -> Result {
    resource.modified_now();
    Ok(())
}
