//! The application, containers and what is installed in them.

use crate::DUBLIN_CORE;
use crate::site::{NOBODY, Site};
use guillotina::registration::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn the_application_s_001() {
    let site = Site::empty().await;
    let all = json!({"databases": ["db"], "static_file": [], "static_directory": [], "@type": "Application"});
    assert_eq!(site.get("/").await.expect(200), all);
    assert_eq!(site.ask(NOBODY, Method::GET, "/", Value::Null).await.expect(200)["databases"], json!([]));
    assert_eq!(site.ask(NOBODY, Method::HEAD, "/", Value::Null).await.status, 200);
    let not_here = json!({"message": "Function not implemented"});
    assert_eq!(site.put("/", Value::Null).await.expect(501), not_here, "C-034");
    assert_eq!(site.delete("/db", Value::Null).await.expect(501), not_here, "C-034");
    let definition = site.get("/@apidefinition").await.expect(200);
    assert_eq!(definition["guillotina.interfaces.IResource"]["PATCH"]["permission"], "guillotina.ModifyContent");
    assert_eq!(definition["guillotina.interfaces.IResource"]["endpoints"]["@sharing"]["POST"]["method"], "POST");
}

#[tokio::test]
async fn subscribers_by_context_and_event_s_003() {
    let site = Site::new().await;
    let all = site.get("/@component-subscribers").await.expect(200);
    let stamp = json!(["guillotina.subscribers.stamp_modification"]);
    for event in ["IObjectModifiedEvent", "IObjectPermissionsModifiedEvent"] {
        assert_eq!(all["guillotina.interfaces.IResource"][format!("guillotina.interfaces.{event}")], stamp, "{all}");
    }
    site.ask(NOBODY, Method::GET, "/@component-subscribers", Value::Null).await.expect(401);
    site.get("/db/c/@component-subscribers").await.expect(404);
}

#[tokio::test]
async fn containers_s_017_s_018_s_020() {
    let site = Site::empty().await;
    assert_eq!(site.get("/db").await.expect(200), json!({"containers": [], "@type": "Database"}));
    let made = site.post("/db", json!({"@type": "Container", "id": "c", "title": "T", "@addons": ["doors"]})).await;
    assert_eq!(made.header("location"), "/db/c");
    assert_eq!(made.expect(200), json!({"@type": "Container", "id": "c", "title": "T"}));
    assert_eq!(site.get("/db/c/@addons").await.expect(200)["installed"], json!(["rooms", "doors"]));
    assert_eq!(site.get("/db").await.expect(200)["containers"], json!(["c"]));

    let taken = site.post("/db", json!({"@type": "Container", "id": "c"})).await.expect(409);
    assert_eq!(taken, json!({"message": "Container with id already exists"}));
    let other = site.post("/db", json!({"@type": "Item", "id": "x"})).await.expect(404);
    assert_eq!(other, json!({"message": "can not create this type Item"}));
    site.post("/db", json!({"id": "x"})).await.expect(412);
    for id in [json!(null), json!(0), json!("")] {
        let refused = site.post("/db", json!({"@type": "Container", "id": id})).await.expect(412);
        assert_eq!(refused["reason"], "json schema validation error");
    }
    for id in ["@bad", "_bad", "a/b", ".."] {
        assert_eq!(
            site.post("/db", json!({"@type": "Container", "id": id})).await.expect(412)["reason"],
            "invalidId",
            "{id}"
        );
    }
    let addon =
        site.post("/db", json!({"@type": "Container", "id": "x", "@addons": ["rooms", "no"]})).await.expect(412);
    assert_eq!(addon["error"]["message"], "Property '@addons' must refer to a valid addon");
    assert_eq!(site.get("/db").await.expect(200)["containers"], json!(["c"]), "nothing was made");

    assert_eq!(site.delete("/db/c", Value::Null).await.expect(200), json!({}));
    site.get("/db/c").await.expect(404);
    site.ask(NOBODY, Method::GET, "/db", Value::Null).await.expect(401);
}

