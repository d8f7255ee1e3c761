//! [`Request`]: what a client asks, as data. A command or a test makes one without any HTTP.

use crate::app::App;
use crate::children::Children;
use crate::error::{Cause, Error, Result};
use crate::interfaces::IResourceSerializeToJsonSummary;
use crate::json::Json;
use crate::registration::Method;
use crate::resource::{ContentInterface, Resource};
use bytes::Bytes;
use guillotina_component::Interface;
use guillotina_schema::json::{Limits, parse_json};
use guillotina_security::Principal;
use http::HeaderMap;
use once_cell::sync::OnceCell;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// A user's id.
pub type UserId = String;

/// Who asks.
#[derive(Clone)]
pub struct CurrentUser {
    principal: Arc<Principal>,
    id: Arc<UserId>,
}

impl CurrentUser {
    /// The user of that principal.
    pub fn new(principal: Arc<Principal>) -> Self {
        let id = Arc::new(principal.id.to_string());
        CurrentUser { principal, id }
    }

    /// The id; `Anonymous User` without login.
    pub fn id(&self) -> &UserId {
        &self.id
    }

    /// Everything the policy knows of the user.
    pub fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }
}

/// A request. Cheap to clone.
#[derive(Clone)]
pub struct Request {
    data: Arc<RequestData>,
    /// How many children its answer may still hold in full form; made by the first folder that serves them so.
    full_objects: Option<Arc<AtomicU32>>,
}

/// What a request is made of.
#[derive(Clone)]
pub struct RequestData {
    /// The application.
    pub app: App,
    /// Its method.
    pub method: Method,
    /// The decoded path.
    pub path: String,
    /// The query, undecoded.
    pub query: String,
    /// Its headers.
    pub headers: Arc<HeaderMap>,
    /// Its whole body.
    pub body: Bytes,
    /// Who asks.
    pub user: CurrentUser,
    /// Scheme, host and prefix that URLs of objects begin with, without the database: `http://localhost:8080`.
    pub base_url: Arc<str>,
    /// What it provides: `IRequest` and the active layers (row C-013).
    pub spec: Interface,
    /// Variables of the route (row C-005).
    pub matchdict: BTreeMap<String, String>,
    /// Its id in the log (row C-028).
    pub uid: Arc<str>,
    /// Its parsed body.
    pub parsed: OnceCell<Value>,
    /// The database it goes to, empty at `/`.
    pub database: Arc<str>,
    /// The client's address, behind trusted proxies the one that they name; `None` without a connection.
    pub peer: Option<IpAddr>,
}

impl std::ops::Deref for Request {
    type Target = RequestData;
    fn deref(&self) -> &RequestData {
        &self.data
    }
}

impl Request {
    /// A request of that data.
    pub fn new(data: RequestData) -> Self {
        Request { data: Arc::new(data), full_objects: None }
    }

    /// A request that the application makes to itself, as the system user.
    pub fn internal(app: &App) -> Self {
        Request::on_behalf_of(app, CurrentUser::new(app.system_user().clone()), "")
    }

    /// A request that the application makes for a user in a database.
    pub fn on_behalf_of(app: &App, user: CurrentUser, database: &str) -> Self {
        Request::new(RequestData {
            app: app.clone(),
            method: Method::GET,
            path: "/".into(),
            query: String::new(),
            headers: Arc::default(),
            body: Bytes::new(),
            user,
            base_url: app.core().base_url(),
            spec: crate::lookup::request_interface().clone(),
            matchdict: BTreeMap::new(),
            uid: Arc::from(uuid::Uuid::new_v4().simple().to_string()),
            parsed: OnceCell::new(),
            database: Arc::from(database),
            peer: None,
        })
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.data.app
    }

