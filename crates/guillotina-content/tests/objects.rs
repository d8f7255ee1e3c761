//! Objects and their transactions: nothing is lost in silence.

extern crate guillotina_content as guillotina;

use guillotina::behaviors::IDublinCore;
use guillotina::interfaces::IPostSerialize;
use guillotina::state::ObjectState;
use guillotina::{App, Content, Folder, Item, Json, Request, Resource, Result, Tx, serialize};
use guillotina_db::Page;
use guillotina_macros::{adapter, behavior, content_type, interface};
use serde_json::{Value, json};

guillotina::application! { name = "notes", title = "Notes" }

/// A remark on anything.
#[behavior]
pub struct IRemark {
    /// What it says.
    pub remark: String,
}

/// A page.
#[content_type(base = Item)]
pub struct Note {
    /// What it says.
    pub text: String,
}

/// Says in every form that it was seen.
struct Stamp;

#[adapter(provides = dyn IPostSerialize, name = "notes.Stamp")]
fn stamp(_resource: Resource, _request: Request) -> Stamp {
    Stamp
}

#[interface]
impl IPostSerialize for Stamp {
    async fn post_serialize(&self, mut form: Json) -> Result<Json> {
        form.insert("seen", true);
        Ok(form)
    }
}

const SETTINGS: &str = "\
[databases.db]
storage = \"DUMMY\"
readers = 1
[jwt]
secret = \"a-secret-0f-2026-for-these-tests\"
[jwk]
k = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"
[[provision.containers]]
id = \"c\"
content = [{ \"@type\" = \"Folder\", id = \"f\" }]
";

async fn started(applications: &[&str]) -> App {
    let settings = format!("applications = {applications:?}\n{SETTINGS}");
    let configured = App::builder(&[&PLUGIN]).settings_text("settings.toml", &settings).configure();
    configured.unwrap_or_else(|d| panic!("{d}")).start().await.unwrap_or_else(|d| panic!("{d}"))
}

async fn folder(tx: &Tx) -> Result<Content<Folder>> {
    let Some(container) = tx.container("c").await? else { panic!("it is provisioned") };
    container.get("f").await
}

fn names(found: &[Resource]) -> Vec<String> {
    found.iter().map(|r| r.id().to_string()).collect()
}

#[tokio::test]
async fn what_belongs_to_no_enabled_application_is_written_back_x_006() {
    let (with, without) = (started(&["notes"]).await, started(&[]).await);
    let stored = json!({
        "v": 1,
        "dyn": ["notes.IRemark", "gone.IBehavior"],
        "fields": {"text": "hello", "colour": "red"},
        "behaviors": {"notes.IRemark": {"remark": "kept"}, "gone.IBehavior": {"a": [1]}},
    });
    let again = |app: &App, type_name: &str, bytes: &[u8]| {
        let mut state = ObjectState::decode(&app.components().types, type_name, bytes).unwrap();
        state.attributes.insert("title".into(), json!("changed"));
        state.encode().unwrap()
    };
    // A server that has no such field or behaviour writes it, then this one.
    let written = again(&without, "Item", stored.to_string().as_bytes());
    let written = again(&with, "Note", &written);
    let read: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(read["attrs"], json!({"title": "changed"}));
    assert_eq!(read["fields"], stored["fields"]);
    assert_eq!(read["behaviors"], stored["behaviors"]);
    let mut dynamic: Vec<&str> = read["dyn"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    dynamic.sort_unstable();
    assert_eq!(dynamic, ["gone.IBehavior", "notes.IRemark"]);
    let state = ObjectState::decode(&with.components().types, "Note", &written).unwrap();
    assert_eq!(state.dynamic.len(), 1, "the one that is known counts");
    with.stop().await;
    without.stop().await;
}

#[tokio::test]
async fn a_stored_field_of_another_type_is_an_error_that_says_where() {
    let app = started(&["notes"]).await;
    let decode = |text: &str| ObjectState::decode(&app.components().types, "Note", text.as_bytes());
    let error = decode(r#"{"v":1,"fields":{"text":5}}"#).err().unwrap().to_string();
    assert!(error.contains("a field of a stored Note cannot be read"), "{error}");
    let error = decode(r#"{"v":1,"behaviors":{"notes.IRemark":{"remark":[]}}}"#).err().unwrap().to_string();
    assert!(error.contains("notes.IRemark of a stored Note cannot be read"), "{error}");
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_not_replaced_by_defaults() {
    let app = started(&[]).await;
    let database = app.database("db").unwrap();
    let tagged = |tags: Value| {
        database.write(move |tx| {
            let tags = tags.clone();
            async move {
                let folder = folder(&tx).await?;
                folder.cast::<IDublinCore>()?.update(|dc| dc.publisher = Some("me".into()));
                folder.set_attribute("tags", tags);
                Ok(())
            }
        })
    };
    tagged(json!(5)).await.unwrap();
    let failed = database.write(|tx| async move {
        folder(&tx).await?.cast::<IDublinCore>()?.update(|dc| dc.description = Some("new".into()));
        Ok(())
    });
    let error = failed.await.unwrap_err().to_string();
    assert!(error.contains("IDublinCore of < Folder at /c/f >") && error.contains("does not fit"), "{error}");
    let read = || database.read(|tx| async move { Ok(folder(&tx).await?.cast::<IDublinCore>()?.read()) });
    assert!(read().await.is_err(), "a reader is not told defaults either");
    let repaired = database.write(|tx| async move {
        folder(&tx).await?.set_attribute("tags", json!(["a"]));
        Ok(())
    });
    repaired.await.unwrap();
    let core = read().await.unwrap();
    assert_eq!((core.publisher.as_deref(), core.description.as_deref()), (Some("me"), None));
    app.stop().await;
}

#[tokio::test]
async fn fields_of_a_behaviour_that_was_taken_away_cannot_be_written() {
    let app = started(&["notes"]).await;
    let database = app.database("db").unwrap();
    let failed = database.write(|tx| async move {
        let folder = folder(&tx).await?;
        folder.add_behavior("notes.IRemark")?;
        let remark = folder.cast::<IRemark>()?;
        folder.remove_behavior("notes.IRemark");
        remark.update(|r| r.remark = "lost".into());
        Ok(())
    });
    let error = failed.await.unwrap_err().to_string();
    assert!(error.contains("does not have these fields"), "{error}");
    app.stop().await;
}

#[tokio::test]
async fn a_page_is_full_although_the_transaction_took_some_away() {
    let app = started(&[]).await;
    let database = app.database("db").unwrap();
    let made = database.write(|tx| async move {
        let folder = folder(&tx).await?;
        for id in ["a", "b", "c", "d", "e"] {
            folder.create::<Item>(id).await?;
        }
        Ok(())
    });
    made.await.unwrap();
    let seen = database.write(|tx| async move {
        let folder = folder(&tx).await?;
        for id in ["a", "b", "c"] {
            folder.get::<Item>(id).await?.delete().await?;
        }
        let first = names(&tx.children(Some(&folder), Page::first(2)).await?);
        folder.create::<Item>("a").await?;
        let with_new = names(&tx.children(Some(&folder), Page::first(2)).await?);
        let after = Page { after: Some("d".into()), ..Page::first(2) };
        Ok([first, with_new, names(&tx.children(Some(&folder), after).await?)])
    });
    assert_eq!(seen.await.unwrap(), [vec!["d", "e"], vec!["a", "d"], vec!["e"]]);
    app.stop().await;
}

#[tokio::test]
async fn a_handle_that_outlives_its_transaction_reads_and_writes_nothing_more() {
    let app = started(&[]).await;
    let database = app.database("db").unwrap();
    let kept = database.read(|tx| async move { folder(&tx).await }).await.unwrap();
    let error = kept.child::<Item>("x").await.err().unwrap().to_string();
    assert!(error.contains("the transaction has ended; open another"), "{error}");
    assert!(kept.all_children().collect().await.is_err());
    kept.set_attribute("title", "too late");
    kept.tx().after_commit(|_| panic!("it never commits"));
    let title = database.read(|tx| async move { Ok(folder(&tx).await?.title()) });
    assert_eq!(title.await.unwrap(), None);
    app.stop().await;
}

#[tokio::test]
async fn a_handle_that_outlives_its_transaction_keeps_no_connection() {
    let app = started(&[]).await;
    let database = app.database("db").unwrap();
    let read = |fails: bool| {
        database.read(move |tx| async move {
            let folder = folder(&tx).await?;
            // Lists are never answered by the cache: this takes the only connection.
            folder.all_children().collect().await?;
            if fails { Err(guillotina::Error::not_found(folder.path())) } else { Ok(folder) }
        })
    };
    let _kept = [read(false).await.unwrap(), read(false).await.unwrap()];
    assert!(read(true).await.is_err_and(|e| e.to_string().contains("404")));
    assert!(read(false).await.is_ok());
    app.stop().await;
}

#[tokio::test]
async fn a_child_of_another_type_is_the_clients_mistake() {
    let app = started(&["notes"]).await;
    let database = app.database("db").unwrap();
    let found = database.read(|tx| async move {
        let container = tx.container("c").await?.unwrap();
        container.child::<Note>("f").await.map(drop)
    });
    let error = found.await.unwrap_err();
    assert!(matches!(error.cause(), guillotina::error::Cause::Precondition(_)), "{error}");
    assert!(error.to_string().contains("/c/f is of the type Folder, not a"), "{error}");
    app.stop().await;
}

#[tokio::test]
async fn the_adapters_of_the_setting_add_to_every_form_r_009() {
    for (list, seen) in [("[]", None), ("[\"notes.Stamp\"]", Some(true))] {
        let settings = format!("applications = [\"notes\"]\npost_serialize = {list}\n{SETTINGS}");
        let configured = App::builder(&[&PLUGIN]).settings_text("settings.toml", &settings).configure();
        let app = configured.unwrap_or_else(|d| panic!("{d}")).start().await.unwrap_or_else(|d| panic!("{d}"));
        let request = Request::internal(&app);
        for _ in 0..2 {
            let database = app.database("db").unwrap();
            let read = database.read(|tx| {
                let request = request.clone();
                async move {
                    let folder = folder(&tx).await?;
                    serialize::render(&folder, &request).await
                }
            });
            let form: Value = serde_json::from_slice(&read.await.unwrap()).unwrap();
            assert_eq!(form.get("seen").and_then(Value::as_bool), seen);
        }
        app.stop().await;
    }
    let wrong = "post_serialize = [\"notes.Stomp\"]\napplications = [\"notes\"]\n".to_owned() + SETTINGS;
    let refused = App::builder(&[&PLUGIN]).settings_text("settings.toml", &wrong).configure().err().unwrap();
    assert!(refused.to_string().contains("did you mean \"notes.Stamp\""), "{refused}");
}
