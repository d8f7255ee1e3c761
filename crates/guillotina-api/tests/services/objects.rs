//! The life of one object, and what is in a folder.

use crate::site::{BOB, IStamped, ROOT, Site, Ticket};
use crate::{ATTACHMENT, DUBLIN_CORE};
use guillotina::registration::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn the_life_of_an_object_s_021_to_s_026() {
    let site = Site::new().await;
    let body = json!({"@type": "Item", "id": "One", "title": 5, "@behaviors": [ATTACHMENT], DUBLIN_CORE: {"description": "d", "tags": ["a"]}});
    let added = site.post("/db/c", body).await;
    assert_eq!(added.header("location"), "http://localhost/db/c/One");
    assert_eq!(added.header("access-control-expose-headers"), "Location");
    let summary = added.expect(201);
    assert_eq!(
        (&summary["@id"], &summary["@name"], &summary["@type"]),
        (&json!("http://localhost/db/c/One"), &json!("One"), &json!("Item"))
    );

    let first = site.get("/db/c/One").await.expect(200);
    assert_eq!((&first["title"], &first["__behaviors__"]), (&json!("5"), &json!([ATTACHMENT])));
    assert_eq!(site.ask(ROOT, Method::HEAD, "/db/c/One", Value::Null).await.expect(200), Value::Null);

    let changed = site
        .patch(
            "/db/c/One",
            json!({"title": "new", "nonsense": 1, DUBLIN_CORE: {"tags": {"op": "append", "value": "b"}}}),
        )
        .await;
    assert_eq!(changed.expect(204), Value::Null);
    let second = site.get("/db/c/One").await.expect(200);
    assert_eq!((&second["title"], &second[DUBLIN_CORE]["tags"]), (&json!("new"), &json!(["a", "b"])));
    assert_eq!(second["creation_date"], first["creation_date"]);
    assert!(second["modification_date"].as_str() > first["modification_date"].as_str(), "R-021");

    site.put("/db/c/One", json!({DUBLIN_CORE: {"publisher": "p"}})).await.expect(204);
    let third = site.get("/db/c/One").await.expect(200);
    assert_eq!((&third["title"], &third["__behaviors__"]), (&Value::Null, &json!([])));
    let core = &third[DUBLIN_CORE];
    assert_eq!((&core["publisher"], &core["description"], &core["tags"]), (&json!("p"), &Value::Null, &Value::Null));
    assert_eq!(
        (&core["creators"], &third["creation_date"]),
        (&json!(["root"]), &first["creation_date"]),
        "S-025: system fields stay"
    );

    assert_eq!(site.delete("/db/c/One", Value::Null).await.expect(200), json!({}));
    site.get("/db/c/One").await.expect(404);
}

#[tokio::test]
async fn what_cannot_be_added_s_023() {
    let site = Site::new().await;
    site.post("/db/c", json!({"@type": "Item", "id": "item"})).await.expect(201);
    let missing = site.post("/db/c", json!({})).await.expect(412);
    let form = json!({
        "error": {"type": "RequiredParam", "message": "Property '@type' is required"},
        "reason": "requiredParamMissing", "details": "Missing required param in the request", "type": "RequiredParam",
    });
    assert_eq!(missing, form);
    assert_eq!(site.post("/db/c", json!({"@type": "Nope"})).await.expect(412)["message"], "Invalid type: Nope");
    for id in [json!({"k": 1}), json!("@x"), json!("a/b"), json!("ä")] {
        assert_eq!(
            site.post("/db/c", json!({"@type": "Item", "id": id})).await.expect(412)["reason"],
            "invalidId",
            "{id}"
        );
    }
    assert_eq!(site.post("/db/c", json!({"@type": "Item", "id": "item"})).await.expect(409)["reason"], "conflictId");
    let inside_item = site.post("/db/c/item", json!({"@type": "Item"})).await.expect(412);
    assert_eq!(inside_item["reason"], "notAllowed", "ZZ-05");
    assert_eq!(
        site.post("/db/c", json!({"@type": "Container", "id": "d"})).await.expect(412)["reason"],
        "notAllowed",
        "T-011"
    );
    let behavior = site.post("/db/c", json!({"@type": "Item", "@behaviors": ["this.x"]})).await.expect(412);
    assert_eq!(behavior, json!({"message": "this.x is not a valid behavior", "behavior": "this.x"}));
    for uid in [json!("x"), json!(5), json!("0".repeat(32))] {
        assert_eq!(
            site.post("/db/c", json!({"@type": "Item", "uid": uid})).await.expect(412)["reason"],
            "preconditionFailed",
            "ZZ-04"
        );
    }
    for body in [json!([]), json!("foobar"), json!(5)] {
        site.post("/db/c", body.clone()).await.expect(412);
        site.patch("/db/c/item", body.clone()).await.expect(412);
        site.put("/db/c/item", body).await.expect(412);
    }
    let wrong = site.post("/db/c", json!({"@type": "Item", "id": "w", DUBLIN_CORE: {"tags": 5}})).await.expect(412);
    assert_eq!(wrong["reason"], "deserializationError");
    site.get("/db/c/w").await.expect(404);
    let nameless = site.post("/db/c", json!({"@type": "Item", "id": null})).await.expect(201);
    assert_eq!(nameless["@uid"].as_str().unwrap().rsplit('|').next(), nameless["@name"].as_str(), "R-018");
}

