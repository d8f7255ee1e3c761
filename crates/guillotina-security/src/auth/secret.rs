//! Warnings about weak secrets (A-024).

const SHORTEST: usize = 15;
const FEWEST_NON_LETTERS: usize = 5;

/// Why a secret is weak, or `None` when it passes. To be warned about at start-up unless debugging.
///
/// ```
/// use guillotina_security::auth::weak_secret;
/// assert!(weak_secret("secret").is_some());
/// assert!(weak_secret("k3y-0f-a-d3c3nt-l3ngth").is_none());
/// ```
pub fn weak_secret(secret: &str) -> Option<&'static str> {
    if secret == "secret" {
        return Some("it is the word \"secret\", which everybody tries first");
    }
    if secret.chars().count() < SHORTEST {
        return Some("it is shorter than 15 characters");
    }
    if secret.chars().filter(|c| !c.is_ascii_alphabetic()).count() < FEWEST_NON_LETTERS {
        return Some("fewer than 5 of its characters are something else than letters");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::weak_secret;

    #[test]
    fn each_weakness_is_named() {
        assert!(weak_secret("secret").is_some_and(|why| why.contains("secret")));
        assert!(weak_secret("").is_some_and(|why| why.contains("shorter")));
        assert!(weak_secret("12345678901234").is_some_and(|why| why.contains("shorter")));
        assert!(weak_secret("abcdefghijklmnop1234").is_some_and(|why| why.contains("letters")));
        assert_eq!(weak_secret("abcdefghijklmnop12345"), None);
    }
}
