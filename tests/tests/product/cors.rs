//! CORS (rows O-001 to O-004, E-018).

use guillotina_tests::{PEOPLE, Server};

#[tokio::test]
async fn a_page_reads_answers_of_its_own_origin_and_of_allowed_ones_o_001() {
    let server = Server::with(PEOPLE).await;
    let own = format!("http://{}", server.address());
    for origin in ["https://app.example", &own] {
        for path in ["/db/c", "/nothing"] {
            let answer = server.root().send("GET", path, None, &[("origin", origin)]).await;
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{path}");
            assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        }
    }
}

#[tokio::test]
async fn a_refused_origin_changes_nothing_e_018() {
    let server = Server::with(PEOPLE).await;
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.evil.example",
        "http://app.example",
        "https://xapp.example",
    ] {
        let answer = server
            .root()
            .send("POST", "/db/c", Some(br#"{"@type": "Item", "id": "item"}"#), &[("origin", origin)])
            .await;
        assert_eq!(answer.status, 401, "{origin}");
        assert!(answer.header("access-control-allow-origin").is_none());
        assert!(!answer.body.is_empty(), "it says why");
    }
    assert_eq!(server.root().get("/db/c/item").await.status, 404);
}

#[tokio::test]
async fn every_origin_may_when_the_settings_say_so_o_004() {
    let settings = guillotina_tests::SETTINGS.replace("[\"https://app.example\"]", "[\"*\"]");
    let server = Server::of(guillotina_tests::Binary::Guillotina, &settings).await;
    let answer = server.root().send("GET", "/db", None, &[("origin", "https://anywhere.example")]).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn a_preflight_needs_no_login_o_002_s_027() {
    let server = Server::with(PEOPLE).await;
    let headers = [
        ("origin", "https://app.example"),
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "authorization, x-one"),
    ];
    let answer = server.anonymous().send("OPTIONS", "/db/c", None, &headers).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("access-control-max-age"), Some("3660"));
    assert!(answer.header("access-control-allow-methods").is_some_and(|m| m.contains("PATCH")));
    assert!(answer.header("access-control-allow-headers").is_some_and(|h| h.contains("x-one")));
}
