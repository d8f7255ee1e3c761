//! The application, its databases and paths (contract sections 1 and 3.1).

use guillotina_tests::{PEOPLE, Server};
use serde_json::json;

#[tokio::test]
async fn who_sees_what_of_the_application_s_001_p_015() {
    let server = Server::with(PEOPLE).await;
    let everybody = json!({"databases": [], "static_file": [], "static_directory": [], "@type": "Application"});
    assert_eq!(server.anonymous().get("/").await.expect(200), everybody);
    assert_eq!(
        server.anonymous().basic("alice", "secret-alice").get("/").await.expect(200),
        everybody,
        "a container's user is nobody outside"
    );
    assert_eq!(server.root().get("/").await.expect(200)["databases"], json!(["db"]));
    assert_eq!(server.anonymous().get("/db").await.status, 401);
    assert_eq!(server.root().get("/db").await.expect(200), json!({"containers": ["c"], "@type": "Database"}));
}

#[tokio::test]
async fn a_method_that_nobody_knows_is_405_c_008() {
    let server = Server::start().await;
    let answer = server.root().send("PURGE", "/db", None, &[]).await;
    assert_eq!(answer.expect(405), json!({}));
    assert_eq!(answer.header("allow"), Some("CONNECT,DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"));
    let missing = server.root().send("PUT", "/db", Some(b"{}"), &[]).await;
    assert!([404, 501].contains(&missing.status), "a known method without a service is never 405: {}", missing.status);
}

#[tokio::test]
async fn every_answer_names_the_server_and_the_request_c_027_c_028() {
    let server = Server::start().await;
    for path in ["/", "/nothing", "/db"] {
        let answer = server.anonymous().get(path).await;
        assert!(answer.header("server").is_some_and(|s| s.starts_with("Guillotina/")), "{path}");
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 32), "{path}");
    }
    let given = server.anonymous().send("GET", "/", None, &[("x-forwarded-request-uid", "my-request-1")]).await;
    assert_eq!(given.header("x-request-id"), Some("my-request-1"));
}

#[tokio::test]
async fn routes_with_variables_c_005_c_006() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let root = server.root();
    assert_eq!(root.get("/db/c/@route/a/b").await.expect(200), json!({"one": "a", "rest": "b"}));
    assert_eq!(root.get("/db/c/@route/a/b/c/d").await.expect(200), json!({"one": "a", "rest": "b/c/d"}));
    assert_eq!(root.get("/db/c/%40route/a%20b/c").await.expect(200), json!({"one": "a b", "rest": "c"}));
    for path in ["/db/c/@route", "/db/c/@route/a", "/db/c/x/@route/a/b"] {
        assert_eq!(root.get(path).await.expect(404), json!({"reason": "object and/or route not found"}), "{path}");
    }
    assert_eq!(server.anonymous().get("/db/c/@route/a/b").await.status, 401);
}

#[tokio::test]
async fn what_an_error_wrote_is_taken_back_c_019_c_021() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Item", "id": "item", "title": "before"})).await.expect(201);
    assert_eq!(root.post("/db/c/item/@write-and-refuse", json!({})).await.expect(412), json!({"reason": "refused"}));
    assert_eq!(root.get("/db/c/item").await.expect(200)["title"], "before", "an error that is returned aborts");
    let answer = root.get("/db/c/item/@write-on-get").await;
    assert!(answer.status == 200 || answer.status >= 500, "{}", answer.text());
    assert_eq!(root.get("/db/c/item").await.expect(200)["title"], "before", "a request that reads writes nothing");
}

#[tokio::test]
async fn requests_in_one_write_are_answered_in_order() {
    let server = Server::start().await;
    let mut connection = guillotina_tests::Connection::open(server.address()).await.unwrap();
    connection.send("GET / HTTP/1.1\r\nhost: x\r\n\r\nGET /nothing HTTP/1.1\r\nhost: x\r\n\r\nPURGE / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    for status in [200, 404, 405] {
        assert_eq!(connection.answer(false).await.unwrap().status, status);
    }
}
