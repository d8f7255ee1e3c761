//! Encrypted tokens in the compact form of RFC 7516 with A256KW and A256CBC-HS512 (V-001, A-023).

use super::random;
use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use aes_kw::{KeyInit as _, KwAes256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha512;
use std::fmt;
use subtle::ConstantTimeEq;

/// Longest token that is looked at, in bytes.
pub const MAX_JWE_BYTES: usize = 16 * 1024;

const HEADER: &str = r#"{"alg":"A256KW","enc":"A256CBC-HS512"}"#;
const KEY_BYTES: usize = 32;
const CONTENT_KEY_BYTES: usize = 64;
const WRAPPED_BYTES: usize = CONTENT_KEY_BYTES + 8;
const IV_BYTES: usize = 16;
const TAG_BYTES: usize = 32;

/// Why a key or an encrypted token isn't accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JweError {
    /// The key of the settings is unusable.
    #[error("the key `jwk` is not usable: {0}; make one with the command `gen-key`")]
    Key(&'static str),
    /// The token isn't ours, whatever is wrong with it: saying more would help to forge one.
    #[error("the encrypted token is not valid; ask for a new one")]
    Invalid,
    /// It ended.
    #[error("the encrypted token has expired; ask for a new one")]
    Expired,
    /// It could not be made.
    #[error("the token could not be encrypted: {0}; check the system's random source")]
    Failed(String),
}

/// The symmetric key of the setting `jwk`: `{"k": …, "kty": "oct"}` (A-023).
///
/// ```
/// use guillotina_security::auth::Jwk;
/// let key = Jwk::generate()?;
/// let token = key.encrypt(b"to whom it may concern")?;
/// assert_eq!(key.decrypt(&token)?, b"to whom it may concern");
/// assert!(Jwk::generate()?.decrypt(&token).is_err());
/// # Ok::<(), guillotina_security::auth::JweError>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Jwk([u8; KEY_BYTES]);

#[derive(Serialize, Deserialize)]
struct Written {
    k: String,
    kty: String,
}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jwk(…)")
    }
}

impl TryFrom<Written> for Jwk {
    type Error = JweError;

    fn try_from(written: Written) -> Result<Self, JweError> {
        Self::new(&written.k, &written.kty)
    }
}

impl From<Jwk> for Written {
    fn from(key: Jwk) -> Self {
        Self { k: key.k(), kty: "oct".to_owned() }
    }
}

