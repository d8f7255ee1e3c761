//! Utilities: one object for an interface, made from `load_utilities` (rows U-002, W-001).
//!
//! Life of one: `create(settings, app)` is awaited and must succeed, it is registered, `initialize` runs as a supervised
//! task for the life of the process, and at shutdown it is told by a token, awaited, then `finalize` runs; the last
//! created is the first finalized.

use crate::BoxFuture;
use crate::app::App;
use crate::error::Result;
use guillotina_component::{Interface, InterfaceType};
use guillotina_settings::Section;
use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// An interface that objects can be provided for: `dyn Trait` of `#[interface] trait Trait`.
///
/// `upcast*` let an object that provides an interface answer for the interfaces it extends.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an interface that can be provided",
    label = "not an interface",
    note = "put #[interface] on the trait and name it as `dyn Trait`"
)]
pub trait Provided: InterfaceType + Send + Sync {
    /// A box of `Arc<dyn To>` when `to` is this interface or one it extends.
    fn upcast_arc(this: Arc<Self>, to: &Interface) -> Option<Box<dyn Any + Send + Sync>>;
    /// A box of `Box<dyn To>` likewise.
    fn upcast_box(this: Box<Self>, to: &Interface) -> Option<Box<dyn Any + Send>>;
}

/// A utility as a handler's parameter.
pub struct Utility<P: ?Sized>(Arc<P>);

impl<P: ?Sized> Utility<P> {
    /// Wraps the object.
    pub fn new(object: Arc<P>) -> Self {
        Utility(object)
    }

    /// The shared object.
    pub fn into_arc(self) -> Arc<P> {
        self.0
    }
}

impl<P: ?Sized> Clone for Utility<P> {
    fn clone(&self) -> Self {
        Utility(self.0.clone())
    }
}

impl<P: ?Sized> std::ops::Deref for Utility<P> {
    type Target = P;
    fn deref(&self) -> &P {
        &self.0
    }
}

/// Told once when the server stops.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(pub CancellationToken);

impl Shutdown {
    /// Waits until the server stops.
    pub async fn wait(&self) {
        self.0.cancelled().await;
    }

    /// The result of `work`, or `None` when the server stops first.
    pub async fn or<F: Future>(&self, work: F) -> Option<F::Output> {
        self.0.run_until_cancelled(work).await
    }

    /// Whether it has begun to stop.
    pub fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// The life of a utility's implementation. Authors write plain `async fn`s.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a utility yet",
    label = "`impl AsyncUtility for {Self}` is missing",
    note = "write `impl AsyncUtility for {Self} {{ type Settings = NoSettings; async fn create(settings: NoSettings, app: App) -> Result<Self> {{ … }} }}`"
)]
pub trait AsyncUtility: Sized + Send + Sync + 'static {
    /// The type of `[load_utilities."…".settings]`.
    type Settings: Section + Default + Send;

    /// Makes it; an error stops the start.
    fn create(settings: Self::Settings, app: App) -> impl Future<Output = Result<Self>> + Send;

    /// Its work in the background, until `shutdown`; returning early with `Ok` is fine, an error or panic restarts it with back-off
    /// (setting `utilities.on_failure`).
    fn initialize(self: Arc<Self>, shutdown: Shutdown) -> impl Future<Output = Result<()>> + Send {
        let _ = shutdown;
        async { Ok(()) }
    }

    /// Gives up what it holds; runs after `initialize` has ended.
    fn finalize(self: Arc<Self>) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

/// Settings of a utility that has none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}

impl Section for NoSettings {
    const FIELDS: &'static [guillotina_settings::FieldDoc] = &[];
}

/// What a factory is called with.
pub struct UtilityArgs {
    /// All settings.
    pub settings: guillotina_settings::Settings,
    /// Where its own are.
    pub path: Vec<String>,
    /// The application.
    pub app: App,
}

/// A running utility, erased.
pub trait Lifecycle: Send + Sync {
    /// [`AsyncUtility::initialize`].
    fn initialize(&self, shutdown: Shutdown) -> BoxFuture<'static, Result<()>>;
    /// [`AsyncUtility::finalize`].
    fn finalize(&self) -> BoxFuture<'static, Result<()>>;
}

struct Running<U>(Arc<U>);

impl<U: AsyncUtility> Lifecycle for Running<U> {
    fn initialize(&self, shutdown: Shutdown) -> BoxFuture<'static, Result<()>> {
        Box::pin(U::initialize(self.0.clone(), shutdown))
    }
    fn finalize(&self) -> BoxFuture<'static, Result<()>> {
        Box::pin(U::finalize(self.0.clone()))
    }
}

/// One interface that an object provides, as a view on it.
pub struct ProvidedView {
    interface: &'static Interface,
    view: Box<dyn Any + Send + Sync>,
    upcast: fn(&(dyn Any + Send + Sync), &Interface) -> Option<Box<dyn Any + Send + Sync>>,
}

impl ProvidedView {
    /// The view of `object` as `P`.
    pub fn new<P: ?Sized + Provided>(object: Arc<P>) -> Self {
        ProvidedView {
            interface: P::interface(),
            view: Box::new(object),
            upcast: |view, to| P::upcast_arc(view.downcast_ref::<Arc<P>>()?.clone(), to),
        }
    }

    /// The interface.
    pub fn interface(&self) -> &'static Interface {
        self.interface
    }

    /// The object as `P`, if its interface is `P` or extends it.
    pub fn get<P: ?Sized + Provided>(&self) -> Option<Utility<P>> {
        if let Some(exact) = self.view.downcast_ref::<Arc<P>>() {
            return Some(Utility(exact.clone()));
        }
        let up = (self.upcast)(self.view.as_ref(), P::interface())?;
        up.downcast::<Arc<P>>().ok().map(|p| Utility(*p))
    }
}

/// A created utility with all that it provides.
pub struct CreatedUtility {
    pub(crate) views: Vec<ProvidedView>,
    pub(crate) life: Arc<dyn Lifecycle>,
}

/// Reads the settings of `U` and creates it; `views` names what it provides. Written by `#[utility]`.
pub async fn create<U: AsyncUtility>(
    args: UtilityArgs,
    views: fn(Arc<U>) -> Vec<ProvidedView>,
) -> Result<CreatedUtility> {
    let path: Vec<&str> = args.path.iter().map(String::as_str).collect();
    let mut diagnostics = guillotina_settings::Diagnostics::default();
    let settings = read_settings::<U::Settings>(&args.settings, &path, &mut diagnostics);
    if diagnostics.has_errors() {
        return Err(crate::Error::internal(diagnostics.to_string()));
    }
    let utility = Arc::new(U::create(settings, args.app).await?);
    Ok(CreatedUtility { views: views(utility.clone()), life: Arc::new(Running(utility)) })
}

/// The settings at `path`, or the defaults when there are none; mistakes go to `diagnostics`.
pub fn read_settings<S: Section + Default>(
    settings: &guillotina_settings::Settings,
    path: &[&str],
    diagnostics: &mut guillotina_settings::Diagnostics,
) -> S {
    if settings.get(path).is_none() {
        return S::default();
    }
    settings.section::<S>(path, diagnostics).unwrap_or_default()
}
