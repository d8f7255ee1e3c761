//! Ids that users may have (row T-012).

use crate::content::users::UserManager;
use guillotina::ids::MAX_ID_LENGTH;
use guillotina::prelude::*;

/// Names that look like somebody in charge.
const RESERVED: [&str; 4] = ["root", "admin", "manager", "user"];

/// Checks the id of a new user.
pub struct UserIdChecker {
    min_length: usize,
}

#[adapter(provides = dyn IIDChecker)]
fn user_id_checker(_users: Content<UserManager>, #[inject] app: App) -> UserIdChecker {
    UserIdChecker { min_length: app.core().min_username_length }
}

#[interface]
impl IIDChecker for UserIdChecker {
    async fn check(&self, id: &str, _type_name: &str) -> Result<bool> {
        Ok(is_user_id(id, self.min_length))
    }
}

/// Small letters, digits and `@_.-`; no two signs in a row (`@` is none), no `-` or `.` at either end.
fn is_user_id(id: &str, min_length: usize) -> bool {
    let sign = |b: u8| matches!(b, b'_' | b'.' | b'-');
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'@' || sign(b);
    let bytes = id.as_bytes();
    bytes.len() >= min_length.max(1)
        && bytes.len() <= MAX_ID_LENGTH
        && bytes.iter().all(|b| allowed(*b))
        && !bytes.windows(2).any(|pair| sign(pair[0]) && sign(pair[1]))
        && !id.starts_with(['-', '.'])
        && !id.ends_with(['-', '.'])
        && id != "_"
        && !RESERVED.contains(&id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_users_t_012() {
        for good in ["bob", "alice@example.org", "a_b", "_ab", "ab_", "foo.bar-baz", "x1y", "@home", "007"] {
            assert!(is_user_id(good, 3), "{good}");
        }
        let long = "a".repeat(256);
        let bad = [
            "", "ab", "Bob", "a b", "-abc", ".abc", "abc-", "abc.", "a__b", "a._b", "a--b", "a..b", "ärger", "a/b",
            "a\0b", &long,
        ];
        for bad in bad.into_iter().chain(RESERVED) {
            assert!(!is_user_id(bad, 3), "{bad}");
        }
    }

    #[test]
    fn the_least_length_is_a_setting_z_045() {
        assert!(is_user_id("a", 1) && is_user_id("a", 0) && !is_user_id("", 0) && !is_user_id("_", 1));
        assert!(!is_user_id("alice", 6));
    }
}
