//! The forms of errors (contract section 2).

use guillotina_tests::{PEOPLE, Server};
use serde_json::{Value, json};

/// The body without what differs each time, after a look at that.
#[track_caller]
fn form(mut body: Value) -> Value {
    let eid = body.as_object_mut().and_then(|body| body.remove("eid")).expect("an eid");
    assert!(eid.as_str().is_some_and(|eid| eid.len() == 32), "{eid}");
    body
}

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

#[tokio::test]
async fn what_cannot_be_added_says_why_e_004_e_005_e_006_e_008_e_011() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Item", "id": "taken"})).await.expect(201);
    let unwanted = json!({"@type": "Everything", "title": guillotina_tests::recorder::UNWANTED});
    let precondition = json!({"reason": "preconditionFailed", "details": "", "type": "PreconditionFailed",
        "message": "Precondition Failed nobody wants it"});
    assert_eq!(form(root.post("/db/c", unwanted).await.expect(412)), precondition);
    let mut not_allowed = form(root.post("/db/c", json!({"@type": "Message", "text": "x"})).await.expect(412));
    assert!(not_allowed.as_object_mut().unwrap().remove("message").is_some_and(|message| message.is_string()));
    let expected =
        json!({"reason": "notAllowed", "details": "Type not allowed to be added here", "type": "PreconditionFailed"});
    assert_eq!(not_allowed, expected);
    let taken = form(root.post("/db/c", json!({"@type": "Item", "id": "taken"})).await.expect(409));
    let message = taken["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("Conflict ID ") && !message.to_lowercase().contains("sql"), "{message}");
    let expected =
        json!({"reason": "conflictId", "details": "This ID already exists", "type": "ConflictId", "message": message});
    assert_eq!(taken, expected);
    let unknown = form(root.post("/db/c", json!({"@type": "Nothing"})).await.expect(412));
    let expected = json!({"reason": "deserializationError", "details": "Could not deserialize the content",
        "type": "DeserializationError", "message": "Invalid type: Nothing"});
    assert_eq!(unknown, expected);
    let untyped = root.post("/db/c", json!({"id": "x"})).await.expect(412);
    let expected = json!({"error": {"type": "RequiredParam", "message": "Property '@type' is required"},
        "reason": "requiredParamMissing", "details": "Missing required param in the request", "type": "RequiredParam"});
    assert_eq!(untyped, expected);
    // Without a reason there is the error alone.
    let layers = "/db/c/@registry/guillotina.interfaces.registry.ILayers.nothing";
    let error = root.patch(layers, json!({"value": 5})).await.expect(412);
    assert_eq!(error, json!({"error": {"type": "DeserializationError", "message": "Invalid field name nothing"}}));
}

#[tokio::test]
async fn who_may_not_add_a_type_is_told_so_e_010() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Cupboard", "id": "cupboard"})).await.expect(201);
    let owner = json!({"prinrole": [{"principal": "bob", "role": "guillotina.Owner", "setting": "Allow"}]});
    root.post("/db/c/cupboard/@sharing", owner).await.expect(200);
    let bob = server.anonymous().basic("bob", "secret-bob");
    let mut refused = form(bob.post("/db/c/cupboard", json!({"@type": "Shelf", "width": 1})).await.expect(401));
    assert!(refused.as_object_mut().unwrap().remove("message").is_some_and(|message| message.is_string()));
    let expected =
        json!({"reason": "unauthorized", "details": "Not authorized to execute action", "type": "Unauthorized"});
    assert_eq!(refused, expected);
}

#[tokio::test]
async fn an_answer_of_a_service_is_exactly_its_content_e_012_e_013() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let root = server.root();
    for status in [400, 401, 404, 409, 412, 422, 429, 451, 500, 501, 503] {
        for content in [json!({"reason": "r"}), json!({"message": {"a": [1]}}), json!({"text": "t"}), json!(["x"])] {
            let answer = root.post("/db/c/@refuse", json!({"status": status, "content": content})).await;
            assert_eq!((answer.status, answer.json()), (status, content));
        }
        let empty = root.post("/db/c/@refuse", json!({"status": status})).await;
        assert_eq!((empty.status, empty.text()), (status, "{}".to_owned()));
    }
}