#[tokio::test]
async fn behaviors_s_041_to_s_044() {
    let site = Site::new().await;
    site.post("/db/c", json!({"@type": "Item", "id": "i"})).await.expect(201);
    let of = site.get("/db/c/i/@behaviors").await.expect(200);
    assert_eq!((&of["static"], &of["dynamic"]), (&json!([DUBLIN_CORE]), &json!([])));
    assert!(of["available"].as_array().unwrap().contains(&json!(ATTACHMENT)));
    assert_eq!(of[DUBLIN_CORE]["properties"]["title"]["type"], "string");

    assert_eq!(site.patch("/db/c/i/@behaviors", json!({"behavior": ATTACHMENT})).await.expect(200), json!({}));
    let again = site.patch("/db/c/i/@behaviors", json!({"behavior": ATTACHMENT})).await.expect(412);
    assert_eq!(again, json!({"reason": "Already in behaviors"}));
    assert_eq!(site.patch("/db/c/i/@behaviors", json!({"behavior": DUBLIN_CORE})).await.expect(412), again);
    let unknown = site.patch("/db/c/i/@behaviors", json!({"behavior": "this.x"})).await.expect(404);
    assert_eq!(unknown, json!({"reason": "Could not find behavior"}));
    site.patch("/db/c/i/@behaviors", json!({})).await.expect(412);
    assert_eq!(site.get("/db/c/i/@behaviors").await.expect(200)["dynamic"], json!([ATTACHMENT]));

    assert_eq!(site.delete(&format!("/db/c/i/@behaviors/{ATTACHMENT}"), Value::Null).await.expect(200), json!({}));
    let gone = site.delete("/db/c/i/@behaviors", json!({"behavior": ATTACHMENT})).await.expect(412);
    assert_eq!(gone, json!({"reason": "Not in behaviors"}));
    let fixed = site.delete("/db/c/i/@behaviors", json!({"behavior": DUBLIN_CORE})).await.expect(412);
    assert_eq!(fixed["reason"], "Behaviors defined on this type must be present and cannot be dynamically removed");
}

#[tokio::test]
async fn items_s_035_to_s_037_s_039() {
    let site = Site::new().await;
    assert_eq!(site.get("/db/c/@addable-types").await.expect(200), json!(["Item", "Folder", "Card"]));
    let mut uid = String::new();
    for n in 0..22 {
        let added = site.post("/db/c", json!({"@type": "Item", "id": format!("i{n:02}")})).await.expect(201);
        uid = added["@uid"].as_str().unwrap().to_owned();
    }
    assert_eq!(site.get("/db/c/@ids").await.expect(200).as_array().unwrap().len(), 22);
    let last = site.get("/db/c/@items?page_size=10&page=3&include=title").await.expect(200);
    assert_eq!((&last["total"], &last["page"], &last["page_size"]), (&json!(22), &json!(3), &json!(10)));
    let names: Vec<_> = last["items"].as_array().unwrap().iter().map(|i| i["@name"].as_str().unwrap()).collect();
    assert_eq!(names, ["i20", "i21"]);
    assert!(last["items"][0].get(DUBLIN_CORE).is_none());
    for bad in ["page=0", "page=-1", "page_size=0", "page_size=x"] {
        site.get(&format!("/db/c/@items?{bad}")).await.expect(412);
    }

    let target = format!("/db/c/@resolveuid/{uid}");
    let found = site.get(&target).await;
    assert_eq!((found.status, found.header("location")), (301, "http://localhost/db/c/i21"));
    let missing = site.get("/db/c/@resolveuid/foobar").await.expect(404);
    assert_eq!(missing, json!({"reason": "Could not find uid: foobar"}));
    site.post("/db", json!({"@type": "Container", "id": "d"})).await.expect(200);
    site.get(&target.replace("/c/", "/d/")).await.expect(404);
    let reach =
        json!({"prinperm": [{"principal": "bob", "permission": "guillotina.AccessContent", "setting": "AllowSingle"}]});
    site.post("/db/c/@sharing", reach).await.expect(200);
    site.ask(BOB, Method::GET, &target, Value::Null).await.expect(404);
}

