//! The phases that open and start things.

use super::{Configured, LoadedUtility};
use crate::app::{App, Inner, RunningUtility};
use crate::auth::{Auth, AuthConfig};
use crate::call::Located;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::events::{
    AfterAsyncUtilityLoaded, ApplicationConfigured, ApplicationInitialized, BeforeAsyncUtilityLoaded,
    DatabaseInitialized, Event,
};
use crate::request::Request;
use crate::root::Database;
use crate::settings::{CoreSettings, DatabaseConfig, extractors};
use crate::utilities::{CreatedUtility, ProvidedView, Shutdown, UtilityArgs};
use crate::{naming, provision};
use arc_swap::ArcSwap;
use futures_util::FutureExt;
use guillotina_component::AdapterRegistryBuilder;
use guillotina_security::Principal;
use guillotina_security::auth::{HashPool, HashPoolSettings, Hashers, Jwk, Throttle, TokenSettings, Tokens};
use guillotina_settings::{Code, Diagnostic, Diagnostics, Origin, Severity};
use once_cell::sync::OnceCell;
use parking_lot::{Mutex, RwLock};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// What a phase fails with.
type Phase<T = ()> = std::result::Result<T, Box<Diagnostic>>;

impl Configured {
    /// Opens the databases, creates the utilities and starts their work, provisions. No port is opened.
    ///
    /// # Errors
    /// What failed; whatever was made before is given up, in reverse.
    pub async fn start(self) -> std::result::Result<App, Diagnostics> {
        self.log();
        let Configured { settings, core, components, sections, utilities, databases, clock, .. } = self;
        let auth = authentication(&core, clock.clone()).map_err(|mistake| alone(*mistake))?;
        let app = App(Arc::new(Inner {
            auth,
            clock,
            system: Arc::new(Principal::system()),
            anonymous: Arc::new(Principal::anonymous()),
            root: Arc::new(Principal::root(core.managers_roles.clone())),
            settings,
            core,
            components: ArcSwap::from_pointee(components),
            utilities: ArcSwap::from_pointee(AdapterRegistryBuilder::new().freeze()),
            databases: RwLock::default(),
            sections,
            running: Mutex::default(),
            stopping: Shutdown::default(),
            tasks: TaskTracker::new(),
            metrics: crate::metrics::Metrics::default(),
            failure: OnceCell::new(),
        }));
        match bring_up(&app, &databases, &utilities).await {
            Ok(()) => Ok(app),
            Err(mistake) => {
                app.stop().await;
                Err(alone(*mistake))
            }
        }
    }

    fn log(&self) {
        for one in self.diagnostics.iter() {
            let place = one.place.as_ref().map(Origin::to_string).unwrap_or_default();
            match one.severity {
                Severity::Info => tracing::info!(id = %one.id, place, "{}", one.message),
                // Whoever configured shows them; here they would be there twice.
                _ => tracing::debug!(id = %one.id, place, help = one.help, "{}", one.message),
            }
        }
    }
}

fn alone(mistake: Diagnostic) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.push(mistake);
    diagnostics
}

fn failed(code: Code, message: String, origin: Option<Origin>, help: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(code, message, origin).help(help))
}

/// Authentication by the settings. Keys that are not set are made for the life of this process.
fn authentication(core: &CoreSettings, clock: Clock) -> Phase<Auth> {
    let generated = || {
        Jwk::generate().map_err(|e| {
            failed(Code::MISSING_SETTING, format!("no key can be made: {e}"), None, "set jwt.secret and jwk")
        })
    };
    let secret = match &core.jwt.secret {
        Some(secret) => secret.clone(),
        None => generated()?.k(),
    };
    let jwk = match &core.jwk {
        Some(jwk) => Jwk::new(&jwk.k, &jwk.kty).map_err(|e| {
            failed(
                Code::BAD_VALUE,
                format!("jwk is not a key: {e}"),
                None,
                "`guillotina gen-key` prints a key for the settings",
            )
        })?,
        None => generated()?,
    };
    let tokens = TokenSettings { secret, algorithm: core.jwt.algorithm.into(), expiration: core.jwt.token_expiration };
    let tokens = Tokens::new(&tokens).map_err(|e| {
        failed(Code::BAD_VALUE, format!("jwt cannot sign tokens: {e}"), None, "set jwt.secret to a long random text")
    })?;
    let ways = extractors(core);
    Ok(Auth::new(AuthConfig {
        clock,
        tokens,
        jwk,
        passwords: HashPool::new(Hashers::default(), HashPoolSettings::default()),
        throttle: Throttle::new(core.login_throttle()),
        root_password: core.root_user.password.clone(),
        identifiers: core.auth_user_identifiers.iter().map(|name| naming::normalise(name)).collect(),
        bearer: ways.bearer,
        basic: ways.basic,
        ws_token: ways.ws_token,
    }))
}

