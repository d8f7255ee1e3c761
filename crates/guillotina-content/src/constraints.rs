//! What may be added where (rows T-010 to T-012), and deleting. How an object is added is in [`crate::adding`].

use crate::error::{Cause, Error, Result};
use crate::events::{BeforeObjectRemoved, ObjectEvent, ObjectRemoved};
use crate::interfaces::{IGetOwner, IIDChecker};
use crate::request::Request;
use crate::resource::Resource;
use crate::root::Database;
use crate::types::TypeInfo;
use crate::{Tx, ids};
use guillotina_security::roles;
use serde_json::Value;
use std::sync::Arc;

/// The type of that name.
///
/// # Errors
/// Row E-008 when no enabled application has it.
pub fn type_named(tx: &Tx, name: &str) -> Result<Arc<TypeInfo>> {
    tx.app().components().types.get(name).cloned().ok_or_else(|| Error::new(Cause::InvalidContentType(name.to_owned())))
}

/// Whether a `kind` may be added in `parent` (row T-011): no containers in containers, what the parent's type allows, else
/// what is globally addable. Nothing can be added to what is not folderish (row ZZ-05).
pub fn is_allowed(parent: &Resource, kind: &TypeInfo) -> bool {
    let app = parent.tx().app();
    if !parent.kind().folderish || app.core().container_types.iter().any(|t| **t == *kind.name) {
        return false;
    }
    match &parent.kind().allowed_types {
        Some(allowed) => allowed.contains(&kind.name),
        None => kind.globally_addable,
    }
}

/// Makes the creator the owner, as the adapter to [`IGetOwner`] says (row T-012).
///
/// # Errors
/// When the adapter fails.
pub async fn set_owner(resource: &Resource, creator: &str) -> Result<()> {
    let adapter = resource.tx().app().query_adapter::<dyn IGetOwner>(resource, "")?;
    let owner = match adapter {
        Some(adapter) => adapter.owner(creator).await?,
        None => Some(creator.to_owned()),
    };
    if let Some(owner) = owner {
        resource.principal_roles().assign(roles::OWNER, &owner);
    }
    Ok(())
}

/// Whether a client may choose `id` for a new child of `parent` (row T-012).
///
/// # Errors
/// When the adapter fails.
pub async fn check_id(parent: &Resource, id: &str, type_name: &str) -> Result<bool> {
    let app = parent.tx().app();
    match app.query_adapter::<dyn IIDChecker>(parent, "")? {
        Some(checker) => checker.check(id, type_name).await,
        None => Ok(ids::is_valid(id, &app.core().valid_id_characters)),
    }
}

/// What [`Resource::delete`] does.
pub(crate) async fn delete(resource: &Resource) -> Result<()> {
    delete_by(resource, &Request::internal(resource.tx().app())).await
}

/// Deletes an object for a request, with its events (row S-026); everything in it goes too.
///
/// # Errors
/// When a subscriber fails.
pub async fn delete_by(resource: &Resource, request: &Request) -> Result<()> {
    let parent = resource.parent_resource();
    let name = resource.id().to_string();
    let base = ObjectEvent { object: resource.clone() };
    let payload = Arc::new(Value::Null);
    let before = BeforeObjectRemoved {
        base: base.clone(),
        parent: parent.clone(),
        name: name.clone(),
        payload: payload.clone(),
    };
    resource.notify(request, before).await?;
    resource.tx().remove(resource);
    let after = ObjectRemoved { base, parent, name, payload };
    resource.notify(request, after).await
}

/// Types that may be added to a database: the setting `container_types`.
pub fn is_container_type(database: &Database, name: &str) -> bool {
    database.app().core().container_types.iter().any(|t| t == name)
}
