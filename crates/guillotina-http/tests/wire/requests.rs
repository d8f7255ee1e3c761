//! Requests one after another on one connection.

use super::client::{Client, upgrade};
use super::server::start;
use guillotina_http::wire::Limits;

#[tokio::test]
async fn a_connection_is_kept_alive() {
    let s = start(Limits::default()).await;
    let mut c = Client::connect(s.address).await;
    for path in ["/a", "/b"] {
        let a = c.get(path).await;
        assert_eq!((a.status, a.text()), (200, format!("{path:?}").as_str()));
        assert!(a.header("date").is_some());
        assert_eq!(a.header("connection"), None);
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order_wherever_the_packets_are_cut() {
    let s = start(Limits::default()).await;
    let all = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\nPOST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: x\r\n\r\nPOST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut tasks = tokio::task::JoinSet::new();
    for cut in 0..all.len() {
        tasks.spawn(async move {
            let mut c = Client::connect(s.address).await;
            c.send(&all[..cut]).await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            c.send(&all[cut..]).await;
            for expected in [r#""slow""#, "5", r#""/b""#, "3", r#""/c""#] {
                assert_eq!(c.answer().await.text(), expected, "cut at {cut}");
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn a_small_body_nobody_read_does_not_cost_the_connection() {
    let s = start(Limits::default()).await;
    let mut c = Client::connect(s.address).await;
    assert_eq!(c.ask("POST /ignored HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello").await.status, 200);
    assert_eq!(c.get("/next").await.text(), r#""/next""#);
}

#[tokio::test]
async fn a_large_body_nobody_read_costs_the_connection_but_not_the_answer() {
    let s = start(Limits::default()).await;
    let mut c = Client::connect(s.address).await;
    c.send("POST /ignored HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n").await;
    let _ = c.try_send(vec![b'x'; 500_000]).await;
    let a = c.answer().await;
    assert_eq!((a.status, a.header("connection")), (200, Some("close")));
    assert!(c.is_closed().await);
}

#[tokio::test]
async fn the_last_request_of_a_connection_says_so() {
    let s = start(Limits { requests_per_connection: 3, ..Limits::default() }).await;
    let mut c = Client::connect(s.address).await;
    assert_eq!(c.get("/1").await.header("connection"), None);
    assert_eq!(c.get("/2").await.header("connection"), None);
    assert_eq!(c.get("/3").await.header("connection"), Some("close"));
    assert!(c.is_closed().await);
}

#[tokio::test]
async fn a_panic_is_a_500_and_costs_one_connection() {
    let s = start(Limits::default()).await;
    let mut c = Client::connect(s.address).await;
    let a = c.get("/panic").await;
    assert_eq!(a.status, 500);
    assert!(a.reason().contains("log"));
    assert!(c.is_closed().await);
    assert_eq!(Client::connect(s.address).await.get("/x").await.status, 200);
}

#[tokio::test]
async fn replies_are_streamed_and_a_short_one_is_cut() {
    let s = start(Limits::default()).await;
    let mut c = Client::connect(s.address).await;
    assert_eq!(c.get("/stream").await.text(), "onetwothree");
    assert_eq!(c.get("/x").await.status, 200);
    c.send("GET /short HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let rest = String::from_utf8(c.rest().await).unwrap();
    assert!(rest.is_empty() || (rest.contains("content-length: 11") && rest.ends_with("one")), "{rest}");
}

#[tokio::test]
async fn an_ordinary_reply_to_an_upgrade_request_keeps_the_connection() {
    let s = start(Limits::default()).await;
    let mut c = Client::connect(s.address).await;
    assert_eq!(c.ask(upgrade("/x")).await.status, 200);
    assert_eq!(c.get("/y").await.status, 200);
}
