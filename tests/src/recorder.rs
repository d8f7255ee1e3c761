//! Subscribers that write down what happens, into a file of the folder that the server runs in.

use crate::plugin::Everything;
use guillotina::prelude::*;
use std::io::Write;

/// The file; one event a line, as JSON.
pub const EVENTS: &str = "events";

/// Only what happens to objects with such an id is written down.
pub const WATCHED: &str = "watched";

/// A title that keeps the object from being added, after all other subscribers.
pub const UNWANTED: &str = "unwanted";

fn write_down(event: &str, mut what: Value) -> Result {
    what["event"] = json!(event);
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(EVENTS)?;
    Ok(file.write_all(format!("{what}\n").as_bytes())?)
}

fn happened(object: &Resource, event: &str, mut what: Value) -> Result {
    if !object.id().starts_with(WATCHED) {
        return Ok(());
    }
    what["path"] = json!(object.path());
    write_down(event, what)
}

fn path(parent: Option<&Resource>) -> Value {
    json!(parent.map(Resource::path))
}

macro_rules! plain {
    ($($function:ident $event:ident)*) => {$(
        #[subscriber]
        async fn $function(_object: Resource, event: &$event) -> Result {
            happened(&event.base.object, stringify!($event), json!({}))
        }
    )*};
}

plain! { loaded ObjectLoaded visited ObjectVisited before_render BeforeRenderView }

macro_rules! located {
    ($($function:ident $event:ident)*) => {$(
        #[subscriber]
        async fn $function(_object: Resource, event: &$event) -> Result {
            let what = json!({"parent": path(event.parent.as_ref()), "name": event.name, "payload": *event.payload});
            happened(&event.base.object, stringify!($event), what)
        }
    )*};
}

located! { before_added BeforeObjectAdded added ObjectAdded before_removed BeforeObjectRemoved removed ObjectRemoved }

macro_rules! changed {
    ($($function:ident $event:ident)*) => {$(
        #[subscriber]
        async fn $function(object: Resource, event: &$event) -> Result {
            let what = json!({"payload": *event.payload, "title": object.title()});
            happened(&event.base.object, stringify!($event), what)
        }
    )*};
}

changed! {
    before_modified BeforeObjectModified modified ObjectModified
    permissions_view ObjectPermissionsView permissions_modified ObjectPermissionsModified
}

macro_rules! moved {
    ($($function:ident $event:ident)*) => {$(
        #[subscriber]
        async fn $function(_object: Resource, event: &$event) -> Result {
            let old = json!([path(event.old_parent.as_ref()), event.old_name]);
            let new = json!([path(event.new_parent.as_ref()), event.new_name]);
            happened(&event.base.object, stringify!($event), json!({"old": old, "new": new, "payload": *event.payload}))
        }
    )*};
}

moved! { before_moved BeforeObjectMoved moved ObjectMoved }

/// A duplicate is an addition too, so that `added` has written down its half.
#[subscriber]
async fn duplicated(_object: Resource, event: &ObjectDuplicated) -> Result {
    let what = json!({"original": event.original.path(), "name": event.base.name});
    happened(&event.base.base.object, "ObjectDuplicated", what)
}

/// Says on behalf of a plugin that an object was moved and copied.
#[service(method = POST, name = "@pretend", permission = perms::MODIFY_CONTENT)]
async fn pretend(object: Resource, request: Request) -> Result<Json> {
    let (base, payload) = (ObjectEvent { object: object.clone() }, Arc::new(json!({"new_id": "new"})));
    let (parent, name) = (object.parent_resource(), object.id().to_string());
    let (new_parent, new_name) = (Some(object.container()), "new".to_owned());
    let before = BeforeObjectMoved {
        base: base.clone(),
        old_parent: parent.clone(),
        old_name: name.clone(),
        new_parent: new_parent.clone(),
        new_name: new_name.clone(),
        payload: payload.clone(),
    };
    object.notify(&request, before).await?;
    let after = ObjectMoved {
        base: base.clone(),
        old_parent: parent.clone(),
        old_name: name.clone(),
        new_parent,
        new_name,
        payload: payload.clone(),
    };
    object.notify(&request, after).await?;
    let base = ObjectAdded { base, parent, name, payload };
    object.notify(&request, ObjectDuplicated { base, original: object.container() }).await?;
    Ok(json!({}).into())
}

#[subscriber]
async fn configured(_app: App, event: &ApplicationConfigured) -> Result {
    write_down("ApplicationConfigured", json!({"databases": event.app.databases().len()}))
}

#[subscriber]
async fn initialized(_app: App, event: &ApplicationInitialized) -> Result {
    write_down("ApplicationInitialized", json!({"databases": event.app.databases().len()}))
}

#[subscriber]
async fn cleanup(_app: App, _event: &ApplicationCleanup) -> Result {
    write_down("ApplicationCleanup", json!({}))
}

#[subscriber]
async fn opened(_database: Database, event: &DatabaseInitialized) -> Result {
    write_down("DatabaseInitialized", json!({"name": &**event.database.name()}))
}

#[subscriber]
async fn before_utility(_app: App, event: &BeforeAsyncUtilityLoaded) -> Result {
    write_down("BeforeAsyncUtilityLoaded", json!({"key": event.key}))
}

#[subscriber]
async fn after_utility(_app: App, event: &AfterAsyncUtilityLoaded) -> Result {
    write_down("AfterAsyncUtilityLoaded", json!({"key": event.key}))
}

/// Runs before those without a priority of their own.
#[subscriber(priority = 50)]
async fn first(object: Content<Everything>, _event: &ObjectAdded) -> Result {
    object.update(|it| it.text = Some("first".to_owned()));
    happened(object.resource(), "first", json!({}))
}

/// Runs after them, sees what the first has written, and may refuse all of it.
#[subscriber(priority = 1000)]
async fn last(object: Content<Everything>, _event: &ObjectAdded) -> Result {
    happened(object.resource(), "last", json!({"text": object.read().text}))?;
    match object.title().as_deref() {
        Some(UNWANTED) => Err(Error::precondition("nobody wants it")),
        _ => Ok(()),
    }
}
