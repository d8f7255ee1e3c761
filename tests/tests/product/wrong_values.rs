//! Wrong values in every field and wrong bodies for every service: refused with a 4xx, never a 500 (rows E-007, D-001, ZZ-01 to ZZ-12).

use crate::limits::alive;
use guillotina_tests::plugin::EVERYTHING;
use guillotina_tests::{Client, PEOPLE, Server};
use serde_json::{Value, json};

const DC: &str = "guillotina.behaviors.dublincore.IDublinCore";
const ATTACHMENT: &str = "guillotina.behaviors.attachment.IAttachment";
const MULTI: &str = "guillotina.behaviors.attachment.IMultiAttachment";

/// Values of every kind, so that each field gets all wrong ones.
fn values() -> Vec<Value> {
    let mut nested = json!(1);
    for _ in 0..50 {
        nested = json!([nested]);
    }
    vec![
        json!(null),
        json!(true),
        json!(5),
        json!(-1),
        json!(1.5),
        json!(1e308),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("text"),
        json!("line\nline"),
        json!("\u{0}"),
        json!("\u{fffd}\u{202e}é😀"),
        json!("x".repeat(70_000)),
        json!("2026-13-45T99:99:99"),
        json!("9999-12-31T23:59:59Z"),
        json!("NaN"),
        json!("1e999"),
        json!([]),
        json!([null]),
        json!([1, "a", {}]),
        json!([["a"]]),
        json!({}),
        json!({"a": 1}),
        json!({"": null}),
        json!({"op": "x"}),
        json!({"op": 5, "value": 1}),
        json!({"op": "append"}),
        json!({"op": "append", "value": null}),
        json!({"op": "append", "value": {"op": "append"}}),
        json!({"op": "extend", "value": 5}),
        json!({"op": "del", "value": -1}),
        json!({"op": "del", "value": u64::MAX}),
        json!({"op": "update", "value": {"index": 1e300, "value": 1}}),
        json!({"op": "update", "value": [[]]}),
        json!({"op": "assign", "value": {"key": [], "value": 1}}),
        json!({"op": "assign", "value": 5}),
        json!({"op": "inc", "value": i64::MAX}),
        json!({"op": "dec", "value": "x"}),
        json!({"op": "clear"}),
        json!({"op": "multi", "value": 5}),
        json!({"op": "multi", "value": [{"op": "multi", "value": [{"op": "append", "value": 1}]}]}),
        json!({"data": "!!!", "filename": 5}),
        json!("data:text/plain;base64,!!!"),
        json!({"filename": "../../etc/passwd"}),
        nested,
    ]
}

/// Sends every value for every field, once to make an object and once to change one; counts what was refused.
async fn every_value(
    client: &Client,
    folder: &str,
    kind: &str,
    whole: &Value,
    fields: &[(Option<&str>, &str)],
) -> (usize, usize) {
    let mut object = whole.clone();
    object["@type"] = json!(kind);
    object["id"] = json!("target");
    client.post(folder, object.clone()).await.expect(201);
    let path = format!("{folder}/target");
    let (mut taken, mut refused) = (0, 0);
    for (behavior, field) in fields {
        for (number, value) in values().into_iter().enumerate() {
            let set = |mut object: Value| {
                match behavior {
                    Some(name) => object[*name] = json!({ *field: value }),
                    None => object[*field] = value.clone(),
                }
                object
            };
            let mut created = set(object.clone());
            if *field != "id" {
                created["id"] = json!(format!("{}-{number}", field.replace('@', "at-")));
            }
            for (method, path, body) in [("POST", folder, created), ("PATCH", path.as_str(), set(json!({})))] {
                let answer = client.send(method, path, Some(body.to_string().as_bytes()), &[]).await;
                match answer.status {
                    200..=299 => taken += 1,
                    401 | 404 | 409 | 412 | 413 => refused += 1,
                    other => panic!("{kind}: {method} with {field} = {value:.200}: {other} {}", answer.text()),
                }
            }
        }
        let read = client.get(&path).await;
        assert_eq!(read.status, 200, "{kind} cannot be read after {field}: {}", read.text());
    }
    (taken, refused)
}

