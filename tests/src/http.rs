//! A client of HTTP/1.1: one connection at a time, kept open.

use crate::Connection;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::io::{ErrorKind, Result};
use std::net::SocketAddr;
use tokio::sync::Mutex;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers, their names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name, in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when there is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text()))
    }

    /// The JSON body, when the status is that one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }
}

/// A client with credentials of its own. Requests of one client go one after the other; a clone has its own connection.
pub struct Client {
    address: SocketAddr,
    authorization: Option<String>,
    idle: Mutex<Option<Connection>>,
}

impl Clone for Client {
    fn clone(&self) -> Self {
        Client { address: self.address, authorization: self.authorization.clone(), idle: Mutex::new(None) }
    }
}

impl Client {
    /// A client without credentials.
    pub fn new(address: SocketAddr) -> Client {
        Client { address, authorization: None, idle: Mutex::new(None) }
    }

    /// The same with a name and a password.
    pub fn basic(&self, user: &str, password: &str) -> Client {
        self.with_authorization(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
    }

    /// The same with a token.
    pub fn bearer(&self, token: &str) -> Client {
        self.with_authorization(format!("Bearer {token}"))
    }

    /// The same with that header `Authorization`.
    pub fn with_authorization(&self, value: String) -> Client {
        Client { authorization: Some(value), ..self.clone() }
    }

    /// The header `Authorization`.
    pub fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// Where it connects to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Logs in at a container, and gives a client with the token.
    pub async fn login(&self, container: &str, user: &str, password: &str) -> Client {
        let answer = self
            .post(&format!("{container}/@login"), serde_json::json!({"username": user, "password": password}))
            .await;
        let token = answer.expect(200)["token"].as_str().expect("a token").to_owned();
        self.bearer(&token)
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, &[]).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body.to_string().as_bytes()), &[]).await
    }

    /// PATCH of JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, Some(body.to_string().as_bytes()), &[]).await
    }

    /// PUT of JSON.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body.to_string().as_bytes()), &[]).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None, &[]).await
    }

    /// A request of any kind. One that finds its kept connection closed is sent again on a new one.
    pub async fn send(&self, method: &str, path: &str, body: Option<&[u8]>, headers: &[(&str, &str)]) -> Answer {
        let kept = self.idle.lock().await.is_some();
        match self.try_send(method, path, body, headers).await {
            Err(e)
                if kept
                    && [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe]
                        .contains(&e.kind()) =>
            {
                self.try_send(method, path, body, headers).await
            }
            other => other,
        }
        .unwrap_or_else(|e| panic!("{method} {path}: {e}"))
    }

    /// The same, sent once.
    ///
    /// # Errors
    /// When the connection fails before the whole answer is there.
    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        body: Option<&[u8]>,
        headers: &[(&str, &str)],
    ) -> Result<Answer> {
        let mut idle = self.idle.lock().await;
        let mut connection = match idle.take() {
            Some(open) => open,
            None => Connection::open(self.address).await?,
        };
        connection.send(self.request(method, path, body, headers)).await?;
        let answer = connection.answer(method == "HEAD").await?;
        if answer.header("connection") != Some("close") {
            *idle = Some(connection);
        }
        Ok(answer)
    }

    fn request(&self, method: &str, path: &str, body: Option<&[u8]>, headers: &[(&str, &str)]) -> Vec<u8> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\naccept: application/json\r\n", self.address);
        if let Some(value) = &self.authorization {
            head.push_str(&format!("authorization: {value}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = body {
            head.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body.unwrap_or_default());
        bytes
    }
}
