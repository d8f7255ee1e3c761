//! [`Resource`]: a handle to one stored object inside one transaction.

use crate::adding::NewContent;
use crate::call::Located;
use crate::content::{Content, ContentData};
use crate::error::{Error, Result};
use crate::events::Event;
use crate::request::Request;
use crate::state::ObjectState;
use crate::transaction::Tx;
use crate::types::TypeInfo;
use guillotina_component::{Interface, InterfaceType};
use guillotina_db::{Oid, Tid};
use guillotina_security::{Chain, LocalSecurity, Permission, Principal, Role, Setting, check};
use parking_lot::RwLock;
use serde_json::Value;
use smallvec::SmallVec;
use std::fmt;
use std::sync::Arc;

/// Structs that a resource can be cast to: content types and behaviours.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the struct of a content type or behaviour",
    note = "put #[content_type] or #[behavior] on the struct"
)]
pub trait ContentInterface: crate::fields::Fields + InterfaceType {}

/// A handle to a stored object. Cheap to clone; all handles to one object inside one transaction see each other's
/// changes. It is of no use after its transaction has ended.
#[derive(Clone)]
pub struct Resource(Arc<Inner>);

struct Inner {
    tx: Tx,
    oid: Oid,
    kind: Arc<TypeInfo>,
    parent: Option<Resource>,
    name: Arc<str>,
    cell: RwLock<Cell>,
}

struct Cell {
    state: Arc<ObjectState>,
    /// The stored version that this one was made from; `None` for an object that is not stored yet.
    base: Option<Tid>,
    changed: bool,
}

impl Resource {
    pub(crate) fn make(
        tx: Tx,
        oid: Oid,
        parent: Option<Resource>,
        name: Arc<str>,
        state: Arc<ObjectState>,
        base: Option<Tid>,
    ) -> Resource {
        let kind = state.kind.clone();
        Resource(Arc::new(Inner {
            tx,
            oid,
            kind,
            parent,
            name,
            cell: RwLock::new(Cell { state, base, changed: base.is_none() }),
        }))
    }

    /// The transaction that it belongs to.
    pub fn tx(&self) -> &Tx {
        &self.0.tx
    }

    /// Its uid.
    pub fn uid(&self) -> &Oid {
        &self.0.oid
    }

    /// Its content type.
    pub fn kind(&self) -> &Arc<TypeInfo> {
        &self.0.kind
    }

    /// `@type`.
    pub fn type_name(&self) -> &str {
        &self.0.kind.name
    }

    /// Its id in its parent.
    pub fn id(&self) -> Arc<str> {
        self.0.name.clone()
    }

    /// Its parent; a container has none (row T-003).
    pub fn parent_resource(&self) -> Option<Resource> {
        self.0.parent.clone()
    }

    /// Its parent as a `T`.
    ///
    /// # Errors
    /// When it has none or the parent is something else: names both.
    pub fn parent<T: ContentInterface>(&self) -> Result<Content<T>> {
        self.parent_resource().ok_or_else(|| Error::internal(format!("{self} has no parent")))?.cast()
    }

    /// Its parents, the nearest first, the container last.
    pub fn parents(&self) -> impl Iterator<Item = Resource> + use<> {
        std::iter::successors(self.parent_resource(), Resource::parent_resource)
    }

    /// The container it is in, itself if it is one.
    pub fn container(&self) -> Resource {
        self.parents().last().unwrap_or_else(|| self.clone())
    }

    /// Its database and uid as one text: the same object has the same one for the life of the data, and no other object has it.
    pub fn global_id(&self) -> Arc<str> {
        Arc::from(format!("{}/{}", self.tx().database().name(), self.uid()))
    }

    /// Ids from the container down to it, each with a slash before: `/container/folder/item`.
    pub fn path(&self) -> String {
        let mut ids: SmallVec<[Arc<str>; 8]> = SmallVec::new();
        ids.push(self.id());
        ids.extend(self.parents().map(|p| p.id()));
        let mut path = String::with_capacity(ids.iter().map(|i| i.len() + 1).sum());
        for id in ids.iter().rev() {
            path.push('/');
            path.push_str(id);
        }
        path
    }

    /// What it provides at this moment.
    pub fn spec(&self) -> Interface {
        self.0.cell.read().state.spec.clone()
    }

    /// Whether it provides the interface of `T`.
    pub fn is<T: ContentInterface>(&self) -> bool {
        self.provides(T::interface())
    }

    /// Whether it provides an interface.
    pub fn provides(&self, interface: &Interface) -> bool {
        self.0.cell.read().state.spec.is_or_extends(interface)
    }

    /// The same handle, typed.
    ///
    /// # Errors
    /// When the object is not a `T`: names what it is.
    pub fn cast<T: ContentInterface>(&self) -> Result<Content<T>> {
        if self.is::<T>() {
            Ok(Content::wrap(self.clone()))
        } else {
            Err(Error::internal(format!("{self} is a {}, not a {}", self.type_name(), T::interface())))
        }
    }

    /// The state as this transaction sees it.
    pub fn state(&self) -> Arc<ObjectState> {
        self.0.cell.read().state.clone()
    }