/// All phases; a panic in one of them fails it like an error.
async fn bring_up(app: &App, databases: &[DatabaseConfig], utilities: &[LoadedUtility]) -> Phase {
    let phases = async {
        announce(app, Located::Application(app.clone()), ApplicationConfigured { app: app.clone() }).await?;
        for database in databases {
            open(app, database).await?;
        }
        for utility in utilities {
            create(app, utility).await?;
        }
        app.start_work();
        provision::run(app).await?;
        announce(app, Located::Application(app.clone()), ApplicationInitialized { app: app.clone() }).await
    };
    match AssertUnwindSafe(phases).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(panic) => {
            let message = format!("the start panicked: {}", words_of(&*panic));
            Err(failed(
                Code::FACTORY_FAILED,
                message,
                None,
                "this is a defect of the code that panicked; its place is in the log",
            ))
        }
    }
}

/// What a panic says.
pub(super) fn words_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without words")
}

async fn announce<E: Event>(app: &App, context: Located, event: E) -> Phase {
    let event = Arc::new(event);
    let name = event.interface().name();
    app.notify(&Request::internal(app), context, event).await.map_err(|error| {
        let message = format!("a subscriber to {name} failed: {error}");
        failed(
            Code::FACTORY_FAILED,
            message,
            None,
            "correct the subscriber, or take its application out of `applications`",
        )
    })
}

async fn open(app: &App, config: &DatabaseConfig) -> Phase {
    let origin = Some(config.origin.clone());
    let (name, path, options) = (config.name.clone(), config.path.clone(), config.options.clone());
    let opening = tokio::task::spawn_blocking(move || -> Result<guillotina_db::Database> {
        make_folder(&path, options.read_only)?;
        Ok(guillotina_db::Database::open_sqlite(&name, &path, &options)?)
    });
    let opened = opening.await.map_err(Error::from).flatten();
    let storage = opened.map_err(|error| {
        let message = format!("database \"{}\" cannot be opened: {error}", config.name);
        failed(Code::DATABASE, message, origin, "correct `path`, or let the user that runs the server write there")
    })?;
    app.watch(&storage);
    let database = Database::new(app.clone(), &config.name, storage);
    app.0.databases.write().push(database.clone());
    announce(app, Located::Database(database.clone()), DatabaseInitialized { database }).await
}

/// Makes the folder of a database, which a newcomer's first start does not have yet, but not the ones above it: those are more likely misspelt than missing.
fn make_folder(path: &str, read_only: bool) -> std::io::Result<()> {
    match Path::new(path).parent() {
        Some(folder) if !read_only && path != ":memory:" && !folder.as_os_str().is_empty() && !folder.exists() => {
            std::fs::create_dir(folder)
        }
        _ => Ok(()),
    }
}

/// Creates a utility and registers it. It is noted before it is registered, so that it is finalized in any case.
async fn create(app: &App, utility: &LoadedUtility) -> Phase {
    let at_application = || Located::Application(app.clone());
    announce(app, at_application(), BeforeAsyncUtilityLoaded { key: utility.key.clone() }).await?;
    let path = ["load_utilities", &utility.key, "settings"].map(str::to_owned).to_vec();
    let args = UtilityArgs { settings: app.settings().clone(), path, app: app.clone() };
    let limit = Duration::from_secs(app.core().utilities.create_timeout_s.clamp(1, 86_400));
    let made = match tokio::time::timeout(limit, AssertUnwindSafe((utility.decl.create)(args)).catch_unwind()).await {
        Ok(Ok(made)) => made,
        Ok(Err(panic)) => Err(Error::internal(format!("it panicked: {}", words_of(&*panic)))),
        Err(_) => Err(Error::internal(format!("it did not end within {limit:?} (utilities.create_timeout_s)"))),
    };
    let factory = utility.place.dotted();
    let made = made.and_then(|made| register(app, utility, made));
    made.map_err(|error| {
        let message = format!("utility \"{}\" could not be created by {factory}: {error}", utility.key);
        failed(
            Code::FACTORY_FAILED,
            message,
            Some(utility.origin.clone()),
            "correct its settings, or take it out with `enabled = false`",
        )
    })?;
    tracing::debug!(utility = %utility.key, factory, "created");
    announce(app, at_application(), AfterAsyncUtilityLoaded { key: utility.key.clone() }).await
}

fn register(app: &App, utility: &LoadedUtility, made: CreatedUtility) -> Result<()> {
    let running =
        RunningUtility { key: utility.key.clone(), life: made.life, task: None, shutdown: Shutdown::default() };
    app.0.running.lock().push(running);
    let views: Vec<Arc<ProvidedView>> = made.views.into_iter().map(Arc::new).collect();
    let mut builder = app.0.utilities.load().thaw();
    for interface in &utility.provides {
        let view = views.iter().find(|view| view.interface().is_or_extends(interface));
        let view =
            view.ok_or_else(|| Error::internal(format!("its factory made nothing that provides {interface}")))?;
        builder.register(&[], interface, &utility.name, view.clone());
    }
    app.0.utilities.store(Arc::new(builder.freeze()));
    Ok(())
}
