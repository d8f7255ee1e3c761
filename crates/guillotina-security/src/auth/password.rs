//! Password formats (A-010…A-012).

use super::{hex, random};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest, Sha512};
use std::collections::BTreeMap;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Longest accepted password, in bytes.
pub const MAX_PASSWORD_BYTES: usize = 4096;

/// Bounds on what a stored argon2 hash may ask for, since whoever may write a stored hash could
/// otherwise make a login take minutes or all memory.
const MAX_MEMORY_KIB: u32 = 1 << 20;
const MAX_PASSES: u32 = 32;
const MAX_LANES: u32 = 64;

/// Why a password can't be hashed or checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// The password is too long.
    #[error("the password has {0} bytes, at most {MAX_PASSWORD_BYTES} are possible; choose a shorter one")]
    TooLong(usize),
    /// The algorithm has no hasher.
    #[error("no password hasher is called {0:?}; register one under that name, or reset the passwords that use it")]
    UnknownAlgorithm(String),
    /// The hashing itself failed.
    #[error("the password could not be hashed: {0}; check the system's random source and memory")]
    Failed(String),
}

/// One way to hash passwords, registered under a name (A-012).
///
/// Both calls take long on purpose: run them through [`HashPool`](super::HashPool).
pub trait PasswordHasher: Send + Sync {
    /// Hashes a password with a salt. The result must not contain a colon.
    ///
    /// # Errors
    /// [`PasswordError::Failed`] when it can't.
    fn hash(&self, password: &[u8], salt: &[u8]) -> Result<String, PasswordError>;

    /// Compares a password with a hash that [`hash`](Self::hash) made, in a time that doesn't depend on how
    /// much of it is right.
    fn verify(&self, hashed: &str, password: &[u8], salt: &[u8]) -> bool;
}

/// The default: argon2id, a PHC string over password and salt (A-010), with the parameters of argon2-cffi's
/// default profile: 64 MiB, 3 passes, 4 lanes, 32 bytes of hash.
#[derive(Debug, Clone)]
pub struct Argon2Hasher {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Default for Argon2Hasher {
    fn default() -> Self {
        Self { memory_kib: 65_536, passes: 3, lanes: 4 }
    }
}

impl Argon2Hasher {
    /// Other parameters for new hashes; what is stored is checked with the parameters it names.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Self {
        Self { memory_kib, passes, lanes }
    }
}

fn joined(password: &[u8], salt: &[u8]) -> Vec<u8> {
    [password, salt].concat()
}

impl PasswordHasher for Argon2Hasher {
    fn hash(&self, password: &[u8], salt: &[u8]) -> Result<String, PasswordError> {
        let failed = |error: &dyn std::fmt::Display| PasswordError::Failed(error.to_string());
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).map_err(|e| failed(&e))?;
        let inner = random::<16>().map_err(|e| failed(&e))?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(&joined(password, salt), &inner)
            .map(|hash| hash.to_string())
            .map_err(|e| failed(&e))
    }

    fn verify(&self, hashed: &str, password: &[u8], salt: &[u8]) -> bool {
        let Ok(parsed) = PasswordHash::new(hashed) else {
            return false;
        };
        let Ok(params) = Params::try_from(&parsed) else {
            return false;
        };
        if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_PASSES || params.p_cost() > MAX_LANES {
            return false;
        }
        Argon2::default().verify_password(&joined(password, salt), &parsed).is_ok()
    }
}

/// The older format: SHA-512 over password and salt, in hexadecimal (A-011). For what is stored already,
/// not for new passwords.
#[derive(Debug, Clone, Default)]
pub struct Sha512Hasher;

impl PasswordHasher for Sha512Hasher {
    fn hash(&self, password: &[u8], salt: &[u8]) -> Result<String, PasswordError> {
        Ok(hex(&Sha512::new().chain_update(password).chain_update(salt).finalize()))
    }

    fn verify(&self, hashed: &str, password: &[u8], salt: &[u8]) -> bool {
        self.hash(password, salt).is_ok_and(|right| right.as_bytes().ct_eq(hashed.as_bytes()).into())
    }
}

