//! Who is it: passwords, tokens and what an `Authorization` header carries.
//!
//! The steps of A-001 (extract, validate, find the user) are put together where requests are known; here is
//! what each of them needs:
//! - [`parse_authorization`] and [`ws_credentials`] read [`Credentials`] (A-002…A-004);
//! - [`HashPool`] checks passwords in Guillotina's formats, off the runtime's threads (A-006, A-010…A-012);
//! - [`Throttle`] bounds how often a password may be guessed (S-060 ⚠);
//! - [`Tokens`] issues and verifies JWTs that are bound to where they were issued;
//! - [`Jwk`] seals what a web socket URL carries (V-001, A-023).

mod credentials;
mod jwe;
mod jwt;
mod password;
mod pool;
mod secret;
mod throttle;

pub use credentials::{
    Credentials, WS_TOKEN_SECONDS, parse_authorization, ws_credentials, ws_credentials_at, ws_token, ws_token_at,
};
pub use jwe::{JweError, Jwk, MAX_JWE_BYTES};
pub use jwt::{Audience, Claims, MAX_TOKEN_BYTES, TokenAlgorithm, TokenError, TokenSettings, Tokens};
pub use password::{Argon2Hasher, Hashers, MAX_PASSWORD_BYTES, PasswordError, PasswordHasher, Sha512Hasher};
pub use pool::{HashLoad, HashPool, HashPoolError, HashPoolSettings};
pub use secret::weak_secret;
pub use throttle::{Attempt, Throttle, ThrottleSettings, Throttled};

/// Fills an array from the system's random source.
fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// Bytes as lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}
