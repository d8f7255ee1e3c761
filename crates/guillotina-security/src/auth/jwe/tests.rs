use super::*;

const K: &str = "QqzzWH1tYqQO48IDvW7VH7gvJz89Ita7G6APhV-uLMo";

/// Made by jwcrypto, as guillotina 7.1.5 makes them, with the key `K`.
const THEIRS: &str = "eyJhbGciOiAiQTI1NktXIiwgImVuYyI6ICJBMjU2Q0JDLUhTNTEyIn0.bNrfifYDVlsbpI6VmLVSJk7dgKNFWKUDiUXM0p_tUgbd_JdpOZQT_\
    npiP4uzoVCzL-WFMGkifVcxMRVHLq29GvkNEcX1UXOw.cp1p03YzJOrB60uRPrCCiw.vJEvh_BP38_JmI8aoHMq9gwllTfLP175DQmNeV4GrQfHHP8SRg\
    oGIb7CG1xfMdxlBEZQHjQoeMIym6kFtITelPe9MApdJvEzTutJpKMtXAY.ZuPv7S4aqMdIlCCYy3BSS9LWW-byGUwPj-6uEJGKwKg";

/// The same, compressed.
const ZIPPED: &str = "eyJhbGciOiAiQTI1NktXIiwgImVuYyI6ICJBMjU2Q0JDLUhTNTEyIiwgInppcCI6ICJERUYifQ.78bZIwIZgiZVUmaizwpoPe5V_hmJDjl6TWcnr\
    YL5W_wDmb7zj16CIZDgobnNhgg5SMHAnNeAVd-Uz7CnVQ7k-u8CGgeHJyKQ.OU2uxaRLEUV0uypB4X9EcQ.C7SXNgGKOxWoFwXmKyWtBtsX4wyYYUnU6x\
    aqJMSHW0I.vLEE12NV18OkG0h5e_FTlpHDfjGNDBjP6j7rW5C1n60";

fn key() -> Jwk {
    Jwk::new(K, "oct").unwrap()
}

#[test]
fn a_token_of_jwcrypto_opens() {
    let payload = String::from_utf8(key().decrypt(THEIRS).unwrap()).unwrap();
    assert_eq!(payload, r#"{"iat": 1700000000, "exp": 4102444800, "token": "abc.def.ghi", "id": "bob"}"#);
}

#[test]
fn payloads_of_all_lengths_come_back() {
    for length in [0, 1, 15, 16, 17, 31, 32, 1000, 8000] {
        let payload = vec![b'x'; length];
        let token = key().encrypt(&payload).unwrap();
        assert_eq!(key().decrypt(&token).unwrap(), payload);
        assert_ne!(token, key().encrypt(&payload).unwrap(), "keys and vectors are fresh");
    }
}

#[test]
fn r22_whatever_is_tampered_with_is_refused() {
    let other = Jwk::generate().unwrap();
    assert_eq!(other.decrypt(THEIRS), Err(JweError::Invalid));
    for at in 0..THEIRS.len() {
        let mut bytes = THEIRS.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let token = String::from_utf8(bytes).unwrap();
        assert_eq!(key().decrypt(&token), Err(JweError::Invalid), "byte {at}");
        assert_eq!(key().decrypt(&THEIRS[..at]), Err(JweError::Invalid));
    }
    for odd in ["", "....", "a.b.c.d.e", "é.é.é.é.é", &format!("{THEIRS}."), &"a".repeat(MAX_JWE_BYTES + 1)] {
        assert_eq!(key().decrypt(odd), Err(JweError::Invalid));
    }
}

#[test]
fn r22_compression_and_other_algorithms_are_refused() {
    assert_eq!(key().decrypt(ZIPPED), Err(JweError::Invalid));
    let rest = THEIRS.split_once('.').unwrap().1;
    for header in [
        r#"{"alg":"dir","enc":"A256CBC-HS512"}"#,
        r#"{"alg":"A256KW","enc":"A128CBC-HS256"}"#,
        r#"{"alg":"A256KW","enc":"A256CBC-HS512","crit":["x"]}"#,
        r#"{"alg":"A256KW"}"#,
        "[]",
        "",
    ] {
        assert_eq!(key().decrypt(&format!("{}.{rest}", BASE64.encode(header))), Err(JweError::Invalid));
    }
}

#[test]
fn a023_keys_are_read_written_and_checked() {
    let text = format!(r#"{{"k":"{K}","kty":"oct"}}"#);
    let key: Jwk = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&key).unwrap(), text);
    assert!(!format!("{key:?}").contains("Qqzz"));
    for (k, kty, says) in [(K, "RSA", "kty"), ("??", "oct", "base64url"), ("c2hvcnQ", "oct", "32 bytes")] {
        let error = Jwk::new(k, kty).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains("gen-key"), "{error}");
    }
    let made = Jwk::generate().unwrap();
    assert_eq!(made.k().len(), 43);
    assert_ne!(made.k(), Jwk::generate().unwrap().k());
}
