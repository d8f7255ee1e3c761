//! Failures to log in are bounded by user and by address (row S-060 ⚠).

use crate::site::{BOB, NOBODY, ROOT, Reply, Site};
use guillotina::registration::Method;
use serde_json::{Value, json};

/// Wrong passwords that are answered before a user has to wait.
const PER_USER: usize = 10;
/// Wrong passwords that are answered before an address has to wait.
const PER_ADDRESS: usize = 50;

async fn login_at(site: &Site, path: &str, id: &str, password: &str) -> Reply {
    site.ask(NOBODY, Method::POST, path, json!({"username": id, "password": password})).await
}

async fn login(site: &Site, id: &str, password: &str) -> u16 {
    login_at(site, "/db/c/@login", id, password).await.status
}

async fn wrong(site: &Site, id: &str, times: usize) {
    for time in 0..times {
        assert_eq!(login(site, id, "wrong").await, 401, "{id}, attempt {time}");
    }
}

#[tokio::test]
async fn a_user_has_ten_failures_s_060() {
    let site = Site::new().await;
    wrong(&site, "bob", PER_USER - 1).await;
    assert_eq!(login(&site, "bob", "bob").await, 200);
    wrong(&site, "bob", PER_USER).await;
    let refused = login_at(&site, "/db/c/@login", "bob", "bob").await;
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((280..=300).contains(&wait), "{wait}");
    let reason = "busy: too many attempts to log in have failed; try again";
    assert_eq!(refused.expect(429), json!({ "reason": reason }));
    site.ask(BOB, Method::GET, "/db/c/@user_info", Value::Null).await.expect(429);
    assert_eq!(login(&site, "alice", "alice").await, 200, "others are not concerned");
    site.post("/db", json!({"@type": "Container", "id": "d"})).await.expect(200);
    login_at(&site, "/db/d/@login", "bob", "bob").await.expect(200);
}

#[tokio::test]
async fn passwords_of_requests_count_too_a_003() {
    let site = Site::new().await;
    let token =
        login_at(&site, "/db/c/@login", "carol", "carol").await.expect(200)["token"].as_str().unwrap().to_owned();
    // carol:wrong
    let wrong = "Basic Y2Fyb2w6d3Jvbmc=";
    for _ in 0..PER_USER {
        site.ask(wrong, Method::GET, "/db/c/@user_info", Value::Null).await.expect(401);
    }
    site.ask(wrong, Method::GET, "/db/c/@user_info", Value::Null).await.expect(429);
    assert_eq!(login(&site, "carol", "carol").await, 429);
    let who = site.ask(&format!("Bearer {token}"), Method::GET, "/db/c/@user_info", Value::Null).await;
    assert_eq!(who.expect(401)["auth"], "carol", "a token is no guess: she is known, and may not read this");
}

#[tokio::test]
async fn root_is_one_user_everywhere_and_a_remembered_password_is_no_new_beginning() {
    let site = Site::new().await;
    for time in 0..PER_USER {
        let path = if time % 2 == 0 { "/@login" } else { "/db/c/@login" };
        login_at(&site, path, "root", "wrong").await.expect(401);
        if time < PER_USER - 1 {
            site.ask(ROOT, Method::GET, "/db", Value::Null).await.expect(200);
        }
    }
    site.ask(ROOT, Method::GET, "/db", Value::Null).await.expect(429);
    login_at(&site, "/@login", "root", "secret").await.expect(429);
}

#[tokio::test]
async fn nobody_who_guesses_keeps_root_out_r_024() {
    let site = Site::new().await;
    let (guesser, operator) = (site.from("203.0.113.9"), site.from("192.0.2.1"));
    for _ in 0..PER_USER {
        login_at(&guesser, "/@login", "root", "wrong").await.expect(401);
    }
    login_at(&guesser, "/@login", "root", "secret").await.expect(429);
    login_at(&operator, "/@login", "root", "secret").await.expect(200);
    operator.ask(ROOT, Method::GET, "/db", Value::Null).await.expect(200);
    site.from("127.0.0.1").ask(ROOT, Method::GET, "/db", Value::Null).await.expect(200);
}

#[tokio::test]
async fn who_sends_a_password_that_is_remembered_is_known_there_s_060() {
    let site = Site::with("login_failures_per_day = 2\n").await;
    let ask = async |address: &str| site.from(address).ask(ROOT, Method::GET, "/db", Value::Null).await.status;
    assert_eq!([ask("192.0.2.1").await, ask("192.0.2.2").await], [200, 200]);
    login_at(&site.from("203.0.113.9"), "/@login", "root", "wrong").await.expect(401);
    assert_eq!([ask("192.0.2.1").await, ask("192.0.2.2").await, ask("192.0.2.3").await], [200, 200, 429]);
}

#[tokio::test]
async fn an_address_has_fifty_failures_and_loopback_any_number_s_060() {
    let site = Site::new().await;
    let far = site.from("192.0.2.1");
    for user in 0..PER_ADDRESS {
        wrong(&far, &format!("user{user}"), 1).await;
    }
    assert_eq!(login(&far, "bob", "bob").await, 429);
    assert_eq!(login(&site.from("192.0.2.2"), "bob", "bob").await, 200);
    for user in 0..=PER_ADDRESS {
        wrong(&site.from("::1"), &format!("person{user}"), 1).await;
    }
}