    /// The method's word.
    pub fn method(&self) -> &'static str {
        self.data.method.as_str()
    }

    /// The decoded path.
    pub fn path(&self) -> &str {
        &self.data.path
    }

    /// Who asks.
    pub fn user(&self) -> CurrentUser {
        self.data.user.clone()
    }

    /// What it provides.
    pub fn spec(&self) -> &Interface {
        &self.data.spec
    }

    /// A header's value; `None` when it is missing or not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.data.headers.get(name)?.to_str().ok()
    }

    /// The first value of a query parameter, decoded. A parameter without `=` is the empty text.
    pub fn query_value(&self, name: &str) -> Option<String> {
        self.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// All query parameters, decoded, in order.
    pub fn query_pairs(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.data.query.split('&').filter(|p| !p.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
    }

    /// A variable of the route.
    pub fn matched(&self, name: &str) -> Option<&str> {
        self.data.matchdict.get(name).map(String::as_str)
    }

    /// The JSON body, an object or array (row C-018). A missing body is no JSON.
    ///
    /// # Errors
    /// 412 in the forms of rows E-003 and C-018.
    pub fn data(&self) -> Result<&Value> {
        self.data.parsed.get_or_try_init(|| {
            let value = parse_json(&self.data.body, Limits::default())
                .map_err(|e| Error::new(Cause::InvalidJson(e.to_string())))?;
            if value.is_object() || value.is_array() {
                return Ok(value);
            }
            Err(Error::http(412, serde_json::json!({"reason": "Invalid json payload"})))
        })
    }

    /// The JSON body, which must be an object (row C-018 ⚠: an array is 412).
    ///
    /// # Errors
    /// As [`Request::data`].
    pub fn object(&self) -> Result<&serde_json::Map<String, Value>> {
        match self.data()? {
            Value::Object(map) => Ok(map),
            _ => Err(Error::http(412, serde_json::json!({"reason": "Invalid json payload"}))),
        }
    }

    /// The same request with another JSON body, for a service that hands its work on to a general one.
    #[must_use]
    pub fn with_data(&self, data: Value) -> Request {
        Request::new(RequestData {
            body: Bytes::new(),
            parsed: OnceCell::with_value(data),
            ..RequestData::clone(&self.data)
        })
    }

    /// The same request for the children of a folder that serves them in full form: `include` and `omit` are about the
    /// folder itself (row R-003). All folders of one answer share the count of what is left, which begins at `most`.
    pub(crate) fn for_full_objects(&self, most: u32) -> (Request, Arc<AtomicU32>) {
        let left = self.full_objects.clone().unwrap_or_else(|| Arc::new(AtomicU32::new(most)));
        let about_folder = |pair: &&str| {
            let key = decode(pair.split_once('=').map_or(*pair, |(key, _)| key));
            key == "include" || key == "omit"
        };
        let kept: Vec<&str> = self.data.query.split('&').filter(|pair| !about_folder(pair)).collect();
        let data = match kept.join("&") {
            query if query == self.data.query => self.data.clone(),
            query => Arc::new(RequestData { query, ..RequestData::clone(&self.data) }),
        };
        (Request { data, full_objects: Some(left.clone()) }, left)
    }

    /// The URL of an object.
    pub fn url(&self, resource: &Resource) -> String {
        let path = resource.path();
        let database = resource.tx().database().name();
        let mut url = String::with_capacity(self.data.base_url.len() + database.len() + path.len() + 1);
        url.push_str(&self.data.base_url);
        url.push('/');
        url.push_str(database);
        url.push_str(&crate::ids::encode_path(&path));
        url
    }

    /// The summaries of children, by their adapters, ready to be sorted.
    pub fn summaries<T: ContentInterface>(&self, children: Children<T>) -> Summaries<T> {
        Summaries { request: self.clone(), children }
    }

    /// The summary of one object, by its adapter (row R-004).
    ///
    /// # Errors
    /// When the adapter fails.
    pub async fn summary(&self, resource: &Resource) -> Result<Json> {
        self.multi_adapter::<dyn IResourceSerializeToJsonSummary>((resource, self))?.to_json_summary().await
    }
}

fn decode(text: &str) -> String {
    crate::ids::decode_query(text)
}

/// Summaries of children; see [`Request::summaries`].
pub struct Summaries<T> {
    request: Request,
    children: Children<T>,
}

impl<T: ContentInterface> Summaries<T> {
    /// The summaries as an array, sorted by one of their keys; equal ones stay in the order of their ids.
    ///
    /// # Errors
    /// When the database or an adapter fails.
    pub async fn sorted_by(self, key: &str) -> Result<Json> {
        let mut summaries = self.list().await?;
        summaries.sort_by(|a, b| order(a.get(key), b.get(key)));
        Ok(Json(Value::Array(summaries)))
    }

    async fn list(self) -> Result<Vec<Value>> {
        let mut summaries = Vec::new();
        for child in self.children.resources().await? {
            summaries.push(self.request.summary(&child).await?.0);
        }
        Ok(summaries)
    }
}

/// Texts and numbers in their order; anything else is equal.
fn order(a: Option<&Value>, b: Option<&Value>) -> std::cmp::Ordering {
    match (a, b) {
        (Some(Value::String(a)), Some(Value::String(b))) => a.cmp(b),
        (Some(Value::Number(a)), Some(Value::Number(b))) => {
            a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(std::cmp::Ordering::Equal)
        }
        _ => std::cmp::Ordering::Equal,
    }
}
