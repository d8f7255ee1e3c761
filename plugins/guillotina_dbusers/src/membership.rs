//! Users know their groups and groups their users; both are kept in step (row A-022).
//!
//! Every object remembers what its other sides were told last. Whatever changes its list — a PATCH, a PUT, code — the
//! difference is what must be told now, and nothing is searched for.

use crate::content::groups::Group;
use crate::content::users::User;
use crate::directory::{self, Kept};
use guillotina::prelude::*;
use std::collections::BTreeSet;

/// The annotation with the ids that were told.
const TOLD: &str = "guillotina.contrib.dbusers.told";

/// One side of a membership.
pub(crate) trait Side: Kept {
    /// The type of the other side.
    type Other: Side;
    /// Ids of the other side's objects.
    fn ids(&mut self) -> &mut Vec<String>;
}

impl Side for User {
    type Other = Group;
    fn ids(&mut self) -> &mut Vec<String> {
        &mut self.user_groups
    }
}

impl Side for Group {
    type Other = User;
    fn ids(&mut self) -> &mut Vec<String> {
        &mut self.users
    }
}

/// Tells the other sides of a new object. What a copy remembers is its original's.
///
/// # Errors
/// 412 when there is no such group or user.
pub(crate) async fn added<T: Side>(object: &Content<T>) -> Result {
    join(object, BTreeSet::new(), ids(object)).await
}

/// Tells the other sides of what changed.
///
/// # Errors
/// 412 when there is no such group or user.
pub(crate) async fn changed<T: Side>(object: &Content<T>) -> Result {
    join(object, told(object), ids(object)).await
}

/// Takes an object that is about to be removed out of all other sides.
///
/// # Errors
/// When the database fails.
pub(crate) async fn removed<T: Side>(object: &Content<T>) -> Result {
    let mut all = told(object);
    all.extend(ids(object));
    leave(object, all.iter()).await
}

async fn join<T: Side>(object: &Content<T>, before: BTreeSet<String>, now: BTreeSet<String>) -> Result {
    if before == now {
        return Ok(());
    }
    let container = object.container();
    for id in now.difference(&before) {
        let Some(other) = directory::find::<T::Other>(&container, id).await? else {
            let word = T::Other::WORD.to_lowercase();
            return Err(Error::http(412, json!({"reason": format!("inexistent {word}: {id}")})));
        };
        enter(&other, &object.id(), true);
    }
    leave(object, before.difference(&now)).await?;
    remember(object, &now);
    Ok(())
}

/// Takes an object out of other sides; one that is gone has nothing to be taken out of.
async fn leave<T: Side>(object: &Content<T>, ids: impl Iterator<Item = &String>) -> Result {
    let container = object.container();
    for id in ids {
        if let Some(other) = directory::find::<T::Other>(&container, id).await? {
            enter(&other, &object.id(), false);
        }
    }
    Ok(())
}

/// Enters an id into an object's list, or takes it out. It is told already: it comes from there.
fn enter<T: Side>(object: &Content<T>, id: &str, present: bool) {
    if ids(object).contains(id) != present {
        object.update(|value| set(value.ids(), id, present));
    }
    let mut told = told(object);
    let news = if present { told.insert(id.to_owned()) } else { told.remove(id) };
    if news {
        remember(object, &told);
    }
}

/// Puts an id at the end of a list that lacks it, or takes it out.
pub(crate) fn set(ids: &mut Vec<String>, id: &str, present: bool) {
    if !present {
        ids.retain(|other| other != id);
    } else if !ids.iter().any(|other| other == id) {
        ids.push(id.to_owned());
    }
}

fn ids<T: Side>(object: &Content<T>) -> BTreeSet<String> {
    T::clone(&object.read()).ids().drain(..).collect()
}

fn told(object: &Resource) -> BTreeSet<String> {
    match object.annotation(TOLD) {
        Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

fn remember(object: &Resource, ids: &BTreeSet<String>) {
    object.set_annotation(TOLD, json!(ids));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_in_a_list_once() {
        let mut ids = vec!["a".to_owned()];
        set(&mut ids, "b", true);
        set(&mut ids, "a", true);
        assert_eq!(ids, ["a", "b"]);
        set(&mut ids, "a", false);
        set(&mut ids, "c", false);
        assert_eq!(ids, ["b"]);
    }
}
