//! The process dies in the middle of writing (row C-020, catalogue R-01).

use guillotina_tests::{Answer, Client, PEOPLE, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

const DC: &str = "guillotina.behaviors.dublincore.IDublinCore";
const KILLS: usize = 20;
const WRITERS: usize = 16;

/// What a writer knows of one object.
#[derive(Clone, Debug, PartialEq)]
enum Known {
    /// The server acknowledged this mark.
    Written(String),
    /// It acknowledged the deletion.
    Deleted,
    /// It had no time to answer: the state before, or the one that was asked for.
    Unknown(Option<String>, Option<String>),
}

type History = BTreeMap<String, Known>;

/// The same mark in every part of the object, so that half an object shows.
fn body(mark: &str) -> Value {
    json!({"title": mark, DC: {"description": mark, "tags": [mark], "publisher": mark}})
}

/// Creates, changes and deletes objects of its own until the server is gone.
async fn write(client: Client, name: String, stop: Arc<AtomicBool>) -> History {
    let mut history = History::new();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("{name}-{number}");
        let path = format!("/db/c/crash/{id}");
        let mut created = body("created");
        created["@type"] = json!("Item");
        created["id"] = json!(id);
        let mut steps = vec![("POST", "/db/c/crash".to_owned(), created, Some("created"))];
        if number % 2 == 0 {
            steps.push(("PATCH", path.clone(), body("changed"), Some("changed")));
        }
        if number % 4 == 0 {
            steps.push(("DELETE", path, json!({}), None));
        }
        for (method, path, body, mark) in steps {
            let before = match history.get(&id) {
                Some(Known::Written(mark)) => Some(mark.clone()),
                _ => None,
            };
            let after = mark.map(str::to_owned);
            match patient(&client, method, &path, &body).await {
                Ok(answer) => {
                    assert!(
                        (200..300).contains(&answer.status),
                        "{method} {path}: {} {}",
                        answer.status,
                        answer.text()
                    );
                    history.insert(id.clone(), after.map_or(Known::Deleted, Known::Written));
                }
                Err(_) => {
                    history.insert(id, Known::Unknown(before, after));
                    return history;
                }
            }
        }
    }
    history
}

/// Sends a request again that the server was too busy for: it says so before it writes anything.
async fn patient(client: &Client, method: &str, path: &str, body: &Value) -> std::io::Result<Answer> {
    loop {
        let answer = client.try_send(method, path, Some(body.to_string().as_bytes()), &[]).await?;
        if answer.status != 503 {
            return Ok(answer);
        }
        assert!(answer.header("retry-after").is_some(), "{}", answer.text());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The object as the server has it now: its mark, when all its parts agree.
async fn stored(client: &Client, id: &str) -> Option<String> {
    let path = format!("/db/c/crash/{id}");
    let answer = patient(client, "GET", &path, &json!({})).await.unwrap();
    if answer.status == 404 {
        return None;
    }
    let object = answer.expect(200);
    let mark = object["title"].as_str().unwrap_or_else(|| panic!("{id} is half there: {object}")).to_owned();
    let parts = &object[DC];
    assert!(
        parts["description"] == mark && parts["tags"] == json!([mark]) && parts["publisher"] == mark,
        "{id} is half there: {object}"
    );
    let owners =
        patient(client, "GET", &format!("{path}/@sharing"), &json!({})).await.unwrap().expect(200)["local"]["prinrole"]
            .clone();
    assert_eq!(owners, json!({"root": {"guillotina.Owner": "Allow"}}), "{id} is half there");
    Some(mark)
}

async fn check(client: Client, history: History) -> usize {
    for (id, known) in &history {
        let found = stored(&client, id).await;
        match known {
            Known::Written(mark) => assert_eq!(found.as_ref(), Some(mark), "an acknowledged write of {id} is lost"),
            Known::Deleted => assert_eq!(found, None, "an acknowledged deletion of {id} is lost"),
            Known::Unknown(before, after) => {
                assert!(found == *before || found == *after, "{id} is {found:?} after {known:?}")
            }
        }
    }
    history.len()
}

async fn all<T: 'static>(mut tasks: JoinSet<T>) -> Vec<T> {
    let mut done = Vec::new();
    while let Some(result) = tasks.join_next().await {
        done.push(result.unwrap());
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_twenty_times_nothing_acknowledged_is_lost_c_020() {
    let mut server = Server::with(PEOPLE).await;
    server.root().post("/db/c", json!({"@type": "Folder", "id": "crash"})).await.expect(201);
    let mut histories: Vec<History> = Vec::new();
    let mut starts = Vec::new();
    for round in 0..KILLS {
        let stop = Arc::new(AtomicBool::new(false));
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            writers.spawn(write(server.root(), format!("r{round}-w{writer}"), stop.clone()));
        }
        // Not a round number, so that the kill meets every part of a commit.
        tokio::time::sleep(Duration::from_millis(150 + (round as u64 * 37) % 211)).await;
        server.kill();
        stop.store(true, Ordering::Relaxed);
        let round: Vec<History> = all(writers).await;
        starts.push(server.restart().await);
        let mut checks = JoinSet::new();
        for history in &round {
            checks.spawn(check(server.root(), history.clone()));
        }
        all(checks).await;
        histories.extend(round);
    }
    // Everything once more: a later crash must not take what an earlier one left.
    let mut checks = JoinSet::new();
    for history in histories {
        checks.spawn(check(server.root(), history));
    }
    let objects: usize = all(checks).await.into_iter().sum();
    starts.sort();
    println!(
        "{KILLS} kills under {WRITERS} writers, {objects} objects; first answer after {:?} (median), {:?} (worst)",
        starts[KILLS / 2],
        starts[KILLS - 1]
    );
}

#[tokio::test]
async fn a_start_on_existing_data_answers_with_it_r_062() {
    let mut server = Server::with(PEOPLE).await;
    server.root().post("/db/c", json!({"@type": "Item", "id": "kept", "title": "kept"})).await.expect(201);
    let mut starts = Vec::new();
    for _ in 0..5 {
        let status = server.stop().await;
        assert!(status.success(), "{status}");
        starts.push(server.restart().await);
        assert_eq!(server.root().get("/db/c/kept").await.expect(200)["title"], "kept");
    }
    starts.sort();
    println!(
        "from the start of the process to its first answer, on existing data: {:?} (median), {:?} (worst)",
        starts[2], starts[4]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_finishes_what_is_in_flight_r_061() {
    let mut server = Server::with(PEOPLE).await;
    server.root().post("/db/c", json!({"@type": "Folder", "id": "crash"})).await.expect(201);
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        writers.spawn(write(server.root(), format!("w{writer}"), stop.clone()));
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let status = server.stop().await;
    assert!(status.success(), "{status}");
    let histories = all(writers).await;
    server.restart().await;
    for history in histories {
        check(server.root(), history).await;
    }
}

#[tokio::test]
async fn sockets_are_told_that_the_server_stops_v_007() {
    let mut server = Server::with(PEOPLE).await;
    let bob = server.anonymous().basic("bob", "secret-bob");
    let mut socket = guillotina_tests::Socket::open(&bob, "/db/c/@conversate").await.expect("bob may listen");
    let closed = tokio::spawn(async move { socket.closed().await });
    assert!(server.stop().await.success());
    assert_eq!(closed.await.unwrap(), 1012);
}
