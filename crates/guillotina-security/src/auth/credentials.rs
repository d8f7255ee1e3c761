//! What a request presents (A-002…A-004).

use super::jwt::now;
use super::{JweError, Jwk};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Life of a web socket token, in seconds (V-001).
pub const WS_TOKEN_SECONDS: u64 = 60;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What a request presents, not yet checked.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// A JWT from the header `Authorization: Bearer`.
    Bearer(String),
    /// A user and a password from the header `Authorization: Basic`.
    Basic {
        /// The user.
        id: String,
        /// The password.
        password: String,
    },
    /// What a sealed `ws_token` held: a JWT, or a password when there is an id.
    WsToken {
        /// The JWT or password.
        token: String,
        /// The user that the password is of.
        id: Option<String>,
    },
}

/// Neither passwords nor tokens get into logs.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bearer(_) => f.write_str("Bearer(…)"),
            Self::Basic { id, .. } => write!(f, "Basic({id:?}, …)"),
            Self::WsToken { id, .. } => write!(f, "WsToken({id:?}, …)"),
        }
    }
}

/// Reads an `Authorization` header. Whatever isn't Bearer or Basic, or isn't decodable, presents nothing.
///
/// The scheme's case doesn't matter; tokens, users and passwords are trimmed (A-002, A-003).
///
/// ```
/// use guillotina_security::auth::{Credentials, parse_authorization};
/// let basic = parse_authorization("Basic cm9vdDpzM2NyZXQ=");
/// assert_eq!(basic, Some(Credentials::Basic { id: "root".into(), password: "s3cret".into() }));
/// assert_eq!(parse_authorization("Negotiate abc"), None);
/// ```
pub fn parse_authorization(header: &str) -> Option<Credentials> {
    let (scheme, rest) = header.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return (!rest.is_empty()).then(|| Credentials::Bearer(rest.to_owned()));
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let text = String::from_utf8(BASE64.decode(rest).ok()?).ok()?;
        let (id, password) = text.split_once(':').unwrap_or((&text, ""));
        return Some(Credentials::Basic { id: id.trim().to_owned(), password: password.trim().to_owned() });
    }
    None
}

#[derive(Serialize, Deserialize)]
struct WsClaims {
    #[serde(default)]
    iat: u64,
    exp: u64,
    token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// Seals a caller's token for the URL of a web socket, for [`WS_TOKEN_SECONDS`] (V-001).
///
/// `token` should be a JWT. Guillotina also wraps a password with its user's id; a URL is a bad place for it, even
/// sealed, so issue a short-lived JWT for a caller that came with a password.
///
/// # Errors
/// The system has no random numbers.
pub fn ws_token(key: &Jwk, token: &str, id: Option<&str>) -> Result<String, JweError> {
    ws_token_at(key, token, id, now())
}

/// As [`ws_token`], from a moment in seconds since 1970 on.
///
/// # Errors
/// As [`ws_token`].
pub fn ws_token_at(key: &Jwk, token: &str, id: Option<&str>, now: u64) -> Result<String, JweError> {
    let claims = WsClaims {
        iat: now,
        exp: now.saturating_add(WS_TOKEN_SECONDS),
        token: Some(token.to_owned()),
        id: id.map(str::to_owned),
    };
    let payload = serde_json::to_vec(&claims).map_err(|error| JweError::Failed(error.to_string()))?;
    key.encrypt(&payload)
}

/// Opens the query parameter `ws_token` (A-004).
///
/// # Errors
/// It isn't sealed with this key, has expired, or holds no token.
pub fn ws_credentials(key: &Jwk, sealed: &str) -> Result<Credentials, JweError> {
    ws_credentials_at(key, sealed, now())
}

/// As [`ws_credentials`], at a moment in seconds since 1970.
///
/// # Errors
/// As [`ws_credentials`].
pub fn ws_credentials_at(key: &Jwk, sealed: &str, now: u64) -> Result<Credentials, JweError> {
    let payload = key.decrypt(sealed.trim())?;
    let claims: WsClaims = serde_json::from_slice(&payload).map_err(|_| JweError::Invalid)?;
    if claims.exp <= now {
        return Err(JweError::Expired);
    }
    let token = claims.token.ok_or(JweError::Invalid)?;
    Ok(Credentials::WsToken { token, id: claims.id })
}

#[cfg(test)]
#[path = "credentials/tests.rs"]
mod tests;
