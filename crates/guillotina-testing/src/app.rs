//! [`TestApp`]: an application for one test.

use crate::client::Client;
use crate::users::{self, ITestUsers};
use guillotina::commands::CommandCall;
use guillotina::plugin::Plugin;
use guillotina::security::{Role, roles};
use guillotina::start::Builder;
use guillotina::{App, Clock};
use guillotina_http::handler::AppHandler;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{OnceCell, oneshot};
use tokio_util::sync::CancellationToken;

/// Root's password, unless the settings of the test say otherwise.
const ROOT_PASSWORD: &str = "root";

/// Longer than any start of a server takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// An application that runs within the test: one empty database `db`, root with the password `root`, users that the test makes.
///
/// It is gone with the value; [`stop`](TestApp::stop) also shows that it ends as it should.
pub struct TestApp {
    app: App,
    handler: Arc<AppHandler>,
    clock: Clock,
    listening: Arc<Listening>,
    // Last: the files go after all that uses them.
    _folder: TempDir,
}

/// The port for sockets, opened when the first is.
pub(crate) struct Listening {
    app: App,
    stop: CancellationToken,
    address: OnceCell<SocketAddr>,
}

/// What a [`TestApp`] is made from; see [`TestApp::builder`].
#[must_use]
pub struct TestBuilder {
    plugins: Vec<&'static Plugin>,
    settings: String,
    clock: Clock,
}