#[tokio::test]
async fn addons_s_050_to_s_053() {
    let site = Site::new().await;
    let listed = site.get("/db/c/@addons").await.expect(200);
    assert!(
        listed["available"]
            .as_array()
            .unwrap()
            .contains(&json!({"id": "doors", "title": "Doors", "dependencies": ["rooms"]}))
    );
    assert_eq!(listed["installed"], json!([]));
    let installed = site.post("/db/c/@addons", json!({"id": "doors"})).await.expect(200);
    assert_eq!(installed["installed"], json!(["rooms", "doors"]));
    site.get("/db/c/rooms/door").await.expect(200);
    let twice = site.post("/db/c/@addons", json!({"id": "doors"})).await.expect(412);
    let form = json!({
        "error": {"type": "Duplicate", "message": "Addon already installed"},
        "reason": "alreadyInstalled", "details": "Addon already installed", "type": "Duplicate",
    });
    assert_eq!(twice, form);
    assert_eq!(site.post("/db/c/@addons", json!({"i": "doors"})).await.expect(412)["validator"], "required");
    assert_eq!(site.post("/db/c/@addons", json!({"id": "no"})).await.expect(412)["reason"], "invalidId");
    assert_eq!(site.delete("/db/c/@addons", json!({"id": "doors"})).await.expect(200), json!({}));
    assert_eq!(site.delete("/db/c/@addons/rooms", Value::Null).await.expect(200), json!({}));
    assert_eq!(site.delete("/db/c/@addons/rooms", Value::Null).await.expect(412)["reason"], "notInstalled");
    assert_eq!(site.get("/db/c/@addons").await.expect(200)["installed"], json!([]));
}

#[tokio::test]
async fn types_s_046_s_047() {
    let site = Site::new().await;
    let item = site.get("/db/c/@types/Item").await.expect(200);
    assert_eq!((&item["title"], &item["type"]), (&json!("Item"), &json!("object")));
    assert_eq!(item["properties"][DUBLIN_CORE], json!([{"$ref": format!("#/components/schemas/{DUBLIN_CORE}")}]));
    assert_eq!(item["properties"]["type_name"]["readonly"], true);
    assert_eq!(item["definitions"][DUBLIN_CORE]["title"], "Dublin Core fields");
    assert!(site.get("/db/c/@types").await.expect(200).as_array().unwrap().contains(&item));
    let none = site.get("/db/c/@types/Nope").await.expect(404);
    assert_eq!(none, json!({"reason": "Could not find type Nope", "type_name": "Nope"}));
}

#[tokio::test]
async fn the_registry_s_054_to_s_057() {
    let site = Site::new().await;
    let layers = "guillotina.interfaces.registry.ILayers.active_layers";
    let all = json!({"value": {layers: [], "guillotina.interfaces.registry.IAddons.enabled": []}});
    assert_eq!(site.get("/db/c/@registry").await.expect(200), all);
    let target = format!("/db/c/@registry/{layers}");
    assert_eq!(site.get(&target).await.expect(200), json!({"value": []}));
    assert_eq!(site.get("/db/c/@registry/nope").await.expect(404), json!({"message": "nope not in settings"}));

    assert_eq!(site.patch(&target, json!({"value": ["a.ILayer"]})).await.expect(204), Value::Null);
    assert_eq!(site.get(&target).await.expect(200), json!({"value": ["a.ILayer"]}));
    assert_eq!(site.patch(&target, json!({"value": 5})).await.expect(412)["error"]["type"], "ValidationError");
    let field = site.patch(&target.replace("active_layers", "nope"), json!({"value": 5})).await.expect(412);
    assert_eq!(field, json!({"error": {"type": "DeserializationError", "message": "Invalid field name nope"}}));
    site.patch("/db/c/@registry/os.path", json!({"value": 5})).await.expect(412);

    let body = json!({"interface": DUBLIN_CORE, "initial_values": {"publisher": "p"}});
    assert_eq!(site.post("/db/c/@registry", body).await.expect(201), json!({}));
    assert_eq!(site.get(&format!("/db/c/@registry/{DUBLIN_CORE}.publisher")).await.expect(200), json!({"value": "p"}));
    assert_eq!(
        site.post("/db/c/@registry", json!({"interface": "os.path"})).await.expect(412)["error"]["type"],
        "InvalidRequest"
    );
    site.post("/db/c/@registry", json!({})).await.expect(412);
}
