//! Framing that two parties could understand in two ways: refused, and nothing after it is looked at.

use super::client::Client;
use super::server::start;
use guillotina_http::wire::Limits;

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

#[tokio::test]
async fn ambiguous_heads_are_400_and_the_end() {
    let s = start(Limits::default()).await;
    let heads = [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "Content-Length: 4, 5\r\n\r\nabcde",
        "Content-Length: +4\r\n\r\nabcd",
        "Content-Length: -1\r\n\r\n",
        "Content-Length: 0x4\r\n\r\nabcd",
        "Content-Length: 99999999999999999999\r\n\r\n",
        "Content-Length: \r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Content-Length : 4\r\n\r\nabcd",
        "X: a\r\n Content-Length: 4\r\n\r\nabcd",
        "X: a\0b\r\n\r\n",
        "X: a\rY: b\r\n\r\n",
        "\x0bX: a\r\n\r\n",
        "X\r\n\r\n",
        ": x\r\n\r\n",
        "Content-Length: 4\n\r\nabcd",
        "Content-Length: 4\r\n\nabcd",
    ];
    for head in heads {
        let mut c = Client::connect(s.address).await;
        let a = c.ask(format!("POST /first HTTP/1.1\r\nHost: x\r\n{head}{SMUGGLED}")).await;
        assert_eq!(a.status, 400, "{head:?}");
        assert!(a.reason().contains("HTTP/1.1"), "{head:?}");
        assert_eq!(a.header("connection"), Some("close"));
        assert!(c.is_closed().await, "{head:?}");
    }
    assert_eq!(s.seen.requests(), 0);
}

#[tokio::test]
async fn broken_request_lines_are_400_and_the_end() {
    let s = start(Limits::default()).await;
    for line in [
        "GET / HTTP/1.1\n",
        "GET  / HTTP/1.1\r\n",
        "GET / HTTP/1.2\r\n",
        "GET / HTTP/9\r\n",
        "GET /\r\n",
        "G\0T / HTTP/1.1\r\n",
        "GET /a\x01b HTTP/1.1\r\n",
        "\x16\x03\x01\r\n",
    ] {
        let mut c = Client::connect(s.address).await;
        let a = c.ask(format!("{line}Host: x\r\n\r\n{SMUGGLED}")).await;
        assert_eq!(a.status, 400, "{line:?}");
        assert!(c.is_closed().await, "{line:?}");
    }
    assert_eq!(s.seen.requests(), 0);
}

#[tokio::test]
async fn a_pipelined_head_is_checked_as_strictly() {
    let s = start(Limits::default()).await;
    for first in [
        "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /x HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nfour",
    ] {
        let before = s.seen.requests();
        let mut c = Client::connect(s.address).await;
        assert_eq!(c.ask(format!("{first}GET /second HTTP/1.1\nHost: x\r\n\r\n{SMUGGLED}")).await.status, 200);
        assert_eq!(c.answer().await.status, 400);
        assert!(c.is_closed().await);
        assert_eq!(s.seen.requests(), before + 1);
    }
}

#[tokio::test]
async fn other_protocols_are_turned_away() {
    let s = start(Limits::default()).await;
    let mut c = Client::connect(s.address).await;
    c.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    let rest = String::from_utf8_lossy(&c.rest().await).into_owned();
    assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 400"), "{rest}");
    assert_eq!(s.seen.requests(), 0);
}
