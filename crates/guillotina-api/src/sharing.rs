//! Who may do what on an object (rows S-028 to S-032).

use guillotina::events::{ObjectEvent, ObjectPermissionsModified, ObjectPermissionsView};
use guillotina::{CurrentUser, Error, Json, Request, Resource, Result};
use guillotina_macros::service;
use guillotina_security::{LocalSecurity, ROOT_ID, SharingChange, perms, roles};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What is said of permissions on the object and on each of its parents.
#[service(method = GET, name = "@sharing", permission = perms::SEE_PERMISSIONS)]
async fn get(resource: Resource, request: Request) -> Result<Json> {
    let inherited = resource.parents().map(|parent| {
        let mut shared = Map::new();
        shared.insert("@id".into(), request.url(&parent).into());
        shared.extend(parent.state().acl.sharing_json());
        Value::Object(shared)
    });
    let body = json!({"local": resource.state().acl.sharing_json(), "inherit": inherited.collect::<Vec<_>>()});
    viewed(&resource, &request).await?;
    Ok(body.into())
}

/// Changes permissions on the object.
#[service(method = POST, name = "@sharing", permission = perms::CHANGE_PERMISSIONS)]
async fn post(resource: Resource, request: Request) -> Result<()> {
    let changes = changes(&resource, &request)?;
    resource.tx().queue_for(&resource)?;
    let mut acl = resource.state().acl.clone();
    acl.apply(&changes);
    set(&resource, &request, acl).await
}

/// Replaces the permissions on the object. Who made it stays its owner, unless the body says otherwise (row S-030 ⚠).
#[service(method = PUT, name = "@sharing", permission = perms::CHANGE_PERMISSIONS)]
async fn put(resource: Resource, request: Request) -> Result<()> {
    let changes = changes(&resource, &request)?;
    resource.tx().queue_for(&resource)?;
    let mut acl = ownership(&resource.state().acl, &creators(&resource));
    acl.apply(&changes);
    set(&resource, &request, acl).await
}

/// Every permission setting that counts for the object, from the object up to what the code grants.
#[service(method = GET, name = "@all_permissions", permission = perms::SEE_PERMISSIONS)]
async fn all_permissions(resource: Resource, request: Request) -> Result<Json> {
    let objects: Vec<Resource> = std::iter::once(resource.clone()).chain(resource.parents()).collect();
    let named: Vec<_> = objects.iter().map(|object| (object.id(), object.state())).collect();
    let database = roles::database_security();
    let mut levels: Vec<(&str, Option<&LocalSecurity>)> =
        named.iter().map(|(name, state)| (&**name, Some(&state.acl))).collect();
    levels.push(("(no name)", Some(&database)));
    let body = guillotina_security::all_permissions(&request.app().components().security, &levels);
    viewed(&resource, &request).await?;
    Ok(body.into())
}

/// Whether the caller has a permission on the object, or which of several.
#[service(method = GET, name = "@canido", permission = perms::ACCESS_CONTENT)]
async fn can_i_do(resource: Resource, request: Request, user: CurrentUser) -> Result<Json> {
    let allowed = |permission: &str| Value::from(resource.allows(user.principal(), permission));
    if let Some(several) = request.query_value("permissions") {
        let each: Map<String, Value> = several.split(',').map(|one| (one.to_owned(), allowed(one))).collect();
        return Ok(each.into());
    }
    match request.query_value("permission") {
        Some(permission) => Ok(allowed(&permission).into()),
        None => Err(Error::precondition(format!("No permission param on {resource}"))),
    }
}

async fn viewed(resource: &Resource, request: &Request) -> Result<()> {
    let event =
        ObjectPermissionsView { base: ObjectEvent { object: resource.clone() }, payload: Arc::new(Value::Null) };
    resource.notify(request, event).await
}

fn changes(resource: &Resource, request: &Request) -> Result<Vec<SharingChange>> {
    let security = &request.app().components().security;
    guillotina_security::parse_sharing(security, request.data()?)
        .map_err(|e| Error::precondition(format!("{e} on {resource}")))
}

async fn set(resource: &Resource, request: &Request, acl: LocalSecurity) -> Result<()> {
    if resource.state().acl != acl {
        resource.change(|state| state.acl = acl);
    }
    let payload = Arc::new(request.data()?.clone());
    let base = ObjectEvent { object: resource.clone() };
    resource.notify(request, ObjectPermissionsModified { base, payload }).await
}

/// Who made the object, and root, who owns every container.
fn creators(resource: &Resource) -> Vec<String> {
    let creators = resource.attribute("creators");
    let names = creators.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.chain([ROOT_ID]).map(str::to_owned).collect()
}

/// The part of an object's permissions that makes `creators` its owners.
fn ownership(acl: &LocalSecurity, creators: &[String]) -> LocalSecurity {
    let mut kept = LocalSecurity::default();
    for (principal, setting) in acl.principals_with_role(roles::OWNER.id()) {
        if creators.iter().any(|creator| **creator == **principal) {
            kept.set_principal_role(principal, roles::OWNER.id(), setting);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use guillotina_security::Setting;

    #[test]
    fn a_replacement_keeps_who_made_it_as_owner_s_030() {
        let mut acl = LocalSecurity::default();
        acl.set_principal_role("alice", roles::OWNER.id(), Setting::Allow);
        acl.set_principal_role("Anonymous User", roles::OWNER.id(), Setting::Allow);
        acl.set_principal_role("alice", roles::EDITOR.id(), Setting::Allow);
        acl.set_role_permission(roles::READER.id(), perms::VIEW_CONTENT.id(), Setting::Deny);
        let kept = ownership(&acl, &["alice".to_owned()]);
        assert_eq!(kept.principal_role("alice", roles::OWNER.id()), Setting::Allow);
        assert_eq!(kept.len(), 1);
    }
}
