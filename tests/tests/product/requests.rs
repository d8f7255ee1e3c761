//! How a request finds its service, and what becomes of the result (rows C-003 to C-035, S-021, S-027, O-003).

use guillotina_tests::{Client, PEOPLE, SETTINGS, Server};
use serde_json::{Value, json};

const DC: &str = "guillotina.behaviors.dublincore.IDublinCore";

fn nothing_there() -> Value {
    json!({"reason": "object and/or route not found"})
}

async fn item(root: &Client, id: &str) {
    root.post("/db/c", json!({"@type": "Item", "id": id})).await.expect(201);
}

#[tokio::test]
async fn an_at_sign_ends_the_way_down_c_003_c_007() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    item(&root, "i").await;
    let sharing = root.get("/db/c/i/@sharing").await.expect(200);
    for same in ["/db/c/i/%40sharing", "/db/c/i//@sharing", "/db//c/i/@sharing/"] {
        assert_eq!(root.get(same).await.expect(200), sharing, "{same}");
    }
    // Behind it nothing is an object any more, and it is looked for on no other object.
    for path in
        ["/db/c/@sharing/i", "/db/c/@i/i", "/@i/db", "/db/@c/c", "/db/c/i/@nothing", "/db/c/no", "/no", "/db/no"]
    {
        assert_eq!(root.get(path).await.expect(404), nothing_there(), "{path}");
    }
}

#[tokio::test]
async fn a_view_needs_its_permission_and_401_is_for_everything_c_009_c_010_c_011() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let (root, anyone) = (server.root(), server.anonymous());
    let bob = anyone.basic("bob", "secret-bob");
    item(&root, "i").await;
    let content = "< Item at /c/i >";
    for (client, auth) in [(&bob, "bob"), (&anyone, "Anonymous User"), (&anyone.basic("x", "y"), "Anonymous User")] {
        let refused = client.get("/db/c/i").await;
        let expected = json!({"reason": "You are not authorized to access content", "content": content, "auth": auth});
        assert_eq!(refused.expect(401), expected);
        assert_eq!(refused.header("www-authenticate"), None);
        assert_eq!(client.get("/db/c/i/@open").await.expect(200), json!(true), "allow_access");
    }
    let reader = json!({"prinrole": [{"principal": "bob", "role": "guillotina.Reader", "setting": "Allow"}]});
    root.post("/db/c/i/@sharing", reader).await.expect(200);
    bob.get("/db/c/i").await.expect(200);
    for (method, path) in [("GET", "/@sharing"), ("PATCH", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/@sharing")] {
        let body = (method != "GET" && method != "DELETE").then_some(b"{}".as_slice());
        let refused = bob.send(method, &format!("/db/c/i{path}"), body, &[]).await;
        let expected = json!({"reason": "You are not authorized to view", "content": content, "auth": "bob"});
        assert_eq!(refused.expect(401), expected, "{method} {path}");
        assert_eq!(refused.header("www-authenticate"), None);
    }
    // Browsers ask without credentials.
    let origin = [("origin", "https://app.example"), ("access-control-request-method", "PATCH")];
    assert_eq!(anyone.send("OPTIONS", "/db/c/i", None, &origin).await.status, 200);
}

#[tokio::test]
async fn what_is_forbidden_can_look_as_if_it_were_not_there_c_012() {
    for (setting, expected) in [("", 401), ("conceal_forbidden = true\n", 404)] {
        let server = Server::of(guillotina_tests::Binary::Guillotina, &format!("{setting}{SETTINGS}{PEOPLE}")).await;
        let root = server.root();
        item(&root, "secret").await;
        let bob = server.anonymous().basic("bob", "secret-bob");
        let (there, missing) = (bob.get("/db/c/secret").await, bob.get("/db/c/missing").await);
        assert_eq!((there.status, missing.status), (expected, 404));
        assert_eq!(missing.json(), nothing_there());
        assert_eq!(there.json() == missing.json(), expected == 404, "{}", there.text());
        let view = bob.get("/db/c/conversations/@sharing").await;
        assert_eq!(view.status, expected, "a view, too: {}", view.text());
    }
}