#[tokio::test]
async fn a_wrong_type_in_every_field_of_every_type_is_412_e_007_d_001() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let root = server.root();
    let dublin_core = [
        "title",
        "description",
        "creation_date",
        "modification_date",
        "effective_date",
        "expiration_date",
        "creators",
        "tags",
        "publisher",
        "contributors",
    ];
    let system = [
        "@type",
        "id",
        "uid",
        "@behaviors",
        "title",
        "type_name",
        "uuid",
        "__behaviors__",
        "parent",
        "@id",
        "@name",
        DC,
        ATTACHMENT,
    ];
    let mut fields: Vec<(Option<&str>, &str)> = dublin_core.iter().map(|f| (Some(DC), *f)).collect();
    fields.extend(system.iter().map(|f| (None, *f)));
    fields.extend([(Some(ATTACHMENT), "file"), (Some(MULTI), "files")]);
    root.post("/db/c", json!({"@type": "Folder", "id": "items"})).await.expect(201);
    println!(
        "Item: {:?}",
        every_value(&root, "/db/c/items", "Item", &json!({"@behaviors": [ATTACHMENT, MULTI]}), &fields).await
    );
    root.post("/db/c", json!({"@type": "Folder", "id": "folders"})).await.expect(201);
    println!("Folder: {:?}", every_value(&root, "/db/c/folders", "Folder", &json!({}), &fields[..10]).await);
    println!(
        "Conversation: {:?}",
        every_value(&root, "/db/c/conversations", "Conversation", &json!({}), &[(None, "users")]).await
    );
    root.post("/db/c/conversations", json!({"@type": "Conversation", "id": "room"})).await.expect(201);
    println!(
        "Message: {:?}",
        every_value(&root, "/db/c/conversations/room", "Message", &json!({"text": "x"}), &[(None, "text")]).await
    );
    let user = json!({"username": "someone", "password": "secret-someone", "email": "a@b.c"});
    let user_fields = [
        "username",
        "email",
        "name",
        "password",
        "user_groups",
        "user_roles",
        "user_permissions",
        "disabled",
        "properties",
    ]
    .map(|f| (None, f));
    println!("User: {:?}", every_user_value(&root, &user, &user_fields).await);
    root.post("/db/c", json!({"@type": "Folder", "id": "all"})).await.expect(201);
    let everything: Vec<(Option<&str>, &str)> = EVERYTHING.iter().map(|f| (None, *f)).collect();
    let (taken, refused) = every_value(&root, "/db/c/all", "Everything", &json!({}), &everything).await;
    println!("Everything: {taken} taken, {refused} refused");
    assert!(refused > 400, "wrong types are refused");
    alive(&server).await;
}

/// As [`every_value`], for users: their id is their name.
async fn every_user_value(client: &Client, whole: &Value, fields: &[(Option<&str>, &str)]) -> (usize, usize) {
    let mut counted = (0, 0);
    client
        .post("/db/c/users", {
            let mut user = whole.clone();
            user["@type"] = json!("User");
            user
        })
        .await
        .expect(201);
    for (_, field) in fields {
        for (number, value) in values().into_iter().enumerate() {
            let mut user = whole.clone();
            user["@type"] = json!("User");
            user["username"] = json!(format!("user-{field}-{number}"));
            user[*field] = value.clone();
            // Hashing is slow on purpose: only what is about passwords needs one.
            if *field != "password" {
                user.as_object_mut().unwrap().remove("password");
            }
            for (method, path, body) in
                [("POST", "/db/c/users", user), ("PATCH", "/db/c/users/someone", json!({ *field: value }))]
            {
                let answer = client.send(method, path, Some(body.to_string().as_bytes()), &[]).await;
                match answer.status {
                    200..=299 => counted.0 += 1,
                    401 | 409 | 412 | 413 => counted.1 += 1,
                    other => panic!("User: {method} with {field} = {value:.200}: {other} {}", answer.text()),
                }
            }
        }
        assert_eq!(client.get("/db/c/users/someone").await.status, 200, "after {field}");
    }
    counted
}