    /// Changes the state and marks the object as changed.
    pub fn change<R>(&self, f: impl FnOnce(&mut ObjectState) -> R) -> R {
        let (result, first) = {
            let mut cell = self.0.cell.write();
            let first = !cell.changed;
            cell.changed = true;
            let state = Arc::make_mut(&mut cell.state);
            // The rendered form belongs to the version before.
            state.rendered = once_cell::sync::OnceCell::new();
            (f(state), first)
        };
        if first {
            self.0.tx.touched(self);
        }
        result
    }

    pub(crate) fn base(&self) -> Option<Tid> {
        self.0.cell.read().base
    }

    /// The stored version that this transaction read; `None` while the object is new.
    pub fn tid(&self) -> Option<Tid> {
        self.base()
    }

    /// A value that every object keeps itself, such as `title`; null when it was never set.
    pub fn attribute(&self, name: &str) -> Value {
        self.0.cell.read().state.attributes.get(name).cloned().unwrap_or(Value::Null)
    }

    /// Sets such a value.
    pub fn set_attribute(&self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        self.change(|state| state.attributes.insert(name.to_owned(), value));
    }

    /// Data that the framework or an application keeps with the object under a name of its own; no client sees it.
    pub fn annotation(&self, name: &str) -> Option<Value> {
        self.0.cell.read().state.annotations.get(name).cloned()
    }

    /// Sets such data.
    pub fn set_annotation(&self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        self.change(|state| state.annotations.insert(name.to_owned(), value));
    }

    /// Its title.
    pub fn title(&self) -> Option<String> {
        self.attribute("title").as_str().map(str::to_owned)
    }

    /// When it was made, ISO 8601.
    pub fn creation_date(&self) -> Option<String> {
        self.attribute("creation_date").as_str().map(str::to_owned)
    }

    /// When it was last changed, ISO 8601.
    pub fn modification_date(&self) -> Option<String> {
        self.attribute("modification_date").as_str().map(str::to_owned)
    }

    /// Who made it: the first of its creators.
    pub fn owner(&self) -> Option<String> {
        self.attribute("creators").get(0).and_then(Value::as_str).map(str::to_owned)
    }

    /// Stamps the modification date (row R-021).
    pub fn modified_now(&self) {
        self.set_attribute("modification_date", self.tx().app().clock().isoformat());
    }

    /// Whether `who` has a permission here (contract section 6).
    pub fn allows(&self, who: &Principal, permission: &str) -> bool {
        let components = self.tx().app().components();
        self.with_chain(|chain| check(&components.security, who, chain, permission))
    }

    /// Calls `f` with the local security of the object and its parents, from the object upward.
    pub fn with_chain<R>(&self, f: impl FnOnce(Chain<'_>) -> R) -> R {
        let mut states: SmallVec<[Arc<ObjectState>; 8]> = SmallVec::new();
        states.push(self.state());
        let mut at = self.parent_resource();
        while let Some(parent) = at {
            states.push(parent.state());
            at = parent.parent_resource();
        }
        let maps: SmallVec<[Option<&LocalSecurity>; 8]> =
            states.iter().map(|s| (!s.acl.is_empty()).then_some(&s.acl)).collect();
        f(Chain(&maps))
    }

    /// Its local roles of principals.
    pub fn principal_roles(&self) -> PrincipalRoles<'_> {
        PrincipalRoles(self)
    }

