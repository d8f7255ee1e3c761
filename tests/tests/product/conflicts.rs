//! Many writers of one object (rows C-022, X-009, D-012; catalogue ).

use guillotina_tests::{Client, PEOPLE, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const DC: &str = "guillotina.behaviors.dublincore.IDublinCore";

async fn tags(client: &Client, path: &str) -> Vec<String> {
    let object = client.get(&format!("{path}?include={DC}.tags")).await.expect(200);
    object[DC]["tags"].as_array().into_iter().flatten().map(|tag| tag.as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_writers_append_and_nothing_is_lost_c_022_r_014_r_015() {
    const WRITERS: usize = 32;
    const EACH: usize = 20;
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Item", "id": "item"})).await.expect(201);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let client = root.clone();
            tokio::spawn(async move {
                for number in 0..EACH {
                    let op = json!({DC: {"tags": {"op": "append", "value": format!("{writer}-{number}")}}});
                    let answer = client.patch("/db/c/item", op).await;
                    assert_eq!(answer.status, 204, "writer {writer}, append {number}: {}", answer.text());
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let expected: BTreeSet<String> = (0..WRITERS).flat_map(|w| (0..EACH).map(move |n| format!("{w}-{n}"))).collect();
    let stored = tags(&root, "/db/c/item").await;
    assert_eq!(stored.len(), expected.len(), "each once");
    assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_of_one_writer_keep_their_order_r_013() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Item", "id": "item"})).await.expect(201);
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let client = root.clone();
            tokio::spawn(async move {
                for number in 0..15 {
                    let op = json!({DC: {"tags": {"op": "append", "value": format!("{writer}-{number}")}}});
                    client.patch("/db/c/item", op).await.expect(204);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let stored = tags(&root, "/db/c/item").await;
    for writer in 0..8 {
        let prefix = format!("{writer}-");
        let own: Vec<u32> =
            stored.iter().filter_map(|tag| tag.strip_prefix(&prefix)).map(|n| n.parse().unwrap()).collect();
        assert_eq!(own, (0..15).collect::<Vec<u32>>(), "writer {writer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixty_four_who_create_one_id_one_wins_r_016() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    let racers: Vec<_> = (0..64)
        .map(|racer| {
            let client = root.clone();
            tokio::spawn(async move {
                client.post("/db/c", json!({"@type": "Item", "id": "same", "title": format!("{racer}")})).await
            })
        })
        .collect();
    let mut won = Vec::new();
    let mut lost = 0;
    for (number, racer) in racers.into_iter().enumerate() {
        let answer = racer.await.unwrap();
        match answer.status {
            201 => won.push(number),
            409 => {
                assert_eq!(answer.json()["reason"], "conflictId", "{}", answer.text());
                lost += 1;
            }
            other => panic!("{other}: {}", answer.text()),
        }
    }
    assert_eq!((won.len(), lost), (1, 63));
    assert_eq!(root.get("/db/c/same").await.expect(200)["title"], won[0].to_string(), "the one who was told so");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_is_not_added_to_what_is_being_deleted_x_009() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    for round in 0..10 {
        let folder = format!("/db/c/folder-{round}");
        root.post("/db/c", json!({"@type": "Folder", "id": format!("folder-{round}")})).await.expect(201);
        let adders: Vec<_> = (0..8)
            .map(|number| {
                let (client, folder) = (root.clone(), folder.clone());
                tokio::spawn(
                    async move { client.post(&folder, json!({"@type": "Item", "id": format!("{number}")})).await },
                )
            })
            .collect();
        let deleted = root.delete(&folder).await;
        assert!([200, 409].contains(&deleted.status), "{}", deleted.text());
        for adder in adders {
            let answer = adder.await.unwrap();
            assert!([201, 404, 409].contains(&answer.status), "{}: {}", answer.status, answer.text());
        }
        if deleted.status == 200 {
            assert_eq!(root.get(&folder).await.status, 404);
            assert_eq!(root.get(&format!("{folder}/0")).await.status, 404);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replayed_request_says_so_and_runs_once_c_022() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Folder", "id": "folder"})).await.expect(201);
    let mut replays = 0;
    let changes: Vec<_> = (0..16)
        .map(|number| {
            let client = root.clone();
            tokio::spawn(async move { client.patch("/db/c/folder", json!({"title": format!("title {number}")})).await })
        })
        .collect();
    for change in changes {
        let answer = change.await.unwrap();
        assert_eq!(answer.status, 204, "{}", answer.text());
        replays += answer.header("x-retry-transaction-count").map_or(0, |n| n.parse::<u32>().unwrap());
    }
    println!("16 concurrent changes, {replays} replays");
    let title = root.get("/db/c/folder").await.expect(200)["title"].clone();
    assert!(title.as_str().is_some_and(|t| t.starts_with("title ")), "{title}");
}

/// Two readers of two objects that always change together see them together (row X-012 ⚠: reads are one snapshot).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_reads_one_snapshot_x_012() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Folder", "id": "folder", "title": "0"})).await.expect(201);
    let writer = {
        let client = root.clone();
        tokio::spawn(async move {
            for number in 0..60 {
                client
                    .patch(
                        "/db/c/folder",
                        json!({"title": number.to_string(), DC: {"description": number.to_string()}}),
                    )
                    .await
                    .expect(204);
            }
        })
    };
    while !writer.is_finished() {
        let seen: Value = root.get("/db/c/folder").await.expect(200);
        if !seen[DC]["description"].is_null() {
            assert_eq!(seen["title"], seen[DC]["description"]);
        }
    }
    writer.await.unwrap();
}
