//! Sockets that behave, and sockets that read too slowly (S-071, V-007, R-51).

use super::client::{Client, Raw, masked, upgrade};
use super::server::{Running, start, until};
use guillotina_http::wire::{Frame, Limits, SendError};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;

#[tokio::test]
async fn messages_go_both_ways() {
    let s = start(Limits::default()).await;
    let mut c = Client::socket(s.address).await;
    for n in [0, 1, 125, 126, 5000, 65_000] {
        let text = "ä".repeat(n / 2);
        c.send(masked(0x81, text.as_bytes())).await;
        assert_eq!(c.text().await, text);
    }
    c.send(masked(0x82, &[0, 255])).await;
    assert_eq!(c.frame().await, Some(Raw { first: 0x82, payload: vec![0, 255] }));
}

#[tokio::test]
async fn fragments_are_put_together_around_a_ping() {
    let s = start(Limits::default()).await;
    let mut c = Client::socket(s.address).await;
    c.send(masked(0x01, "a\u{e4}".as_bytes().split_at(2).0)).await;
    c.send(masked(0x89, b"now")).await;
    c.send(masked(0x00, "a\u{e4}".as_bytes().split_at(2).1)).await;
    c.send(masked(0x80, b"z")).await;
    assert_eq!(c.any_frame().await, Some(Raw { first: 0x8a, payload: b"now".to_vec() }));
    assert_eq!(c.text().await, "a\u{e4}z");
}

#[tokio::test]
async fn a_frame_may_come_with_the_handshake() {
    let s = start(Limits::default()).await;
    let mut c = Client::connect(s.address).await;
    c.send([upgrade("/ws").into_bytes(), masked(0x81, b"early"), masked(0x81, b"bird")].concat()).await;
    assert_eq!(c.answer().await.status, 101);
    assert_eq!((c.text().await, c.text().await), ("early".into(), "bird".into()));
}

#[tokio::test]
async fn handshakes_that_are_wrong() {
    let s = start(Limits::default()).await;
    let good = upgrade("/ws");
    for (from, to, status) in [
        ("Version: 13", "Version: 8", 426),
        ("dGhl", "dG", 400),
        ("Connection: Upgrade\r\n", "", 400),
        ("GET", "POST", 400),
        ("Key:", "Kex:", 400),
    ] {
        let mut c = Client::connect(s.address).await;
        let a = c.ask(good.replace(from, to)).await;
        assert_eq!(a.status, status, "{from} {to}");
        assert!(!a.reason().is_empty());
        assert_eq!(a.header("sec-websocket-version"), (status == 426).then_some("13"));
    }
    assert!(s.seen.sockets.lock().is_empty());
}

#[tokio::test]
async fn either_side_closes_and_the_other_answers() {
    let s = start(Limits::default()).await;
    let mut c = Client::socket(s.address).await;
    c.send(masked(0x88, &[&1000u16.to_be_bytes()[..], b"bye"].concat())).await;
    assert_eq!(c.close_code().await, Some(1000));
    assert!(c.is_closed().await);
    let mut c = Client::socket(s.address).await;
    c.send(masked(0x81, b"bye")).await;
    assert_eq!(c.close_code().await, Some(4000));
    c.send(masked(0x88, &4000u16.to_be_bytes())).await;
    assert!(c.is_closed().await);
    until("the ends", || s.seen.sockets_ended.load(Ordering::SeqCst) == 2).await;
    let sender = s.seen.sockets.lock()[0].clone();
    assert_eq!(sender.send(Frame::text("late")), Err(SendError::Closed));
}