/// The hashers by name, and which of them new passwords use.
///
/// A stored password is `algorithm:salt:hash` (A-010).
///
/// ```
/// use guillotina_security::auth::Hashers;
/// let hashers = Hashers::default();
/// let stored = hashers.hash_with("sha512", "s3cret")?;
/// assert!(stored.starts_with("sha512:"));
/// assert!(hashers.verify(&stored, "s3cret")?);
/// assert!(!hashers.verify(&stored, "guess")?);
/// # Ok::<(), guillotina_security::auth::PasswordError>(())
/// ```
#[derive(Clone)]
pub struct Hashers {
    by_name: BTreeMap<String, Arc<dyn PasswordHasher>>,
    default: String,
}

impl std::fmt::Debug for Hashers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hashers").field("names", &self.by_name.keys()).field("default", &self.default).finish()
    }
}

/// `argon2`, which is the default, and `sha512`.
impl Default for Hashers {
    fn default() -> Self {
        let mut hashers = Self { by_name: BTreeMap::new(), default: "argon2".to_owned() };
        hashers.register("argon2", Arc::new(Argon2Hasher::default()));
        hashers.register("sha512", Arc::new(Sha512Hasher));
        hashers
    }
}

impl Hashers {
    /// Puts a hasher under a name, in the place of the one that was there.
    pub fn register(&mut self, name: &str, hasher: Arc<dyn PasswordHasher>) -> &mut Self {
        self.by_name.insert(name.to_owned(), hasher);
        self
    }

    /// Chooses the hasher of new passwords.
    pub fn set_default(&mut self, name: &str) -> &mut Self {
        name.clone_into(&mut self.default);
        self
    }

    /// Hashes a password with the default hasher and a new salt. Takes long: see [`HashPool`](super::HashPool).
    ///
    /// # Errors
    /// The password is too long, the default hasher isn't registered, or it fails.
    pub fn hash(&self, password: &str) -> Result<String, PasswordError> {
        self.hash_with(&self.default, password)
    }

    /// Hashes a password with a hasher of one's choice and a new salt.
    ///
    /// # Errors
    /// As [`hash`](Self::hash).
    pub fn hash_with(&self, algorithm: &str, password: &str) -> Result<String, PasswordError> {
        fits(password)?;
        let hasher = self.get(algorithm)?;
        let salt = hex(&random::<16>().map_err(|error| PasswordError::Failed(error.to_string()))?);
        let hashed = hasher.hash(password.as_bytes(), salt.as_bytes())?;
        Ok(format!("{algorithm}:{salt}:{hashed}"))
    }

    /// Whether a text is of the form that is stored, `algorithm:salt:hash` with a hasher of that name, and so no password
    /// itself (A-010).
    pub fn is_hashed(&self, text: &str) -> bool {
        split(text).is_some_and(|[algorithm, salt, hashed]| {
            self.by_name.contains_key(algorithm) && !salt.is_empty() && !hashed.is_empty()
        })
    }

    /// Compares a password with what is stored. What isn't of the form `algorithm:salt:hash` matches nothing.
    ///
    /// # Errors
    /// The password is too long or the stored algorithm has no hasher.
    pub fn verify(&self, stored: &str, password: &str) -> Result<bool, PasswordError> {
        fits(password)?;
        let Some([algorithm, salt, hashed]) = split(stored) else {
            return Ok(false);
        };
        Ok(self.get(algorithm)?.verify(hashed, password.as_bytes(), salt.as_bytes()))
    }

    fn get(&self, algorithm: &str) -> Result<&dyn PasswordHasher, PasswordError> {
        self.by_name
            .get(algorithm)
            .map(AsRef::as_ref)
            .ok_or_else(|| PasswordError::UnknownAlgorithm(algorithm.to_owned()))
    }
}

/// The parts of a stored password.
fn split(stored: &str) -> Option<[&str; 3]> {
    let mut parts = stored.split(':');
    let all = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(all)
}

fn fits(password: &str) -> Result<(), PasswordError> {
    if password.len() > MAX_PASSWORD_BYTES { Err(PasswordError::TooLong(password.len())) } else { Ok(()) }
}

#[cfg(test)]
#[path = "password/tests.rs"]
mod tests;
