//! Who may do what, and who is who.

use crate::site::{BOB, NOBODY, Site};
use guillotina::registration::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn sharing_s_028_to_s_032() {
    let site = Site::new().await;
    site.post("/db/c", json!({"@type": "Folder", "id": "f"})).await.expect(201);
    let owned = json!({"root": {"guillotina.Owner": "Allow"}});
    let shared = site.get("/db/c/f/@sharing").await.expect(200);
    assert_eq!(shared["local"], json!({"roleperm": {}, "prinperm": {}, "prinrole": owned}));
    assert_eq!(shared["inherit"][0]["@id"], "http://localhost/db/c");
    assert_eq!(shared["inherit"][0]["prinrole"]["root"]["guillotina.ContainerAdmin"], "Allow");
    assert_eq!(site.get("/db/c/@sharing").await.expect(200)["inherit"], json!([]));

    site.ask(BOB, Method::GET, "/db/c/f", Value::Null).await.expect(401);
    let reader = json!({"prinrole": [{"principal": "bob", "role": "guillotina.Reader", "setting": "Allow"}]});
    assert_eq!(site.post("/db/c/f/@sharing", reader.clone()).await.expect(200), json!({}));
    site.ask(BOB, Method::GET, "/db/c/f", Value::Null).await.expect(200);
    site.ask(BOB, Method::PATCH, "/db/c/f", json!({})).await.expect(401);
    let one =
        site.ask(BOB, Method::GET, "/db/c/f/@canido?permission=guillotina.ViewContent", Value::Null).await.expect(200);
    assert_eq!(one, json!(true));
    let two = "/db/c/f/@canido?permissions=guillotina.ViewContent,guillotina.ModifyContent";
    let answer = site.ask(BOB, Method::GET, two, Value::Null).await.expect(200);
    assert_eq!(answer, json!({"guillotina.ViewContent": true, "guillotina.ModifyContent": false}));
    assert_eq!(
        site.get("/db/c/f/@canido").await.expect(412)["message"],
        "Precondition Failed No permission param on < Folder at /c/f >"
    );

    for bad in [
        json!({}),
        json!([]),
        json!({"prinrole": [{"principal": "x", "role": "guillotina.Manager", "setting": "Allow"}]}),
    ] {
        assert_eq!(site.post("/db/c/f/@sharing", bad).await.expect(412)["reason"], "preconditionFailed");
    }
    let levels = site.get("/db/c/f/@all_permissions").await.expect(200);
    let names: Vec<_> = levels.as_array().unwrap().iter().flat_map(|l| l.as_object().unwrap().keys()).collect();
    assert_eq!(names, ["f", "c", "(no name)", "system"]);

    let editors = json!({"prinrole": [{"principal": "eve", "role": "guillotina.Editor", "setting": "Allow"}]});
    site.put("/db/c/f/@sharing", editors).await.expect(200);
    let shared = site.get("/db/c/f/@sharing").await.expect(200);
    assert_eq!(
        shared["local"]["prinrole"],
        json!({"root": {"guillotina.Owner": "Allow"}, "eve": {"guillotina.Editor": "Allow"}})
    );
    site.ask(BOB, Method::GET, "/db/c/f", Value::Null).await.expect(401);
}

#[tokio::test]
async fn login_s_060_s_061_s_070() {
    let site = Site::new().await;
    let reach = json!({"prinrole": [{"principal": "bob", "role": "guillotina.Reader", "setting": "Allow"}]});
    site.post("/db/c/@sharing", reach).await.expect(200);
    let given =
        site.ask(NOBODY, Method::POST, "/db/c/@login", json!({"username": "bob", "password": "bob"})).await.expect(200);
    assert_eq!(given["exp"].as_str().unwrap().len(), "2026-11-22T16:25:13.488677".len());
    let bearer = format!("Bearer {}", given["token"].as_str().unwrap());
    site.ask(&bearer, Method::GET, "/db/c", Value::Null).await.expect(200);
    site.post("/db", json!({"@type": "Container", "id": "d"})).await.expect(200);
    site.post(
        "/db/d/@sharing",
        json!({"prinrole": [{"principal": "bob", "role": "guillotina.Reader", "setting": "Allow"}]}),
    )
    .await
    .expect(200);
    site.ask(&bearer, Method::GET, "/db/d", Value::Null).await.expect(401);

    for wrong in [json!({"login": "bob", "password": "x"}), json!({"username": "Nobody", "password": "x"})] {
        let failed = site.ask(NOBODY, Method::POST, "/db/c/@login", wrong).await.expect(401);
        assert_eq!(failed, json!({"text": "login failed"}));
    }
    for lacking in [json!({}), json!({"username": "bob"}), json!({"password": "bob"}), json!([])] {
        site.ask(NOBODY, Method::POST, "/db/c/@login", lacking).await.expect(412);
    }
    site.ask(NOBODY, Method::POST, "/@login", json!({"username": "root", "password": "secret"})).await.expect(200);
    site.ask(NOBODY, Method::POST, "/@login", json!({"username": "bob", "password": "bob"})).await.expect(401);

    let renewed = site.ask(&bearer, Method::POST, "/db/c/@login-renew", Value::Null).await.expect(200);
    assert!(renewed["token"].is_string() && renewed["exp"].is_string());
    site.ask(NOBODY, Method::POST, "/db/c/@login-renew", Value::Null).await.expect(401);
    site.post("/@login-renew", Value::Null).await.expect(200);
    assert_eq!(site.post("/db/c/@logout", Value::Null).await.expect(406), json!({}));

    for who in [bearer.as_str(), BOB] {
        let sealed = site.ask(who, Method::GET, "/db/c/@wstoken", Value::Null).await.expect(200);
        let target = format!("/db/c/@user?ws_token={}", sealed["token"].as_str().unwrap());
        let known = site.ask(NOBODY, Method::GET, &target, Value::Null).await.expect(200);
        assert_eq!(known["bob"]["roles"]["guillotina.Member"], "Allow");
    }
    site.ask(NOBODY, Method::GET, "/db/c/@wstoken", Value::Null).await.expect(401);
}

#[tokio::test]
async fn the_caller_s_009_s_069() {
    let site = Site::new().await;
    for target in ["/@user", "/db/c/@user"] {
        let known = site.get(target).await.expect(200);
        assert_eq!(known["root"]["groups"], json!(["Managers"]));
        assert_eq!(known["groups"]["Managers"]["roles"]["guillotina.Manager"], "Allow");
    }
    let nobody = site.ask(NOBODY, Method::GET, "/@user", Value::Null).await.expect(200);
    assert_eq!(nobody["Anonymous User"]["roles"], json!({"guillotina.Anonymous": "Allow"}));
}