#[tokio::test]
async fn a_layer_is_active_where_its_addon_is_installed_c_013_k_019() {
    let settings = format!("{PEOPLE}{}", PEOPLE.replace("id = \"c\"", "id = \"d\""));
    let server = Server::with_test_plugin(&settings).await;
    let root = server.root();
    let asked = async |container: &str| root.get(&format!("/db/{container}/@layered")).await.expect(200);
    assert_eq!(asked("c").await, "without");
    root.post("/db/c/@addons", json!({"id": "test-layer"})).await.expect(200);
    assert_eq!((asked("c").await, asked("d").await), (json!("with"), json!("without")));
    let layers = root.get("/db/c/@registry/guillotina.interfaces.registry.ILayers.active_layers").await.expect(200);
    let layer = json!("guillotina_tests.samples.ITestLayer");
    assert!(layers["value"].as_array().unwrap().contains(&layer), "{layers}");
    item(&root, "i").await;
    assert_eq!(root.get("/db/c/i/@layered").await.expect(200), "with", "for everything in the container");
    root.delete("/db/c/@addons/test-layer").await.expect(200);
    assert_eq!(asked("c").await, "without");
}

#[tokio::test]
async fn a_result_of_any_kind_is_json_and_none_is_an_empty_object_c_015_c_016() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let root = server.root();
    for (kind, expected) in [
        ("object", json!({"a": [1, null]})),
        ("list", json!([1, "b", {}])),
        ("text", json!("text")),
        ("number", json!(1.5)),
        ("truth", json!(false)),
        ("nothing", json!({})),
    ] {
        let answer = root.get(&format!("/db/c/@result/{kind}")).await;
        assert_eq!(answer.expect(200), expected, "{kind}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{kind}");
    }
    let whole = root.get("/db/c/@answer").await;
    assert_eq!(whole.expect(202), json!({"made": true}));
    assert_eq!(whole.header("x-made"), Some("here"));
}

#[tokio::test]
async fn a_large_body_is_there_for_every_replay_c_023() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    item(&root, "i").await;
    let writers: Vec<_> = (0..8)
        .map(|n: u8| {
            let (root, text) = (root.clone(), char::from(b'a' + n).to_string().repeat(500_000));
            tokio::spawn(async move {
                let mut replays = 0;
                for _ in 0..5 {
                    let answer = root.patch("/db/c/i", json!({DC: {"description": text}})).await;
                    assert_eq!(answer.status, 204, "{}", answer.text());
                    replays += answer.header("x-retry-transaction-count").map_or(0, |n| n.parse::<u32>().unwrap());
                    let read = root.get("/db/c/i").await.expect(200)[DC]["description"].as_str().unwrap().to_owned();
                    assert!(read.len() == 500_000 && read.bytes().all(|b| b == read.as_bytes()[0]), "a mixture");
                }
                replays
            })
        })
        .collect();
    let mut replays = 0;
    for writer in writers {
        replays += writer.await.unwrap();
    }
    assert!(replays > 0, "nothing was replayed");
}

#[tokio::test]
async fn an_answer_without_content_has_no_type_c_035_s_021() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    item(&root, "i").await;
    let changed = root.patch("/db/c/i", json!({"title": "t"})).await;
    assert_eq!((changed.status, changed.header("content-type"), changed.body.len()), (204, None, 0));
    for path in ["/db/c", "/db/c/i"] {
        let head = root.send("HEAD", path, None, &[]).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
    }
    assert_eq!(root.send("HEAD", "/db/c/missing", None, &[]).await.status, 404);
    assert_eq!(server.anonymous().send("HEAD", "/db/c/i", None, &[]).await.status, 401);
}

#[tokio::test]
async fn headers_of_a_view_go_with_those_of_cors_o_003() {
    let server = Server::with(PEOPLE).await;
    let body = json!({"@type": "Item", "id": "i"}).to_string();
    let origin = [("origin", "https://app.example")];
    let made = server.root().send("POST", "/db/c", Some(body.as_bytes()), &origin).await;
    made.expect(201);
    assert_eq!(made.header("location"), Some(&*format!("http://{}/db/c/i", server.address())));
    assert_eq!(made.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(made.header("access-control-allow-credentials"), Some("true"));
    let exposed = made.headers.iter().filter(|(name, _)| name == "access-control-expose-headers");
    let exposed: Vec<&str> = exposed.map(|(_, value)| value.as_str()).collect();
    assert_eq!(exposed, ["Location"], "the view's own, once");
}
