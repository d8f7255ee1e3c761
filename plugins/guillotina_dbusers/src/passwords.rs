//! Passwords are stored hashed only (row A-010).

use crate::content::users::User;
use guillotina::prelude::*;

/// Hashes a password that was just given.
///
/// Only the server itself brings hashes: what a client sends is a password, whatever it looks like.
///
/// # Errors
/// 429 when too many passwords are being hashed.
pub(crate) async fn hash_new(user: &Content<User>, payload: &Value, who: &Principal) -> Result {
    let Some(given) = user.read().password.clone() else {
        return Ok(());
    };
    let sent = payload.get("password").and_then(Value::as_str) == Some(given.as_str());
    let auth = user.tx().app().auth();
    if auth.is_hashed(&given) && (who.is_system() || !sent) {
        return Ok(());
    }
    let hashed = auth.hash(&given).await?;
    user.update(|user| user.password = Some(hashed));
    Ok(())
}

/// Refuses a user without password (row ZZ-03). The code may make one: it cannot log in.
///
/// # Errors
/// 412.
pub(crate) fn want(user: &Content<User>, who: &Principal) -> Result {
    if user.read().password.is_some() || who.is_system() {
        return Ok(());
    }
    Err(Error::http(412, json!({"reason": "A user needs a password: add \"password\" to the body"})))
}
