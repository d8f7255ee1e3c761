//! What fields and types can say of themselves (contract section 5): defaults, masks, invariants, indexes.

use guillotina_tests::{Binary, Client, SETTINGS, Server, run};
use serde_json::{Value, json};
use tempfile::TempDir;

const PRICED: &str = "guillotina_tests.events.IPriced";

async fn with_container() -> (Server, Client) {
    let server = Server::with_test_plugin("[[provision.containers]]\nid = \"c\"\n").await;
    let root = server.root();
    (server, root)
}

async fn made(root: &Client, folder: &str, body: Value) -> Value {
    let id = body["id"].as_str().unwrap().to_owned();
    root.post(folder, body).await.expect(201);
    root.get(&format!("{folder}/{id}")).await.expect(200)
}

/// The mistakes of a refused request, as (message, field).
async fn refused(answer: guillotina_tests::Answer) -> Vec<(String, String)> {
    let body = answer.expect(412);
    assert_eq!(body["reason"], "deserializationError", "{body}");
    let text = |error: &Value, key: &str| error[key].as_str().unwrap_or_default().to_owned();
    let errors = body["deserialization_errors"].as_array().unwrap();
    errors.iter().map(|error| (text(error, "message"), text(error, "field"))).collect()
}

fn pair(message: &str, field: &str) -> (String, String) {
    (message.to_owned(), field.to_owned())
}

#[tokio::test]
async fn defaults_are_made_by_functions_that_know_the_object_d_009() {
    let (_server, root) = with_container().await;
    let fair = made(&root, "/db/c", json!({"@type": "Event", "id": "fair", "start": 1})).await;
    assert_eq!(
        (&fair["place"], &fair["ticket"], &fair["slug"]),
        (&json!(null), &json!("Admit one"), &json!("event-fair"))
    );
    assert!(fair[PRICED]["desk"].is_null(), "{fair}");
    let inside = made(&root, "/db/c/fair", json!({"@type": "Event", "id": "a", "start": 1})).await;
    assert_eq!((&inside["place"], &inside[PRICED]["desk"]), (&json!("near fair"), &json!("near fair")));
    let given = json!({"@type": "Event", "id": "b", "start": 1, "place": "hall", "ticket": "none", "slug": "mine", PRICED: {"desk": "door"}});
    let given = made(&root, "/db/c/fair", given).await;
    assert_eq!(
        (&given["place"], &given[PRICED]["desk"], &given["ticket"]),
        (&json!("hall"), &json!("door"), &json!("none"))
    );
    assert_eq!(given["slug"], "event-b", "what is read-only has its default");

    // It was made once: what it was made from may change.
    root.patch("/db/c/fair", json!({"place": "park"})).await.expect(204);
    assert_eq!(root.get("/db/c/fair/a").await.expect(200)["place"], "near fair");
    // PUT begins anew.
    root.put("/db/c/fair/b", json!({"start": 2})).await.expect(204);
    let put = root.get("/db/c/fair/b").await.expect(200);
    assert_eq!(
        (&put["place"], &put[PRICED]["desk"], &put["ticket"]),
        (&json!("park"), &json!("park"), &json!("Admit one"))
    );
    // An empty section of a behaviour is no value for its fields.
    let section =
        made(&root, "/db/c/fair", json!({"@type": "Event", "id": "d", "start": 1, PRICED: {"price": 3}})).await;
    assert_eq!(section[PRICED], json!({"price": 3.0, "member_price": null, "desk": "park"}));
    // A behaviour that is added later gets its defaults then.
    root.post("/db/c/fair", json!({"@type": "Event", "id": "e", "start": 1})).await.expect(201);
    let item = json!({"@type": "Folder", "id": "f", "@behaviors": [PRICED]});
    assert!(made(&root, "/db/c", item).await[PRICED]["desk"].is_null(), "its parent is no event");
}

