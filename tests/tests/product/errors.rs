//! The forms of errors (contract section 2).

use guillotina_tests::{PEOPLE, Server};
use serde_json::json;

#[tokio::test]
async fn a_failure_is_a_500_with_an_id_that_the_log_has_e_001_l_003() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let answer = server.root().send("GET", "/db/c/@fail", None, &[("origin", "https://app.example")]).await;
    let body = answer.expect(500);
    let eid = body["eid"].as_str().expect("an id");
    assert_eq!(eid.len(), 32);
    assert_eq!(
        body,
        json!({"message": format!("Error on execution of view {eid}"), "reason": "unknownError", "details": "Encountered unknown error", "eid": eid})
    );
    assert!(!answer.text().contains("secret reason"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"), "with CORS headers");
    let log = server.log();
    assert!(log.contains(eid) && log.contains("the secret reason"), "{log}");
}

#[tokio::test]
async fn a_panic_of_a_handler_is_a_500_and_the_server_goes_on_e_001() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let root = server.root();
    for _ in 0..3 {
        let answer = root.get("/db/c/@panic").await;
        assert_eq!(answer.expect(500)["reason"], "unknownError");
        assert!(!answer.text().contains("a defect"));
    }
    root.post("/db/c", json!({"@type": "Item"})).await.expect(201);
}

#[tokio::test]
async fn the_errors_of_a_body_e_003_e_007_c_018() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    let malformed = root.send("POST", "/db/c", Some(b"{\"a\":"), &[]).await.expect(412);
    assert_eq!(
        (&malformed["reason"], &malformed["details"], &malformed["type"]),
        (&json!("jsonDecodeError"), &json!("Failed to parse the JSON payload"), &json!("PreconditionFailed"))
    );
    assert_eq!(
        root.send("POST", "/db/c", Some(b"true"), &[]).await.expect(412),
        json!({"reason": "Invalid json payload"})
    );
    let wrong = root
        .post(
            "/db/c",
            json!({"@type": "Item", "title": {"a": 1}, "guillotina.behaviors.dublincore.IDublinCore": {"tags": 5}}),
        )
        .await
        .expect(412);
    assert_eq!(
        (&wrong["reason"], &wrong["message"]),
        (&json!("deserializationError"), &json!("DeserializationError()"))
    );
    let fields: Vec<&str> =
        wrong["deserialization_errors"].as_array().unwrap().iter().filter_map(|e| e["field"].as_str()).collect();
    assert_eq!(fields.len(), 2, "all errors at once: {wrong}");
}

#[tokio::test]
async fn no_body_shows_an_address_of_memory_c_009() {
    let server = Server::with(PEOPLE).await;
    let refused = server.anonymous().get("/db/c").await.expect(401);
    assert_eq!(
        refused,
        json!({"reason": "You are not authorized to access content", "content": "< Container at /c >", "auth": "Anonymous User"})
    );
    let outsider = server.anonymous().basic("eve", "secret-eve").get("/db/c/conversations/@sharing").await.expect(401);
    assert_eq!(outsider["auth"], "eve");
    assert_eq!(outsider["reason"], "You are not authorized to view");
    assert!(server.anonymous().get("/db/c").await.header("www-authenticate").is_none(), "row C-011");
}
