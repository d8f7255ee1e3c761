//! The forms of objects in JSON, and what types say (rows, T-010, T-011, D-006, S-103).

use guillotina_tests::{Client, PEOPLE, Server};
use serde_json::{Value, json};

const DC: &str = "guillotina.behaviors.dublincore.IDublinCore";
const QUIET: &str = "guillotina_tests.IQuiet";

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

async fn create(client: &Client, folder: &str, body: Value) -> Value {
    client.post(folder, body).await.expect(201)
}

/// A server with `/db/c/g`, which bob may read and change.
async fn guarded() -> (Server, Client, Client) {
    let server = Server::with_test_plugin(PEOPLE).await;
    let (root, bob) = (server.root(), server.anonymous().basic("bob", "secret-bob"));
    let body = json!({"@type": "Guarded", "id": "g", "title": "G", "open": "o", "hidden": "h", "fixed": "f",
        "@behaviors": [QUIET], QUIET: {"whisper": "w"}, DC: {"tags": ["a"], "publisher": "p"}});
    create(&root, "/db/c", body).await;
    let editor = json!({"prinrole": [{"principal": "bob", "role": "guillotina.Editor", "setting": "Allow"}]});
    root.post("/db/c/g/@sharing", editor).await.expect(200);
    (server, root, bob)
}

#[tokio::test]
async fn a_summary_has_four_keys_and_the_full_form_the_systems_r_001_r_004() {
    let (server, root, _) = guarded().await;
    let summary = create(&root, "/db/c", json!({"@type": "Item", "id": "i", "title": "I"})).await;
    assert_eq!(keys(&summary), ["@id", "@name", "@type", "@uid"]);
    assert_eq!(summary["@id"], format!("http://{}/db/c/i", server.address()));
    let full = root.get("/db/c/i").await.expect(200);
    let system = ["@id", "@name", "@static_behaviors", "@type", "@uid", "__behaviors__", "creation_date"];
    let further = [DC, "is_folderish", "modification_date", "parent", "title", "type_name", "uuid"];
    let mut expected: Vec<&str> = system.into_iter().chain(further).collect();
    expected.sort_unstable();
    assert_eq!(keys(&full), expected);
    assert_eq!((&full["type_name"], &full["is_folderish"]), (&json!("Item"), &json!(false)));
    assert_eq!((&full["@static_behaviors"], &full["__behaviors__"]), (&json!([DC]), &json!([])));
    assert_eq!((&full["uuid"], keys(&full["parent"])), (&summary["@uid"], vec!["@id", "@name", "@type", "@uid"]));
    let items = root.get("/db/c").await.expect(200)["items"].clone();
    assert!(items.as_array().unwrap().contains(&summary), "{items}");
}

#[tokio::test]
async fn include_and_omit_choose_fields_and_behaviours_r_005_r_006_r_007() {
    let (_server, root, _) = guarded().await;
    let get = async |query: &str| root.get(&format!("/db/c/g?{query}")).await.expect(200);
    let all = get("").await;
    assert_eq!((&all["open"], &all[DC]["publisher"], all.get(QUIET)), (&json!("o"), &json!("p"), None));
    // A behaviour that is not served by itself comes when it is named, or everything is.
    assert_eq!(get("include=*").await[QUIET], json!({"whisper": "w"}));
    let named = get(&format!("include={QUIET}")).await;
    assert_eq!((&named[QUIET], named.get("open"), named.get(DC)), (&json!({"whisper": "w"}), None, None));
    assert!(named["@id"].is_string() && named["parent"].is_object(), "the system's keys always: {named}");
    let one = get(&format!("include=open,{DC}.tags")).await;
    assert_eq!((&one["open"], &one[DC], one.get("hidden")), (&json!("o"), &json!({"tags": ["a"]}), None));
    let less = get(&format!("omit=open,{DC}.tags")).await;
    assert_eq!((less.get("open"), less[DC].get("tags"), &less[DC]["publisher"]), (None, None, &json!("p")));
    assert_eq!(less["hidden"], "h");
    assert_eq!(get(&format!("omit={DC}")).await.get(DC), None);
}

#[tokio::test]
async fn a_field_has_permissions_of_its_own_r_008_r_015_p_026() {
    let (_server, root, bob) = guarded().await;
    let his = bob.get("/db/c/g").await.expect(200);
    assert_eq!((&his["open"], his.get("hidden"), &his["fixed"]), (&json!("o"), None, &json!("f")));
    assert_eq!(bob.get("/db/c/g?include=hidden").await.expect(200).get("hidden"), None);
    bob.patch("/db/c/g", json!({"open": "bob's"})).await.expect(204);
    for change in [json!({"fixed": "bob's"}), json!({"open": "again", "fixed": null})] {
        let refused = bob.patch("/db/c/g", change).await.expect(401);
        assert_eq!(refused["type"], "Unauthorized", "{refused}");
    }
    let after = root.get("/db/c/g").await.expect(200);
    assert_eq!((&after["open"], &after["fixed"]), (&json!("bob's"), &json!("f")), "all of it or nothing");
    root.patch("/db/c/g", json!({"fixed": "root's"})).await.expect(204);
}