#[tokio::test]
async fn the_schema_says_what_clients_can_know_d_001_d_009_d_010() {
    let (_server, root) = with_container().await;
    let talk = root.get("/db/c/@types/Talk").await.expect(200);
    let properties = talk["properties"].as_object().unwrap();
    let order: Vec<&str> = properties.keys().map(String::as_str).filter(|name| !name.contains('.')).skip(6).collect();
    let declared = ["start", "end", "place", "password", "askers", "ticket", "slug", "doors", "speaker", "minutes"];
    assert_eq!(order, declared, "the base first, each in the order of its source");
    assert_eq!(properties["ticket"]["default"], "Admit one");
    assert!(properties["slug"].get("default").is_none(), "no object, no default: {}", properties["slug"]);
    assert_eq!(properties["place"]["placeholder"], "Town hall");
    assert_eq!(properties["place"]["ui:rows"], json!({"min": 1}));
    assert_eq!((&properties["password"]["unmask_len"], &properties["password"]["mask_len"]), (&json!(2), &json!(3)));
    assert_eq!(
        (&properties["askers"]["items"]["min_dots"], &properties["askers"]["items"]["max_dots"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        properties["doors"]["properties"]["invariants"],
        json!(["guillotina_tests.events.span_ends_after_start"])
    );
    let own = ["has_a_speaker", "ends_after_start", "starts_when_its_parent_has_started"];
    assert_eq!(talk["invariants"], json!(own.map(|name| format!("guillotina_tests.events.{name}"))));
    assert_eq!(talk["definitions"][PRICED]["invariants"], json!(["guillotina_tests.events.cheap_for_members"]));
}

#[tokio::test]
async fn masks_hide_and_dots_are_counted_d_001() {
    let (_server, root) = with_container().await;
    let body = json!({"@type": "Event", "id": "e", "start": 1, "password": "opensesame", "askers": ["a.b", "a.b.c"]});
    assert_eq!(made(&root, "/db/c", body).await["password"], "op***");
    for askers in [json!(["a"]), json!(["a.b.c.d"])] {
        assert_eq!(root.patch("/db/c/e", json!({"askers": askers})).await.status, 412, "{askers}");
    }
    root.patch("/db/c/e", json!({"password": "no"})).await.expect(204);
    assert_eq!(root.get("/db/c/e").await.expect(200)["password"], "no", "nothing is left to hide");
}

#[tokio::test]
async fn invariants_see_the_values_as_they_would_be_d_010() {
    let (_server, root) = with_container().await;
    let both = [pair("the end comes before the start", "start"), pair("the end comes before the start", "end")];
    let body = |start: i64| json!({"@type": "Event", "id": "e", "start": start, "end": 5});
    assert_eq!(refused(root.post("/db/c", body(9)).await).await, both);
    assert_eq!(root.get("/db/c/e").await.status, 404, "nothing was written");
    root.post("/db/c", body(3)).await.expect(201);
    let tid = root.get("/db/c/e").await.expect(200);
    assert_eq!(refused(root.patch("/db/c/e", json!({"start": 6, "title": "later"})).await).await, both);
    assert_eq!(root.get("/db/c/e").await.expect(200), tid, "nothing was written");
    root.patch("/db/c/e", json!({"start": 6, "end": 7})).await.expect(204);
    assert_eq!(refused(root.put("/db/c/e", json!({"start": 2, "end": 1})).await).await, both);
    root.put("/db/c/e", json!({"start": 8})).await.expect(204);

    // A wrong value does not keep the invariants from being asked.
    let wrong = refused(root.patch("/db/c/e", json!({"end": 1, "ticket": {"k": 1}})).await).await;
    assert_eq!(wrong, [pair("Expected string but found object.", "ticket"), both[0].clone(), both[1].clone()]);
}

#[tokio::test]
async fn invariants_of_bases_behaviours_and_structures_are_asked_too_d_010() {
    let (_server, root) = with_container().await;
    let wrong = json!({
        "@type": "Talk", "id": "t", "start": 3, "end": 1,
        "doors": {"from": 2, "to": 1},
        PRICED: {"price": 1, "member_price": 2},
    });
    let errors = refused(root.post("/db/c", wrong).await).await;
    let expected = [
        pair("members pay more", "member_price"),
        pair("Wrong contained type", "doors"),
        pair("nobody speaks", ""),
        pair("the end comes before the start", "start"),
        pair("the end comes before the start", "end"),
    ];
    assert_eq!(errors, expected);
    root.post(
        "/db/c",
        json!({"@type": "Talk", "id": "t", "start": 1, "speaker": "Ann", "doors": {"from": 2, "to": 3}}),
    )
    .await
    .expect(201);
    // A behaviour that the body does not name is not asked, as in Guillotina.
    root.patch("/db/c/t", json!({PRICED: {"price": 5}})).await.expect(204);
    root.patch("/db/c/t", json!({"title": "t"})).await.expect(204);
    assert_eq!(
        refused(root.patch("/db/c/t", json!({PRICED: {"member_price": 6}})).await).await,
        [pair("members pay more", "member_price")]
    );
}

#[tokio::test]
async fn async_invariants_look_at_other_objects_and_leave_nothing_behind_d_010() {
    let (_server, root) = with_container().await;
    root.post("/db/c", json!({"@type": "Event", "id": "fair", "start": 5})).await.expect(201);
    let late = [pair("fair starts later", "start")];
    let body = |start: i64| json!({"@type": "Event", "id": "a", "start": start});
    assert_eq!(refused(root.post("/db/c/fair", body(4)).await).await, late);
    root.post("/db/c/fair", body(6)).await.expect(201);
    let before = root.get("/db/c/fair/a").await.expect(200);
    assert_eq!(refused(root.patch("/db/c/fair/a", json!({"start": 4, "ticket": "no"})).await).await, late);
    assert_eq!(root.get("/db/c/fair/a").await.expect(200), before);
    // They are asked when nothing else is wrong.
    let other = refused(root.patch("/db/c/fair/a", json!({"start": 4, "end": 1})).await).await;
    assert!(other.iter().all(|(message, _)| message == "the end comes before the start"), "{other:?}");
}

#[test]
fn components_show_their_indexes_and_invariants_d_011() {
    let folder = TempDir::new().unwrap();
    let settings = SETTINGS.replace("\"guillotina_chat\"]", "\"guillotina_chat\", \"guillotina_tests\"]");
    std::fs::write(folder.path().join("settings.toml"), settings).unwrap();
    let list = |kind: &str| {
        let output = run(Binary::TestServer, folder.path(), &["list-components", "--json", "--kind", kind]);
        let rows: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", output.all()));
        rows.as_array().unwrap().clone()
    };
    let find = |rows: &[Value], title: &str| rows.iter().find(|row| row["title"] == title).cloned().unwrap();
    let of = |kind: &str, fields: &[&str], accessor: bool, store: bool| json!({"type": kind, "fields": fields, "accessor": accessor, "store": store});
    let types = list("content_type");
    let event = find(&types, "Event");
    let expected = json!({
        "start": of("int", &["start"], false, false),
        "day": of("keyword", &["start"], false, true),
        "end": of("int", &["end"], false, true),
        "length": of("int", &["start", "end"], true, false),
        "siblings": of("keyword", &[], true, false),
        "described": of("searchabletext", &["description"], false, false),
    });
    assert_eq!((&event["indexes"], &event["metadata"]), (&expected, &json!(["title", "description"])));
    let talk = find(&types, "Talk");
    assert_eq!(talk["indexes"]["length"], of("int", &["minutes"], false, false), "in the place of its base's");
    assert_eq!((&talk["indexes"]["day"], &talk["metadata"]), (&expected["day"], &event["metadata"]));
    let priced = find(&list("behavior"), PRICED);
    assert_eq!(priced["indexes"], json!({"price": of("float", &[], true, false)}));
    assert_eq!(priced["invariants"], json!(["guillotina_tests.events.cheap_for_members"]));
}