impl Jwk {
    /// A key as settings write it: 32 bytes in base64url, of the type `oct`.
    ///
    /// # Errors
    /// [`JweError::Key`] says what is wrong.
    pub fn new(k: &str, kty: &str) -> Result<Self, JweError> {
        if kty != "oct" {
            return Err(JweError::Key("`kty` must be \"oct\""));
        }
        let bytes = BASE64.decode(k.trim_end_matches('=')).map_err(|_| JweError::Key("`k` is not base64url"))?;
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| JweError::Key("`k` must be 32 bytes, which are 43 characters of base64url"))
    }

    /// A new random key.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn generate() -> Result<Self, JweError> {
        fresh().map(Self)
    }

    /// The key in base64url, for writing it into settings.
    pub fn k(&self) -> String {
        BASE64.encode(self.0)
    }

    /// Encrypts a payload into a compact token.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn encrypt(&self, payload: &[u8]) -> Result<String, JweError> {
        self.seal(payload, fresh()?, fresh()?)
    }

    fn seal(&self, payload: &[u8], content: [u8; CONTENT_KEY_BYTES], iv: [u8; IV_BYTES]) -> Result<String, JweError> {
        let header = BASE64.encode(HEADER);
        let mut wrapped = [0; WRAPPED_BYTES];
        KwAes256::new(&self.0.into())
            .wrap_key(&content, &mut wrapped)
            .map_err(|error| JweError::Failed(error.to_string()))?;
        let (mac_key, cipher_key) = halves(&content);
        let text = cbc::Encryptor::<Aes256>::new(&cipher_key.into(), &iv.into()).encrypt_padded_vec::<Pkcs7>(payload);
        let tag = tag(&mac_key, header.as_bytes(), &iv, &text)?;
        let [wrapped, iv, text, tag] = [&wrapped[..], &iv, &text, &tag].map(|part| BASE64.encode(part));
        Ok(format!("{header}.{wrapped}.{iv}.{text}.{tag}"))
    }

    /// Decrypts a compact token. The tag is compared in constant time, before anything is decrypted; compressed
    /// payloads, other algorithms and critical extensions are refused.
    ///
    /// # Errors
    /// [`JweError::Invalid`], whatever is wrong.
    pub fn decrypt(&self, token: &str) -> Result<Vec<u8>, JweError> {
        if token.len() > MAX_JWE_BYTES {
            return Err(JweError::Invalid);
        }
        let mut parts = token.split('.');
        let [Some(header), Some(wrapped), Some(iv), Some(text), Some(mac), None] =
            std::array::from_fn(|_| parts.next())
        else {
            return Err(JweError::Invalid);
        };
        accept_header(&decode(header)?)?;
        let wrapped: [u8; WRAPPED_BYTES] = decode_array(wrapped)?;
        let iv: [u8; IV_BYTES] = decode_array(iv)?;
        let mac: [u8; TAG_BYTES] = decode_array(mac)?;
        let text = decode(text)?;
        let mut content = [0; CONTENT_KEY_BYTES];
        KwAes256::new(&self.0.into()).unwrap_key(&wrapped, &mut content).map_err(|_| JweError::Invalid)?;
        let (mac_key, cipher_key) = halves(&content);
        if !bool::from(tag(&mac_key, header.as_bytes(), &iv, &text)?.ct_eq(&mac)) {
            return Err(JweError::Invalid);
        }
        cbc::Decryptor::<Aes256>::new(&cipher_key.into(), &iv.into())
            .decrypt_padded_vec::<Pkcs7>(&text)
            .map_err(|_| JweError::Invalid)
    }
}

fn fresh<const N: usize>() -> Result<[u8; N], JweError> {
    random().map_err(|error| JweError::Failed(error.to_string()))
}

/// A content key is the key of the tag, then the key of the cipher (RFC 7518, 5.2.2.1).
fn halves(content: &[u8; CONTENT_KEY_BYTES]) -> ([u8; 32], [u8; 32]) {
    let (mut mac, mut cipher) = ([0; 32], [0; 32]);
    mac.copy_from_slice(&content[..32]);
    cipher.copy_from_slice(&content[32..]);
    (mac, cipher)
}

fn tag(key: &[u8; 32], header: &[u8], iv: &[u8], text: &[u8]) -> Result<[u8; TAG_BYTES], JweError> {
    let mac = <Hmac<Sha512> as hmac::KeyInit>::new_from_slice(key).map_err(|_| JweError::Invalid)?;
    let header_bits = 8 * header.len() as u64;
    let full = mac.chain_update(header).chain_update(iv).chain_update(text).chain_update(header_bits.to_be_bytes());
    let mut tag = [0; TAG_BYTES];
    tag.copy_from_slice(&full.finalize().into_bytes()[..TAG_BYTES]);
    Ok(tag)
}

fn accept_header(header: &[u8]) -> Result<(), JweError> {
    #[derive(Deserialize)]
    struct Given {
        alg: String,
        enc: String,
        zip: Option<serde::de::IgnoredAny>,
        crit: Option<serde::de::IgnoredAny>,
    }
    match serde_json::from_slice::<Given>(header) {
        Ok(Given { alg, enc, zip: None, crit: None }) if alg == "A256KW" && enc == "A256CBC-HS512" => Ok(()),
        _ => Err(JweError::Invalid),
    }
}

fn decode(part: &str) -> Result<Vec<u8>, JweError> {
    BASE64.decode(part).map_err(|_| JweError::Invalid)
}

fn decode_array<const N: usize>(part: &str) -> Result<[u8; N], JweError> {
    decode(part)?.try_into().map_err(|_| JweError::Invalid)
}

#[cfg(test)]
#[path = "jwe/tests.rs"]
mod tests;
