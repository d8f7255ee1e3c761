//! [`Content`]: a [`Resource`] with its type, and the content types that every application has.

use crate::behaviors::IDublinCore;
use crate::error::Error;
use crate::fields::{FieldSet, Fields};
use crate::resource::{ContentInterface, Resource};
use crate::state::ObjectState;
use crate::types::BehaviorInfo;
use guillotina_macros::content_type;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

/// A struct with `#[content_type]`.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a content type", note = "put #[content_type] on the struct")]
pub trait ContentData: ContentInterface {
    /// `@type`.
    const TYPE_NAME: &'static str;
    /// Whether children can be added to it.
    const FOLDERISH: bool;
}

/// A resource that provides the interface of `T`: of the type `T` or one based on it, or with the behaviour `T`.
pub struct Content<T> {
    resource: Resource,
    marker: PhantomData<fn() -> T>,
}

impl<T> Content<T> {
    pub(crate) fn wrap(resource: Resource) -> Self {
        Content { resource, marker: PhantomData }
    }

    /// The untyped handle.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }
}

impl<T> Clone for Content<T> {
    fn clone(&self) -> Self {
        Content::wrap(self.resource.clone())
    }
}

impl<T> Deref for Content<T> {
    type Target = Resource;
    fn deref(&self) -> &Resource {
        &self.resource
    }
}

impl<T> std::fmt::Display for Content<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.resource.fmt(f)
    }
}

impl<T: ContentInterface> Content<T> {
    /// The fields of `T` at this moment: a snapshot that later changes don't touch, free to cross an await.
    ///
    /// What is stored and is no `T` is never taken for its defaults: the transaction fails instead of committing.
    pub fn read(&self) -> Arc<T> {
        load(&self.resource.state()).unwrap_or_else(|why| self.spoil(&why))
    }

    /// Changes the fields of `T` and marks the object as changed.
    pub fn update<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let mut value = T::clone(&self.read());
        let result = f(&mut value);
        if let Err(why) = self.resource.change(|state| store(state, value)) {
            self.spoil::<()>(&why);
        }
        result
    }

    fn spoil<D: Default>(&self, why: &str) -> D {
        self.resource.tx().spoil(Error::internal(format!("{} of {self}: {why}", T::interface())));
        D::default()
    }
}

/// The fields of `T`, or why they cannot be read.
fn load<T: ContentInterface>(state: &ObjectState) -> std::result::Result<Arc<T>, String> {
    if let Some(set) = state.level::<T>() {
        return typed(set);
    }
    let Some(info) = behavior_of::<T>(state)? else { return Ok(Arc::default()) };
    let stored = state.behavior(&info.interface);
    if info.context_fields.is_empty() {
        return stored.map_or_else(|| Ok(Arc::default()), typed);
    }
    let mut map = stored.map(|set| set.to_map()).transpose().map_err(|why| why.to_string())?.unwrap_or_default();
    for name in info.context_fields {
        if let Some(value) = state.attributes.get(*name) {
            map.insert((*name).to_owned(), value.clone());
        }
    }
    serde_json::from_value(map.into()).map(Arc::new).map_err(|e| format!("what is stored does not fit: {e}"))
}

fn typed<T: Fields>(set: &Arc<dyn FieldSet>) -> std::result::Result<Arc<T>, String> {
    let other = |_| "another application has taken the place of this behaviour with a struct of its own".to_owned();
    set.clone().into_any().downcast().map_err(other)
}

/// The behaviour whose struct is `T`; `None` for a type without fields, which has nothing to read or write.
fn behavior_of<T: ContentInterface>(state: &ObjectState) -> std::result::Result<Option<Arc<BehaviorInfo>>, String> {
    match state.all_behaviors().find(|b| &b.interface == T::interface()) {
        None if !T::fields().is_empty() => Err("the object does not have these fields (any more)".to_owned()),
        found => Ok(found.cloned()),
    }
}

fn store<T: ContentInterface>(state: &mut ObjectState, value: T) -> std::result::Result<(), String> {
    if let Some(set) = state.fields.iter_mut().find(|set| (***set).struct_type() == std::any::TypeId::of::<T>()) {
        *set = Arc::new(value);
        return Ok(());
    }
    let Some(info) = behavior_of::<T>(state)? else { return Ok(()) };
    if !info.context_fields.is_empty() {
        let map = FieldSet::to_map(&value).map_err(|why| why.to_string())?;
        for name in info.context_fields {
            if let Some(value) = map.get(*name) {
                state.attributes.insert((*name).to_owned(), value.clone());
            }
        }
    }
    state.set_behavior(&info.interface, Arc::new(value));
    Ok(())
}

/// A thing without children (row T-001).
#[content_type(base = none, name = "Item", interface = "guillotina.interfaces.IItem", behaviors(IDublinCore))]
pub struct Item;

/// A thing with children (row T-002).
#[content_type(base = none, folderish = true, name = "Folder", interface = "guillotina.interfaces.IFolder", behaviors(IDublinCore))]
pub struct Folder;

/// A site: the root of a tree, with its own users, add-ons and registry (row T-003).
#[content_type(base = Folder, name = "Container", interface = "guillotina.interfaces.IContainer", globally_addable = false)]
pub struct Container;

impl Content<Container> {
    /// Ids of the installed add-ons (row K-019).
    pub fn installed_addons(&self) -> Vec<String> {
        crate::registry::installed_addons(self)
    }

    /// Whether an add-on is installed here.
    pub fn has_addon(&self, name: &str) -> bool {
        self.installed_addons().iter().any(|a| a == name)
    }
}
