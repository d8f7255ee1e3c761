//! Who a request is of (rows, P-014), and sockets of plugins (row V-006).

use guillotina_tests::{Binary, Client, Connection, PEOPLE, SETTINGS, Server, Socket};
use serde_json::{Value, json};
use sha2::{Digest, Sha512};

async fn token(client: &Client, path: &str) -> String {
    client.get(path).await.expect(200)["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_first_credentials_that_are_good_say_who_asks_and_without_any_it_is_nobody_a_001() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let anyone = server.anonymous();
    let (alice, bob) = (anyone.login("/db/c", "alice", "secret-alice").await, anyone.basic("bob", "secret-bob"));
    let sealed = token(&alice, "/db/c/@wstoken").await;
    let with_token = format!("/db/c/@user_info?ws_token={sealed}");
    let who = async |client: &Client, path: &str| {
        let answer = client.get(path).await;
        if answer.status == 200 { answer.json()["id"].as_str().unwrap().to_owned() } else { "nobody".to_owned() }
    };
    assert_eq!(who(&alice, "/db/c/@user_info").await, "alice");
    assert_eq!(who(&bob, "/db/c/@user_info").await, "bob");
    assert_eq!(who(&anyone, &with_token).await, "alice");
    // The header comes first.
    assert_eq!(who(&bob, &with_token).await, "bob");
    for header in ["Basic Ym9iOndyb25n", "Bearer x", "Unknown x", "Basic"] {
        let client = anyone.with_authorization(header.to_owned());
        assert_eq!(who(&client, "/db/c/@user_info").await, "nobody", "{header}");
        assert_eq!(client.get("/db/c/@open").await.expect(200), json!(true), "{header}: nobody may still ask");
    }
    assert_eq!(who(&anyone.basic("nobody", "x"), "/db/c/@user_info").await, "nobody");
}

#[tokio::test]
async fn root_has_the_password_of_the_settings_plain_or_hashed_and_an_empty_one_is_none_a_013() {
    let digest = Sha512::new().chain_update("secret").chain_update("salt").finalize();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let hashed = format!("sha512:salt:{hex}");
    for (given, password, good) in [
        ("plain-secret", "plain-secret", true),
        ("", "", false),
        (&*hashed, "secret", true),
        (&*hashed, &*hashed, false),
    ] {
        let settings = SETTINGS.replace("password = \"root\"", &format!("password = \"{given}\""));
        let server = Server::of(Binary::Guillotina, &settings).await;
        let status = server.anonymous().basic("root", password).get("/db").await.status;
        assert_eq!(status, if good { 200 } else { 401 }, "{given:?}");
        let login = json!({"username": "root", "password": password});
        let login = server.anonymous().post("/@login", login).await.status;
        assert_eq!(login, if good { 200 } else { 401 }, "{given:?}");
        assert_eq!(server.anonymous().basic("root", "wrong").get("/db").await.status, 401);
        assert!(given.is_empty() || !server.log().contains(given), "the log shows the password");
    }
}

#[tokio::test]
async fn root_is_in_managers_whose_roles_are_a_setting_p_014() {
    let managers = async |server: &Server| server.root().get("/@user").await.expect(200);
    let server = Server::with(PEOPLE).await;
    let told = managers(&server).await;
    let mut roles: Vec<&str> =
        told["groups"]["Managers"]["roles"].as_object().unwrap().keys().map(String::as_str).collect();
    roles.sort_unstable();
    let names = ["ContainerAdmin", "ContainerDeleter", "Manager", "Member", "Owner"];
    assert_eq!(roles, names.map(|name| format!("guillotina.{name}")));
    server.root().get("/db/c/@ids").await.expect(200);
    let settings = format!("managers_roles = [\"guillotina.Member\", \"guillotina.Reader\"]\n{SETTINGS}{PEOPLE}");
    let server = Server::of(Binary::Guillotina, &settings).await;
    let told = managers(&server).await;
    let roles: Value = told["groups"]["Managers"]["roles"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(roles, json!(["guillotina.Member", "guillotina.Reader"]));
    assert_eq!(server.root().get("/db/c/@ids").await.status, 401, "that takes a manager");
    // It administers the containers that it made; and what it may at the application and the databases is its own, not the group's (row P-015).
    assert_eq!(server.root().get("/db").await.expect(200)["containers"], json!(["c"]));
}

#[tokio::test]
async fn a_plugin_speaks_over_a_socket_of_its_own_v_006() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let bob = server.anonymous().basic("bob", "secret-bob");
    assert_eq!(Socket::open(&server.anonymous(), "/db/c/@echo").await.err(), Some(401));
    let mut connection = Connection::open(server.address()).await.unwrap();
    let request = format!(
        "GET /db/c/@echo HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        bob.authorization().unwrap()
    );
    connection.send(request).await.unwrap();
    assert_eq!(connection.answer(false).await.unwrap().status, 101);
    for (opcode, payload) in [(1, "text é".as_bytes()), (2, &[0, 255, 1][..]), (1, b"")] {
        let mut frame = vec![0x80 | opcode, 0x80 | payload.len() as u8, 0, 0, 0, 0];
        frame.extend_from_slice(payload);
        connection.send(frame).await.unwrap();
        let back = connection.frame().await.unwrap();
        assert_eq!((back.opcode, &*back.payload), (opcode, payload));
    }
    let mut socket = Socket::open(&bob, "/db/c/@echo").await.unwrap();
    socket.say("close 4123").await;
    assert_eq!(socket.closed().await, 4123);
}
