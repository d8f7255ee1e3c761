//! JSON out (rows ): the full form and the summary, as adapters that plugins can override.

use crate::content::{Content, Folder};
use crate::error::Result;
use crate::interfaces::{IPostSerialize, IResourceSerializeToJson, IResourceSerializeToJsonSummary};
use crate::json::Json;
use crate::request::Request;
use crate::resource::Resource;
use crate::schemas;
use crate::state::{ObjectState, Rendered};
use bytes::Bytes;
use guillotina_component::{Interface, InterfaceType};
use guillotina_db::Page;
use guillotina_macros::adapter;
use guillotina_schema::Schema;
use guillotina_security::perms;
use serde_json::{Map, Value, json};
use std::sync::atomic::Ordering;

/// Folders with more children than this are listed by `@items` only (row R-002).
const LISTED: u64 = 20;
/// `fullobjects` serves at most that many objects in one answer, on all levels together (row R-003 ⚠).
const FULL_OBJECTS: u32 = 500;

/// The summary of any resource (row R-004).
#[adapter(provides = dyn IResourceSerializeToJsonSummary)]
async fn resource_summary(resource: Resource, request: Request) -> Result<Json> {
    Ok(summary_of(&resource, &request))
}

/// The full form of any resource (row R-001).
#[adapter(provides = dyn IResourceSerializeToJson)]
async fn resource_to_json(resource: Resource, request: Request) -> Result<Json> {
    full_form(&resource, &request).await
}

/// The full form of a folder: with its children (row R-002).
#[adapter(provides = dyn IResourceSerializeToJson)]
async fn folder_to_json(folder: Content<Folder>, request: Request) -> Result<Json> {
    let mut json = full_form(&folder, &request).await?;
    let (items, length) = items(&folder, &request).await?;
    json.insert("items", items);
    json.insert("length", length);
    Ok(json)
}

/// The summary that plugins begin theirs with.
///
/// # Errors
/// Never today; plugins' own summaries can fail, and this one is called the same way.
pub async fn default_summary(resource: &Resource, request: &Request) -> Result<Json> {
    Ok(summary_of(resource, request))
}

fn summary_of(resource: &Resource, request: &Request) -> Json {
    Json(json!({
        "@id": request.url(resource),
        "@name": &*resource.id(),
        "@type": resource.type_name(),
        "@uid": resource.uid().as_str(),
    }))
}

/// The full form as JSON text. Where all readers get the same (the framework's own serialisers, no `include` or `omit`, no
/// field with a read permission) the text stays with the state for the next one.
///
/// # Errors
/// When the database or an adapter fails.
pub async fn render(resource: &Resource, request: &Request) -> Result<Bytes> {
    let state = resource.state();
    let shared = is_shared(resource, request, &state);
    let url = request.url(resource);
    if shared && let Some(kept) = state.rendered.get().filter(|r| r.url == url) {
        return Ok(kept.text.clone());
    }
    let form = request.multi_adapter::<dyn IResourceSerializeToJson>((resource, request))?.to_json().await?;
    let text = Bytes::from(serde_json::to_vec(&form)?);
    if shared {
        // Readers by another name of the server are rendered for each time; the first name is kept.
        let _ = state.rendered.set(Rendered { url, text: text.clone() });
    }
    Ok(text)
}

fn is_shared(resource: &Resource, request: &Request, state: &ObjectState) -> bool {
    let hooks = !request.app().core().post_serialize.is_empty();
    if hooks || !request.query.is_empty() || !state.kind.open || !state.dynamic.iter().all(|b| b.is_open()) {
        return false;
    }
    let components = resource.tx().app().components();
    let ours = |resource: &Resource, provided: &Interface, item: &str| {
        let found = components.adapters.lookup(&[&resource.spec(), request.spec()], provided, "");
        found.is_some_and(|entry| entry.place.krate == env!("CARGO_PKG_NAME") && entry.place.item == item)
    };
    ours(resource, <dyn IResourceSerializeToJson as InterfaceType>::interface(), "resource_to_json")
        && resource.parent_resource().is_none_or(|parent| {
            ours(&parent, <dyn IResourceSerializeToJsonSummary as InterfaceType>::interface(), "resource_summary")
        })
}

async fn full_form(resource: &Resource, request: &Request) -> Result<Json> {
    let parent = match resource.parent_resource() {
        Some(parent) => request.summary(&parent).await?.0,
        None => json!({}),
    };
    let state = resource.state();
    let filter = Filter::of(request);
    let mut out = Map::new();
    out.insert("@id".into(), request.url(resource).into());
    out.insert("@type".into(), resource.type_name().into());
    out.insert("@name".into(), (*resource.id()).into());
    out.insert("@uid".into(), resource.uid().as_str().into());
    out.insert("@static_behaviors".into(), state.kind.behaviors.iter().map(|b| b.interface.name()).collect());
    out.insert("parent".into(), parent);
    out.insert("is_folderish".into(), state.kind.folderish.into());
    out.insert("creation_date".into(), attribute(&state, "creation_date"));
    out.insert("modification_date".into(), attribute(&state, "modification_date"));
    main_fields(resource, request, &state, &filter, &mut out)?;
    behavior_fields(resource, request, &state, &filter, &mut out)?;
    post_serialize(resource, request, Json(Value::Object(out))).await
}

/// Row R-009: the adapters that the setting lists, in order.
async fn post_serialize(resource: &Resource, request: &Request, mut form: Json) -> Result<Json> {
    for name in &request.app().core().post_serialize {
        if let Some(adapter) = request.app().query_adapter::<dyn IPostSerialize>((resource, request), name)? {
            form = adapter.post_serialize(form).await?;
        }
    }
    Ok(form)
}