#[tokio::test]
async fn a_field_takes_a_plain_value_or_so_many_operations_d_006() {
    let (_server, root, _) = guarded().await;
    let few = async || root.get("/db/c/g").await.expect(200)["few"].clone();
    root.patch("/db/c/g", json!({"few": ["plain"]})).await.expect(204);
    root.patch("/db/c/g", json!({"few": {"op": "append", "value": "x"}})).await.expect(204);
    assert_eq!(few().await, json!(["plain", "x"]));
    let ops = |count: usize| json!({"op": "multi", "value": vec![json!({"op": "append", "value": "y"}); count]});
    root.patch("/db/c/g", json!({"few": ops(2)})).await.expect(204);
    assert_eq!(few().await, json!(["plain", "x", "y", "y"]));
    let longer = json!({"op": "extend", "value": ["1", "2", "3"]});
    for refused in [ops(3), longer] {
        let answer = root.patch("/db/c/g", json!({"few": refused})).await.expect(412);
        assert_eq!(answer["reason"], "deserializationError", "{answer}");
    }
    // A field that is not declared to take operations has none.
    let open = root.patch("/db/c/g", json!({"open": {"op": "append", "value": "x"}})).await;
    assert_eq!(open.expect(412)["reason"], "deserializationError");
    assert_eq!(few().await, json!(["plain", "x", "y", "y"]));
}

#[tokio::test]
async fn a_uid_tells_where_an_object_is_and_names_it_when_nothing_else_does_r_018() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    let mut path = "/db/c".to_owned();
    for level in 0..30 {
        let made = create(&root, &path, json!({"@type": "Folder"})).await;
        let uid = made["@uid"].as_str().unwrap();
        let (prefix, short) = uid.rsplit_once('|').expect("a prefix");
        assert!(short.len() == 32 && short.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()), "{uid}");
        assert!(prefix.split('|').all(|part| (1..=3).contains(&part.len())), "{uid}");
        assert!(uid.len() <= 64, "{uid}");
        assert_eq!(made["@name"], short, "the id of level {level}");
        path = format!("{path}/{short}");
    }
}

#[tokio::test]
async fn a_type_says_what_goes_into_it_and_who_may_add_it_t_010_t_011() {
    let (_server, root, bob) = guarded().await;
    create(&root, "/db/c", json!({"@type": "Cupboard", "id": "cupboard"})).await;
    let owner = json!({"prinrole": [{"principal": "bob", "role": "guillotina.Owner", "setting": "Allow"}]});
    root.post("/db/c/cupboard/@sharing", owner).await.expect(200);
    let refused = |answer: Value| (answer["reason"].clone(), answer["type"].clone());
    let not_allowed = (json!("notAllowed"), json!("PreconditionFailed"));
    // allowed_types, globally_addable, and what is no type of content at all.
    for (folder, kind) in [
        ("/db/c/cupboard", "Item"),
        ("/db/c/cupboard", "Cupboard"),
        ("/db/c", "Shelf"),
        ("/db/c", "Container"),
        ("/db/c", "Message"),
        ("/db/c/g", "Item"),
    ] {
        let answer = root.post(folder, json!({"@type": kind, "width": 1, "text": "x"})).await.expect(412);
        assert_eq!(refused(answer), not_allowed, "{kind} in {folder}");
    }
    let types = async |path: &str| root.get(&format!("{path}/@addable-types")).await.expect(200);
    assert_eq!(types("/db/c/cupboard").await, json!(["Shelf"]));
    let anywhere = types("/db/c").await;
    for (kind, addable) in
        [("Cupboard", true), ("Guarded", true), ("Item", true), ("Shelf", false), ("Container", false)]
    {
        assert_eq!(anywhere.as_array().unwrap().contains(&json!(kind)), addable, "{kind} of {anywhere}");
    }
    // add_permission: bob owns the cupboard, but does not manage.
    let shelf = json!({"@type": "Shelf", "width": 80});
    let unauthorized = bob.post("/db/c/cupboard", shelf.clone()).await.expect(401);
    assert_eq!(unauthorized["reason"], "unauthorized", "{unauthorized}");
    create(&root, "/db/c/cupboard", shelf).await;
    // A container is made in a database, and nothing else is.
    assert_eq!(root.post("/db", json!({"@type": "Item", "id": "x"})).await.status, 404);
}

#[tokio::test]
async fn a_user_is_shown_to_who_manages_users_s_103() {
    let server = Server::with(PEOPLE).await;
    let bob = server.root().get("/db/c/@users/bob").await.expect(200);
    let summary = ["@id", "@name", "@type", "@uid", "email", "fullname", "homepage", "id", "location", "portrait"];
    let expected: Vec<&str> = summary.into_iter().chain(["roles", "user_groups", "username"]).collect();
    assert_eq!(keys(&bob), expected, "and no password");
    assert_eq!((&bob["id"], &bob["@type"], &bob["username"]), (&json!("bob"), &json!("User"), &json!("bob")));
    let missing = server.root().get("/db/c/@users/nobody").await.expect(404);
    assert_eq!(missing, json!({"reason": "User nobody not found"}));
    for client in [server.anonymous(), server.anonymous().basic("bob", "secret-bob")] {
        assert_eq!(client.get("/db/c/@users/bob").await.status, 401);
    }
}
