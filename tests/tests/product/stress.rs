//! A crowd that comes and goes misses nothing (rows H-009, H-010, R-051 of the catalogue).

use guillotina_tests::{Client, PEOPLE, Server, Socket, StreamReader, allow_open_files};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};

const SOCKETS: u64 = 1_000;
const MESSAGES: usize = 200;
/// Between two messages.
const PACE: Duration = Duration::from_millis(100);
const ROOM: &str = "/db/c/conversations/room";

/// Small random numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What one reader heard.
struct Heard {
    positions: Vec<u64>,
    visits: usize,
}

/// Listens, goes away and comes back at random, until all messages are there.
async fn wander(client: Client, mut dice: Dice, begun: u64) -> Heard {
    let mut heard = Heard { positions: Vec::with_capacity(MESSAGES), visits: 0 };
    let mut at = begun;
    while heard.positions.len() < MESSAGES {
        sleep(Duration::from_millis(dice.roll(1_500))).await;
        let mut socket = StreamReader::open(&client, &format!("/db/c/@conversate?since={at}")).await.unwrap();
        heard.visits += 1;
        let leaves = Instant::now() + Duration::from_millis(1_000 + dice.roll(7_000));
        while heard.positions.len() < MESSAGES {
            let Ok(position) = timeout_at(leaves, socket.next()).await else { break };
            at = position.unwrap();
            heard.positions.push(at);
        }
        // Every other one is gone without a word.
        if dice.roll(2) == 0 {
            socket.close().await.unwrap();
        }
    }
    heard
}

/// Says every third message, each at its time; gives their names.
async fn talk(client: Client, first: usize) -> Vec<String> {
    let mut names = Vec::new();
    let mut clock = interval(PACE);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0..MESSAGES {
        clock.tick().await;
        if number % 3 == first {
            let message = json!({"@type": "Message", "text": number.to_string()});
            let said = client.post(ROOM, message).await.expect(201);
            names.push(said["@name"].as_str().unwrap().to_owned());
        }
    }
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_sockets_that_come_and_go_get_each_message_once_and_in_order_h_009_h_010() {
    allow_open_files(4_096);
    let server = Server::with(PEOPLE).await;
    let mut people = Vec::new();
    for name in ["alice", "bob", "eve"] {
        people.push(server.anonymous().login("/db/c", name, &format!("secret-{name}")).await);
    }
    let room = json!({"@type": "Conversation", "id": "room", "users": ["alice", "bob", "eve"]});
    people[0].post("/db/c/conversations", room).await.expect(201);
    let mut first = Socket::open(&people[0], "/db/c/@conversate?since=").await.unwrap();
    let begun = first.next().await["position"].as_u64().unwrap();
    first.close().await;
    let wanderers: Vec<_> =
        (0..SOCKETS).map(|n| tokio::spawn(wander(people[n as usize % 3].clone(), Dice(n + 1), begun))).collect();
    let talkers: Vec<_> = (0..3).map(|n| tokio::spawn(talk(people[n].clone(), n))).collect();
    let mut said = BTreeSet::new();
    for talker in talkers {
        said.extend(talker.await.unwrap());
    }
    assert_eq!(said.len(), MESSAGES);
    // What there is to hear: all that was acknowledged, each once, in the order of the positions.
    let mut log = Socket::open(&people[0], &format!("/db/c/@conversate?since={begun}")).await.unwrap();
    let (mut expected, mut names) = (Vec::new(), BTreeSet::new());
    for _ in 0..MESSAGES {
        let frame = log.next().await;
        expected.push(frame["position"].as_u64().unwrap());
        names.insert(frame["@name"].as_str().unwrap().to_owned());
    }
    assert_eq!(names, said);
    assert!(expected.is_sorted_by(|one, next| one < next));
    let mut visits = 0;
    for (n, wanderer) in wanderers.into_iter().enumerate() {
        let heard = wanderer.await.unwrap();
        visits += heard.visits;
        assert_eq!(heard.positions, expected, "socket {n}");
    }
    println!("{SOCKETS} sockets of {} users came {visits} times for {MESSAGES} messages", people.len());
    assert!(visits >= 2 * SOCKETS as usize, "{visits} visits: they stay");
}
