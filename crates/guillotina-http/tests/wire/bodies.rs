//! Bodies: sizes, pace and ends (C-024, C-030, R-31).

use super::client::Client;
use super::server::{start, until};
use guillotina_http::wire::Limits;
use std::time::{Duration, Instant};

const POST: &str = "POST /body HTTP/1.1\r\nHost: x\r\n";

#[tokio::test]
async fn a_declared_length_is_refused_before_anything_is_read() {
    let s = start(Limits::default()).await;
    let mut c = Client::connect(s.address).await;
    let a = c.ask(format!("{POST}Content-Length: 10000000\r\n\r\n")).await;
    assert_eq!((a.status, a.text(), a.header("connection")), (413, "{}", Some("close")));
}

#[tokio::test]
async fn the_answer_reaches_a_client_that_sends_on() {
    let s = start(Limits { linger_ms: 60_000, ..Limits::default() }).await;
    let mut c = Client::connect(s.address).await;
    c.send(format!("{POST}Content-Length: 900000\r\n\r\n")).await;
    for _ in 0..9 {
        let _ = c.try_send(vec![b'x'; 100_000]).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(c.answer().await.status, 413);
}

#[tokio::test]
async fn expect_continue_is_answered_by_what_will_happen() {
    let s = start(Limits::default()).await;
    let mut c = Client::connect(s.address).await;
    assert_eq!(c.ask(format!("{POST}Expect: 100-continue\r\nContent-Length: 2000\r\n\r\n")).await.status, 413);
    let mut c = Client::connect(s.address).await;
    assert_eq!(c.ask(format!("{POST}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")).await.status, 100);
    assert_eq!(c.ask("four").await.text(), "4");
}

#[tokio::test]
async fn a_chunked_body_is_counted_as_it_comes() {
    let s = start(Limits::default()).await;
    let chunked = format!("{POST}Transfer-Encoding: chunked\r\n\r\n");
    let mut c = Client::connect(s.address).await;
    assert_eq!(c.ask(format!("{chunked}3E8\r\n{}\r\n0\r\n\r\n", "x".repeat(1000))).await.text(), "1000");
    assert_eq!(c.ask(format!("{chunked}3E8\r\n{}\r\n1\r\nx\r\n0\r\n\r\n", "x".repeat(1000))).await.status, 413);
}

#[tokio::test]
async fn trailers_are_dropped() {
    let s = start(Limits::default()).await;
    let mut c = Client::connect(s.address).await;
    let a = c.ask(format!("{POST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Late: 1\r\n\r\n")).await;
    assert_eq!(a.text(), "3");
    assert_eq!(c.get("/x").await.status, 200);
}

#[tokio::test]
async fn a_body_that_stops_is_408() {
    let s = start(Limits { body_idle_ms: 200, ..Limits::default() }).await;
    let mut c = Client::connect(s.address).await;
    let begun = Instant::now();
    let a = c.ask(format!("{POST}Content-Length: 10\r\n\r\nhalf")).await;
    assert_eq!((a.status, a.header("connection")), (408, Some("close")));
    assert!(a.reason().contains("in time"));
    assert!(begun.elapsed() >= Duration::from_millis(200), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_body_that_drips_is_408() {
    let s = start(Limits {
        body_min_rate_after_ms: 300,
        body_min_rate_bytes_per_s: 1000,
        linger_ms: 60_000,
        ..Limits::default()
    })
    .await;
    let mut c = Client::connect(s.address).await;
    c.send(format!("{POST}Content-Length: 1000\r\n\r\n")).await;
    let begun = Instant::now();
    let mut peek = [0];
    while tokio::time::timeout(Duration::from_millis(50), c.stream.peek(&mut peek)).await.is_err() {
        // It may be over by now; the answer is read below.
        let _ = c.try_send("x").await;
    }
    assert_eq!(c.answer().await.status, 408);
    assert!(begun.elapsed() >= Duration::from_millis(300), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_upload_that_keeps_its_pace_may_take_long() {
    let s = start(Limits { body_min_rate_after_ms: 100, body_min_rate_bytes_per_s: 10_000, ..Limits::default() }).await;
    let mut c = Client::connect(s.address).await;
    c.send("POST /pieces HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n").await;
    for _ in 0..20 {
        c.send(vec![b'x'; 50_000]).await;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert_eq!(c.answer().await.text(), "1000000");
}

#[tokio::test]
async fn a_client_that_leaves_is_499() {
    let s = start(Limits::default()).await;
    for framing in ["Content-Length: 10\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n5\r\nhal"] {
        let mut c = Client::connect(s.address).await;
        c.send(format!("{POST}{framing}")).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(c);
        until("the body error", || !s.seen.body_errors.lock().is_empty()).await;
        assert_eq!(s.seen.body_errors.lock().pop(), Some(499), "{framing}");
    }
}

#[tokio::test]
async fn a_broken_chunk_is_400() {
    let s = start(Limits::default()).await;
    for chunk in [
        "xyz\r\n",
        "-1\r\n",
        "5\nhello\r\n",
        "5 5\r\nhello\r\n",
        "3\r\nabcd\r\n",
        "FFFFFFFFFFFFFFFFF\r\n",
        "0x5\r\nhello\r\n",
    ] {
        let mut c = Client::connect(s.address).await;
        let a = c
            .ask(format!(
                "{POST}Transfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
            ))
            .await;
        assert_eq!(a.status, 400, "{chunk:?}");
        assert!(c.is_closed().await, "{chunk:?}");
    }
    assert_eq!(s.seen.requests(), 7);
}