    /// Its local permissions of roles.
    pub fn role_permissions(&self) -> RolePermissions<'_> {
        RolePermissions(self)
    }

    /// Its local permissions of principals.
    pub fn principal_permissions(&self) -> PrincipalPermissions<'_> {
        PrincipalPermissions(self)
    }

    /// Adds a behaviour to this object alone (row B-011); nothing happens when it has it already.
    ///
    /// # Errors
    /// When no enabled application has a behaviour of that name, or one of its defaults cannot be made.
    pub fn add_behavior(&self, name: &str) -> Result<bool> {
        let components = self.tx().app().components();
        let info = components
            .types
            .behavior_named(name)
            .ok_or_else(|| Error::internal(format!("{name} is not a valid behavior")))?
            .clone();
        if self.kind().has_static(&info.interface) || self.state().dynamic.iter().any(|b| b.interface == info.interface)
        {
            return Ok(false);
        }
        self.change(|state| {
            state.dynamic.push(info.clone());
            state.refresh_spec();
        });
        crate::defaults::fill_behavior(self, &info)?;
        Ok(true)
    }

    /// Takes a dynamic behaviour and its data away; `false` when the object does not have it.
    pub fn remove_behavior(&self, name: &str) -> bool {
        if !self.state().dynamic.iter().any(|b| b.interface.name() == name) {
            return false;
        }
        self.change(|state| {
            state.dynamic.retain(|b| b.interface.name() != name);
            state.behaviors.retain(|(i, _)| i.name() != name);
            state.refresh_spec();
        });
        true
    }

    /// A new child of the type `T` that code adds: with its events, as the system, made by who made this object, and without
    /// what is asked of clients. [`NewContent`] can do more, and what a client may do.
    ///
    /// # Errors
    /// When the id is taken or no path could lead to it, this object was removed, or a subscriber fails.
    pub async fn create<T: ContentData>(&self, id: &str) -> Result<Content<T>> {
        let creator = self.owner().unwrap_or_else(|| guillotina_security::ROOT_ID.to_owned());
        let new = NewContent::of(T::TYPE_NAME).id(id).created_by(&creator).by_code();
        new.add_to(self, &Request::internal(self.tx().app())).await?.cast()
    }

    /// The child of that id as a `T`; `None` when there is none.
    ///
    /// # Errors
    /// When the database fails; 412 when the child is something else, since clients choose what has which id.
    pub async fn child<T: ContentInterface>(&self, id: &str) -> Result<Option<Content<T>>> {
        match self.tx().child(self, id).await? {
            Some(child) if child.is::<T>() => child.cast().map(Some),
            Some(other) => {
                let (kind, path) = (other.type_name(), other.path());
                Err(Error::precondition(format!("{path} is of the type {kind}, not a {}", T::interface())))
            }
            None => Ok(None),
        }
    }

    /// The child of that id as a `T`.
    ///
    /// # Errors
    /// 404 when there is none; otherwise as [`Resource::child`].
    pub async fn get<T: ContentInterface>(&self, id: &str) -> Result<Content<T>> {
        self.child(id).await?.ok_or_else(|| Error::not_found(format!("{} has no child {id:?}", self.path())))
    }

    /// Runs the subscribers for an event on it, inside the transaction (row EV-014).
    ///
    /// # Errors
    /// The first error of a subscriber; those after it don't run.
    pub async fn notify(&self, request: &Request, event: impl Event) -> Result<()> {
        request.app().notify(request, Located::Resource(self.clone()), Arc::new(event)).await
    }

    /// Its children of the type `T`, by id.
    pub fn children<T: ContentInterface>(&self) -> crate::children::Children<T> {
        crate::children::Children::of(self.clone())
    }

    /// Its children of all types.
    pub fn all_children(&self) -> crate::children::Children<crate::children::Any> {
        crate::children::Children::of(self.clone())
    }

    /// Deletes it with everything in it, with its events.
    ///
    /// # Errors
    /// When a subscriber fails.
    pub async fn delete(&self) -> Result<()> {
        crate::constraints::delete(self).await
    }
}

/// Row C-009: type and path, never a memory address.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "< {} at {} >", self.type_name(), self.path())
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Two handles are equal if they are to the same object.
impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        self.0.oid == other.0.oid
    }
}

/// Changes an object's ACL only when that makes a difference, so that nothing is written for nothing.
fn change_acl(resource: &Resource, f: impl Fn(&mut LocalSecurity) -> bool) {
    let mut acl = resource.state().acl.clone();
    if f(&mut acl) {
        resource.change(|state| state.acl = acl);
    }
}

/// Local roles of principals; see [`Resource::principal_roles`].
pub struct PrincipalRoles<'a>(&'a Resource);

impl PrincipalRoles<'_> {
    /// Gives a role here and below.
    pub fn assign(&self, role: Role, principal: &str) {
        self.set(role, principal, Setting::Allow);
    }

    /// Takes a local role away again.
    pub fn remove(&self, role: Role, principal: &str) {
        self.set(role, principal, Setting::Unset);
    }

    /// Sets one cell.
    pub fn set(&self, role: Role, principal: &str, setting: Setting) {
        change_acl(self.0, |acl| acl.set_principal_role(principal, role.id(), setting));
    }

    /// Who has the role here (`Allow` or `AllowSingle`).
    pub fn principals(&self, role: Role) -> Vec<String> {
        let state = self.0.state();
        let held = state
            .acl
            .principals_with_role(role.id())
            .filter(|(_, s)| matches!(s, Setting::Allow | Setting::AllowSingle));
        held.map(|(p, _)| p.to_string()).collect()
    }
}

/// Local permissions of roles; see [`Resource::role_permissions`].
pub struct RolePermissions<'a>(&'a Resource);

impl RolePermissions<'_> {
    /// Gives a permission here and below.
    pub fn grant(&self, permission: Permission, role: Role) {
        self.set(permission, role, Setting::Allow);
    }

    /// Gives a permission on this object only.
    pub fn grant_no_inherit(&self, permission: Permission, role: Role) {
        self.set(permission, role, Setting::AllowSingle);
    }

    /// Denies a permission here and below.
    pub fn deny(&self, permission: Permission, role: Role) {
        self.set(permission, role, Setting::Deny);
    }

    /// Sets one cell.
    pub fn set(&self, permission: Permission, role: Role, setting: Setting) {
        change_acl(self.0, |acl| acl.set_role_permission(role.id(), permission.id(), setting));
    }
}

/// Local permissions of principals; see [`Resource::principal_permissions`].
pub struct PrincipalPermissions<'a>(&'a Resource);

impl PrincipalPermissions<'_> {
    /// Sets one cell.
    pub fn set(&self, permission: Permission, principal: &str, setting: Setting) {
        change_acl(self.0, |acl| acl.set_principal_permission(principal, permission.id(), setting));
    }
}
