use super::*;

/// Made by guillotina 7.1.5 for "s3crët", with argon2-cffi's defaults.
const ARGON2: &str = "argon2:0000000000000000000000000000000a:$argon2id$v=19$m=65536,t=3,p=4\
    $xhxxyBDU0iCc9pXjibuHrw$jPg2ByW8qjizBEcC1cxE2qS4RWR5F+bBK9ue9ZxblC4";
const SHA512: &str = "sha512:abababababababababababababababab:c59c418aa756a565c908bd6bc8bc0af56e9f6198de85482232f86d9b\
    3f4fe29b553f5f3a8c79699202ce79d46929986817273b0b7b2f6e8e6fd03df71bd1e6dd";

#[test]
fn passwords_that_guillotina_stored_are_accepted() {
    let hashers = Hashers::default();
    for stored in [ARGON2, SHA512] {
        assert!(hashers.verify(stored, "s3crët").unwrap(), "{stored}");
        assert!(!hashers.verify(stored, "s3cret").unwrap());
        assert!(!hashers.verify(stored, "").unwrap());
    }
}

#[test]
fn a010_new_passwords_have_guillotinas_format_and_parameters() {
    let stored = Hashers::default().hash("s3crët").unwrap();
    let [algorithm, salt, hash] = stored.split(':').collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(algorithm, "argon2");
    assert!(salt.len() == 32 && salt.chars().all(|c| c.is_ascii_hexdigit()));
    assert!(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=4$"), "{hash}");
    // Salt of 16 bytes and hash of 32, as argon2-cffi writes them.
    let lengths: Vec<_> = hash.split('$').skip(4).map(str::len).collect();
    assert_eq!(lengths, [22, 43]);
    assert!(Hashers::default().verify(&stored, "s3crët").unwrap());
}

#[test]
fn a010_hashes_are_told_from_passwords() {
    let hashers = Hashers::default();
    for hashed in [ARGON2, SHA512, "sha512:ab:cd"] {
        assert!(hashers.is_hashed(hashed), "{hashed}");
    }
    for plain in ["", "secret", "argon2", "argon2:ab", "argon2::cd", "argon2:ab:", "argon2:a:b:c", "md5:ab:cd"] {
        assert!(!hashers.is_hashed(plain), "{plain}");
    }
}

#[test]
fn a011_sha512_is_hexadecimal_over_password_and_salt() {
    assert_eq!(
        Sha512Hasher.hash("s3crët".as_bytes(), b"abababababababababababababababab").unwrap(),
        SHA512.rsplit(':').next().unwrap()
    );
}

#[test]
fn what_is_no_stored_password_matches_nothing() {
    let hashers = Hashers::default();
    for stored in [
        "",
        ":",
        "::",
        "argon2",
        "argon2:a",
        "argon2::",
        "argon2:a:b",
        "argon2:a:b:c",
        "sha512:a:",
        "argon2:a:$argon2id$",
    ] {
        assert_ne!(hashers.verify(stored, ""), Ok(true), "{stored}");
        assert_ne!(hashers.verify(stored, "x"), Ok(true), "{stored}");
    }
    assert_eq!(hashers.verify("md5:a:b", "x"), Err(PasswordError::UnknownAlgorithm("md5".into())));
}

#[test]
fn a_stored_hash_cannot_ask_for_unbounded_work() {
    let hasher = Argon2Hasher::default();
    for cost in ["m=2097152,t=3,p=4", "m=65536,t=4000000000,p=4", "m=8192,t=1,p=1000"] {
        let stored =
            format!("$argon2id$v=19${cost}$xhxxyBDU0iCc9pXjibuHrw$jPg2ByW8qjizBEcC1cxE2qS4RWR5F+bBK9ue9ZxblC4");
        assert!(!hasher.verify(&stored, b"x", b"y"));
    }
}

#[test]
fn too_long_passwords_are_told_so() {
    let long = "x".repeat(MAX_PASSWORD_BYTES + 1);
    assert_eq!(Hashers::default().hash(&long), Err(PasswordError::TooLong(4097)));
    assert_eq!(Hashers::default().verify(SHA512, &long), Err(PasswordError::TooLong(4097)));
}

#[test]
fn a012_a_hasher_can_be_added_and_be_the_default() {
    struct Reversed;
    impl PasswordHasher for Reversed {
        fn hash(&self, password: &[u8], _: &[u8]) -> Result<String, PasswordError> {
            Ok(password.iter().rev().map(|byte| char::from(*byte)).collect())
        }
        fn verify(&self, hashed: &str, password: &[u8], salt: &[u8]) -> bool {
            self.hash(password, salt).is_ok_and(|right| right == hashed)
        }
    }
    let mut hashers = Hashers::default();
    hashers.register("reversed", Arc::new(Reversed)).set_default("reversed");
    let stored = hashers.hash("abc").unwrap();
    assert!(stored.starts_with("reversed:") && stored.ends_with(":cba"));
    assert!(hashers.verify(&stored, "abc").unwrap());
    hashers.set_default("gone");
    assert_eq!(hashers.hash("abc"), Err(PasswordError::UnknownAlgorithm("gone".into())));
}
