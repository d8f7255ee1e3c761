//! HMAC for `jsonwebtoken`. Tokens here are signed with a shared secret and nothing else, so none of the public-key
//! cryptography that its own providers bring is compiled in.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result, new_error};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey};
use sha2::{Sha256, Sha384, Sha512};
use signature::{Error, Signer, Verifier};

static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

/// Makes `jsonwebtoken` sign with this module. The process has one provider; a second call changes nothing.
pub(super) fn install() {
    let _ = PROVIDER.install_default();
}

struct Key<M>(M, Algorithm);

impl<M: Mac + Clone> Signer<Vec<u8>> for Key<M> {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl<M: Mac + Clone> JwtSigner for Key<M> {
    fn algorithm(&self) -> Algorithm {
        self.1
    }
}

impl<M: Mac + Clone> Verifier<Vec<u8>> for Key<M> {
    /// In constant time.
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        self.0.clone().chain_update(message).verify_slice(signature).map_err(|_| Error::new())
    }
}

impl<M: Mac + Clone> JwtVerifier for Key<M> {
    fn algorithm(&self) -> Algorithm {
        self.1
    }
}

fn key<M: Mac + KeyInit>(secret: &[u8], algorithm: Algorithm) -> Result<Key<M>> {
    let mac = <M as KeyInit>::new_from_slice(secret).map_err(|_| new_error(ErrorKind::InvalidKeyFormat))?;
    Ok(Key(mac, algorithm))
}

fn shared_secret(family: AlgorithmFamily) -> Result<()> {
    match family {
        AlgorithmFamily::Hmac => Ok(()),
        _ => Err(new_error(ErrorKind::InvalidKeyFormat)),
    }
}

fn signer(algorithm: &Algorithm, secret: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    shared_secret(secret.family())?;
    let bytes = secret.as_bytes();
    Ok(match algorithm {
        Algorithm::HS256 => Box::new(key::<Hmac<Sha256>>(bytes, *algorithm)?),
        Algorithm::HS384 => Box::new(key::<Hmac<Sha384>>(bytes, *algorithm)?),
        Algorithm::HS512 => Box::new(key::<Hmac<Sha512>>(bytes, *algorithm)?),
        _ => return Err(new_error(ErrorKind::InvalidAlgorithm)),
    })
}

fn verifier(algorithm: &Algorithm, secret: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    shared_secret(secret.family())?;
    let bytes = secret.try_get_as_bytes()?;
    Ok(match algorithm {
        Algorithm::HS256 => Box::new(key::<Hmac<Sha256>>(bytes, *algorithm)?),
        Algorithm::HS384 => Box::new(key::<Hmac<Sha384>>(bytes, *algorithm)?),
        Algorithm::HS512 => Box::new(key::<Hmac<Sha512>>(bytes, *algorithm)?),
        _ => return Err(new_error(ErrorKind::InvalidAlgorithm)),
    })
}
