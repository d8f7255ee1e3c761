use super::*;

fn basic(id: &str, password: &str) -> Option<Credentials> {
    Some(Credentials::Basic { id: id.into(), password: password.into() })
}

fn encoded(text: &[u8]) -> String {
    format!("Basic {}", BASE64.encode(text))
}

#[test]
fn a002_bearer() {
    for header in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c  "] {
        assert_eq!(parse_authorization(header), Some(Credentials::Bearer("a.b.c".into())), "{header}");
    }
    for header in ["", "Bearer", "Bearer ", "Token a.b.c", " Bearer a"] {
        assert_eq!(parse_authorization(header), None, "{header}");
    }
}

#[test]
fn a003_basic_is_trimmed_and_splits_at_the_first_colon() {
    assert_eq!(parse_authorization(&encoded(b"root:root")), basic("root", "root"));
    assert_eq!(parse_authorization(&encoded(b" root : pa:ss ")), basic("root", "pa:ss"));
    assert_eq!(parse_authorization(&encoded("jürgen:é".as_bytes())), basic("jürgen", "é"));
    assert_eq!(parse_authorization(&encoded(b"root")), basic("root", ""));
    assert_eq!(parse_authorization("basic cm9vdDpyb290Cg"), basic("root", "root"));
    for header in ["Basic !!!", "Basic \u{e9}", &encoded(&[0xff, 0xfe, b':'])] {
        assert_eq!(parse_authorization(header), None);
    }
}

#[test]
fn v001_a_web_socket_token_lasts_a_minute() {
    let key = Jwk::generate().unwrap();
    let sealed = ws_token_at(&key, "a.b.c", None, 1000).unwrap();
    let open = Credentials::WsToken { token: "a.b.c".into(), id: None };
    assert_eq!(ws_credentials_at(&key, &sealed, 1059), Ok(open));
    assert_eq!(ws_credentials_at(&key, &sealed, 1060), Err(JweError::Expired));
    let named = ws_token_at(&key, "pw", Some("bob"), 1000).unwrap();
    let open = Credentials::WsToken { token: "pw".into(), id: Some("bob".into()) };
    assert_eq!(ws_credentials_at(&key, &named, 1000), Ok(open));
    assert_eq!(ws_credentials_at(&Jwk::generate().unwrap(), &named, 1000), Err(JweError::Invalid));
}

#[test]
fn a004_a_sealed_payload_without_a_token_presents_nothing() {
    let key = Jwk::generate().unwrap();
    for payload in [
        "",
        "[]",
        "{}",
        r#"{"exp": 9999}"#,
        r#"{"exp": 9999, "token": null}"#,
        r#"{"exp": "x", "token": "t"}"#,
        r#"{"token": "t"}"#,
    ] {
        let sealed = key.encrypt(payload.as_bytes()).unwrap();
        assert_eq!(ws_credentials_at(&key, &sealed, 1), Err(JweError::Invalid), "{payload}");
    }
}

#[test]
fn secrets_stay_out_of_logs() {
    for shown in [
        format!("{:?}", basic("bob", "hush")),
        format!("{:?}", Credentials::Bearer("hush".into())),
        format!("{:?}", Credentials::WsToken { token: "hush".into(), id: None }),
    ] {
        assert!(!shown.contains("hush"), "{shown}");
    }
}
