//! From a found object to the service's answer: who asks, may they, which view (rows C-006 to C-013), then the call.

use crate::request_info;
use crate::traversal::{Found, match_route, nothing_there, view_key};
use guillotina_component::{Interface, InterfaceType};
use guillotina_content::answer::Answer;
use guillotina_content::app::View;
use guillotina_content::auth::Realm;
use guillotina_content::events::{BeforeRenderView, ObjectEvent, ObjectLoaded};
use guillotina_content::interfaces::{IDefaultLayer, ILanguage, IRequest};
use guillotina_content::registration::{Method, ServiceDecl};
use guillotina_content::request::RequestData;
use guillotina_content::{App, Call, Container, CurrentUser, Error, Located, Request, Resource, Result, Tx, registry};
use guillotina_security::auth::Credentials;
use guillotina_security::{Permission, Principal, perms};
use http::header::ACCEPT_LANGUAGE;
use once_cell::sync::{Lazy, OnceCell};
use serde_json::json;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// A request before anything is known of its object: what all replays of it share.
pub struct Raw {
    /// The method.
    pub method: Method,
    /// The decoded path, as one text and by segments.
    pub path: String,
    /// The segments.
    pub segments: Vec<String>,
    /// The query.
    pub query: String,
    /// The headers.
    pub headers: Arc<http::HeaderMap>,
    /// The body.
    pub body: bytes::Bytes,
    /// Scheme, host and prefix of URLs.
    pub base_url: Arc<str>,
    /// The request's id.
    pub uid: Arc<str>,
    /// What it presents.
    pub credentials: Option<Credentials>,
    /// The client's address; `None` without a connection.
    pub peer: Option<IpAddr>,
}

impl Raw {
    fn name_user(&self, principal: &Principal) {
        if self.credentials.is_some() {
            request_info::name_user(&principal.id);
        }
    }
}

/// Why an object is refused (row C-009); a refused view has another reason (row C-010).
pub const NO_ACCESS: &str = "You are not authorized to access content";

/// A view that the user may call, with what it is called with.
pub struct Allowed {
    /// The view.
    pub view: View,
    /// The request.
    pub request: Request,
    /// The context.
    pub context: Located,
    /// The transaction that it was found in; `None` at the application.
    pub tx: Option<Tx>,
}

/// Layers of a request without add-on's layers.
static PLAIN: Lazy<Interface> = Lazy::new(|| {
    Interface::declaration([
        <dyn IDefaultLayer as InterfaceType>::interface().clone(),
        <dyn IRequest as InterfaceType>::interface().clone(),
    ])
});

/// Who asks: the user behind the credentials, or nobody (row A-001).
///
/// # Errors
/// When the database fails.
pub async fn principal(
    app: &App,
    database: &str,
    container: Option<&Resource>,
    credentials: Option<&Credentials>,
    peer: Option<IpAddr>,
) -> Result<Arc<Principal>> {
    let Some(credentials) = credentials else { return Ok(app.anonymous().clone()) };
    let container = container.and_then(|c| c.cast::<Container>().ok());
    let realm = Realm { database, container: container.as_ref(), peer };
    Ok(app.auth().authenticate(app, realm, credentials).await?.unwrap_or_else(|| app.anonymous().clone()))
}

