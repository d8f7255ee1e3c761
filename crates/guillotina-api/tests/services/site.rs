//! A whole application on a database in memory, asked without sockets.

use guillotina::answer::Answer;
use guillotina::auth::{IUserIdentifier, Identified};
use guillotina::registration::Method;
use guillotina::{App, Container, Content, Located, Request, Resource, Result};
use guillotina_http::dispatch::{self, Raw};
use guillotina_http::reply::{self, ErrorContext};
use guillotina_http::traversal::{self, Found};
use guillotina_http::wire::ReplyBody;
use guillotina_macros::{adapter, addon, behavior, content_type, interface};
use guillotina_security::{Principal, Setting, perms, roles};
use http::HeaderMap;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;

/// An add-on that leaves a folder behind.
#[addon(name = "rooms", title = "Rooms")]
pub struct Rooms;

impl guillotina::addons::Addon for Rooms {
    async fn install(container: Content<Container>, _request: Request) -> Result<()> {
        container.create::<guillotina::Folder>("rooms").await.map(drop)
    }
}

/// An add-on that needs the other one.
#[addon(name = "doors", title = "Doors", requires("rooms"))]
pub struct Doors;

impl guillotina::addons::Addon for Doors {
    async fn install(container: Content<Container>, _request: Request) -> Result<()> {
        container.get::<guillotina::Folder>("rooms").await?.create::<guillotina::Item>("door").await.map(drop)
    }
}

/// Everybody whose id begins with a small letter is a member, and has the own id as password.
struct Everybody;

#[interface]
impl IUserIdentifier for Everybody {
    async fn identify(&self, id: &str) -> Result<Option<Identified>> {
        if !id.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Ok(None);
        }
        let mut principal = Principal::user(id);
        principal.roles.insert(roles::MEMBER.id().into(), Setting::Allow);
        let password = guillotina_security::auth::Hashers::default().hash_with("sha512", id)?;
        Ok(Some(Identified { principal: Arc::new(principal), password: Some(password) }))
    }
}

#[adapter(provides = dyn IUserIdentifier, name = "site.Everybody")]
fn everybody(_container: Content<Container>) -> Everybody {
    Everybody
}

/// A thing with a field that few may write.
#[content_type]
pub struct Card {
    /// What everybody who may change the card may write.
    pub front: Option<String>,
    /// What only managers may write.
    #[field(write_permission = perms::MANAGE)]
    pub back: Option<String>,
}

/// Admits to something.
#[content_type(globally_addable = false, behaviors(IStamped))]
pub struct Ticket {
    /// To what.
    pub event: Option<String>,
    /// What is printed.
    #[field(default_factory = print)]
    pub printed: String,
}

/// Bears a stamp.
#[behavior]
pub struct IStamped {
    /// What is on it.
    #[field(context, default_factory = print)]
    pub stamp: Option<String>,
    /// Which one it is.
    #[field(readonly)]
    pub number: Option<i64>,
}

fn print(object: &Resource) -> String {
    let event = object.cast::<Ticket>().ok().and_then(|ticket| ticket.read().event.clone());
    event.map_or_else(|| "blank".to_owned(), |event| format!("for {event}"))
}

const SETTINGS: &str = r#"
applications = ["site"]
databases = { db = { storage = "DUMMY", wait_ms = 60000 } }
root_user = { password = "secret" }
jwt = { secret = "only for these tests, 0123456789abcdef" }
auth_user_identifiers = ["site.Everybody"]
"#;

/// An answer as a client sees it.
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body, of an answer with this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }
}

pub struct Site {
    pub app: App,
    /// Where requests come from.
    pub peer: Option<IpAddr>,
}

/// Who asks, as an `Authorization` header.
pub const NOBODY: &str = "";
pub const ROOT: &str = "Basic cm9vdDpzZWNyZXQ=";
pub const BOB: &str = "Basic Ym9iOmJvYg==";

