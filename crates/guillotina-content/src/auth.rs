//! Who asks (contract section 7): credentials out of a request, the user behind them, tokens and passwords.
//!
//! The steps are those of row A-001: what a request presents is extracted, the first identifier that knows the id
//! gives the user, and what was presented is checked against it. Whatever fails leaves the request anonymous.

use crate::App;
use crate::clock::Clock;
use crate::content::{Container, Content};
use crate::error::{Cause, Error, Result};
use guillotina_macros::interface;
use guillotina_security::auth::{
    Attempt, Audience, Claims, Credentials, HashLoad, HashPool, HashPoolError, Jwk, PasswordError, Throttle, Throttled,
    Tokens, parse_authorization, ws_credentials_at, ws_token_at,
};
use guillotina_security::{Principal, ROOT_ID};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::OnceCell;

/// A user that an identifier found.
pub struct Identified {
    /// What the policy needs to know.
    pub principal: Arc<Principal>,
    /// The stored password (row A-010); `None` when the user cannot log in by password.
    pub password: Option<String>,
}

/// Finds users by id (row A-014): an adapter of the container, under the name that `auth_user_identifiers` lists.
#[interface(name = "guillotina.interfaces.IAuthUserIdentifier")]
pub trait IUserIdentifier {
    /// The user of that id; `None` when there is none or the user is disabled.
    async fn identify(&self, id: &str) -> Result<Option<Identified>>;
}

/// What [`Auth`] is made from.
pub struct AuthConfig {
    /// Says when tokens begin and end.
    pub clock: Clock,
    /// Makes and checks tokens.
    pub tokens: Tokens,
    /// Seals socket tokens.
    pub jwk: Jwk,
    /// Checks passwords off the runtime.
    pub passwords: HashPool,
    /// Bounds how often logging in may fail.
    pub throttle: Throttle,
    /// Root's password as in the settings: plain or hashed; empty = root cannot log in by password (row A-013).
    pub root_password: String,
    /// Names of `auth_user_identifiers`.
    pub identifiers: Vec<String>,
    /// `Authorization: Bearer` counts.
    pub bearer: bool,
    /// `Authorization: Basic` counts.
    pub basic: bool,
    /// `?ws_token=` counts.
    pub ws_token: bool,
}

/// Authentication of one application.
pub struct Auth {
    config: AuthConfig,
    root: OnceCell<String>,
    /// Attempts that were answered 429, since too many had failed.
    refused: AtomicU64,
}

/// Where somebody wants to be known, and from where: the application, a database, or a container.
#[derive(Clone, Copy)]
pub struct Realm<'a> {
    /// Name of the database; empty at the application.
    pub database: &'a str,
    /// The container, if the path leads into one.
    pub container: Option<&'a Content<Container>>,
    /// The client's address, by which failures are counted too.
    pub peer: Option<IpAddr>,
}

impl Realm<'_> {
    /// Where a token for it is valid (row A-007 ⚠).
    pub fn audience(&self) -> Audience {
        match self.container {
            // By uid: a token does not outlive its container, even if another one takes the name.
            Some(container) => Audience::container(self.database, container.uid().as_str()),
            None if self.database.is_empty() => Audience::application(),
            None => Audience::database(self.database),
        }
    }
}

impl Auth {
    /// Authentication of that configuration.
    pub fn new(config: AuthConfig) -> Self {
        Auth { config, root: OnceCell::new(), refused: AtomicU64::new(0) }
    }

    /// What the hashing of passwords is doing now.
    pub fn hashing(&self) -> HashLoad {
        self.config.passwords.load()
    }

