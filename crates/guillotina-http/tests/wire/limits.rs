//! Times, sizes and numbers (R-30…R-32).

use super::client::Client;
use super::server::{start, until};
use guillotina_http::wire::Limits;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

fn quick() -> Limits {
    // The last answer waits for a client that comes to read it late.
    Limits { header_read_timeout_ms: 300, keep_alive_idle_ms: 300, linger_ms: 60_000, ..Limits::default() }
}

/// Sends a byte now and then until the server has had enough; gives the time that took.
async fn drip(c: &mut Client) -> Duration {
    let begun = Instant::now();
    for byte in "GET / HTTP/1.1\r\nX: ".bytes().chain(std::iter::repeat(b'x')) {
        let sent = c.try_send([byte]).await;
        tokio::time::sleep(Duration::from_millis(40)).await;
        let mut peek = [0];
        let ended = tokio::time::timeout(Duration::from_millis(1), c.stream.peek(&mut peek)).await;
        if sent.is_err() || ended.is_ok() {
            break;
        }
    }
    begun.elapsed()
}

#[tokio::test]
async fn a_head_that_drips_in_is_given_up() {
    let s = start(quick()).await;
    let mut c = Client::connect(s.address).await;
    let took = drip(&mut c).await;
    assert!(took >= Duration::from_millis(250), "{took:?}");
    let a = c.answer().await;
    assert_eq!(a.status, 408);
    assert!(a.reason().contains("in time"));
    assert_eq!(a.header("connection"), Some("close"));
    assert!(c.is_closed().await);
    assert_eq!(s.seen.requests(), 0);
}

#[tokio::test]
async fn a_second_head_has_its_own_time() {
    // Together they take longer than one may.
    let s = start(Limits { header_read_timeout_ms: 3_000, keep_alive_idle_ms: 3_000, ..quick() }).await;
    let mut c = Client::connect(s.address).await;
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(900)).await;
        assert_eq!(c.get("/x").await.status, 200);
    }
    drip(&mut c).await;
    assert_eq!(c.answer().await.status, 408);
}

#[tokio::test]
async fn silence_is_closed_without_a_word() {
    let s = start(quick()).await;
    let mut new = Client::connect(s.address).await;
    let mut used = Client::connect(s.address).await;
    assert_eq!(used.get("/x").await.status, 200);
    assert!(new.is_closed().await);
    assert!(used.is_closed().await);
}

#[tokio::test]
async fn a_slow_handler_is_not_idle() {
    let s = start(Limits { keep_alive_idle_ms: 100, header_read_timeout_ms: 100, ..Limits::default() }).await;
    let mut c = Client::connect(s.address).await;
    assert_eq!(c.get("/slow").await.status, 200);
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_cut() {
    let s = start(Limits { body_idle_ms: 300, ..Limits::default() }).await;
    let mut c = Client::connect_small(s.address).await;
    c.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await;
    until("the cut", || s.seen.replies_dropped.load(Ordering::SeqCst) == 1).await;
    // what the kernels held is still there, and then it ends
    assert!(c.rest().await.len() > 1000);
}

#[tokio::test]
async fn long_and_many_headers_are_431() {
    let s = start(Limits::default()).await;
    let heads = [
        format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(9000)),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(200)),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", format!("X: {}\r\n", "y".repeat(4000)).repeat(20)),
        format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}", "x".repeat(1_000_000)),
    ];
    for head in heads {
        let mut c = Client::connect(s.address).await;
        let _ = c.try_send(&head).await;
        let a = c.answer().await;
        assert_eq!(a.status, 431, "{}", &head[..60]);
        assert!(a.reason().contains("headers"));
        assert!(a.header("date").is_some());
        assert!(c.is_closed().await);
    }
    assert_eq!(s.seen.requests(), 0);
}

#[tokio::test]
async fn a_smaller_number_of_headers_can_be_set() {
    let s = start(Limits { header_count: 3, ..Limits::default() }).await;
    let mut c = Client::connect(s.address).await;
    assert_eq!(c.ask("GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nB: 2\r\n\r\n").await.status, 200);
    assert_eq!(c.ask("GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n").await.status, 431);
}

#[tokio::test]
async fn a_long_request_line_is_414() {
    let s = start(Limits::default()).await;
    for n in [8 * 1024, 20_000, 1_000_000] {
        let mut c = Client::connect(s.address).await;
        let _ = c.try_send(format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(n))).await;
        let a = c.answer().await;
        assert_eq!(a.status, 414);
        assert!(a.reason().contains("URL"));
        assert!(c.is_closed().await);
    }
    let mut c = Client::connect(s.address).await;
    assert_eq!(c.get(&format!("/{}", "a".repeat(8000))).await.status, 200);
}

#[tokio::test]
async fn too_many_connections_are_503_and_come_back() {
    let s = start(Limits { connections: 2, ..Limits::default() }).await;
    let mut a = Client::connect(s.address).await;
    let mut b = Client::connect(s.address).await;
    assert_eq!(a.get("/x").await.status, 200);
    assert_eq!(b.get("/x").await.status, 200);
    let refused = Client::connect(s.address).await.answer().await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    drop(a);
    // Its end is noticed a moment later.
    while Client::connect(s.address).await.answer_to("/x").await != Some(200) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
