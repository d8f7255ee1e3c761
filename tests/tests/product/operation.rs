//! What operators look at: health, metrics, the log.

use guillotina_tests::{Client, Connection, PEOPLE, Server, Socket};
use serde_json::{Value, json};
use std::time::Duration;

pub const ADMIN: &str = "[admin]\naddress = \"127.0.0.1:0\"\n";

/// The value of a metric; `labels` as they stand in the text.
#[track_caller]
pub fn value(text: &str, name: &str, labels: &str) -> f64 {
    let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}{labels} ")));
    line.unwrap_or_else(|| panic!("no {name}{labels} in\n{text}")).parse().unwrap()
}

pub async fn metrics(admin: &Client) -> String {
    let answer = admin.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"), "{text}");
    text
}

/// Waits until a metric has a value: what ends is counted a moment later than its client sees it.
pub async fn becomes(admin: &Client, name: &str, labels: &str, wanted: f64) {
    for _ in 0..6_000 {
        if value(&metrics(admin).await, name, labels) == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let text = metrics(admin).await;
    assert_eq!(value(&text, name, labels), wanted, "{name} {labels} in\n{text}");
}

/// The lines of the log as JSON.
fn lines(server: &Server) -> Vec<Value> {
    server.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Waits for a line of the log.
async fn line(server: &Server, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..6_000 {
        if let Some(found) = lines(server).into_iter().find(&is) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no line {what} in\n{}", server.log());
}

#[tokio::test]
async fn a_server_says_that_it_lives_and_is_ready_to_anybody() {
    let server = Server::with(&format!("{PEOPLE}{ADMIN}")).await;
    let anyone = server.anonymous();
    for (client, path, said) in [
        (&anyone, "/healthz/live", "live"),
        (&anyone, "/healthz/ready", "ready"),
        (&anyone.basic("root", "wrong"), "/healthz/ready", "ready"),
        (&server.admin(), "/healthz/live", "live"),
        (&server.admin(), "/healthz/ready", "ready"),
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.expect(200), json!({"status": said}), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let head = client.send("HEAD", path, None, &[]).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        let post = client.send("POST", path, Some(b"{}"), &[]).await;
        assert_eq!((post.status, post.header("allow")), (405, Some("GET,HEAD")));
    }
    let origin = [("origin", "https://evil.example")];
    assert_eq!(anyone.send("GET", "/healthz/live", None, &origin).await.status, 200, "no origin counts");
    for path in ["/healthz", "/healthz/", "/healthz/other", "/healthz/live/x", "/healthz/ready/"] {
        assert_ne!(server.root().get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn while_a_server_stops_it_lives_and_is_not_ready() {
    let grace = "[shutdown]\ngrace_s = 3600\n";
    let mut server = Server::with_test_plugin(&format!("{PEOPLE}{ADMIN}{grace}")).await;
    let (admin, root) = (server.admin(), server.root());
    admin.get("/healthz/ready").await.expect(200);
    let slow = tokio::spawn(async move { root.get("/db/c/@slow").await });
    becomes(&admin, "guillotina_http_requests_in_flight", "", 1.0).await;
    server.tell_to_stop();
    let ready = loop {
        let ready = admin.get("/healthz/ready").await;
        if ready.status == 503 {
            break ready.json();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!((ready, admin.get("/healthz/live").await.status), (json!({"status": "stopping"}), 200));
    let text = metrics(&admin).await;
    assert_eq!(value(&text, "guillotina_http_requests_in_flight", ""), 1.0, "operators see what it waits for");
    server.go_on();
    assert!(server.ended().await.success());
    assert_eq!(slow.await.unwrap().status, 200, "what was under way is finished");
}

#[tokio::test]
async fn metrics_count_what_happens() {
    let server = Server::with_test_plugin(&format!("{PEOPLE}{ADMIN}")).await;
    let (admin, root) = (server.admin(), server.root());
    let before = metrics(&admin).await;
    root.post("/db/c", json!({"@type": "Item", "id": "item"})).await.expect(201);
    for _ in 0..5 {
        root.get("/db/c/item").await.expect(200);
    }
    assert_eq!(root.get("/db/c/nothing").await.status, 404);
    assert_eq!(root.get("/db/c/@fail").await.status, 500);
    assert_eq!(root.get("/db/c/@panic").await.status, 500);
    becomes(&admin, "guillotina_http_request_duration_seconds_count", "method=\"GET\"", 8.0).await;
    becomes(&admin, "guillotina_http_requests_in_flight", "", 0.0).await;
    let text = metrics(&admin).await;
    let of = |name: &str, labels: &str| value(&text, name, labels);
    assert_eq!(of("guillotina_http_requests_total", "method=\"GET\",status=\"2xx\""), 5.0);
    assert_eq!(of("guillotina_http_requests_total", "method=\"GET\",status=\"4xx\""), 1.0);
    assert_eq!(of("guillotina_http_requests_total", "method=\"GET\",status=\"5xx\""), 2.0);
    assert_eq!(of("guillotina_http_requests_total", "method=\"POST\",status=\"2xx\""), 1.0);
    assert_eq!(of("guillotina_http_request_duration_seconds_count", "method=\"GET\""), 8.0);
    assert_eq!(of("guillotina_http_request_duration_seconds_bucket", "le=\"+Inf\",method=\"GET\""), 8.0);
    assert!(of("guillotina_http_request_duration_seconds_sum", "method=\"GET\"") > 0.0);
    let grown = |name: &str, labels: &str| of(name, labels) - value(&before, name, labels);
    assert_eq!(grown("guillotina_transactions_total", "database=\"db\",outcome=\"written\""), 1.0);
    assert_eq!(grown("guillotina_transactions_total", "database=\"db\",outcome=\"read\""), 5.0);
    assert_eq!(grown("guillotina_transactions_total", "database=\"db\",outcome=\"failed\""), 3.0);
    assert_eq!(grown("guillotina_commits_total", "database=\"db\""), 1.0);
    assert!(grown("guillotina_cache_hits_total", "database=\"db\"") >= 5.0);
    assert!(of("guillotina_cache_bytes", "database=\"db\"") > 0.0);
    assert!(of("process_resident_memory_bytes", "") > 1e6);
    assert!(text.contains(&format!("guillotina_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"))));
    for name in ["guillotina_commit_queue", "guillotina_snapshots", "guillotina_hot_waiting"] {
        assert_eq!(of(name, "database=\"db\""), 0.0, "{name}");
    }
    assert_eq!(of("guillotina_password_hashes_waiting", ""), 0.0);
    assert_eq!(of("guillotina_http_requests_in_flight", ""), 0.0);
}

#[tokio::test]
async fn every_metric_is_in_the_book() {
    let server = Server::with(ADMIN).await;
    server.root().get("/").await.expect(200);
    let page = include_str!("../../../docs/operation.md");
    let text = metrics(&server.admin()).await;
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        let ending = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        assert!(page.contains(&format!("`{name}{ending}`")), "docs/operation.md does not say what {name}{ending} is");
    }
}

#[tokio::test]
async fn metrics_count_conflicts_and_replays() {
    let server = Server::with(&format!("{PEOPLE}{ADMIN}")).await;
    let (admin, root) = (server.admin(), server.root());
    root.post("/db/c", json!({"@type": "Item", "id": "item"})).await.expect(201);
    let writers = (0..8).map(|n| {
        let root = root.clone();
        tokio::spawn(async move {
            for m in 0..10 {
                let answer = root.patch("/db/c/item", json!({"title": format!("{n} {m}")})).await;
                assert_eq!(answer.status, 204, "{}", answer.text());
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let text = metrics(&admin).await;
    let replays = value(&text, "guillotina_transaction_replays_total", "database=\"db\"");
    let conflicts = value(&text, "guillotina_conflicts_total", "database=\"db\"");
    assert!(replays > 0.0 && replays >= conflicts, "{replays} {conflicts}");
}

#[tokio::test]
async fn metrics_count_connections_and_sockets_until_they_are_gone() {
    let server = Server::with(&format!("{PEOPLE}{ADMIN}[limits]\nconnections = 3\n")).await;
    let admin = server.admin();
    let bob = server.anonymous().basic("bob", "secret-bob");
    let socket = Socket::open(&bob, "/db/c/@conversate").await.unwrap();
    let _idle = Connection::open(server.address()).await.unwrap();
    becomes(&admin, "guillotina_connections", "", 2.0).await;
    becomes(&admin, "guillotina_websockets", "", 1.0).await;
    let _third = Connection::open(server.address()).await.unwrap();
    let mut fourth = Connection::open(server.address()).await.unwrap();
    assert_eq!(fourth.answer(false).await.unwrap().status, 503);
    assert_eq!(admin.get("/healthz/ready").await.status, 200, "a full server does not lock its operators out");
    becomes(&admin, "guillotina_connections_refused_total", "reason=\"full\"", 1.0).await;
    drop(socket);
    becomes(&admin, "guillotina_websockets", "", 0.0).await;
    let text = metrics(&admin).await;
    assert_eq!(value(&text, "guillotina_websockets_opened_total", ""), 1.0);
    assert_eq!(value(&text, "guillotina_connections", ""), 2.0);
}

#[tokio::test]
async fn only_operators_see_metrics() {
    let server = Server::with(&format!("{PEOPLE}{ADMIN}")).await;
    assert_eq!(server.root().get("/metrics").await.status, 404, "not at the address for everybody");
    let admin = server.admin();
    assert_eq!(admin.get("/").await.status, 404);
    assert_eq!(admin.get("/db").await.status, 404, "no content at the address for operators");
    assert_eq!(admin.send("POST", "/metrics", Some(b"{}"), &[]).await.status, 405);
}

#[tokio::test]
async fn every_line_of_the_log_says_which_request_it_is_about_c_028() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let bob = server.anonymous().basic("bob", "secret-bob");
    let answer = bob.get("/db/c/@fail?ws_token=unspoken").await;
    assert_eq!(answer.status, 500);
    let id = answer.header("x-request-id").unwrap().to_owned();
    let of = |line: &Value, message: &str| line["message"] == message && line["request"]["id"] == *id;
    let request = json!({"id": id, "method": "GET", "path": "/db/c/@fail", "user": "bob"});
    let failed = line(&server, "of the failure", |line| of(line, "a request failed")).await;
    assert_eq!(failed["request"], request);
    assert_eq!((&failed["level"], &failed["eid"]), (&json!("ERROR"), &json!(id)));
    let answered = line(&server, "of the answer", |line| of(line, "answered")).await;
    assert_eq!((&answered["target"], &answered["status"]), (&json!("guillotina::access"), &json!(500)));
    assert!(answered["duration_ms"].as_f64().is_some());
    assert_eq!(answered["request"], request);
    assert!(!server.log().contains("unspoken"), "a query may carry a token");
}

#[tokio::test]
async fn the_access_log_is_as_long_as_the_settings_say() {
    let answered = |server: &Server| lines(server).iter().filter(|line| line["message"] == "answered").count();
    for (settings, expected) in
        [("slow_ms = 60000", 1), ("access = \"all\"", 3), ("access = \"off\"", 0), ("slow_ms = 0", 3)]
    {
        let mut server = Server::with_test_plugin(&format!("{PEOPLE}[logs]\n{settings}\n")).await;
        let root = server.root();
        root.get("/db/c").await.expect(200);
        assert_eq!(root.get("/db/c/nothing").await.status, 404);
        assert_eq!(root.get("/db/c/@fail").await.status, 500);
        assert!(server.stop().await.success());
        assert_eq!(answered(&server), expected, "{settings:?}:\n{}", server.log());
    }
}
