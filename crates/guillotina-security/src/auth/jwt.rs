//! JSON web tokens, pinned to one algorithm and bound to where they were issued (A-007, A-009).

mod hmac;

use crate::ROOT_ID;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, TokenData, Validation};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The algorithms that a server can be set to; all of them use one shared secret.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum TokenAlgorithm {
    /// HMAC with SHA-256, the default.
    #[default]
    HS256,
    /// HMAC with SHA-384.
    HS384,
    /// HMAC with SHA-512.
    HS512,
}

impl From<TokenAlgorithm> for Algorithm {
    fn from(algorithm: TokenAlgorithm) -> Self {
        match algorithm {
            TokenAlgorithm::HS256 => Self::HS256,
            TokenAlgorithm::HS384 => Self::HS384,
            TokenAlgorithm::HS512 => Self::HS512,
        }
    }
}

/// How tokens are made and checked: the settings `jwt.secret`, `jwt.algorithm` and `jwt.token_expiration`.
#[derive(Clone)]
pub struct TokenSettings {
    /// The shared secret; see [`weak_secret`](super::weak_secret).
    pub secret: String,
    /// The one algorithm that is accepted.
    pub algorithm: TokenAlgorithm,
    /// Life of an issued token, in seconds.
    pub expiration: u64,
}

impl TokenSettings {
    /// HS256 and an hour (A-009).
    pub fn new(secret: impl Into<String>) -> Self {
        Self { secret: secret.into(), algorithm: TokenAlgorithm::default(), expiration: 3600 }
    }
}

impl fmt::Debug for TokenSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSettings")
            .field("secret", &"…")
            .field("algorithm", &self.algorithm)
            .field("expiration", &self.expiration)
            .finish()
    }
}

/// Where a token is valid (A-007): the path of a container (`/db/container`), of a database (`/db`) or
/// of the application (`/`).
///
/// Two containers can each have their own `bob`; without this, a token of one would open the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience(String);

impl Audience {
    /// The application.
    pub fn application() -> Self {
        Self("/".to_owned())
    }

    /// A database.
    pub fn database(database: &str) -> Self {
        Self(format!("/{database}"))
    }

    /// A container.
    pub fn container(database: &str, container: &str) -> Self {
        Self(format!("/{database}/{container}"))
    }

    /// The claim's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a token says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims {
    /// Who it is for: `id`, or `sub` where a foreign token has no `id`.
    pub id: String,
    /// When it was issued, in seconds since 1970; 0 when it doesn't say.
    pub iat: u64,
    /// When it ends, in seconds since 1970. Set by [`Tokens::issue`].
    pub exp: u64,
    /// The session it belongs to, when sessions are kept.
    pub session: Option<String>,
    /// Further claims. The registered ones can't be overridden here.
    pub extra: Map<String, Value>,
}

impl Claims {
    /// Claims for a principal.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }
}

/// Why a token is refused. To the client all of them are one 401.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The settings have no secret, so anybody could sign.
    #[error("there is no secret for tokens; set `jwt.secret` to a long random text")]
    NoSecret,
    /// Longer than [`MAX_TOKEN_BYTES`].
    #[error("the token has {0} bytes, at most {MAX_TOKEN_BYTES} are looked at")]
    TooLarge(usize),
    /// It isn't three parts with JSON inside, or its claims have the wrong types.
    #[error("the token is malformed: {0}")]
    Malformed(String),
    /// It names another algorithm than the one of the settings, or asks for what isn't supported (`crit`).
    #[error("the token's algorithm or header is not accepted; set `jwt.algorithm` to what its issuer uses")]
    Algorithm,
    /// The signature isn't of this secret.
    #[error("the token's signature is wrong; its issuer must use the same `jwt.secret`")]
    Signature,
    /// It ended.
    #[error("the token has expired; log in again")]
    Expired,
    /// It starts later.
    #[error("the token is not valid yet; compare the clocks of its issuer and of this server")]
    NotYetValid,
    /// It was issued for another container.
    #[error("the token was issued for another place; log in here")]
    Audience,
    /// It could not be made.
    #[error("the token could not be signed: {0}")]
    Signing(String),
}

