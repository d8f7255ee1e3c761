//! The ways to add an object are one (rows EV-002, S-018, S-023, T-010 to T-012).

use crate::ATTACHMENT;
use crate::site::{Card, Site};
use guillotina::events::{BeforeObjectAdded, ObjectAdded};
use guillotina::provision::{self, ContainerSpec};
use guillotina::{Container, ContentData, CurrentUser, Folder, Item, NewContent, Request, Resource, Result};
use guillotina_macros::subscriber;
use guillotina_security::{Principal, SYSTEM_ID, roles};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// What the subscribers have seen, by the object's id.
static SEEN: LazyLock<Mutex<BTreeMap<String, Vec<Value>>>> = LazyLock::new(Mutex::default);

fn note(event: &str, object: &Resource, name: &str, payload: &Arc<Value>, who: &CurrentUser) {
    if name.starts_with("seen-") {
        let seen = json!([event, object.path(), object.title(), payload["id"], who.id()]);
        SEEN.lock().entry(name.to_owned()).or_default().push(seen);
    }
}

#[subscriber]
async fn before_added(object: Resource, event: &BeforeObjectAdded, who: CurrentUser) -> Result {
    assert_eq!(event.parent.as_ref().map(Resource::path), object.parent_resource().map(|parent| parent.path()));
    note("before", &object, &event.name, &event.payload, &who);
    Ok(())
}

#[subscriber]
async fn added(object: Resource, event: &ObjectAdded, who: CurrentUser) -> Result {
    note("added", &object, &event.name, &event.payload, &who);
    if event.name == "slow" {
        std::future::pending::<()>().await;
    }
    Ok(())
}

/// The last object that a subscriber has refused.
static REFUSED: Mutex<Option<Resource>> = Mutex::new(None);

/// Refuses what is called so, with something already in it.
#[subscriber]
async fn refuse(object: Resource, _event: &ObjectAdded) -> Result {
    if object.title().as_deref() == Some("refuse me") {
        object.create::<Item>("below").await?;
        object.tx().publish(&object, ["all".into()], guillotina::Json::from(json!({"added": object.id()})))?;
        *REFUSED.lock() = Some(object);
        return Err(guillotina::Error::precondition("refused"));
    }
    Ok(())
}

/// The events of an object that was added with the title `T`.
fn seen(id: &str) -> Vec<Value> {
    SEEN.lock().get(id).cloned().unwrap_or_default()
}

fn events_at(path: &str, id: &str, title: Option<&str>, who: &str) -> [Value; 2] {
    [json!(["before", path, null, id, who]), json!(["added", path, title, id, who])]
}

async fn in_container(site: &Site, what: impl AsyncFn(Resource) -> Result<Value>) -> Result<Value> {
    let database = site.app.database("db").unwrap();
    let what = &what;
    database.write(|tx| async move { what(tx.container("c").await?.unwrap()).await }).await
}

#[tokio::test]
async fn every_way_to_add_fires_the_same_events_ev_002() {
    let site = Site::new().await;
    let body = json!({"@type": "Item", "id": "seen-post", "title": "T"});
    site.post("/db/c", body.clone()).await.expect(201);
    assert_eq!(seen("seen-post"), events_at("/c/seen-post", "seen-post", Some("T"), "root"));

    site.post("/db", json!({"@type": "Container", "id": "seen-container", "title": "T"})).await.expect(200);
    assert_eq!(seen("seen-container"), events_at("/seen-container", "seen-container", Some("T"), "root"));

    let mut item = body;
    item["id"] = json!("seen-item");
    let spec = ContainerSpec {
        database: "db".into(),
        id: "seen-provided".into(),
        title: Some("T".into()),
        type_name: "Container".into(),
        addons: Vec::new(),
        users: Vec::new(),
        content: vec![item.as_object().unwrap().clone()],
    };
    provision::complete(&site.app.database("db").unwrap(), &spec).await.unwrap();
    assert_eq!(seen("seen-provided"), events_at("/seen-provided", "seen-provided", Some("T"), "root"));
    assert_eq!(seen("seen-item"), events_at("/seen-provided/seen-item", "seen-item", Some("T"), "root"));

    let created = in_container(&site, async |container| {
        let made = container.create::<Item>("seen-created").await?;
        Ok(made.attribute("creators"))
    });
    assert_eq!(created.await.unwrap(), json!(["root"]), "who made the parent");
    assert_eq!(seen("seen-created"), events_at("/c/seen-created", "seen-created", None, SYSTEM_ID));
}

