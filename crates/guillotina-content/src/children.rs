//! [`Children`]: the children of an object, as something to filter before it is read.

use crate::content::Content;
use crate::error::Result;
use crate::resource::{ContentInterface, Resource};
use guillotina_component::Interface;
use guillotina_db::Page;
use std::marker::PhantomData;
use std::sync::Arc;

/// How many rows are read at once.
const PAGE: u32 = 500;

/// Children of any type; see [`Resource::all_children`].
pub struct Any;

type Keep = Box<dyn Fn(&Resource) -> bool + Send + Sync>;

/// Children of one object, by id. Nothing is read before `collect` or `each`.
pub struct Children<T> {
    parent: Resource,
    interface: Option<&'static Interface>,
    keep: Vec<Keep>,
    marker: PhantomData<fn() -> T>,
}

impl Children<Any> {
    /// All children, untyped.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn collect(self) -> Result<Vec<Resource>> {
        self.resources().await
    }
}

impl<T: ContentInterface> Children<T> {
    /// Those for which `f` holds.
    pub fn filter(mut self, f: impl Fn(&Content<T>) -> bool + Send + Sync + 'static) -> Self {
        self.keep.push(Box::new(move |r| f(&Content::wrap(r.clone()))));
        self
    }

    /// Reads them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn collect(self) -> Result<Vec<Content<T>>> {
        Ok(self.resources().await?.into_iter().map(Content::wrap).collect())
    }
}

/// What [`Children`] can be typed with.
pub trait ChildKind {
    /// The interface that children must provide.
    fn wanted() -> Option<&'static Interface>;
}

impl ChildKind for Any {
    fn wanted() -> Option<&'static Interface> {
        None
    }
}

impl<T: ContentInterface> ChildKind for T {
    fn wanted() -> Option<&'static Interface> {
        Some(T::interface())
    }
}

impl<T: ChildKind> Children<T> {
    pub(crate) fn of(parent: Resource) -> Self {
        Children { parent, interface: T::wanted(), keep: Vec::new(), marker: PhantomData }
    }
}

impl<T> Children<T> {
    /// Reads them untyped, page by page.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resources(self) -> Result<Vec<Resource>> {
        let mut page = Page { type_names: self.type_names(), ..Page::first(PAGE) };
        let mut found = Vec::new();
        loop {
            let rows = self.parent.tx().children(Some(&self.parent), page.clone()).await?;
            let last = rows.len() < PAGE as usize;
            page.after = rows.last().map(Resource::id);
            found.extend(
                rows.into_iter()
                    .filter(|r| self.interface.is_none_or(|i| r.provides(i)) && self.keep.iter().all(|keep| keep(r))),
            );
            if last {
                return Ok(found);
            }
        }
    }

    /// Names of the types that provide the interface; `None` when dynamic behaviours could provide it too.
    fn type_names(&self) -> Option<Vec<Arc<str>>> {
        let interface = self.interface?;
        let components = self.parent.tx().app().components();
        if components.types.behavior(interface).is_some() {
            return None;
        }
        Some(components.types.all().iter().filter(|t| t.is_a(interface)).map(|t| t.name.clone()).collect())
    }
}
