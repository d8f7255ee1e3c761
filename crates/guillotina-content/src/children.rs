//! [`Children`]: the children of an object, as something to filter before it is read; and [`Pages`], how they are read.

use crate::content::Content;
use crate::error::Result;
use crate::resource::{ContentInterface, Resource};
use crate::transaction::Tx;
use guillotina_component::Interface;
use guillotina_db::Page;
use std::marker::PhantomData;
use std::sync::Arc;

/// How many rows are read at once.
const PAGE: u32 = 500;

/// The children of an object, or the containers of a database, page by page in the order of their ids: however many there
/// are, so many are in memory as the caller keeps.
///
/// ```
/// use guillotina_content::{Container, Content, Result, children::Pages};
///
/// async fn ids(container: Content<Container>) -> Result<Vec<String>> {
///     let mut pages = Pages::of(container.tx(), Some(&container), None);
///     let mut ids = Vec::new();
///     while let Some(page) = pages.next().await? {
///         ids.extend(page.iter().map(|child| child.id().to_string()));
///     }
///     Ok(ids)
/// }
/// ```
pub struct Pages {
    tx: Tx,
    parent: Option<Resource>,
    /// What comes next; `None` after the last one.
    page: Option<Page>,
}

impl Pages {
    /// Those of `parent`, or of the database without one; of these types, or of all.
    pub fn of(tx: &Tx, parent: Option<&Resource>, type_names: Option<Vec<Arc<str>>>) -> Pages {
        let page = Some(Page { type_names, ..Page::first(PAGE) });
        Pages { tx: tx.clone(), parent: parent.cloned(), page }
    }

    /// The next page; `None` after the last one, which may be empty.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self) -> Result<Option<Vec<Resource>>> {
        let Some(page) = self.page.take() else { return Ok(None) };
        let found = self.tx.children(self.parent.as_ref(), page.clone()).await?;
        // A page that is not full is the last one.
        if found.len() >= PAGE as usize {
            self.page = Some(Page { after: found.last().map(Resource::id), ..page });
        }
        Ok(Some(found))
    }
}

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
        let mut pages = Pages::of(self.parent.tx(), Some(&self.parent), self.type_names());
        let mut found = Vec::new();
        while let Some(page) = pages.next().await? {
            found.extend(
                page.into_iter()
                    .filter(|r| self.interface.is_none_or(|i| r.provides(i)) && self.keep.iter().all(|keep| keep(r))),
            );
        }
        Ok(found)
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