#[tokio::test]
async fn wrong_bodies_of_every_service_are_412_zz_11() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Item", "id": "item"})).await.expect(201);
    let entry = |what: &str| json!({"prinrole": [what], "prinperm": what, "roleperm": {"a": 1}});
    let bodies = [
        json!({}),
        json!([]),
        json!([1]),
        json!({"id": 5}),
        json!({"id": null}),
        json!({"id": ["x"]}),
        json!({"behavior": 5}),
        json!({"behavior": "x"}),
        json!({"prinrole": 5}),
        json!({"prinrole": [5]}),
        json!({"prinrole": [{}]}),
        json!({"prinrole": [{"principal": 5, "role": 5, "setting": 5}]}),
        json!({"prinrole": [{"principal": "x", "role": "guillotina.Reader", "setting": "Maybe"}]}),
        json!({"perminhe": [{"permission": "x", "setting": "AllowSingle"}]}),
        json!({"roleperm": [{"role": "no", "permission": "no", "setting": "Allow"}]}),
        entry("x"),
        json!({"interface": 5}),
        json!({"value": {}}),
        json!({"username": {}, "password": []}),
        json!({"roles": []}),
        json!({"roles": {"x": "y"}}),
        json!({"user_groups": 5}),
        json!({"@type": 5, "id": 5}),
        json!({"@type": "Container", "id": "x", "@addons": 5}),
        json!({"@type": "Container", "id": "x", "@addons": [5]}),
        json!({"@type": "Container", "id": "", "title": []}),
        json!({"destination": 5, "new_id": []}),
    ];
    let services = [
        ("POST", "/"),
        ("PATCH", "/"),
        ("PUT", "/"),
        ("POST", "/db"),
        ("PATCH", "/db"),
        ("DELETE", "/db"),
        ("POST", "/db/c"),
        ("PATCH", "/db/c"),
        ("PATCH", "/db/c/item"),
        ("PUT", "/db/c/item"),
        ("POST", "/db/c/item"),
        ("POST", "/db/c/@addons"),
        ("DELETE", "/db/c/@addons"),
        ("POST", "/db/c/item/@sharing"),
        ("PUT", "/db/c/item/@sharing"),
        ("PATCH", "/db/c/item/@behaviors"),
        ("DELETE", "/db/c/item/@behaviors"),
        ("POST", "/db/c/@registry"),
        ("PATCH", "/db/c/@registry/x"),
        ("POST", "/db/c/@login"),
        ("POST", "/db/c/@login-renew"),
        ("POST", "/db/c/@logout"),
        ("POST", "/db/c/users"),
        ("PATCH", "/db/c/@users/alice"),
        ("POST", "/db/c/groups"),
        ("POST", "/db/c/@groups"),
        ("POST", "/db/c/item/@move"),
        ("POST", "/db/c/item/@duplicate"),
        ("POST", "/db/c/conversations"),
    ];
    for (method, path) in services {
        for body in &bodies {
            let answer = root.send(method, path, Some(body.to_string().as_bytes()), &[]).await;
            assert!(
                answer.status != 500 && answer.status < 502,
                "{method} {path} {body}: {} {}",
                answer.status,
                answer.text()
            );
        }
    }
    for query in [
        "@items?page=0",
        "@items?page=-1",
        "@items?page=x",
        "@items?page_size=0",
        "@items?page_size=99999999999999999999",
        "@canido?permission",
        "@canido?permissions=,,,",
        "?include=%ff",
        "?include=,,.",
        "?omit=*",
        "?fullobjects=%00",
        "@resolveuid/00000000000000000000000000000000",
        "@types/%00",
        "@registry/x.y",
        "@users/%00",
        "@behaviors?x=1&x=2",
        "?&&&=&=",
        "@users?_from=-1&_size=x",
    ] {
        let path = if query.starts_with('?') { format!("/db/c{query}") } else { format!("/db/c/{query}") };
        let answer = root.get(&path).await;
        assert!(answer.status < 500, "GET {path}: {} {}", answer.status, answer.text());
    }
    for path in ["/", "/db", "/db/c", "/db/c/item"] {
        assert_eq!(root.send("HEAD", path, None, &[]).await.status, 200, "HEAD {path}");
    }
    alive(&server).await;
}
