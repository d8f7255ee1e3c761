//! [`App`]: one running application. Several live in one process; nothing here is global.

use crate::call::{Call, Located};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::metrics::Metrics;
use crate::registration::{
    AdapterDecl, AddonDecl, CommandDecl, Method, Place, Registration, ServiceDecl, SubscriberDecl, WebSocketDecl,
};
use crate::request::Request;
use crate::root::Database;
use crate::settings::CoreSettings;
use crate::static_files::StaticFilesDecl;
use crate::types::TypeRegistry;
use crate::utilities::{Lifecycle, Provided, ProvidedView, Shutdown, Utility};
use arc_swap::ArcSwap;
use guillotina_component::AdapterRegistry;
use guillotina_security::{Principal, SecurityRegistry};
use guillotina_settings::Settings;
use once_cell::sync::OnceCell;
use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;
use std::any::{Any, TypeId};
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// A registered adapter.
#[derive(Clone, Copy)]
pub struct AdapterEntry {
    /// Its declaration.
    pub decl: &'static AdapterDecl,
    /// Where it was written.
    pub place: Place,
}

/// A registered subscriber.
#[derive(Clone, Copy)]
pub struct SubscriberEntry {
    /// Its declaration.
    pub decl: &'static SubscriberDecl,
    /// Where it was written.
    pub place: Place,
}

/// A registered view: a service or a WebSocket.
#[derive(Clone, Copy)]
pub enum View {
    /// A service.
    Service(&'static ServiceDecl, Place),
    /// A WebSocket endpoint.
    WebSocket(&'static WebSocketDecl, Place),
}

/// An enabled application.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its name in the settings.
    pub name: String,
    /// Its plugin; the application `guillotina` itself has none.
    pub plugin: Option<&'static crate::plugin::Plugin>,
}

/// The components of the enabled applications, frozen; what is made at run time swaps in a new value.
pub struct Components {
    /// Enabled applications in order: dependencies first.
    pub applications: Vec<Application>,
    /// Every enabled registration in the order that counts.
    pub registrations: Vec<&'static Registration>,
    /// Adapters.
    pub adapters: AdapterRegistry<AdapterEntry>,
    /// Subscribers, by (context, event).
    pub subscribers: AdapterRegistry<SubscriberEntry>,
    /// Views by method: (context, request) → view under its view key (row C-002).
    pub views: FxHashMap<Method, AdapterRegistry<View>>,
    /// Content types and behaviours.
    pub types: TypeRegistry,
    /// Permissions, roles and grants.
    pub security: SecurityRegistry,
    /// Add-ons by id.
    pub addons: Vec<(&'static AddonDecl, Place)>,
    /// Commands by word.
    pub commands: Vec<(&'static CommandDecl, Place)>,
    /// Files inside the binary, by path.
    pub static_files: Vec<(&'static StaticFilesDecl, Place)>,
}

/// A created utility.
pub(crate) struct RunningUtility {
    pub key: String,
    pub life: Arc<dyn Lifecycle>,
    pub task: Option<tokio::task::JoinHandle<()>>,
    pub shutdown: Shutdown,
}

pub(crate) struct Inner {
    pub settings: Settings,
    pub core: Arc<CoreSettings>,
    pub components: ArcSwap<Components>,
    pub utilities: ArcSwap<AdapterRegistry<Arc<ProvidedView>>>,
    pub databases: RwLock<Vec<Database>>,
    pub sections: FxHashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    pub auth: crate::auth::Auth,
    pub clock: Clock,
    pub system: Arc<Principal>,
    pub anonymous: Arc<Principal>,
    pub root: Arc<Principal>,
    pub running: Mutex<Vec<RunningUtility>>,
    pub stopping: Shutdown,
    pub tasks: TaskTracker,
    pub metrics: Metrics,
    /// Why the application stops by itself.
    pub failure: OnceCell<String>,
}

/// An application: components, settings, databases, utilities. Cheap to clone.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

impl App {
    /// The components.
    pub fn components(&self) -> arc_swap::Guard<Arc<Components>> {
        self.0.components.load()
    }

    /// All settings, with their origins.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The framework's own settings.
    pub fn core(&self) -> &CoreSettings {
        &self.0.core
    }

    /// A section registered with `#[settings(section = "…")]`.
    ///
    /// # Errors
    /// When its application is not enabled.
    pub fn section<T: Send + Sync + 'static>(&self) -> Result<Arc<T>> {
        let found = self.0.sections.get(&TypeId::of::<T>()).cloned().and_then(|s| s.downcast().ok());
        found.ok_or_else(|| {
            Error::internal(format!("no enabled application has the settings section {}", std::any::type_name::<T>()))
        })
    }

    /// Authentication.
    pub fn auth(&self) -> &crate::auth::Auth {
        &self.0.auth
    }

    /// What time it is: the system's time, or what a test says.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The user that the framework acts as.
    pub fn system_user(&self) -> &Arc<Principal> {
        &self.0.system
    }

    /// Who asks without login.
    pub fn anonymous(&self) -> &Arc<Principal> {
        &self.0.anonymous
    }

    /// The root user (row P-014).
    pub fn root_user(&self) -> &Arc<Principal> {
        &self.0.root
    }

    /// The databases, in the order of the settings.
    pub fn databases(&self) -> Vec<Database> {
        self.0.databases.read().clone()
    }

    /// The database of that name.
    pub fn database(&self, name: &str) -> Option<Database> {
        self.0.databases.read().iter().find(|d| **d.name() == *name).cloned()
    }

    /// The utility that provides `P`.
    ///
    /// # Errors
    /// When none is loaded: says what to add to the settings.
    pub fn utility<P: ?Sized + Provided>(&self) -> Result<Utility<P>> {
        self.query_utility("").ok_or_else(|| {
            Error::internal(format!(
                "no utility provides {}; load one with [load_utilities.\"…\"] in the settings",
                P::interface()
            ))
        })
    }

    /// The utility that provides `P` under a name; `None` when none is loaded.
    pub fn query_utility<P: ?Sized + Provided>(&self, name: &str) -> Option<Utility<P>> {
        self.0.utilities.load().lookup(&[], P::interface(), name)?.get()
    }

    /// Runs the subscribers for an event on `context`, least specific first, then by priority (row EV-014).
    ///
    /// # Errors
    /// The first error of a subscriber; those after it don't run.
    pub async fn notify(&self, request: &Request, context: Located, event: Arc<dyn Event>) -> Result<()> {
        let spec = context.spec();
        let handlers = self.components().subscribers.handlers(&[&spec, event.interface()]);
        if handlers.is_empty() {
            return Ok(());
        }
        let call = Call { event: Some(event), ..Call::new(request.clone(), context) };
        for entry in handlers.iter() {
            (entry.decl.handler)(&call).await?;
        }
        Ok(())
    }

    /// What plugins count for operators.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Told when the application stops.
    pub fn stopping(&self) -> &Shutdown {
        &self.0.stopping
    }

    /// Tasks that the shutdown waits for.
    pub fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }
}