fn attribute(state: &ObjectState, name: &str) -> Value {
    state.attributes.get(name).cloned().unwrap_or(Value::Null)
}

fn main_fields(
    resource: &Resource,
    request: &Request,
    state: &ObjectState,
    filter: &Filter,
    out: &mut Map<String, Value>,
) -> Result<()> {
    for field in &schemas::RESOURCE.fields {
        if filter.wants_field("", &field.name) {
            let value = match &*field.name {
                "type_name" => state.kind.name.as_ref().into(),
                "uuid" => resource.uid().as_str().into(),
                "__behaviors__" => state.dynamic.iter().map(|b| b.interface.name()).collect(),
                name => attribute(state, name),
            };
            out.insert(field.name.to_string(), value);
        }
    }
    let values = state.values()?;
    serialize_fields(resource, request, &state.kind.schema, values, |name| filter.wants_field("", name), out);
    Ok(())
}

fn behavior_fields(
    resource: &Resource,
    request: &Request,
    state: &ObjectState,
    filter: &Filter,
    out: &mut Map<String, Value>,
) -> Result<()> {
    for info in state.all_behaviors() {
        let name = info.interface.name();
        if !filter.wants_behavior(name, info.auto_serialize) {
            continue;
        }
        let mut values = match state.behavior(&info.interface) {
            Some(set) => set.to_map()?,
            None => (info.vtable.default)().to_map()?,
        };
        for field in info.context_fields {
            values.insert((*field).to_owned(), attribute(state, field));
        }
        let mut section = Map::new();
        serialize_fields(
            resource,
            request,
            &info.schema,
            values,
            |field| filter.wants_field(name, field),
            &mut section,
        );
        if !section.is_empty() {
            out.insert(name.to_owned(), Value::Object(section));
        }
    }
    Ok(())
}

/// The wanted fields that the user may read (row R-008).
fn serialize_fields(
    resource: &Resource,
    request: &Request,
    schema: &Schema,
    mut values: Map<String, Value>,
    wanted: impl Fn(&str) -> bool,
    out: &mut Map<String, Value>,
) {
    for field in &schema.fields {
        let readable = field.read_permission.as_ref().is_none_or(|p| resource.allows(request.user().principal(), p));
        if readable && wanted(&field.name) {
            let value = values.get_mut(&*field.name).map(Value::take).unwrap_or_default();
            let value = if value.is_null() { field.default_value().unwrap_or_default() } else { value };
            out.insert(field.name.to_string(), field.serialize(&value));
        }
    }
}

/// `items` and `length` of a folder (rows ).
async fn items(folder: &Content<Folder>, request: &Request) -> Result<(Vec<Value>, u64)> {
    let tx = folder.tx();
    let length = tx.count(Some(folder)).await?;
    let full = request.query_value("fullobjects").is_some_and(|v| v.is_empty() || v == "true");
    if length == 0 || (length > LISTED && !full) {
        return Ok((Vec::new(), length));
    }
    let items = if full { full_items(folder, request).await? } else { summaries(folder, request).await? };
    Ok((items, length))
}

async fn summaries(folder: &Content<Folder>, request: &Request) -> Result<Vec<Value>> {
    let mut items = Vec::new();
    for child in folder.tx().children(Some(folder), Page::first(LISTED as u32)).await? {
        if is_listed(&child, request) {
            items.push(request.summary(&child).await?.0);
        }
    }
    Ok(items)
}

async fn full_items(folder: &Content<Folder>, request: &Request) -> Result<Vec<Value>> {
    let (request, left) = request.for_full_objects(FULL_OBJECTS);
    let mut items = Vec::new();
    let page = Page::first(left.load(Ordering::Relaxed));
    for child in folder.tx().children(Some(folder), page).await? {
        if !is_listed(&child, &request) {
            continue;
        }
        // Folders in between may have used up what was left.
        if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_err() {
            break;
        }
        items.push(request.multi_adapter::<dyn IResourceSerializeToJson>((&child, &request))?.to_json().await?.0);
    }
    Ok(items)
}

fn is_listed(child: &Resource, request: &Request) -> bool {
    !child.id().starts_with('_') && child.allows(request.user().principal(), perms::ACCESS_CONTENT.id())
}

/// `include` and `omit` (rows ).
struct Filter {
    include: Vec<String>,
    omit: Vec<String>,
    everything: bool,
}

impl Filter {
    fn of(request: &Request) -> Filter {
        let list = |name: &str| -> Vec<String> {
            if request.query.is_empty() {
                return Vec::new();
            }
            let value = request.query_value(name).unwrap_or_default();
            value.split(',').filter(|s| !s.is_empty()).map(str::to_owned).collect()
        };
        let include = list("include");
        Filter { everything: include.iter().any(|i| i == "*"), include, omit: list("omit") }
    }

    fn wants_behavior(&self, name: &str, automatic: bool) -> bool {
        if self.everything {
            return true;
        }
        let asked = self
            .include
            .iter()
            .any(|i| i == name || i.rsplit_once('.').is_some_and(|(interface, _)| interface == name));
        let some_asked = self.include.iter().any(|i| i.contains('.'));
        !self.omit.iter().any(|o| o == name) && (asked || (!some_asked && automatic))
    }

    fn wants_field(&self, interface: &str, field: &str) -> bool {
        if self.everything || (self.include.is_empty() && self.omit.is_empty()) {
            return true;
        }
        let is_it = |text: &String| match interface {
            "" => text == field,
            _ => text.strip_prefix(interface).and_then(|rest| rest.strip_prefix('.')) == Some(field),
        };
        if self.omit.iter().any(is_it) {
            return false;
        }
        self.include.is_empty() || self.include.iter().any(|i| is_it(i) || (!interface.is_empty() && i == interface))
    }
}
