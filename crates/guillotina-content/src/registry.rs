//! A container's registry (row K-020): settings by `interface.field`, kept on the container itself.

use crate::content::{Container, Content};
use crate::resource::Resource;
use serde_json::{Map, Value, json};

const KEY: &str = "registry";
const ADDONS: &str = "guillotina.interfaces.registry.IAddons.enabled";
const LAYERS: &str = "guillotina.interfaces.registry.ILayers.active_layers";

fn records(container: &Resource) -> Map<String, Value> {
    match container.state().annotations.get(KEY) {
        Some(Value::Object(map)) => map.clone(),
        _ => Map::new(),
    }
}

/// The value at a key; `None` when its interface is not registered.
pub fn value(container: &Resource, key: &str) -> Option<Value> {
    match container.state().annotations.get(KEY) {
        Some(Value::Object(map)) => map.get(key).cloned(),
        _ => None,
    }
}

/// All values.
pub fn values(container: &Resource) -> Map<String, Value> {
    records(container)
}

/// Sets the value at a key.
pub fn set(container: &Resource, key: &str, value: Value) {
    let mut map = records(container);
    map.insert(key.to_owned(), value);
    container.set_annotation(KEY, map);
}

fn names(container: &Resource, key: &str) -> Vec<String> {
    match value(container, key) {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Ids of the installed add-ons, in the order of their installation.
pub fn installed_addons(container: &Content<Container>) -> Vec<String> {
    names(container, ADDONS)
}

/// Names of the layers that are active in a container (row C-013).
pub fn active_layers(container: &Resource) -> Vec<String> {
    names(container, LAYERS)
}

fn edit(container: &Resource, key: &str, name: &str, present: bool) {
    let mut all = names(container, key);
    all.retain(|n| n != name);
    if present {
        all.push(name.to_owned());
    }
    set(container, key, json!(all));
}

/// Notes that an add-on is (or is no longer) installed, and its layer active.
pub(crate) fn note_addon(container: &Resource, addon: &str, layer: Option<&str>, installed: bool) {
    edit(container, ADDONS, addon, installed);
    if let Some(layer) = layer {
        edit(container, LAYERS, layer, installed);
    }
}