#[tokio::test]
async fn a_plugin_adds_as_a_client_does_t_010_t_011_t_012() {
    let site = Site::new().await;
    let app = site.app.clone();
    let made = in_container(&site, async |container| {
        let request = Request::on_behalf_of(&app, CurrentUser::new(app.root_user().clone()), "db");
        let new = NewContent::from_body(
            json!({"@type": "Card", "front": "f", "@behaviors": ATTACHMENT}).as_object().unwrap(),
        )?;
        let card = new.created_by("bob").add_to(&container, &request).await?;
        assert_eq!((card.cast::<Card>()?.read().front.as_deref(), card.owner().as_deref()), (Some("f"), Some("bob")));
        assert_eq!(card.principal_roles().principals(roles::OWNER), ["bob"]);
        assert_eq!(*card.id(), card.uid().as_str()[card.uid().as_str().len() - 32..], "the id is out of the uid");
        assert!(card.state().dynamic.iter().any(|behavior| behavior.interface.name() == ATTACHMENT));
        let code = NewContent::of(Folder::TYPE_NAME).id("_hidden").by_code().add_to(&container, &request).await?;
        Ok(json!([card.attribute("contributors"), code.principal_roles().principals(roles::OWNER)]))
    });
    assert_eq!(made.await.unwrap(), json!([["bob"], []]));
}

/// Why it is not added, to the container or as one.
async fn refused(site: &Site, new: NewContent, who: &Principal, as_container: bool) -> String {
    let added = in_container(site, async |container| {
        let request = Request::on_behalf_of(&site.app, CurrentUser::new(Arc::new(who.clone())), "db");
        let made = match as_container {
            true => new.clone().add_container(container.tx(), &request).await?,
            false => new.clone().add_to(&container, &request).await?,
        };
        Ok(made.path().into())
    });
    added.await.unwrap_err().to_string()
}

#[tokio::test]
async fn what_cannot_be_added_is_refused_whoever_adds_it_t_010_t_011_t_012() {
    let site = Site::new().await;
    let (root, bob) = (site.app.root_user().clone(), Principal::user("bob"));
    let (item, container) = (|| NewContent::of("Item"), || NewContent::of(Container::TYPE_NAME).id("x"));
    assert_eq!(refused(&site, NewContent::of("Nope"), &root, false).await, "Invalid type: Nope");
    assert!(refused(&site, item(), &bob, false).await.contains("Not permission to add Item on"), "T-010");
    assert!(refused(&site, container(), &root, false).await.contains("Type not allowed Container"), "T-011");
    assert!(refused(&site, container(), &bob, true).await.contains("Not permission to add Container on the database"));
    assert!(refused(&site, item(), &root, true).await.contains("Type not allowed Item in the database db"), "T-011");
    for id in ["", ".", "..", "a/b", "_x", "@x", "ä"] {
        assert_eq!(refused(&site, item().id(id), &root, false).await, format!("Invalid id: {id}"), "T-012");
        assert_eq!(refused(&site, container().id(id), &root, true).await, format!("Invalid id: {id}"), "S-018");
    }
    for id in ["", ".", "..", "a/b", "a\\b", "@x", "a\nb", &"x".repeat(256)] {
        let refused = refused(&site, item().id(id).by_code(), &root, false).await;
        assert_eq!(refused, format!("Invalid id: {id}"), "no path leads there");
    }
    site.post("/db/c", json!({"@type": "Item", "id": "taken"})).await.expect(201);
    for new in [item().id("taken"), item().id("taken").by_code()] {
        assert_eq!(refused(&site, new, &root, false).await, "Conflict ID taken");
    }
    assert!(
        refused(&site, item().fields(json!(["no", "object"])), &root, false).await.contains("Invalid json payload")
    );
    let body = json!({"@type": "Item", "@behaviors": ["no.Such"]});
    let unknown = NewContent::from_body(body.as_object().unwrap()).unwrap();
    assert!(refused(&site, unknown, &root, false).await.contains("no.Such is not a valid behavior"));
}

