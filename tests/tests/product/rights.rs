//! What a socket rests on while it is open (rows V-001, V-002, V-007), and `@ws` (rows V-003 to V-005, V-008).

use guillotina_tests::{Binary, Client, PEOPLE, SETTINGS, Server, Socket};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PATH: &str = "/db/c/@conversate";
const QUIET: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_socket_ends_with_its_token_v_007() {
    // A busy machine may need longer to open the sockets than the token lasts: then once more, with a longer one.
    for seconds in [3, 12, 48] {
        if ends_with_its_token(seconds).await {
            return;
        }
    }
    panic!("the sockets could not be opened");
}

/// Whether the sockets could be opened before a token of that many seconds had ended.
async fn ends_with_its_token(seconds: u64) -> bool {
    let settings = SETTINGS.replace("[jwt]", &format!("[jwt]\ntoken_expiration = {seconds}"));
    let server = Server::of(Binary::Guillotina, &format!("{settings}{PEOPLE}")).await;
    let mut password = Socket::open(&server.anonymous().basic("bob", "secret-bob"), PATH).await.unwrap();
    let begin = Instant::now();
    let bob = server.anonymous().login("/db/c", "bob", "secret-bob").await;
    let sealed = bob.get("/db/c/@wstoken").await.json()["token"].as_str().unwrap_or_default().to_owned();
    let bearer = Socket::open(&bob, PATH).await;
    let url = Socket::open(&server.anonymous(), &format!("{PATH}?ws_token={sealed}")).await;
    let (Ok(mut bearer), Ok(mut url)) = (bearer, url) else { return false };
    assert_eq!((bearer.closed().await, url.closed().await), (4401, 4401));
    // Both times are whole seconds.
    assert!(begin.elapsed() > Duration::from_secs(seconds - 1), "{:?}", begin.elapsed());
    password.silent_for(QUIET).await;
    assert_eq!(Socket::open(&bob, PATH).await.err(), Some(401));
    true
}

#[tokio::test]
async fn who_is_disabled_or_loses_the_permission_loses_the_socket_v_007() {
    let server = Server::with(&format!("{PEOPLE}[limits]\nwebsocket_recheck_ms = 200\n")).await;
    let root = server.root();
    let people = ["alice", "bob", "eve"].map(|name| server.anonymous().basic(name, &format!("secret-{name}")));
    let [mut hers, mut his, mut other] = [
        Socket::open(&people[0], PATH).await.unwrap(),
        Socket::open(&people[1], PATH).await.unwrap(),
        Socket::open(&people[2], PATH).await.unwrap(),
    ];
    other.silent_for(Duration::from_millis(700)).await;
    root.patch("/db/c/users/bob", json!({"disabled": true})).await.expect(204);
    assert_eq!(his.closed().await, 4403);
    let denied =
        json!({"prinperm": [{"principal": "alice", "permission": "guillotina.AccessContent", "setting": "Deny"}]});
    root.post("/db/c/@sharing", denied).await.expect(200);
    assert_eq!(hers.closed().await, 4403);
    other.silent_for(QUIET).await;
}

#[tokio::test]
async fn pages_of_the_list_open_sockets_and_no_others_v_007_r_045() {
    let settings = format!("websocket_origins = [\"https://*.chat.example\"]\n{SETTINGS}{PEOPLE}");
    let server = Server::of(Binary::Guillotina, &settings).await;
    let bob = server.anonymous().basic("bob", "secret-bob");
    for (origin, refused) in [
        ("https://one.chat.example", None),
        (&*format!("http://{}", server.address()), None),
        // It may read answers (cors), but open no socket.
        ("https://app.example", Some(401)),
        ("https://chat.example.evil.example", Some(401)),
        ("null", Some(401)),
    ] {
        assert_eq!(Socket::open_with(&bob, PATH, &[("origin", origin)]).await.err(), refused, "{origin}");
    }
    assert!(Socket::open(&bob, PATH).await.is_ok(), "a client that is no page has no origin");
}

async fn ask(socket: &mut Socket, frame: &Value) -> Value {
    socket.say(&frame.to_string()).await;
    socket.next().await
}

async fn asks(client: &Client) -> Socket {
    Socket::open(client, "/db/c/@ws").await.expect("who may access the container may ask")
}

