//! Stopping: what is in flight is finished, what is idle is closed, sockets are told (R-61).

use super::client::{Client, masked};
use super::server::{start, start_with_grace, until};
use guillotina_http::wire::{Ended, Limits};
use std::time::{Duration, Instant};

/// A grace that no test waits for.
const LONG: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn what_is_in_flight_is_finished_and_the_rest_is_closed() {
    let s = start_with_grace(Limits::default(), LONG).await;
    let mut fresh = Client::connect(s.address).await;
    let mut idle = Client::connect(s.address).await;
    let mut half = Client::connect(s.address).await;
    let mut busy = Client::connect(s.address).await;
    idle.get("/x").await;
    half.send("GET / HT").await;
    busy.send("GET /waiting HTTP/1.1\r\nHost: x\r\n\r\n").await;
    until("the request", || s.seen.requests() == 2).await;
    s.stop.cancel();
    assert!(fresh.is_closed().await && idle.is_closed().await && half.is_closed().await);
    // All that while the request is under way.
    s.seen.go_on.notify_one();
    let a = busy.answer().await;
    assert_eq!((a.text(), a.header("connection")), (r#""waited""#, Some("close")));
    assert!(busy.is_closed().await);
    assert_eq!(s.task.await.unwrap(), Ended { cut: 0 });
    assert!(tokio::net::TcpStream::connect(s.address).await.is_err());
}

#[tokio::test]
async fn the_grace_has_an_end() {
    let s = start(Limits::default()).await;
    let mut endless = Client::connect(s.address).await;
    endless.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await;
    until("the request", || s.seen.requests() == 1).await;
    let begun = Instant::now();
    s.stop.cancel();
    assert_eq!(s.task.await.unwrap(), Ended { cut: 1 });
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn sockets_are_told_1012() {
    let s = start_with_grace(Limits { websocket_close_ms: 300, ..Limits::default() }, LONG).await;
    let mut polite = Client::socket(s.address).await;
    let mut rude = Client::socket(s.address).await;
    until("the sockets", || s.seen.sockets.lock().len() == 2).await;
    s.stop.cancel();
    assert_eq!(polite.close_code().await, Some(1012));
    polite.send(masked(0x88, &1012u16.to_be_bytes())).await;
    assert!(polite.is_closed().await);
    assert_eq!(rude.close_code().await, Some(1012));
    // the one that does not answer is left after its time, within the grace
    assert_eq!(s.task.await.unwrap(), Ended { cut: 0 });
}

#[tokio::test]
async fn sockets_that_hold_out_are_cut() {
    let s = start(Limits { websocket_close_ms: 60_000, ..Limits::default() }).await;
    let mut rude = Client::socket(s.address).await;
    until("the socket", || s.seen.sockets.lock().len() == 1).await;
    s.stop.cancel();
    assert_eq!(s.task.await.unwrap(), Ended { cut: 1 });
    assert_eq!(rude.close_code().await, Some(1012));
    assert!(rude.is_closed().await);
}
