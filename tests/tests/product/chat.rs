//! Who reads, writes and receives what (rows H-003 to H-005, H-009, H-010).

use guillotina_tests::plugin::REFUSED;
use guillotina_tests::{Client, PEOPLE, Server, Socket};
use serde_json::json;
use std::time::Duration;

const ROOM: &str = "/db/c/conversations/room";
const QUIET: Duration = Duration::from_millis(300);

fn person(server: &Server, name: &str) -> Client {
    server.anonymous().basic(name, &format!("secret-{name}"))
}

async fn listen(client: &Client) -> Socket {
    Socket::open(client, "/db/c/@conversate").await.expect("a member may listen")
}

async fn say(client: &Client, text: &str) -> u16 {
    client.post(ROOM, json!({"@type": "Message", "text": text})).await.status
}

/// A room of alice and bob; eve is outside.
async fn room(server: &Server) -> [Client; 3] {
    let people = ["alice", "bob", "eve"].map(|name| person(server, name));
    people[0]
        .post("/db/c/conversations", json!({"@type": "Conversation", "id": "room", "users": ["alice", "bob"]}))
        .await
        .expect(201);
    people
}

#[tokio::test]
async fn a_user_outside_reads_posts_and_receives_nothing_h_004() {
    let server = Server::with(PEOPLE).await;
    let [alice, bob, eve] = room(&server).await;
    let (mut hers, mut his) = (listen(&eve).await, listen(&bob).await);
    let said = alice.post(ROOM, json!({"@type": "Message", "id": "first", "text": "for bob"})).await.expect(201);
    assert_eq!(his.next().await["@id"], said["@id"]);
    let anyone = server.anonymous();
    for outsider in [&eve, &anyone] {
        for path in ["", "/@messages", "/first", "/first/@sharing", "/@sharing", "/@ids"] {
            let answer = outsider.get(&format!("{ROOM}{path}")).await;
            assert_eq!(answer.status, 401, "GET {path}: {}", answer.text());
        }
        assert_eq!(say(outsider, "from outside").await, 401);
        assert_eq!(outsider.patch(ROOM, json!({"users": ["eve"]})).await.status, 401);
        assert_eq!(outsider.patch(&format!("{ROOM}/first"), json!({"text": "changed"})).await.status, 401);
        assert_eq!(outsider.delete(&format!("{ROOM}/first")).await.status, 401);
        assert_eq!(outsider.delete(ROOM).await.status, 401);
    }
    // Neither does the folder show the room, nor the list, nor the full form of the folder's children.
    assert_eq!(eve.get("/db/c/@conversations").await.expect(200), json!([]));
    let folder = eve.get("/db/c/conversations?fullobjects").await;
    assert!(!folder.text().contains("room") && !folder.text().contains("for bob"), "{}", folder.text());
    hers.silent_for(QUIET).await;
    assert_eq!(bob.get(&format!("{ROOM}/@messages")).await.expect(200).as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_user_who_is_taken_out_reads_and_receives_nothing_more_h_005() {
    let server = Server::with(PEOPLE).await;
    let [alice, bob, eve] = room(&server).await;
    let (mut hers, mut his) = (listen(&alice).await, listen(&bob).await);
    assert_eq!(say(&alice, "both").await, 201);
    assert_eq!((hers.next().await["text"].clone(), his.next().await["text"].clone()), (json!("both"), json!("both")));
    alice.patch(ROOM, json!({"users": ["alice"]})).await.expect(204);
    assert_eq!(say(&alice, "alone").await, 201);
    assert_eq!(hers.next().await["text"], "alone");
    his.silent_for(QUIET).await;
    for path in ["", "/@messages"] {
        assert_eq!(bob.get(&format!("{ROOM}{path}")).await.status, 401, "{path}");
    }
    assert_eq!(say(&bob, "still here?").await, 401);
    assert_eq!(bob.get("/db/c/@conversations").await.expect(200), json!([]));
    // And back, together with one more.
    alice.patch(ROOM, json!({"users": ["alice", "bob", "eve"]})).await.expect(204);
    assert_eq!(say(&eve, "hello").await, 201);
    assert_eq!((hers.next().await["text"].clone(), his.next().await["text"].clone()), (json!("hello"), json!("hello")));
    assert_eq!(bob.get(&format!("{ROOM}/@messages")).await.expect(200).as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn who_made_a_room_stays_in_it_h_005() {
    let server = Server::with(PEOPLE).await;
    let alice = person(&server, "alice");
    alice
        .post("/db/c/conversations", json!({"@type": "Conversation", "id": "room", "users": ["bob"]}))
        .await
        .expect(201);
    let users = alice.get(ROOM).await.expect(200)["users"].clone();
    assert!(users.as_array().unwrap().contains(&json!("alice")), "{users}");
}

#[tokio::test]
async fn a_message_whose_transaction_aborts_is_not_announced_h_010() {
    let server = Server::with_test_plugin(PEOPLE).await;
    let [alice, bob, _] = room(&server).await;
    let mut his = listen(&bob).await;
    assert_eq!(say(&alice, REFUSED).await, 412);
    his.silent_for(QUIET).await;
    assert_eq!(bob.get(&format!("{ROOM}/@messages")).await.expect(200), json!([]));
    assert_eq!(say(&alice, "this one").await, 201);
    assert_eq!(his.next().await["text"], "this one");
}

#[tokio::test]
async fn only_messages_go_into_a_room_and_only_there_h_002() {
    let server = Server::with(PEOPLE).await;
    let [alice, ..] = room(&server).await;
    for kind in ["Item", "Folder", "Conversation"] {
        assert_eq!(alice.post(ROOM, json!({"@type": kind})).await.expect(412)["reason"], "notAllowed", "{kind}");
    }
    let answer = server.root().post("/db/c", json!({"@type": "Message", "text": "x"})).await;
    assert_eq!(answer.expect(412)["reason"], "notAllowed");
}

#[tokio::test]
async fn every_socket_of_a_user_receives_and_a_closed_one_is_forgotten_h_009() {
    let server = Server::with(PEOPLE).await;
    let [alice, bob, _] = room(&server).await;
    let (mut first, second, mut third) = (listen(&bob).await, listen(&bob).await, listen(&alice).await);
    second.close().await;
    assert_eq!(say(&bob, "to all").await, 201);
    assert_eq!(
        (first.next().await["text"].clone(), third.next().await["text"].clone()),
        (json!("to all"), json!("to all"))
    );
}

#[tokio::test]
async fn what_a_frame_shows_can_be_read_at_once_r_055() {
    let server = Server::with(PEOPLE).await;
    let [alice, bob, _] = room(&server).await;
    let mut his = listen(&bob).await;
    for number in 0..20 {
        let posted = {
            let alice = alice.clone();
            tokio::spawn(async move { say(&alice, &number.to_string()).await })
        };
        let path =
            his.next().await["@id"].as_str().unwrap().split_once(&server.address().to_string()).unwrap().1.to_owned();
        assert_eq!(bob.get(&path).await.expect(200)["text"], number.to_string());
        assert_eq!(posted.await.unwrap(), 201);
    }
}

#[tokio::test]
async fn messages_arrive_in_the_order_of_their_commits_h_010() {
    let server = Server::with(PEOPLE).await;
    let [alice, bob, _] = room(&server).await;
    let (mut one, mut other) = (listen(&bob).await, listen(&alice).await);
    let writers: Vec<_> = [alice, bob]
        .into_iter()
        .map(|client| {
            tokio::spawn(async move {
                for number in 0..25 {
                    assert_eq!(say(&client, &number.to_string()).await, 201);
                }
            })
        })
        .collect();
    for number in 0..50 {
        assert_eq!(one.next().await["@id"], other.next().await["@id"], "frame {number}");
    }
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test]
async fn a_slow_reader_is_cut_with_4429_and_delays_nobody_r_051() {
    // The slow one reads why it was cut when all is over, however long that takes.
    let limits = "[limits]\nwebsocket_send_queue_frames = 16\nwebsocket_send_queue_bytes = 262144\nwebsocket_kernel_send_bytes = 16384\nwebsocket_close_ms = 3600000\nwebsocket_ping_ms = 3600000\n";
    let server = Server::with(&format!("{PEOPLE}{limits}")).await;
    let [alice, bob, _] = room(&server).await;
    let mut slow = Socket::open_slow(&bob, "/db/c/@conversate").await.expect("bob may listen");
    let mut quick = listen(&alice).await;
    // The longest message there is: four bytes for each character.
    let text = "😀".repeat(10_000);
    // Who would wait for the slow one would wait for an hour.
    for _ in 0..90 {
        assert_eq!(say(&alice, &text).await, 201);
        assert_eq!(quick.next().await["text"].as_str().map(str::len), Some(text.len()));
    }
    assert_eq!(slow.closed().await, 4429);
    // A new socket of the same user works.
    let mut again = listen(&bob).await;
    assert_eq!(say(&alice, "welcome back").await, 201);
    assert_eq!(again.next().await["text"], "welcome back");
}

#[tokio::test]
async fn two_containers_with_the_same_names_hear_nothing_of_each_other_r_028() {
    let server = Server::with(&format!("{PEOPLE}{}", PEOPLE.replace("id = \"c\"", "id = \"d\""))).await;
    let [alice, bob, _] = room(&server).await;
    let mut elsewhere = Socket::open(&bob, "/db/d/@conversate").await.expect("bob of the other container may listen");
    let mut here = listen(&bob).await;
    assert_eq!(say(&alice, "here").await, 201);
    assert_eq!(here.next().await["text"], "here");
    elsewhere.silent_for(QUIET).await;
}

#[tokio::test]
async fn what_the_page_asks_for_shows_ones_own_only_h_007() {
    let server = Server::with(PEOPLE).await;
    let [alice, bob, eve] = room(&server).await;
    assert_eq!(say(&alice, "first").await, 201);
    assert_eq!(say(&bob, "second").await, 201);
    alice
        .post("/db/c/conversations", json!({"@type": "Conversation", "id": "quiet", "users": ["eve"]}))
        .await
        .expect(201);
    let inbox = bob.get("/db/c/@inbox").await.expect(200);
    assert_eq!(inbox.as_array().unwrap().len(), 1);
    assert_eq!((&inbox[0]["@name"], &inbox[0]["last_message"]["text"]), (&json!("room"), &json!("second")));
    let inbox = eve.get("/db/c/@inbox").await.expect(200);
    assert_eq!((&inbox[0]["@name"], inbox[0].get("last_message"), inbox[1].is_null()), (&json!("quiet"), None, true));
    assert_eq!(eve.get("/db/c/@people").await.expect(200), json!({"people": ["alice", "bob"], "more": false}));
    assert_eq!(eve.get("/db/c/@people?q=LI").await.expect(200)["people"], json!(["alice"]));
    let anyone = server.anonymous();
    for path in ["@inbox", "@people"] {
        assert_eq!(anyone.get(&format!("/db/c/{path}")).await.status, 401, "{path}");
    }
    assert_eq!(anyone.get("/@chat").await.expect(200), json!({"containers": ["/db/c"]}));
}