/// Issues and verifies tokens.
///
/// ```
/// use guillotina_security::auth::{Audience, Claims, TokenSettings, Tokens};
/// let tokens = Tokens::new(&TokenSettings::new("a-secret-of-2026-for-this-test"))?;
/// let here = Audience::container("db", "c");
/// let token = tokens.issue(Claims::new("bob"), &here)?;
/// assert_eq!(tokens.verify(&token, &here)?.id, "bob");
/// assert!(tokens.verify(&token, &Audience::container("db", "d")).is_err());
/// # Ok::<(), guillotina_security::auth::TokenError>(())
/// ```
pub struct Tokens {
    header: Header,
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    expiration: u64,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("algorithm", &self.header.alg).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Prepares the keys.
    ///
    /// # Errors
    /// [`TokenError::NoSecret`].
    pub fn new(settings: &TokenSettings) -> Result<Self, TokenError> {
        hmac::install();
        if settings.secret.is_empty() {
            return Err(TokenError::NoSecret);
        }
        let algorithm = settings.algorithm.into();
        let mut validation = Validation::new(algorithm);
        // Times and audience are checked below: to the second, and with the rule that a token without an
        // audience may come from another tool that shares the secret.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        Ok(Self {
            header: Header::new(algorithm),
            encoding: EncodingKey::from_secret(settings.secret.as_bytes()),
            decoding: DecodingKey::from_secret(settings.secret.as_bytes()),
            validation,
            expiration: settings.expiration,
        })
    }

    /// Life of an issued token, in seconds.
    pub fn expiration(&self) -> u64 {
        self.expiration
    }

    /// Makes a token from now on, with the claims of A-009, valid at the audience. Root's tokens carry no
    /// audience, since root is the same everywhere.
    ///
    /// # Errors
    /// [`TokenError::Signing`].
    pub fn issue(&self, claims: Claims, audience: &Audience) -> Result<String, TokenError> {
        self.issue_at(&claims, audience, now())
    }

    /// As [`issue`](Self::issue), from a moment in seconds since 1970 on; for answers that also tell the end,
    /// which is the moment plus [`expiration`](Self::expiration).
    ///
    /// # Errors
    /// [`TokenError::Signing`].
    pub fn issue_at(&self, claims: &Claims, audience: &Audience, now: u64) -> Result<String, TokenError> {
        let mut body = claims.extra.clone();
        body.insert("iat".into(), now.into());
        body.insert("exp".into(), now.saturating_add(self.expiration).into());
        body.insert("id".into(), claims.id.as_str().into());
        body.insert("sub".into(), claims.id.as_str().into());
        for registered in ["aud", "nbf", "session"] {
            body.remove(registered);
        }
        if let Some(session) = &claims.session {
            body.insert("session".into(), session.as_str().into());
        }
        if claims.id != ROOT_ID {
            body.insert("aud".into(), audience.as_str().into());
        }
        jsonwebtoken::encode(&self.header, &body, &self.encoding)
            .map_err(|error| TokenError::Signing(error.to_string()))
    }

    /// Reads a token that is presented at a place: its signature, its times and, when it carries one, its
    /// audience.
    ///
    /// # Errors
    /// Why it isn't accepted; the client learns no more than a 401.
    pub fn verify(&self, token: &str, here: &Audience) -> Result<Claims, TokenError> {
        self.verify_at(token, here, now())
    }

    /// As [`verify`](Self::verify), at a moment in seconds since 1970.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_at(&self, token: &str, here: &Audience, now: u64) -> Result<Claims, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLarge(token.len()));
        }
        let TokenData { header, claims, .. } =
            jsonwebtoken::decode::<Map<String, Value>>(token, &self.decoding, &self.validation).map_err(refused)?;
        // Extensions that the issuer marks as critical must be understood, and none is.
        if header.crit.is_some() {
            return Err(TokenError::Algorithm);
        }
        let exp = seconds(&claims, "exp")?.ok_or_else(|| TokenError::Malformed("it has no `exp`".to_owned()))?;
        if exp <= now {
            return Err(TokenError::Expired);
        }
        if seconds(&claims, "nbf")?.is_some_and(|start| start > now) {
            return Err(TokenError::NotYetValid);
        }
        check_audience(&claims, here)?;
        read(claims, exp)
    }
}

fn refused(error: jsonwebtoken::errors::Error) -> TokenError {
    match error.kind() {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => TokenError::Algorithm,
        _ => TokenError::Malformed(error.to_string()),
    }
}

fn seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<u64>, TokenError> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    // Other issuers write fractions; casting a float to an integer saturates.
    let whole = value.as_u64().or_else(|| value.as_f64().filter(|at| at.is_finite()).map(|at| at as u64));
    whole.map(Some).ok_or_else(|| TokenError::Malformed(format!("`{name}` is not a number of seconds")))
}

fn check_audience(claims: &Map<String, Value>, here: &Audience) -> Result<(), TokenError> {
    let fits = match claims.get("aud") {
        None => true,
        Some(Value::String(audience)) => audience == here.as_str(),
        Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience.as_str() == Some(here.as_str())),
        Some(_) => false,
    };
    if fits { Ok(()) } else { Err(TokenError::Audience) }
}

fn read(mut claims: Map<String, Value>, exp: u64) -> Result<Claims, TokenError> {
    let iat = seconds(&claims, "iat")?.unwrap_or_default();
    let id = match claims.remove("id").or_else(|| claims.get("sub").cloned()) {
        Some(Value::String(id)) if !id.is_empty() => id,
        _ => {
            return Err(TokenError::Malformed("neither `id` nor `sub` names a principal".to_owned()));
        }
    };
    let session = match claims.remove("session") {
        None | Some(Value::Null) => None,
        Some(Value::String(session)) => Some(session),
        Some(_) => return Err(TokenError::Malformed("`session` is not a text".to_owned())),
    };
    for registered in ["iat", "exp", "nbf", "sub", "aud"] {
        claims.remove(registered);
    }
    Ok(Claims { id, iat, exp, session, extra: claims })
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
#[path = "jwt/tests.rs"]
mod tests;