#[tokio::test]
async fn a_client_that_vanishes_ends_the_socket() {
    let s = start(Limits::default()).await;
    drop(Client::socket(s.address).await);
    until("the end", || s.seen.sockets_ended.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn a_client_that_does_not_answer_our_close_is_left() {
    let s = start(Limits { websocket_close_ms: 200, ..Limits::default() }).await;
    let mut c = Client::socket(s.address).await;
    c.send(masked(0x81, b"bye")).await;
    assert_eq!(c.close_code().await, Some(4000));
    assert!(c.is_closed().await);
}

#[tokio::test]
async fn pings_are_sent_and_silence_is_4408() {
    let s = start(Limits { websocket_ping_ms: 150, websocket_pong_ms: 3_000, ..Limits::default() }).await;
    let mut alive = Client::socket(s.address).await;
    let mut silent = Client::socket(s.address).await;
    // The one that answers is the older one: without its answers it would be the first to go.
    let cut = tokio::spawn(async move { silent.close_code().await });
    while !cut.is_finished() {
        assert_eq!(alive.any_frame().await, Some(Raw { first: 0x89, payload: vec![] }));
        alive.send(masked(0x8a, b"")).await;
    }
    assert_eq!(cut.await.unwrap(), Some(4408));
    alive.send(masked(0x81, b"still here")).await;
    assert_eq!(alive.text().await, "still here");
}

#[tokio::test]
async fn a_socket_goes_on_while_its_task_is_busy() {
    let s = start(Limits { websocket_ping_ms: 100, websocket_pong_ms: 100, ..Limits::default() }).await;
    let mut c = Client::socket(s.address).await;
    c.send(masked(0x81, b"work")).await;
    c.send(masked(0x81, b"next")).await;
    assert_eq!(c.text().await, "working");
    // It is pinged meanwhile.
    assert_eq!(c.any_frame().await, Some(Raw { first: 0x89, payload: vec![] }));
    s.seen.go_on.notify_one();
    assert_eq!(c.text().await, "done");
    assert_eq!(c.text().await, "next");
}

async fn sockets(s: &Running, n: usize) -> Vec<Client> {
    let before = s.seen.sockets.lock().len();
    let mut all = Vec::new();
    for _ in 0..n {
        all.push(Client::socket(s.address).await);
    }
    until("the sockets", || s.seen.sockets.lock().len() == before + n).await;
    all
}

/// One reads nothing; fifty read. 2000 messages of 4 KB: the slow one is cut, the others get every one, in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_is_cut_and_the_others_get_everything() {
    let s = start(Limits {
        // the slow one reads its reason when all is over
        websocket_close_ms: 3_600_000,
        // nobody answers pings
        websocket_ping_ms: 3_600_000,
        ..Limits::default()
    })
    .await;
    let mut slow = Client::connect_small(s.address).await.upgraded("/ws").await;
    until("the slow one", || s.seen.sockets.lock().len() == 1).await;
    let mut read = Vec::new();
    let mut readers = Vec::new();
    for mut c in sockets(&s, 50).await {
        let count = Arc::new(AtomicUsize::new(0));
        read.push(count.clone());
        readers.push(tokio::spawn(async move {
            for n in 0..2000 {
                assert!(c.text().await.starts_with(&format!("{n:06} ")), "{n}");
                count.store(n, Ordering::SeqCst);
            }
        }));
    }
    let senders = s.seen.sockets.lock().clone();
    let mut cut = Vec::new();
    for n in 0..2000_usize {
        let frame = Frame::text(format!("{n:06} {}", "x".repeat(4000)));
        for sender in &senders {
            if sender.send(frame.clone()) == Err(SendError::SlowConsumer) {
                cut.push(sender.id());
            }
        }
        // a pace that the fifty keep, however busy the machine is: 40 messages fit in their queues
        while read.iter().any(|count| count.load(Ordering::SeqCst) + 40 < n) {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let gave_up = |(reader, count): (&JoinHandle<()>, &Arc<AtomicUsize>)| {
                reader.is_finished() && count.load(Ordering::SeqCst) < 1999
            };
            assert!(!readers.iter().zip(&read).any(gave_up), "a reader gave up");
        }
    }
    for reader in readers {
        reader.await.unwrap();
    }
    assert_eq!(cut, [senders[0].id()]);
    // when it reads at last: whole messages without a gap, and then the reason
    let mut n = 0;
    let code = loop {
        let frame = slow.frame().await.expect("a reason");
        if frame.first == 0x88 {
            break u16::from_be_bytes([frame.payload[0], frame.payload[1]]);
        }
        assert!(frame.payload.starts_with(format!("{n:06} ").as_bytes()));
        n += 1;
    };
    assert_eq!(code, 4429);
    assert!(n < 2000);
}

#[tokio::test]
async fn a_reader_that_never_reads_is_gone_soon() {
    let s = start(Limits { websocket_close_ms: 300, ..Limits::default() }).await;
    let _slow = Client::connect_small(s.address).await.upgraded("/ws").await;
    until("the socket", || s.seen.sockets.lock().len() == 1).await;
    let sender = s.seen.sockets.lock()[0].clone();
    let frame = Frame::binary(vec![7; 10_000]);
    while sender.send(frame.clone()).is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(sender.is_closed());
    until("the end", || s.seen.sockets_ended.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn many_small_frames_arrive_in_order() {
    let s = start(Limits::default()).await;
    let mut c = sockets(&s, 1).await.remove(0);
    let sender = s.seen.sockets.lock()[0].clone();
    for n in 0..500 {
        sender.send(Frame::text(n.to_string())).unwrap();
    }
    for n in 0..500 {
        assert_eq!(c.text().await, n.to_string());
    }
}

#[tokio::test]
async fn answers_to_pings_that_nobody_reads_are_bounded() {
    let limits = Limits {
        websocket_send_queue_frames: 8,
        websocket_inbound_frames_per_s: u32::MAX,
        websocket_inbound_burst: u32::MAX,
        websocket_close_ms: 300,
        ..Limits::default()
    };
    let s = start(limits).await;
    let mut c = Client::connect_small(s.address).await.upgraded("/ws").await;
    let pings = masked(0x89, &[7; 125]).repeat(100);
    while s.seen.sockets_ended.load(Ordering::SeqCst) == 0 {
        // a write that waits means that the server has stopped reading, which is as good
        if c.try_send(&pings).await.is_err() {
            break;
        }
    }
    until("the end", || s.seen.sockets_ended.load(Ordering::SeqCst) == 1).await;
}