impl Site {
    /// An application with an empty database.
    pub async fn empty() -> Site {
        Site::with("").await
    }

    /// The same with more settings.
    pub async fn with(settings: &str) -> Site {
        let configured = App::builder(&[&crate::PLUGIN])
            .settings_text("settings.toml", format!("{SETTINGS}{settings}"))
            .configure()
            .unwrap_or_else(|d| panic!("{d}"));
        Site { app: configured.start().await.unwrap_or_else(|d| panic!("{d}")), peer: None }
    }

    /// An application with the container `/db/c`.
    pub async fn new() -> Site {
        let site = Site::empty().await;
        site.post("/db", json!({"@type": "Container", "id": "c", "title": "Site"})).await.expect(200);
        site
    }

    /// The same application, asked from an address.
    pub fn from(&self, address: &str) -> Site {
        Site { app: self.app.clone(), peer: Some(address.parse().unwrap()) }
    }

    pub async fn get(&self, target: &str) -> Reply {
        self.ask(ROOT, Method::GET, target, Value::Null).await
    }

    pub async fn post(&self, target: &str, body: Value) -> Reply {
        self.ask(ROOT, Method::POST, target, body).await
    }

    pub async fn patch(&self, target: &str, body: Value) -> Reply {
        self.ask(ROOT, Method::PATCH, target, body).await
    }

    pub async fn put(&self, target: &str, body: Value) -> Reply {
        self.ask(ROOT, Method::PUT, target, body).await
    }

    pub async fn delete(&self, target: &str, body: Value) -> Reply {
        self.ask(ROOT, Method::DELETE, target, body).await
    }

    /// Asks as whoever the header says; `Value::Null` is no body.
    pub async fn ask(&self, authorization: &str, method: Method, target: &str, body: Value) -> Reply {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = HeaderMap::new();
        if !authorization.is_empty() {
            headers.insert("authorization", authorization.parse().unwrap());
        }
        let raw = Raw {
            method,
            path: path.to_owned(),
            segments: path.split('/').filter(|s| !s.is_empty()).map(str::to_owned).collect(),
            query: query.to_owned(),
            headers: Arc::new(headers),
            body: if body.is_null() { Default::default() } else { body.to_string().into() },
            base_url: Arc::from("http://localhost"),
            uid: Arc::from("0"),
            credentials: self.app.auth().extract(Some(authorization), query),
            peer: self.peer,
        };
        let replied = match self.serve(&raw).await {
            Ok(answer) => reply::answer(answer, HeaderMap::new()),
            Err(error) => {
                let cx = ErrorContext { uid: "0", method: method.as_str(), path, debug: true };
                reply::error(&error, &cx, HeaderMap::new())
            }
        };
        let body = match replied.body {
            ReplyBody::Bytes(bytes) => serde_json::from_slice(&bytes).unwrap(),
            _ => Value::Null,
        };
        Reply { status: replied.status.as_u16(), headers: replied.headers, body }
    }

    async fn serve(&self, raw: &Raw) -> Result<Answer> {
        let Some(database) = traversal::database(&self.app, &raw.segments) else {
            let found = Found {
                context: Located::Application(self.app.clone()),
                container: None,
                tail: &raw.segments,
                tx: None,
            };
            return self.call(dispatch::find(&self.app, raw, "", found).await?).await;
        };
        let run = database.run(raw.method.writes(), |tx| async move {
            let found = traversal::walk(&tx, &raw.segments[1..]).await?;
            self.call(dispatch::find(&self.app, raw, "db", found).await?).await
        });
        run.await.0.map(|done| done.value)
    }

    async fn call(&self, allowed: dispatch::Allowed) -> Result<Answer> {
        match allowed.view {
            guillotina::app::View::Service(decl, _) => dispatch::call(&self.app, decl, allowed).await,
            guillotina::app::View::WebSocket(..) => panic!("no sockets here"),
        }
    }
}
