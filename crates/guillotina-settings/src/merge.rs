//! Laying one tree over another.

use crate::node::{Node, Table, Value, parse_bool};

/// Lays `upper` over `lower`: tables are merged key by key, everything else is replaced.
pub(crate) fn merge(lower: &mut Table, upper: &Table) {
    for (key, node) in upper {
        let Some(below) = lower.get_mut(key) else {
            lower.insert(key.clone(), node.clone());
            continue;
        };
        match (&mut below.value, &node.value) {
            (Value::Table(lower), Value::Table(upper)) => {
                merge(lower, upper);
                below.origin = node.origin.clone();
                below.key = node.key.clone();
            }
            (value, _) => {
                let typed = like(node, value);
                *below = node.clone();
                if let Some(typed) = typed {
                    below.value = typed;
                }
            }
        }
    }
}

/// A text from the environment or the command line as the type of the value that it replaces, so that a number stays
/// one even where no section says so. `None` when it is no such text, or does not fit: then the section judges it.
fn like(node: &Node, replaced: &Value) -> Option<Value> {
    let text = node.as_str().filter(|_| node.origin.is_text())?.trim();
    match replaced {
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Float(_) => text.parse().ok().map(Value::Float),
        Value::Boolean(_) => parse_bool(text).map(Value::Boolean),
        Value::Table(_) | Value::Array(_) | Value::String(_) | Value::Null => None,
    }
}