#[tokio::test]
async fn a_replacement_is_no_way_around_permissions_s_025_p_026() {
    let site = Site::new().await;
    site.post("/db/c", json!({"@type": "Card", "id": "card", "front": "f", "back": "b"})).await.expect(201);
    let editor = json!({"prinrole": [{"principal": "bob", "role": "guillotina.Editor", "setting": "Allow"}]});
    site.post("/db/c/card/@sharing", editor).await.expect(200);
    site.ask(BOB, Method::PATCH, "/db/c/card", json!({"back": "x"})).await.expect(401);
    site.ask(BOB, Method::PUT, "/db/c/card", json!({})).await.expect(204);
    let card = site.get("/db/c/card").await.expect(200);
    assert_eq!((&card["front"], &card["back"]), (&Value::Null, &json!("b")));
    site.put("/db/c/card", json!({})).await.expect(204);
    assert_eq!(site.get("/db/c/card").await.expect(200)["back"], Value::Null);
    let stranger = site.ask(BOB, Method::POST, "/db/c", json!({"@type": "Item"})).await;
    stranger.expect(401);
}

#[tokio::test]
async fn defaults_of_a_replacement_know_nothing_of_what_was_replaced_s_025_d_009() {
    let site = Site::new().await;
    let database = site.app.database("db").unwrap();
    let made = database.write(|tx| async move {
        let ticket = tx.container("c").await?.unwrap().create::<Ticket>("t").await?;
        ticket.update(|ticket| ticket.event = Some("opera".to_owned()));
        ticket.update(|ticket| ticket.printed = "for opera".to_owned());
        ticket.cast::<IStamped>()?.update(|stamped| {
            stamped.stamp = Some("for opera".to_owned());
            stamped.number = Some(7);
        });
        Ok(())
    });
    made.await.unwrap();
    site.put("/db/c/t", json!({})).await.expect(204);
    let seen = database.read(|tx| async move {
        let ticket = tx.container("c").await?.unwrap().get::<Ticket>("t").await?;
        let (own, stamped) = (ticket.read(), ticket.cast::<IStamped>()?.read());
        Ok(json!([own.event, own.printed, stamped.stamp, ticket.attribute("stamp"), stamped.number]))
    });
    assert_eq!(seen.await.unwrap(), json!([null, "blank", "blank", "blank", 7]));
}

#[tokio::test]
async fn many_writers_of_one_object_lose_nothing_c_022() {
    let site = Site::new().await;
    site.post("/db/c", json!({"@type": "Item", "id": "i"})).await.expect(201);
    site.patch("/db/c/i", json!({DUBLIN_CORE: {"tags": []}})).await.expect(204);
    let write = |n: u32| {
        let site = &site;
        async move {
            let append = json!({DUBLIN_CORE: {"tags": {"op": "append", "value": n.to_string()}}});
            site.patch("/db/c/i", append).await.expect(204);
        }
    };
    futures_util::future::join_all((0..32).map(write)).await;
    let mut tags: Vec<u32> = Vec::new();
    for tag in site.get("/db/c/i").await.expect(200)[DUBLIN_CORE]["tags"].as_array().unwrap() {
        tags.push(tag.as_str().unwrap().parse().unwrap());
    }
    tags.sort_unstable();
    assert_eq!(tags, (0..32).collect::<Vec<_>>());
}