    /// Attempts to log in that were answered 429, since too many had failed.
    pub fn refused_logins(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn throttled(&self, error: Throttled) -> Error {
        self.refused.fetch_add(1, Ordering::Relaxed);
        let what = "too many attempts to log in have failed".into();
        Error::new(Cause::Busy { status: 429, what, retry_after: error.seconds() })
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// 429 when too many are being hashed, 412 when it is too long.
    pub async fn hash(&self, password: &str) -> Result<String> {
        self.config.passwords.hash(password).await.map_err(busy)
    }

    /// Whether a text is a hashed password as it is stored (row A-010).
    pub fn is_hashed(&self, text: &str) -> bool {
        self.config.passwords.is_hashed(text)
    }

    /// What a request presents, by the extractors that are enabled (rows ).
    pub fn extract(&self, authorization: Option<&str>, query: &str) -> Option<Credentials> {
        let presented = authorization.and_then(parse_authorization).filter(|c| match c {
            Credentials::Bearer(_) => self.config.bearer,
            Credentials::Basic { .. } => self.config.basic,
            Credentials::WsToken { .. } => false,
        });
        if presented.is_some() || !self.config.ws_token {
            return presented;
        }
        let sealed = query.split('&').find_map(|pair| pair.strip_prefix("ws_token="))?;
        ws_credentials_at(&self.config.jwk, &crate::ids::decode_query(sealed), self.config.clock.unix_seconds()).ok()
    }

    /// The user behind the credentials in a realm; `None` when they are not good.
    ///
    /// # Errors
    /// When the database fails; 429 when too many passwords are being checked, or too many were wrong (row S-060 ⚠).
    pub async fn authenticate(
        &self,
        app: &App,
        realm: Realm<'_>,
        credentials: &Credentials,
    ) -> Result<Option<Arc<Principal>>> {
        match credentials {
            Credentials::Bearer(token) | Credentials::WsToken { token, id: None } => {
                let now = self.config.clock.unix_seconds();
                let Ok(claims) = self.config.tokens.verify_at(token, &realm.audience(), now) else { return Ok(None) };
                if claims.id == ROOT_ID {
                    return Ok(Some(app.root_user().clone()));
                }
                Ok(self.find(app, realm, &claims.id).await?.map(|user| user.principal))
            }
            Credentials::Basic { id, password } | Credentials::WsToken { token: password, id: Some(id) } => {
                let attempt = self.attempt(realm, id);
                // A client that sends its password with every request does not log in anew with each, and so gives
                // nobody who guesses meanwhile a new beginning. It is known where it is all the same.
                let user = match self.check(app, realm, id, password, &attempt).await? {
                    Checked::Wrong => return Ok(None),
                    Checked::Remembered(user) => {
                        self.config.throttle.seen(&attempt);
                        user
                    }
                    Checked::Right(user) => {
                        self.config.throttle.succeeded(&attempt);
                        user
                    }
                };
                Ok(Some(user))
            }
        }
    }

    /// When what was presented ends to count, in seconds since 1970; `None` for a password, and for what is not good.
    pub fn ends(&self, realm: Realm<'_>, credentials: &Credentials) -> Option<u64> {
        match credentials {
            Credentials::Bearer(token) | Credentials::WsToken { token, id: None } => {
                self.config.tokens.verify(token, &realm.audience()).ok().map(|claims| claims.exp)
            }
            _ => None,
        }
    }

    /// The user of that id and password. Takes as long for a user that does not exist (row S-060 ⚠).
    ///
    /// # Errors
    /// As [`Auth::authenticate`].
    pub async fn login(&self, app: &App, realm: Realm<'_>, id: &str, password: &str) -> Result<Option<Arc<Principal>>> {
        let attempt = self.attempt(realm, id);
        match self.check(app, realm, id, password, &attempt).await? {
            Checked::Wrong => Ok(None),
            Checked::Remembered(user) | Checked::Right(user) => {
                self.config.throttle.succeeded(&attempt);
                Ok(Some(user))
            }
        }
    }

    /// What failures are counted by: a user of a container, or root, who is the same everywhere.
    fn attempt(&self, realm: Realm<'_>, id: &str) -> Attempt {
        let throttle = &self.config.throttle;
        if id == ROOT_ID {
            return throttle.attempt(&("", "", ROOT_ID), realm.peer);
        }
        let container = realm.container.map(|container| container.id()).unwrap_or_default();
        throttle.attempt(&(realm.database, &*container, id), realm.peer)
    }

    /// Checks a password and counts it when it is wrong. The bound comes before everything else: a password that is
    /// remembered as correct would otherwise answer guesses for free.
    async fn check(&self, app: &App, realm: Realm<'_>, id: &str, password: &str, attempt: &Attempt) -> Result<Checked> {
        let throttle = &self.config.throttle;
        throttle.admit(attempt, Instant::now()).map_err(|error| self.throttled(error))?;
        let found = self.find(app, realm, id).await?;
        let stored = found.as_ref().and_then(|f| f.password.as_deref());
        if let (Some(found), Some(stored)) = (&found, stored)
            && self.config.passwords.remembers(stored, password)
        {
            return Ok(Checked::Remembered(found.principal.clone()));
        }
        let good = match self.config.passwords.verify(stored, password).await {
            // Nobody can have such a password.
            Err(HashPoolError::Password(PasswordError::TooLong(_))) => false,
            checked => checked.map_err(busy)?,
        };
        match found.filter(|_| good) {
            Some(found) => {
                // Others may have used up the bound while this one was hashed.
                throttle.admit(attempt, Instant::now()).map_err(|error| self.throttled(error))?;
                Ok(Checked::Right(found.principal))
            }
            None => {
                throttle.failed(attempt, Instant::now()).map_err(|error| self.throttled(error))?;
                Ok(Checked::Wrong)
            }
        }
    }

    /// The user of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&self, app: &App, realm: Realm<'_>, id: &str) -> Result<Option<Identified>> {
        if id == ROOT_ID {
            return Ok(Some(Identified { principal: app.root_user().clone(), password: self.root_password().await? }));
        }
        let Some(container) = realm.container else { return Ok(None) };
        for name in &self.config.identifiers {
            if let Some(identifier) = app.query_adapter::<dyn IUserIdentifier>(container, name)?
                && let Some(user) = identifier.identify(id).await?
            {
                return Ok(Some(user));
            }
        }
        Ok(None)
    }

    /// Root's password as it would be stored: hashed once, at the first login or by [`Auth::warm_up`] (row A-013).
    async fn root_password(&self) -> Result<Option<String>> {
        let given = &self.config.root_password;
        if given.is_empty() || self.is_hashed(given) {
            return Ok(Some(given.clone()).filter(|g| !g.is_empty()));
        }
        self.root.get_or_try_init(|| self.hash(given)).await.cloned().map(Some)
    }

    /// Does once what the first logins would have to wait for.
    ///
    /// # Errors
    /// When a password cannot be hashed.
    pub async fn warm_up(&self) -> Result<()> {
        self.root_password().await?;
        self.config.passwords.prepare().await.map_err(busy)
    }

    /// A token for a user in a realm, and when it ends, in seconds since 1970 (row A-009).
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn issue(&self, id: &str, realm: Realm<'_>) -> Result<(String, u64)> {
        let now = self.config.clock.unix_seconds();
        let token = self.config.tokens.issue_at(&Claims::new(id), &realm.audience(), now)?;
        Ok((token, now.saturating_add(self.config.tokens.expiration())))
    }

    /// A token for the URL of a WebSocket (row V-001); it never wraps a password.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn issue_ws(&self, token: &str) -> Result<String> {
        Ok(ws_token_at(&self.config.jwk, token, None, self.config.clock.unix_seconds())?)
    }
}

/// How a password was found.
enum Checked {
    Wrong,
    /// It was right lately.
    Remembered(Arc<Principal>),
    Right(Arc<Principal>),
}

fn busy(error: HashPoolError) -> Error {
    match error {
        HashPoolError::Busy => Error::new(Cause::Busy { status: 429, what: "password hashing".into(), retry_after: 1 }),
        HashPoolError::Password(error @ PasswordError::TooLong(_)) => {
            Error::http(412, serde_json::json!({"reason": error.to_string()}))
        }
        other => other.into(),
    }
}
