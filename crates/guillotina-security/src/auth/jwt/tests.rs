use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use std::time::Instant;

const NOW: u64 = 1_800_000_000;
const SECRET: &str = "a-secret-of-2026-for-these-tests";

fn tokens() -> Tokens {
    Tokens::new(&TokenSettings::new(SECRET)).unwrap()
}

fn here() -> Audience {
    Audience::container("db", "c")
}

/// A token with any header and claims, signed with HS256 and a key of one's choice.
fn forged(header: Value, claims: Value, key: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&header), part(&claims));
    let key = EncodingKey::from_secret(key.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

fn signed(claims: Value) -> String {
    forged(json!({"alg": "HS256", "typ": "JWT"}), claims, SECRET)
}

fn refusal(token: &str) -> TokenError {
    let started = Instant::now();
    let error = tokens().verify_at(token, &here(), NOW).unwrap_err();
    // A millisecond in a release build; debug builds get room.
    assert!(started.elapsed().as_millis() < 100, "refusing took {:?}", started.elapsed());
    error
}

#[test]
fn a009_an_issued_token_carries_the_contracts_claims() {
    let claims = Claims { session: Some("s1".into()), ..Claims::new("bob") };
    let token = tokens().issue_at(&claims, &here(), NOW).unwrap();
    let body = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        body,
        json!({"iat": NOW, "exp": NOW + 3600, "id": "bob", "sub": "bob", "session": "s1", "aud": "/db/c"})
    );
    let read = tokens().verify_at(&token, &here(), NOW + 3599).unwrap();
    assert_eq!(read, Claims { iat: NOW, exp: NOW + 3600, ..claims });
}

#[test]
fn a007_a_token_opens_only_the_place_it_was_issued_at() {
    let token = tokens().issue_at(&Claims::new("bob"), &here(), NOW).unwrap();
    for place in [
        Audience::container("db", "d"),
        Audience::container("db2", "c"),
        Audience::database("db"),
        Audience::application(),
    ] {
        assert_eq!(tokens().verify_at(&token, &place, NOW), Err(TokenError::Audience), "{place:?}");
    }
    let global = tokens().issue_at(&Claims::new("bob"), &Audience::application(), NOW).unwrap();
    assert_eq!(tokens().verify_at(&global, &here(), NOW), Err(TokenError::Audience));
    // Root is the same everywhere.
    let root = tokens().issue_at(&Claims::new("root"), &here(), NOW).unwrap();
    assert!(tokens().verify_at(&root, &Audience::application(), NOW).is_ok());
}

#[test]
fn a_token_of_another_tool_with_the_secret_is_accepted_without_an_audience() {
    // Made by PyJWT.
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3MDAwMDAwMDAsImV4cCI6NDEwMjQ0NDgwMCwiaWQiOiJib2IiLCJzdWIiOiJib2IifQ\
        .4dqP6Lpp5_DhYt9sa8CCjbuRaqNSNAqxghf_DlKuwcc";
    let theirs = Tokens::new(&TokenSettings::new("secret-of-the-vector")).unwrap();
    assert_eq!(theirs.verify_at(token, &here(), NOW).unwrap().id, "bob");
    let only_sub = signed(json!({"exp": NOW + 1, "sub": "bob", "name": "Bob"}));
    let claims = tokens().verify_at(&only_sub, &here(), NOW).unwrap();
    assert_eq!((claims.id.as_str(), &claims.extra["name"]), ("bob", &json!("Bob")));
    for aud in [json!("/db/c"), json!(["/x", "/db/c"])] {
        assert!(tokens().verify_at(&signed(json!({"exp": NOW + 1, "id": "bob", "aud": aud})), &here(), NOW).is_ok());
    }
    for aud in [json!("/db/c/"), json!(""), json!([]), json!(["/x"]), json!(7), json!(null), json!({"a": "/db/c"})] {
        let token = signed(json!({"exp": NOW + 1, "id": "bob", "aud": aud}));
        assert_eq!(refusal(&token), TokenError::Audience, "{aud}");
    }
}

#[test]
fn r21_other_algorithms_are_refused() {
    let claims = json!({"exp": NOW + 60, "id": "root"});
    for alg in ["none", "None", "nOnE", "NONE", "", "RS256", "ES256", "PS256", "EdDSA", "HS384", "HS512", "hs256"] {
        let error = refusal(&forged(json!({"alg": alg, "typ": "JWT"}), claims.clone(), SECRET));
        assert!(matches!(error, TokenError::Algorithm | TokenError::Malformed(_)), "{alg}: {error}");
        let unsigned = forged(json!({"alg": alg}), claims.clone(), SECRET);
        let (message, _) = unsigned.rsplit_once('.').unwrap();
        refusal(&format!("{message}."));
        refusal(message);
    }
    refusal(&forged(json!({"typ": "JWT"}), claims.clone(), SECRET));
    refusal(&forged(json!({"alg": ["HS256"]}), claims.clone(), SECRET));
    let critical = forged(json!({"alg": "HS256", "crit": ["exp"]}), claims, SECRET);
    assert_eq!(refusal(&critical), TokenError::Algorithm);
}