#[tokio::test]
async fn nothing_is_added_below_what_was_removed_x_009() {
    let site = Site::new().await;
    for path in ["/db/c", "/db/c/f"] {
        site.post(path, json!({"@type": "Folder", "id": if path == "/db/c" { "f" } else { "g" }})).await.expect(201);
    }
    let replays = std::sync::atomic::AtomicU32::new(0);
    let below = in_container(&site, async |container| {
        replays.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = container.get::<Folder>("f").await?;
        let inner = folder.get::<Folder>("g").await?;
        folder.delete().await?;
        assert!(container.tx().object(inner.uid()).await?.is_none(), "what was in it is gone too");
        assert!(folder.child::<Folder>("g").await?.is_none());
        inner.create::<Item>("x").await.map(|made| made.path().into())
    });
    let error = below.await.unwrap_err().to_string();
    assert!(error.contains("nothing can be added to < Folder at /c/f/g >: this transaction has removed it"), "{error}");
    assert_eq!(replays.into_inner(), 1, "a replay would not help");
    site.get("/db/c/f/g").await.expect(200);

    // In its place something else may be added.
    let again = in_container(&site, async |container| {
        container.get::<Folder>("f").await?.delete().await?;
        container.create::<Folder>("f").await?.create::<Item>("x").await.map(|made| made.path().into())
    });
    assert_eq!(again.await.unwrap(), "/c/f/x");
    site.get("/db/c/f/g").await.expect(404);
    site.get("/db/c/f/x").await.expect(200);
}

#[tokio::test]
async fn what_was_refused_half_way_is_not_committed_by_code_that_goes_on_s_023() {
    let site = Site::new().await;
    site.post("/db/c", json!({"@type": "Item", "id": "old"})).await.expect(201);
    let uid = "0123456789abcdef0123456789abcdef";
    let of = |id: &str, title: &str| {
        let body = json!({"@type": "Folder", "id": id, "uid": uid, "title": title});
        NewContent::from_body(body.as_object().unwrap()).unwrap()
    };
    let request = Request::on_behalf_of(&site.app, CurrentUser::new(site.app.root_user().clone()), "db");
    let went_on = in_container(&site, async |container| {
        let (tx, before) = (container.tx(), container.tx().count(Some(&container)).await?);
        assert_eq!(of("new", "refuse me").add_to(&container, &request).await.unwrap_err().to_string(), "refused");
        let refused = REFUSED.lock().take().unwrap();
        assert!(tx.child(&container, "new").await?.is_none() && tx.object(refused.uid()).await?.is_none());
        assert_eq!(tx.count(Some(&container)).await?, before);
        let below = refused.create::<Item>("late").await.err().unwrap().to_string();
        assert!(below.contains("nothing can be added to < Folder at /c/new >"), "{below}");

        // A name that was freed stays free.
        container.get::<Item>("old").await?.delete().await?;
        of("old", "refuse me").add_to(&container, &request).await.unwrap_err();
        assert!(tx.child(&container, "old").await?.is_none());
        assert_eq!(tx.count(Some(&container)).await?, before - 1);

        // Its uid and its name are free again.
        of("new", "good").add_to(&container, &request).await?;
        Ok(Value::Null)
    });
    went_on.await.unwrap();
    assert_eq!(site.get("/db/c/@ids").await.expect(200), json!(["new"]));
    let new = site.get("/db/c/new").await.expect(200);
    assert_eq!((&new["title"], &new["length"]), (&json!("good"), &json!(0)));
    let database = site.app.database("db").unwrap();
    let frames = database.read(|tx| async move { tx.published(&["all".into()], None, 10).await }).await.unwrap();
    assert!(frames.entries.is_empty(), "{frames:?}");
}

#[tokio::test]
async fn what_is_given_up_half_way_is_taken_out_too_s_023() {
    let site = Site::new().await;
    let went_on = in_container(&site, async |container| {
        let adding = NewContent::of("Item").id("slow").by_code();
        let request = Request::internal(&site.app);
        let given_up = tokio::time::timeout(std::time::Duration::from_millis(20), adding.add_to(&container, &request));
        assert!(given_up.await.is_err());
        Ok(Value::Null)
    });
    went_on.await.unwrap();
    site.get("/db/c/slow").await.expect(404);
}
