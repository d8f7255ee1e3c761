//! Tokens and passwords (rows, S-060, S-061, S-070; catalogue ).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use guillotina_tests::{Client, PEOPLE, Server, Socket};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

/// The secret of the tests' settings.
const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef0123456789abcdef";

async fn token(client: &Client, container: &str) -> String {
    let answer =
        client.post(&format!("{container}/@login"), json!({"username": "alice", "password": "secret-alice"})).await;
    answer.expect(200)["token"].as_str().unwrap().to_owned()
}

fn part(value: &Value) -> String {
    BASE64.encode(value.to_string())
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&BASE64.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn signed(header: &Value, claims: &Value, key: &[u8]) -> String {
    let text = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    format!("{text}.{}", BASE64.encode(mac.finalize().into_bytes()))
}

fn with(claims: &Value, key: &str, value: Value) -> Value {
    let mut changed = claims.clone();
    changed[key] = value;
    changed
}

async fn who(client: &Client) -> (u16, Value) {
    let answer = client.get("/db/c/@user_info").await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn forged_tokens_are_refused_r_021() {
    let server = Server::with(PEOPLE).await;
    let anyone = server.anonymous();
    let good = token(&anyone, "/db/c").await;
    let claims = claims(&good);
    for key in ["iat", "exp", "id", "sub"] {
        assert!(!claims[key].is_null(), "row A-009: {key} is missing in {claims}");
    }
    let hs256 = json!({"alg": "HS256", "typ": "JWT"});
    assert_eq!(
        who(&anyone.bearer(&signed(&hs256, &claims, SECRET))).await.0,
        200,
        "the forger of this test signs as the server does"
    );
    let now = claims["iat"].as_i64().unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let mut hs512 = Hmac::<Sha512>::new_from_slice(SECRET).unwrap();
    let text = format!("{}.{}", part(&json!({"alg": "HS512", "typ": "JWT"})), part(&claims));
    hs512.update(text.as_bytes());
    let mut forged = vec![
        format!("{text}.{}", BASE64.encode(hs512.finalize().into_bytes())),
        signed(&hs256, &claims, b""),
        signed(&hs256, &claims, b"another secret of a good length, 0123456789"),
        signed(&hs256, &with(&claims, "exp", json!(now - 120)), SECRET),
        signed(&hs256, &with(&claims, "nbf", json!(now + 3600)), SECRET),
        signed(&hs256, &with(&claims, "aud", json!("db/other")), SECRET),
        signed(&hs256, &with(&claims, "exp", Value::Null), SECRET),
        signed(&hs256, &with(&claims, "exp", json!("never")), SECRET),
        signed(&json!({"alg": "RS256", "typ": "JWT"}), &claims, SECRET),
        signed(&json!({"alg": "HS256", "kid": "../../dev/null"}), &claims, b""),
        format!("{}.{}.{}", parts[0], part(&with(&claims, "id", json!("root"))), parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{good}.{}", parts[2]),
        good[..good.len() - 4].to_owned(),
        format!("{}{}", &good[..good.len() - 1], if good.ends_with('A') { 'E' } else { 'A' }),
        "a.b.c".to_owned(),
        "..".to_owned(),
        ".".repeat(4000),
    ];
    for none in ["none", "None", "nOnE", ""] {
        forged.push(format!("{}.{}.", part(&json!({"alg": none, "typ": "JWT"})), part(&claims)));
    }
    for id in ["root", "bob", "nobody", ""] {
        let stranger = with(&with(&claims, "id", json!(id)), "sub", json!(id));
        forged.push(signed(&hs256, &stranger, b"another secret of a good length, 0123456789"));
    }
    for (number, token) in forged.iter().enumerate() {
        let (status, answer) = who(&anyone.bearer(token)).await;
        assert_eq!(status, 401, "forged token {number}: {answer}");
    }
    assert_eq!(who(&anyone.bearer(&good)).await.1["id"], "alice");
}

#[tokio::test]
async fn a_token_is_good_in_its_own_container_only_a_007() {
    let server = Server::with(&format!("{PEOPLE}{}", PEOPLE.replace("id = \"c\"", "id = \"d\""))).await;
    let anyone = server.anonymous();
    for (container, other) in [("/db/c", "/db/d"), ("/db/d", "/db/c")] {
        let alice = anyone.bearer(&token(&anyone, container).await);
        assert_eq!(alice.get(&format!("{container}/@user_info")).await.status, 200);
        assert_eq!(alice.get(&format!("{other}/@user_info")).await.status, 401);
        assert_eq!(alice.get(&format!("{other}/@conversations")).await.status, 401);
    }
}

#[tokio::test]
async fn a_socket_token_is_short_lived_and_opens_sockets_a_004_s_070() {
    let server = Server::with(PEOPLE).await;
    let anyone = server.anonymous();
    let alice = anyone.login("/db/c", "alice", "secret-alice").await;
    let token = alice.get("/db/c/@wstoken").await.expect(200)["token"].as_str().unwrap().to_owned();
    assert_eq!(token.split('.').count(), 5, "a compact JWE");
    assert!(!token.contains(alice.authorization().unwrap().trim_start_matches("Bearer ")));
    Socket::open(&anyone, &format!("/db/c/@conversate?ws_token={token}"))
        .await
        .expect("alice may listen")
        .close()
        .await;
    for bad in [&token[..token.len() - 3], "a.b.c.d.e", "", "x"] {
        assert_eq!(Socket::open(&anyone, &format!("/db/c/@conversate?ws_token={bad}")).await.err(), Some(401), "{bad}");
    }
    // What a user who came with a password gets must not carry the password (row V-001 ⚠); it works all the same.
    let basic = anyone.basic("alice", "secret-alice").get("/db/c/@wstoken").await.expect(200)["token"]
        .as_str()
        .unwrap()
        .to_owned();
    Socket::open(&anyone, &format!("/db/c/@conversate?ws_token={basic}"))
        .await
        .expect("alice may listen")
        .close()
        .await;
}

#[tokio::test]
async fn who_the_wrong_password_was_for_does_not_show_s_060_r_023() {
    let server = Server::with(&format!("{PEOPLE}[admin]\naddress = \"127.0.0.1:0\"\n")).await;
    let (anyone, admin) = (server.anonymous(), server.admin());
    let hashes = async || {
        let text = admin.get("/metrics").await.text();
        let line = text.lines().find_map(|line| line.strip_prefix("guillotina_password_hashes_total "));
        line.expect("the number of hashes").parse::<u64>().unwrap()
    };
    // The first root or nobody may have to wait for what is made once.
    anyone.post("/db/c/@login", json!({"username": "nobody", "password": "wrong"})).await.expect(401);
    // Hashing is what takes the time of a login: as much of it for a user, for root, for nobody, for a name that is none.
    for user in ["alice", "nobody", "bob", "root", "", "no such:user"] {
        let before = hashes().await;
        let login = anyone.post("/db/c/@login", json!({"username": user, "password": "wrong"})).await;
        assert_eq!(login.expect(401), json!({"text": "login failed"}));
        let basic = anyone.basic(user, "wrong").get("/db/c/@user_info").await;
        assert_eq!(basic.status, 401, "{}", basic.text());
        assert_eq!(hashes().await - before, 2, "{user:?}: the work tells who exists");
    }
}

#[tokio::test]
async fn a_login_with_anything_else_than_two_texts_is_412_s_060() {
    let server = Server::with(PEOPLE).await;
    let anyone = server.anonymous();
    for body in [
        json!({}),
        json!({"username": "alice"}),
        json!({"password": "x"}),
        json!({"username": 5, "password": "x"}),
        json!({"username": "alice", "password": ["x"]}),
        json!([]),
        json!([1]),
    ] {
        for path in ["/db/c/@login", "/@login"] {
            let answer = anyone.post(path, body.clone()).await;
            assert_eq!(answer.status, 412, "{path} {body}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn root_logs_in_everywhere_and_its_token_is_root_s_004() {
    let server = Server::with(PEOPLE).await;
    let anyone = server.anonymous();
    let answer = anyone.post("/@login", json!({"username": "root", "password": "root"})).await.expect(200);
    let root = anyone.bearer(answer["token"].as_str().unwrap());
    assert_eq!(root.get("/").await.expect(200)["databases"], json!(["db"]));
    assert_eq!(root.get("/db").await.status, 200);
    assert_eq!(
        anyone.post("/@login", json!({"username": "root", "password": "nope"})).await.expect(401),
        json!({"text": "login failed"})
    );
    assert_eq!(
        anyone.post("/@login", json!({"username": "alice", "password": "secret-alice"})).await.status,
        401,
        "alice is no global user"
    );
}

#[tokio::test]
async fn credentials_that_are_none_are_nobody_a_002_a_003() {
    let server = Server::with(PEOPLE).await;
    let long = format!("Basic {}", "A".repeat(7000));
    let colons = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode("alice:secret:alice:"));
    for header in
        ["Basic", "Basic ", "Basic !!!", "Basic YWxpY2U=", "Bearer", "Bearer ", "Digest x", "x", &long, &colons]
    {
        let answer = server.anonymous().with_authorization(header.to_owned()).get("/db/c").await;
        assert_eq!(answer.status, 401, "{header:.40}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_changed_password_and_a_disabled_user_count_at_once_a_014() {
    let server = Server::with(PEOPLE).await;
    let (root, anyone) = (server.root(), server.anonymous());
    let bob = anyone.basic("bob", "secret-bob");
    assert_eq!(who(&bob).await.0, 200);
    root.patch("/db/c/@users/bob", json!({"password": "other-bob"})).await.expect(204);
    assert_eq!(who(&bob).await.0, 401);
    let bob = anyone.basic("bob", "other-bob");
    assert_eq!(who(&bob).await.0, 200);
    let token = anyone.login("/db/c", "bob", "other-bob").await;
    root.patch("/db/c/users/bob", json!({"disabled": true})).await.expect(204);
    assert_eq!(who(&bob).await.0, 401);
    assert_eq!(who(&token).await.0, 401, "a token of a disabled user");
    assert_eq!(anyone.post("/db/c/@login", json!({"username": "bob", "password": "other-bob"})).await.status, 401);
    root.delete("/db/c/@users/alice").await.expect(200);
    assert_eq!(who(&anyone.basic("alice", "secret-alice")).await.0, 401, "a user who is gone");
}

#[tokio::test]
async fn a_password_is_never_shown_a_010() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    for path in [
        "/db/c/users/alice",
        "/db/c/@users/alice",
        "/db/c/users/alice?include=*",
        "/db/c/users/alice?include=password",
        "/db/c/users?fullobjects=true",
    ] {
        let text = root.get(path).await.text();
        assert!(!text.contains("secret-alice") && !text.contains("argon2"), "{path}: {text}");
    }
    let log = server.log();
    assert!(!log.contains("secret-alice") && !log.contains("secret-bob"), "the log shows a password");
}
