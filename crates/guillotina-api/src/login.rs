//! Logging in, and tokens (rows S-004 to S-006, S-010, S-060 to S-062, S-070).

use crate::body;
use guillotina::auth::Realm;
use guillotina::{App, Container, Content, Error, Json, Request, Result};
use guillotina_macros::service;
use guillotina_security::auth::Credentials;
use guillotina_security::perms;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A token for a user of this container, for name and password.
#[service(method = POST, name = "@login", permission = perms::PUBLIC, allow_access)]
async fn login_here(container: Content<Container>, request: Request) -> Result<Json> {
    login(&request, realm(&request, &container)).await
}

/// A token for root, for name and password.
#[service(method = POST, name = "@login", permission = perms::PUBLIC, allow_access)]
async fn login_at_root(_app: App, request: Request) -> Result<Json> {
    login(&request, at_root(&request)).await
}

/// A new token for the caller.
#[service(method = POST, name = "@login-renew", permission = perms::REFRESH_TOKEN, allow_access)]
async fn renew_here(container: Content<Container>, request: Request) -> Result<Json> {
    issue(&request, request.user().id(), realm(&request, &container))
}

/// A new token for the caller.
#[service(method = POST, name = "@login-renew", permission = perms::REFRESH_TOKEN, allow_access)]
async fn renew_at_root(_app: App, request: Request) -> Result<Json> {
    issue(&request, request.user().id(), at_root(&request))
}

/// Ends the caller's session; without sessions there is none to end.
#[service(method = POST, name = "@logout", permission = perms::LOGOUT, allow_access)]
async fn logout_here(_container: Content<Container>) -> Result<()> {
    Err(no_sessions())
}

/// Ends the caller's session; without sessions there is none to end.
#[service(method = POST, name = "@logout", permission = perms::LOGOUT, allow_access)]
async fn logout_at_root(_app: App) -> Result<()> {
    Err(no_sessions())
}

/// A token for the URL of a WebSocket, good for a minute.
#[service(method = GET, name = "@wstoken", permission = perms::USE_WEB_SOCKETS)]
async fn wstoken_here(container: Content<Container>, request: Request) -> Result<Json> {
    socket_token(&request, realm(&request, &container))
}

/// A token for the URL of a WebSocket, good for a minute.
#[service(method = GET, name = "@wstoken", permission = perms::USE_WEB_SOCKETS)]
async fn wstoken_at_root(_app: App, request: Request) -> Result<Json> {
    socket_token(&request, at_root(&request))
}

/// The application: only root is known there.
fn at_root(request: &Request) -> Realm<'static> {
    Realm { database: "", container: None, peer: request.peer }
}

fn realm<'a>(request: &'a Request, container: &'a Content<Container>) -> Realm<'a> {
    Realm { database: &request.database, container: Some(container), peer: request.peer }
}

async fn login(request: &Request, realm: Realm<'_>) -> Result<Json> {
    let (id, password) = credentials(request.object()?)?;
    match request.app().auth().login(request.app(), realm, id, password).await? {
        Some(user) => issue(request, &user.id, realm),
        None => Err(Error::http(401, json!({"text": "login failed"}))),
    }
}

fn credentials(data: &Map<String, Value>) -> Result<(&str, &str)> {
    let text = |key: &str| data.get(key).and_then(Value::as_str);
    let id = text("username").or_else(|| text("login")).ok_or_else(|| body::missing("username"))?;
    Ok((id, text("password").ok_or_else(|| body::missing("password"))?))
}

fn issue(request: &Request, id: &str, realm: Realm<'_>) -> Result<Json> {
    let (token, exp) = request.app().auth().issue(id, realm)?;
    Ok(json!({"exp": naive_utc(exp), "token": token}).into())
}

/// The caller's own token, sealed. Who came with a password gets a token sealed instead: a password has no place in a URL.
fn socket_token(request: &Request, realm: Realm<'_>) -> Result<Json> {
    let auth = request.app().auth();
    let token = match auth.extract(request.header("authorization"), &request.query) {
        Some(Credentials::Bearer(token) | Credentials::WsToken { token, id: None }) => token,
        _ => auth.issue(request.user().id(), realm)?.0,
    };
    Ok(json!({"token": auth.issue_ws(&token)?}).into())
}

fn no_sessions() -> Error {
    Error::http(406, Value::Null)
}

/// Seconds since 1970 as Guillotina writes the end of a token: UTC without an offset, with microseconds.
fn naive_utc(seconds: u64) -> String {
    let moment = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    moment.unwrap_or(Timestamp::MAX).strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_token_s_060() {
        assert_eq!(naive_utc(1_795_374_104), "2026-11-22T19:01:44.000000");
        assert!(naive_utc(u64::MAX).starts_with("9999-"));
    }

    #[test]
    fn what_a_login_needs_s_060() {
        let of = |data: Value| {
            let data = data.as_object().unwrap().clone();
            credentials(&data).map(|(id, password)| format!("{id}:{password}")).map_err(|e| e.to_string())
        };
        assert_eq!(of(json!({"username": "bob", "password": "x"})), Ok("bob:x".into()));
        assert_eq!(of(json!({"login": "bob", "password": ""})), Ok("bob:".into()));
        assert_eq!(of(json!({"password": "x"})), Err("Property 'username' is required".into()));
        assert_eq!(of(json!({"username": 5, "password": "x"})), Err("Property 'username' is required".into()));
        assert_eq!(of(json!({"username": "bob"})), Err("Property 'password' is required".into()));
    }
}
