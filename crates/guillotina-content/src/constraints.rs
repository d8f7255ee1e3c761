//! Adding and deleting objects: what may be added where (rows T-010 to T-012), ids, and the events around it.

use crate::error::{Cause, Error, Result};
use crate::events::{BeforeObjectAdded, BeforeObjectRemoved, ObjectAdded, ObjectEvent, ObjectRemoved};
use crate::interfaces::{IGetOwner, IIDChecker};
use crate::request::Request;
use crate::resource::Resource;
use crate::root::Database;
use crate::state::ObjectState;
use crate::types::TypeInfo;
use crate::{Tx, ids};
use guillotina_db::Oid;
use guillotina_security::roles;
use serde_json::{Value, json};
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

/// What a client wants to add.
pub struct NewContent<'a> {
    /// `@type`.
    pub type_name: &'a str,
    /// Id, if one was chosen or generated.
    pub id: Option<String>,
    /// Uid, if the client chose one.
    pub uid: Option<&'a str>,
    /// The body, for subscribers.
    pub payload: Arc<Value>,
}

/// Adds an object as the request's user may: permission of the type, constraints, id. The fields are not read yet, and
/// [`ObjectAdded`] is left to the caller, who fires it when they are.
///
/// # Errors
/// Rows E-004, E-005, E-006, E-008, E-010.
pub async fn add(parent: &Resource, request: &Request, new: NewContent<'_>) -> Result<Resource> {
    let kind = type_named(parent.tx(), new.type_name)?;
    if !parent.allows(request.user().principal(), kind.add_permission.id()) {
        return Err(Error::unauthorized(format!("Not permission to add {} on {parent}", kind.name)));
    }
    if !is_allowed(parent, &kind) {
        return Err(Error::new(Cause::NotAllowed(format!("Type not allowed {} in {parent}", kind.name))));
    }
    let uid = chosen_uid(parent.tx(), new.uid).await?.unwrap_or_else(|| ids::new_uid(Some(parent)));
    let id = new.id.unwrap_or_else(|| ids::short(&uid).to_owned());
    let resource = insert(parent.tx(), Some(parent), kind, uid, &id, request.user().id()).await?;
    let event = BeforeObjectAdded {
        base: ObjectEvent { object: resource.clone() },
        parent: Some(parent.clone()),
        name: id,
        payload: new.payload,
    };
    resource.notify(request, event).await?;
    Ok(resource)
}

async fn chosen_uid(tx: &Tx, uid: Option<&str>) -> Result<Option<Oid>> {
    let Some(uid) = uid else { return Ok(None) };
    let refused = || Error::precondition(format!("Invalid uid: {}", Value::from(uid)));
    if !ids::is_valid_uid(uid) {
        return Err(refused());
    }
    let oid = Oid::new(uid).map_err(|_| refused())?;
    match tx.object(&oid).await? {
        Some(_) => Err(refused()),
        None => Ok(Some(oid)),
    }
}

/// Puts a new object with its dates, creators and owner into the transaction.
async fn insert(
    tx: &Tx,
    parent: Option<&Resource>,
    kind: Arc<TypeInfo>,
    uid: Oid,
    id: &str,
    creator: &str,
) -> Result<Resource> {
    let taken = match parent {
        Some(parent) => tx.child(parent, id).await?.is_some(),
        None => tx.container(id).await?.is_some(),
    };
    if taken {
        return Err(Error::new(Cause::ConflictId(format!("Conflict ID {id}"))));
    }
    let mut state = ObjectState::new(kind);
    let now = tx.app().clock().isoformat();
    state.attributes.insert("creators".into(), json!([creator]));
    state.attributes.insert("contributors".into(), json!([creator]));
    state.attributes.insert("creation_date".into(), json!(now));
    state.attributes.insert("modification_date".into(), json!(now));
    let resource = tx.insert(uid, parent, id, state);
    crate::defaults::fill(&resource)?;
    Ok(resource)
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

/// What [`Resource::create`] does: an object made by code, with its events.
pub(crate) async fn create_in(parent: &Resource, type_name: &str, id: &str) -> Result<Resource> {
    let tx = parent.tx();
    let request = Request::internal(tx.app());
    let kind = type_named(tx, type_name)?;
    let creator = parent.owner().unwrap_or_else(|| guillotina_security::ROOT_ID.to_owned());
    let resource = insert(tx, Some(parent), kind, ids::new_uid(Some(parent)), id, &creator).await?;
    let base = ObjectEvent { object: resource.clone() };
    let payload = Arc::new(json!({ "id": id }));
    let before = BeforeObjectAdded {
        base: base.clone(),
        parent: Some(parent.clone()),
        name: id.to_owned(),
        payload: payload.clone(),
    };
    resource.notify(&request, before).await?;
    let added = ObjectAdded { base, parent: Some(parent.clone()), name: id.to_owned(), payload };
    resource.notify(&request, added).await?;
    Ok(resource)
}

/// Adds a container to a database (row S-018): the creator owns it, root gets ContainerAdmin and Owner (row T-003).
///
/// # Errors
/// 409 when the id is taken, or what a subscriber says.
pub async fn create_container(
    tx: &Tx,
    request: &Request,
    type_name: &str,
    id: &str,
    payload: Arc<Value>,
) -> Result<Resource> {
    let kind = type_named(tx, type_name)?;
    let owner = request.user().id().clone();
    let resource = insert(tx, None, kind, ids::new_uid(None), id, &owner).await?;
    resource.principal_roles().assign(roles::CONTAINER_ADMIN, guillotina_security::ROOT_ID);
    resource.principal_roles().assign(roles::OWNER, guillotina_security::ROOT_ID);
    set_owner(&resource, &owner).await?;
    crate::deserialize::read_into(&resource, request, &payload, guillotina_schema::Mode::Create).await?;
    let added =
        ObjectAdded { base: ObjectEvent { object: resource.clone() }, parent: None, name: id.to_owned(), payload };
    resource.notify(request, added).await?;
    Ok(resource)
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