#[test]
fn r21_other_keys_and_tampering_are_refused() {
    let claims = json!({"exp": NOW + 60, "id": "root"});
    let header = json!({"alg": "HS256"});
    for key in ["", "secret", "another", "a-secret-of-2026-for-these-test"] {
        assert_eq!(refusal(&forged(header.clone(), claims.clone(), key)), TokenError::Signature, "{key}");
    }
    // Whatever the header points to, the key is the server's own.
    for injected in [
        json!({"kid": "../../dev/null"}),
        json!({"kid": "' UNION SELECT 'x"}),
        json!({"jku": "http://evil/keys"}),
        json!({"jwk": {"kty": "oct", "k": "eA"}}),
        json!({"x5u": "http://evil/cert"}),
    ] {
        let mut header = injected;
        header["alg"] = json!("HS256");
        let error = refusal(&forged(header, claims.clone(), "x"));
        assert!(matches!(error, TokenError::Signature | TokenError::Malformed(_)), "{error}");
    }
    let good = forged(header, claims, SECRET);
    for end in 0..good.len() {
        refusal(&good[..end]);
    }
    let second = good.rsplit_once('.').unwrap().1;
    refusal(&format!("{good}.{second}"));
    let other = signed(json!({"exp": NOW + 60, "id": "bob"}));
    let mixed: Vec<&str> =
        [good.split('.').next(), other.split('.').nth(1), good.split('.').nth(2)].into_iter().flatten().collect();
    assert_eq!(refusal(&mixed.join(".")), TokenError::Signature);
    assert!(tokens().verify_at(&good, &here(), NOW).is_ok());
}

#[test]
fn r21_times_count_to_the_second() {
    assert_eq!(refusal(&signed(json!({"exp": NOW - 1, "id": "bob"}))), TokenError::Expired);
    assert_eq!(refusal(&signed(json!({"exp": NOW, "id": "bob"}))), TokenError::Expired);
    assert_eq!(refusal(&signed(json!({"exp": NOW + 9, "nbf": NOW + 1, "id": "bob"}))), TokenError::NotYetValid);
    assert_eq!(refusal(&signed(json!({"exp": -5, "id": "bob"}))), TokenError::Expired);
    assert!(
        tokens()
            .verify_at(&signed(json!({"exp": 1_800_000_000.9 + 1.0, "nbf": NOW, "id": "bob"})), &here(), NOW)
            .is_ok()
    );
    for exp in [json!(null), json!("tomorrow"), json!([1]), json!(true)] {
        assert!(matches!(refusal(&signed(json!({"exp": exp, "id": "bob"}))), TokenError::Malformed(_)), "{exp}");
    }
    assert!(matches!(refusal(&signed(json!({"id": "bob"}))), TokenError::Malformed(_)));
}

#[test]
fn r21_odd_and_huge_claims_are_refused() {
    for id in [json!(7), json!(""), json!(null), json!(["root"]), json!({"a": 1})] {
        assert!(matches!(refusal(&signed(json!({"exp": NOW + 60, "id": id}))), TokenError::Malformed(_)));
    }
    assert!(matches!(refusal(&signed(json!({"exp": NOW + 60, "id": "bob", "session": 1}))), TokenError::Malformed(_)));
    assert!(matches!(refusal(&signed(json!([1, 2]))), TokenError::Malformed(_)));
    let huge = signed(json!({"exp": NOW + 60, "id": "bob", "x": "y".repeat(MAX_TOKEN_BYTES)}));
    assert_eq!(refusal(&huge), TokenError::TooLarge(huge.len()));
    let big = signed(json!({"exp": NOW + 60, "id": "bob", "x": "y".repeat(8000)}));
    assert!(tokens().verify_at(&big, &here(), NOW).is_ok());
    refusal("");
    refusal("..");
    refusal("a.b.c");
    refusal("é.é.é");
}

#[test]
fn without_a_secret_there_are_no_tokens() {
    assert_eq!(Tokens::new(&TokenSettings::new("")).unwrap_err(), TokenError::NoSecret);
}

#[test]
fn registered_claims_cannot_be_smuggled_in() {
    let extra =
        json!({"aud": "/other/place", "exp": 1, "id": "root", "sub": "root", "nbf": 1, "session": "x", "role": "a"});
    let claims = Claims { extra: extra.as_object().unwrap().clone(), ..Claims::new("bob") };
    let token = tokens().issue_at(&claims, &here(), NOW).unwrap();
    let read = tokens().verify_at(&token, &here(), NOW).unwrap();
    assert_eq!((read.id.as_str(), read.exp, read.session), ("bob", NOW + 3600, None));
    assert_eq!(Value::Object(read.extra), json!({"role": "a"}));
}

#[test]
fn each_algorithm_of_the_settings_accepts_its_own_tokens_only() {
    let of = |algorithm| Tokens::new(&TokenSettings { algorithm, ..TokenSettings::new(SECRET) }).unwrap();
    let all = [TokenAlgorithm::HS256, TokenAlgorithm::HS384, TokenAlgorithm::HS512];
    for issuer in all {
        let token = of(issuer).issue_at(&Claims::new("bob"), &here(), NOW).unwrap();
        for reader in all {
            assert_eq!(of(reader).verify_at(&token, &here(), NOW).is_ok(), issuer == reader);
        }
    }
    assert!(!format!("{:?} {:?}", TokenSettings::new(SECRET), tokens()).contains(SECRET));
}
