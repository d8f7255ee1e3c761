//! What PUT takes away before it reads the body (row S-025).
//!
//! Gone are the values of the type and of its behaviours, and every dynamic behaviour. What the client cannot write stays:
//! the fields that the server keeps itself, read-only ones, and those that the user has no permission for, since a
//! replacement must not be a way around that.

use guillotina::state::ObjectState;
use guillotina::types::BehaviorInfo;
use guillotina::{Request, Resource, Result, defaults};
use guillotina_schema::{Field, Schema};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What the server keeps on every object.
const SYSTEM: [&str; 4] = ["creators", "contributors", "creation_date", "modification_date"];

/// What stays of an object's values: of its type, and of the behaviours that keep any.
struct Kept {
    fields: Map<String, Value>,
    behaviors: Vec<(Arc<BehaviorInfo>, Map<String, Value>)>,
}

/// Takes everything away that the user can write. Then the defaults are made that depend on the object, which see it as it is
/// now.
///
/// # Errors
/// When what is left does not fit the type, or a default cannot be made; nothing has changed then.
pub(crate) fn clear(resource: &Resource, request: &Request) -> Result<()> {
    let user = request.user();
    let stays = |field: &Field| {
        field.readonly
            || field.write_permission.as_ref().is_some_and(|needed| !resource.allows(user.principal(), needed))
    };
    let before = resource.state();
    let mut next = ObjectState::clone(&before);
    let kept = clear_state(&mut next, &stays)?;
    resource.change(|state| *state = next);
    let filled = fill(resource, kept);
    if filled.is_err() {
        resource.change(|state| *state = ObjectState::clone(&before));
    }
    filled
}

fn fill(resource: &Resource, kept: Kept) -> Result<()> {
    defaults::fill_fields(resource, kept.fields)?;
    for (info, values) in kept.behaviors {
        defaults::fill_behavior_fields(resource, &info, values)?;
    }
    defaults::fill_behaviors(resource)
}

fn clear_state(state: &mut ObjectState, stays: &dyn Fn(&Field) -> bool) -> Result<Kept> {
    let kind = state.kind.clone();
    let mut kept = Kept { fields: remaining(&kind.schema, state.values()?, stays), behaviors: Vec::new() };
    state.fields = kind.decode(&kept.fields)?;
    let old = std::mem::take(&mut state.behaviors);
    for (interface, set) in old {
        let Some(info) = kind.behaviors.iter().find(|info| info.interface == interface) else {
            continue;
        };
        let mut values = remaining(&info.schema, set.to_map()?, stays);
        // The object itself has these.
        values.retain(|name, _| !info.context_fields.contains(&name.as_str()));
        if !values.is_empty() {
            state.behaviors.push((interface, Arc::from((info.vtable.decode)(&values)?)));
            kept.behaviors.push((info.clone(), values));
        }
    }
    state.attributes.retain(|name, _| {
        SYSTEM.contains(&name.as_str()) || kind.behaviors.iter().any(|info| keeps(info, name, stays))
    });
    state.dynamic.clear();
    state.refresh_spec();
    Ok(kept)
}

fn remaining(schema: &Schema, mut values: Map<String, Value>, stays: &dyn Fn(&Field) -> bool) -> Map<String, Value> {
    values.retain(|name, _| schema.get(name).is_some_and(stays));
    values
}

/// Whether a behaviour has a field of that name on the object itself which stays.
fn keeps(info: &BehaviorInfo, name: &str, stays: &dyn Fn(&Field) -> bool) -> bool {
    info.context_fields.contains(&name) && info.schema.get(name).is_some_and(stays)
}