/// The realm that credentials are checked for, by the container as a content object.
pub fn with_realm<R>(database: &str, container: Option<&Resource>, f: impl FnOnce(Realm<'_>) -> R) -> R {
    let container = container.and_then(|c| c.cast::<Container>().ok());
    f(Realm { database, container: container.as_ref(), peer: None })
}

/// Who a known user is by now: their roles as they are, or nobody when the user is gone or disabled. For sockets, which
/// outlive what they were opened with.
///
/// # Errors
/// When the database fails.
pub async fn principal_now(
    app: &App,
    database: &str,
    container: Option<&Resource>,
    user: &CurrentUser,
) -> Result<Arc<Principal>> {
    if user.principal().id == app.anonymous().id {
        return Ok(app.anonymous().clone());
    }
    let container = container.and_then(|c| c.cast::<Container>().ok());
    let realm = Realm { database, container: container.as_ref(), peer: None };
    let found = app.auth().find(app, realm, user.id()).await?;
    Ok(found.map_or_else(|| app.anonymous().clone(), |found| found.principal))
}

/// The request's interfaces: the container's active layers before the default one (row C-013).
fn layers(app: &App, container: Option<&Resource>) -> Interface {
    let active = container.map(registry::active_layers).unwrap_or_default();
    if active.is_empty() {
        return PLAIN.clone();
    }
    let components = app.components();
    let known = components
        .addons
        .iter()
        .filter_map(|(decl, _)| decl.layer.map(|l| l()))
        .filter(|l| active.iter().any(|a| a == l.name()));
    Interface::declaration(known.cloned().chain([PLAIN.clone()]))
}

/// Finds the view and decides (rows C-006, C-009, C-010).
///
/// # Errors
/// Rows C-007, C-009, C-010.
pub async fn find(app: &App, raw: &Raw, database: &str, found: Found<'_>) -> Result<Allowed> {
    let principal = principal(app, database, found.container.as_ref(), raw.credentials.as_ref(), raw.peer).await?;
    raw.name_user(&principal);
    find_for(app, raw, database, found, principal).await
}

/// [`find`] for a known user.
///
/// # Errors
/// As [`find`].
pub async fn find_for(
    app: &App,
    raw: &Raw,
    database: &str,
    found: Found<'_>,
    principal: Arc<Principal>,
) -> Result<Allowed> {
    let mut data = RequestData {
        app: app.clone(),
        method: raw.method,
        path: raw.path.clone(),
        query: raw.query.clone(),
        headers: raw.headers.clone(),
        body: raw.body.clone(),
        user: CurrentUser::new(principal.clone()),
        base_url: raw.base_url.clone(),
        spec: layers(app, found.container.as_ref()),
        matchdict: BTreeMap::new(),
        uid: raw.uid.clone(),
        parsed: OnceCell::new(),
        database: Arc::from(database),
        peer: raw.peer,
    };
    let context = in_language(app, &data, found.context).await?;
    let key = view_key(found.tail);
    let mut view = lookup(app, raw.method, &context, &data.spec, &key);
    // Rights don't count for OPTIONS: browsers ask without credentials (rows C-009, C-010).
    let rights_count = raw.method != Method::OPTIONS;
    let open = view.is_some_and(|view| access(view).open);
    if rights_count && !open && !context.allows(app, &principal, perms::ACCESS_CONTENT.id()) {
        return Err(refused(app, NO_ACCESS, &context, &principal));
    }
    if view.is_none()
        && let Some(first) = found.tail.first()
    {
        view = lookup(app, raw.method, &context, &data.spec, &format!("{first}?"));
    }
    let view = view.ok_or_else(nothing_there)?;
    let Access { permission, route, .. } = access(view);
    if rights_count && !context.allows(app, &principal, permission.id()) {
        return Err(refused(app, "You are not authorized to view", &context, &principal));
    }
    data.matchdict = match_route(route, found.tail)?;
    Ok(Allowed { view, request: Request::new(data), context, tx: found.tx })
}

/// What a view asks of the user, and the route that it is registered for.
struct Access {
    permission: Permission,
    open: bool,
    route: &'static str,
}

fn access(view: View) -> Access {
    match view {
        View::Service(decl, _) => Access { permission: decl.permission, open: decl.allow_access, route: decl.name },
        View::WebSocket(decl, _) => Access { permission: decl.permission, open: decl.allow_access, route: decl.name },
    }
}

/// Row C-014: the first language of `Accept-Language` that somebody translates resources to.
async fn in_language(app: &App, data: &RequestData, context: Located) -> Result<Located> {
    let accepted = data.headers.get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    let (Some(accepted), Located::Resource(resource)) = (accepted, &context) else { return Ok(context) };
    let known = {
        let components = app.components();
        components.adapters.names(&[&resource.spec(), &data.spec], <dyn ILanguage as InterfaceType>::interface())
    };
    if known.is_empty() {
        return Ok(context);
    }
    let request = Request::new(data.clone());
    for language in languages(accepted) {
        if known.iter().any(|name| **name == language)
            && let Some(adapter) = app.query_adapter::<dyn ILanguage>((resource, &request), &language)?
        {
            return Ok(Located::Resource(adapter.translate().await?));
        }
    }
    Ok(context)
}

/// The languages of `Accept-Language` in lower case, the most wanted first (RFC 9110, 12.5.4).
fn languages(accepted: &str) -> Vec<String> {
    let mut wanted: Vec<(f32, String)> = Vec::new();
    for part in accepted.split(',') {
        let (language, weight) = part.split_once(';').unwrap_or((part, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.trim().parse().ok()).unwrap_or(0.0);
        if weight > 0.0 {
            wanted.push((weight, language.trim().to_lowercase()));
        }
    }
    wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
    wanted.into_iter().map(|(_, language)| language).collect()
}

fn lookup(app: &App, method: Method, context: &Located, spec: &Interface, key: &str) -> Option<View> {
    let components = app.components();
    let views = components.views.get(&method)?;
    views.lookup(&[&context.spec(), spec], Interface::root(), key)
}

/// Rows C-009 and C-010; with the setting `conceal_forbidden` nothing is there (row C-012).
fn refused(app: &App, reason: &str, context: &Located, who: &Principal) -> Error {
    if app.core().conceal_forbidden {
        return nothing_there();
    }
    Error::http(401, json!({"reason": reason, "content": context.to_string(), "auth": &*who.id}))
}

/// Calls a service.
///
/// # Errors
/// What the service or a subscriber says.
pub async fn call(app: &App, decl: &ServiceDecl, allowed: Allowed) -> Result<Answer> {
    let Allowed { request, context, tx, .. } = allowed;
    if let Located::Resource(resource) = &context {
        let base = ObjectEvent { object: resource.clone() };
        app.notify(&request, context.clone(), Arc::new(ObjectLoaded { base: base.clone() })).await?;
        app.notify(&request, context.clone(), Arc::new(BeforeRenderView { base })).await?;
    }
    (decl.handler)(&Call::new(request, context).within(tx)).await
}

#[cfg(test)]
mod tests {
    use super::languages;

    #[test]
    fn languages_by_weight_c_014() {
        assert_eq!(languages("de;q=0.5, CA, en;q=0.9, xx;q=0, fi;q=no"), ["ca", "en", "de"]);
    }
}