#[tokio::test]
async fn answers_come_over_one_socket_v_003_v_004() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Folder", "id": "a b", "title": "A"})).await.expect(201);
    let mut socket = asks(&root).await;
    for (path, id) in [("", json!("1")), ("/", json!(2)), ("/a%20b", json!("3")), ("a%20b/@ids?x=1", json!("4"))] {
        let answer = ask(&mut socket, &json!({"op": "get", "path": path, "id": id})).await;
        assert_eq!(answer["id"], id);
        let data: Value = serde_json::from_str(answer["data"].as_str().unwrap()).unwrap();
        let path = path.trim_start_matches('/');
        assert_eq!(data, root.get(&format!("/db/c/{path}")).await.expect(200), "{path}");
    }
    // Guillotina's other name of the path, and the id of who gives none.
    assert_eq!(ask(&mut socket, &json!({"op": "GET", "value": "/@ids"})).await["id"], "0");
    // Nothing that a client says ends the socket, and everything is answered.
    let missing = ask(&mut socket, &json!({"op": "get", "path": "/no/such", "id": "5"})).await;
    assert_eq!(missing, json!({"error": "Not found", "id": "5"}));
    for bad in ["no json", "[1]", "{\"id\": \"6\"}", "{\"op\": \"get\"}", "{\"op\": \"get\", \"path\": \"/%2e%2e\"}"] {
        socket.say(bad).await;
        let answer = socket.next().await;
        assert!(answer["error"].is_string() && answer["id"].is_string(), "{bad}: {answer}");
    }
    socket.say("{\"op\": \"dance\"}").await;
    socket.silent_for(QUIET).await;
    let socket_in_socket = ask(&mut socket, &json!({"op": "get", "path": "/@ws", "id": "7"})).await;
    assert!(socket_in_socket["error"].is_string(), "{socket_in_socket}");
    socket.say("{\"op\": \"close\"}").await;
    assert_eq!(socket.closed().await, 1000);
}

#[tokio::test]
async fn questions_are_text_or_binary_and_answers_are_binary_v_003_v_004() {
    let server = Server::with(PEOPLE).await;
    let mut socket = asks(&server.root()).await;
    for question in [
        json!({"op": "get", "path": "/", "id": "1"}),
        json!({"op": "get", "path": "/no/such", "id": "2"}),
        json!({"id": "3"}),
    ] {
        for binary in [false, true] {
            match binary {
                true => socket.say_binary(question.to_string().as_bytes()).await,
                false => socket.say(&question.to_string()).await,
            }
            let answer = socket.next_message().await;
            assert!(answer.is_binary(), "{question}: {answer:?}");
            let answer: Value = serde_json::from_slice(&answer.into_data()).unwrap();
            assert_eq!(answer["id"], question["id"], "{answer}");
        }
    }
    // The frames of a stream are text.
    let bob = server.anonymous().basic("bob", "secret-bob");
    let mut stream = Socket::open(&bob, &format!("{PATH}?since=")).await.unwrap();
    assert!(stream.next_message().await.is_text());
}

#[tokio::test]
async fn every_answer_counts_the_rights_of_its_moment_v_004_v_005() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let (root, bob) = (server.root(), server.anonymous().basic("bob", "secret-bob"));
    root.post("/db/c", json!({"@type": "Folder", "id": "secret"})).await.expect(201);
    let mut his = asks(&bob).await;
    let get = |path: &str| json!({"op": "get", "path": path, "id": "1"});
    assert_eq!(ask(&mut his, &get("/secret")).await, json!({"error": "Not allowed"}));
    assert_eq!(ask(&mut his, &get("/@sharing")).await, json!({"error": "No view access", "id": "1"}));
    let granted = json!({"prinrole": [{"principal": "bob", "role": "guillotina.Reader", "setting": "Allow"}]});
    root.post("/db/c/secret/@sharing", granted).await.expect(200);
    assert!(ask(&mut his, &get("/secret")).await["data"].is_string());
    // What fails says so under its id, and the secret reason stays in the log.
    let mut hers = asks(&root).await;
    for path in ["/secret/@fail", "/secret/@panic", "/secret/@write-on-get"] {
        let answer = ask(&mut hers, &get(path)).await;
        assert!(answer["id"] == "1" && answer["error"].is_string(), "{path}: {answer}");
        assert!(!answer.to_string().contains("secret reason"), "{answer}");
    }
    assert_ne!(root.get("/db/c/secret").await.expect(200)["title"], "written");
    root.patch("/db/c/users/bob", json!({"disabled": true})).await.expect(204);
    assert_eq!(ask(&mut his, &get("/secret")).await, json!({"error": "Not allowed"}));
}