impl TestApp {
    /// An application of these plugins, all of them enabled.
    pub async fn with(plugins: &[&'static Plugin]) -> TestApp {
        TestApp::builder(plugins).start().await
    }

    /// Begins an application of these plugins with settings or a clock of the test's own.
    ///
    /// ```
    /// use guillotina_testing::{Clock, TestApp, json};
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let clock = Clock::standing_at(UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    /// let app = TestApp::builder(&[]).settings("jwt = { token_expiration = 60 }").clock(clock).start().await;
    /// let site = app.container("site", &[]).await;
    /// app.root().post(&site, json!({"@type": "Item", "id": "a"})).await.expect(201);
    /// let item = app.root().get(&format!("{site}/a")).await.expect(200);
    /// assert_eq!(item["creation_date"], "2027-01-15T08:00:00+00:00");
    /// # });
    /// ```
    pub fn builder(plugins: &[&'static Plugin]) -> TestBuilder {
        TestBuilder { plugins: plugins.to_vec(), settings: String::new(), clock: Clock::going() }
    }

    /// The application itself: its components, utilities and databases.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// A client that has not logged in.
    pub fn anonymous(&self) -> Client {
        Client::new(self.handler.clone(), self.listening.clone())
    }

    /// A client that is root.
    pub fn root(&self) -> Client {
        self.anonymous().basic("root", ROOT_PASSWORD)
    }

    /// Makes a user with the role `roles::MEMBER` in every container, whose password is the id, and gives a client of
    /// that user.
    pub fn user(&self, id: &str) -> Client {
        self.user_with(id, &[roles::MEMBER])
    }

    /// The same with these roles.
    pub fn user_with(&self, id: &str, roles: &[Role]) -> Client {
        let users = self.app.utility::<dyn ITestUsers>().expect("the utility of the test's users is loaded");
        users.add(users::principal(id, roles), id).expect("a password can be hashed");
        self.anonymous().basic(id, id)
    }

    /// Makes a container with these add-ons in the database `db`; its path.
    pub async fn container(&self, id: &str, addons: &[&str]) -> String {
        let body = json!({"@type": "Container", "id": id, "title": id, "@addons": addons});
        self.root().post("/db", body).await.expect(200);
        format!("/db/{id}")
    }

    /// Runs a command of a plugin with these words after its name, as the server's binary does: its exit code, and what it said.
    /// An error is code 1 and stands last in what was said.
    pub async fn command(&self, name: &str, args: &[&str]) -> (i32, String) {
        let found = self.app.components().commands.iter().find(|(decl, _)| decl.name == name).map(|(decl, _)| decl.run);
        let run = found.unwrap_or_else(|| panic!("no plugin of the test has the command {name:?}"));
        let json = args.contains(&"--json");
        let args = args.iter().filter(|word| **word != "--json").map(|word| (*word).to_owned()).collect();
        let said = Arc::default();
        let result = run(CommandCall::new(self.app.clone(), args, json).collecting(Arc::clone(&said))).await;
        let mut said = std::mem::take(&mut *said.lock());
        let code = result.unwrap_or_else(|error| {
            said.push_str(&format!("error: {error}\n"));
            1
        });
        (code, said)
    }

    /// Moves the time of the application forward: dates of objects and the ends of tokens. Pauses and deadlines measure real
    /// time all the same.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Stops it as a server stops. What does not end in time fails the test.
    pub async fn stop(self) {
        self.listening.stop.cancel();
        let late = self.app.stop().await;
        assert!(late.is_empty(), "these did not end in time: {late:?}");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Nothing can be awaited here; who is told ends by itself as far as the test's runtime still runs.
        self.listening.stop.cancel();
        self.app.stopping().0.cancel();
    }
}

impl Listening {
    /// Where it listens.
    pub(crate) async fn address(&self) -> SocketAddr {
        let open = || async {
            let (told, address) = oneshot::channel();
            let (app, stop) = (self.app.clone(), self.stop.clone());
            tokio::spawn(async move {
                let ready = |listening: guillotina_http::serve::Listening| {
                    // Nobody waits any more when the test has ended.
                    let _ = told.send(listening.address);
                };
                guillotina_http::serve(&app, stop, ready).await.expect("a loopback port is free");
            });
            let address = tokio::time::timeout(PATIENCE, address).await.expect("the port is opened in time");
            address.expect("the server listens")
        };
        *self.address.get_or_init(open).await
    }
}

impl TestBuilder {
    /// Lays these settings (TOML) over those of the test.
    pub fn settings(mut self, toml: &str) -> Self {
        self.settings.push_str(toml);
        self.settings.push('\n');
        self
    }

    /// Takes the time from this clock. Without one, time goes with the system's and can be advanced.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Starts it.
    pub async fn start(self) -> TestApp {
        let folder = TempDir::new().expect("a temporary folder");
        let base = self.base(&folder);
        let configure = |more: &str| {
            let builder = self.layers(&base).settings_text("identifiers.toml", more).clock(self.clock.clone());
            builder.configure().unwrap_or_else(|mistakes| panic!("{mistakes}"))
        };
        // Where users are looked up is a list that the plugins bring; the users of the test come first.
        let found = configure("").core().auth_user_identifiers.clone();
        let identifiers: Vec<toml::Value> =
            std::iter::once(users::IDENTIFIER.to_owned()).chain(found).map(toml::Value::String).collect();
        let configured = configure(&format!("auth_user_identifiers = {}", toml::Value::Array(identifiers)));
        let app = configured.start().await.unwrap_or_else(|mistakes| panic!("{mistakes}"));
        TestApp {
            handler: Arc::new(AppHandler::new(app.clone())),
            listening: Arc::new(Listening {
                app: app.clone(),
                stop: CancellationToken::new(),
                address: OnceCell::new(),
            }),
            clock: self.clock,
            app,
            _folder: folder,
        }
    }

    fn layers(&self, base: &str) -> Builder {
        let plugins: Vec<&'static Plugin> = self.plugins.iter().copied().chain([&crate::PLUGIN]).collect();
        App::builder(&plugins).settings_text("testing.toml", base).settings_text("test.toml", &self.settings)
    }

    fn base(&self, folder: &TempDir) -> String {
        let names = self.plugins.iter().map(|plugin| plugin.name).chain([crate::PLUGIN.name]);
        let applications = toml::Value::Array(names.map(toml::Value::from).collect());
        let path = toml::Value::from(folder.path().join("db.sqlite").to_string_lossy().into_owned());
        let password = users::quick_hash(ROOT_PASSWORD).expect("a password can be hashed");
        format!(
            "applications = {applications}\n\
             host = \"127.0.0.1\"\n\
             port = 0\n\
             root_user = {{ password = \"{password}\" }}\n\
             jwt = {{ secret = \"only for tests, which protect nothing: 0123456789abcdef\" }}\n\
             databases = {{ db = {{ storage = \"sqlite\", path = {path}, synchronous = \"normal\" }} }}\n"
        )
    }
}
