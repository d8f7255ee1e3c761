//! Adapter lookup: typed at both ends, erased in the middle.

use crate::app::App;
use crate::error::{Error, Result};
use crate::interfaces::IRequest;
use crate::request::Request;
use crate::resource::Resource;
use crate::utilities::Provided;
use crate::{BoxFuture, Content};
use guillotina_component::{Interface, InterfaceType};
use smallvec::SmallVec;
use std::any::Any;
use std::sync::Arc;

/// An object that can be adapted.
#[derive(Clone)]
pub enum Erased {
    /// A resource.
    Resource(Resource),
    /// A request.
    Request(Request),
    /// Anything else, with the interface it provides.
    Object(Interface, Arc<dyn Any + Send + Sync>),
}

impl Erased {
    /// What it provides at this moment.
    pub fn spec(&self) -> Interface {
        match self {
            Erased::Resource(r) => r.spec(),
            Erased::Request(r) => r.spec().clone(),
            Erased::Object(spec, _) => spec.clone(),
        }
    }
}

impl std::fmt::Display for Erased {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Erased::Resource(r) => write!(f, "{r}"),
            Erased::Request(r) => write!(f, "< Request {} {} >", r.method(), r.path()),
            Erased::Object(spec, _) => write!(f, "< {spec} >"),
        }
    }
}

/// Objects that an adapter can be asked for.
pub trait Adaptable {
    /// The object, erased.
    fn erased(&self) -> Erased;
}

impl Adaptable for Resource {
    fn erased(&self) -> Erased {
        Erased::Resource(self.clone())
    }
}

impl<T> Adaptable for Content<T> {
    fn erased(&self) -> Erased {
        Erased::Resource(self.resource().clone())
    }
}

impl Adaptable for Request {
    fn erased(&self) -> Erased {
        Erased::Request(self.clone())
    }
}

/// One object or a tuple of up to four.
pub trait Lookup {
    /// The objects, erased.
    fn erase(&self) -> SmallVec<[Erased; 4]>;
}

impl<A: Adaptable> Lookup for &A {
    fn erase(&self) -> SmallVec<[Erased; 4]> {
        SmallVec::from_iter([self.erased()])
    }
}

macro_rules! lookup_tuple {
    ($($t:ident),+) => {
        impl<$($t: Adaptable),+> Lookup for ($(&$t,)+) {
            fn erase(&self) -> SmallVec<[Erased; 4]> {
                #[allow(non_snake_case)]
                let ($($t,)+) = self;
                SmallVec::from_iter([$($t.erased()),+])
            }
        }
    };
}
lookup_tuple!(A);
lookup_tuple!(A, B);
lookup_tuple!(A, B, C);
lookup_tuple!(A, B, C, D);

/// What an adapter's factory is called with.
pub struct Adapting<'a> {
    /// The adapted objects, in the order of its parameters.
    pub objects: &'a [Erased],
    /// The application.
    pub app: &'a App,
}

impl Adapting<'_> {
    /// A call from which parameters marked `#[inject]` are taken: the adapted request, or one of the framework's own.
    pub fn call(&self) -> crate::call::Call {
        let request = self.objects.iter().find_map(|o| if let Erased::Request(r) = o { Some(r.clone()) } else { None });
        let context = self
            .objects
            .iter()
            .find_map(|o| if let Erased::Resource(r) = o { Some(crate::Located::Resource(r.clone())) } else { None });
        crate::call::Call::new(
            request.unwrap_or_else(|| Request::internal(self.app)),
            context.unwrap_or_else(|| crate::Located::Application(self.app.clone())),
        )
    }
}

/// The future of an adapter that is a function.
pub type FnFuture<T> = BoxFuture<'static, T>;

/// An interface with a single async method without parameters can be provided by a plain `async fn`.
/// `#[interface]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be provided by an async function",
    note = "only an interface with exactly one `async fn method(&self) -> T` can; otherwise let the adapter be a plain `fn` that returns a value which implements the interface"
)]
pub trait FromFn: InterfaceType {
    /// What the method returns.
    type Output;
    /// The function as an object.
    fn from_fn(f: Box<dyn Fn() -> FnFuture<Self::Output> + Send + Sync>) -> Box<Self>;
}

impl App {
    /// The adapter of the objects to `P` under `name`; `Ok(None)` when there is none. An error of its factory is passed on.
    pub fn query_adapter<P: ?Sized + Provided>(&self, objects: impl Lookup, name: &str) -> Result<Option<Box<P>>> {
        let objects = objects.erase();
        self.adapt::<P>(&objects, name)
    }

    pub(crate) fn adapt<P: ?Sized + Provided>(&self, objects: &[Erased], name: &str) -> Result<Option<Box<P>>> {
        let specs: SmallVec<[Interface; 4]> = objects.iter().map(Erased::spec).collect();
        let required: SmallVec<[&Interface; 4]> = specs.iter().collect();
        let Some(entry) = self.components().adapters.lookup(&required, P::interface(), name) else {
            return Ok(None);
        };
        self.make_adapter::<P>(entry, objects)
    }

    pub(crate) fn make_adapter<P: ?Sized + Provided>(
        &self,
        entry: crate::app::AdapterEntry,
        objects: &[Erased],
    ) -> Result<Option<Box<P>>> {
        let Some(made) = (entry.decl.factory)(&Adapting { objects, app: self })? else {
            return Ok(None);
        };
        (entry.decl.upcast)(made, P::interface())
            .and_then(|b| b.downcast::<Box<P>>().ok())
            .map(|b| Some(*b))
            .ok_or_else(|| {
                Error::internal(format!(
                    "the adapter at {} does not provide {}, which it is registered for",
                    entry.place,
                    P::interface()
                ))
            })
    }

    /// The adapter of the objects to `P`.
    ///
    /// # Errors
    /// When there is none: names what was asked for and what matched partly.
    pub fn multi_adapter<P: ?Sized + Provided>(&self, objects: impl Lookup) -> Result<Box<P>> {
        let objects = objects.erase();
        if let Some(found) = self.adapt::<P>(&objects, "")? {
            return Ok(found);
        }
        let specs: Vec<String> = objects.iter().map(|o| o.spec().name().to_owned()).collect();
        Err(Error::internal(format!(
            "no adapter from ({}) to {}; `guillotina list-components --kind adapter` shows what there is",
            specs.join(", "),
            P::interface()
        )))
    }
}

impl Request {
    /// The adapter of the objects to `P`; see [`App::multi_adapter`].
    pub fn multi_adapter<P: ?Sized + Provided>(&self, objects: impl Lookup) -> Result<Box<P>> {
        self.app().multi_adapter(objects)
    }
}

/// The interface that every request provides.
pub(crate) fn request_interface() -> &'static Interface {
    <dyn IRequest as InterfaceType>::interface()
}
