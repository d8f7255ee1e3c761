//! Frames that break the protocol or a limit: the right close code, and the end.

use super::client::{Client, masked};
use super::server::start;
use guillotina_http::wire::Limits;

async fn refused_with(limits: Limits, bytes: Vec<u8>, code: u16) {
    let s = start(limits).await;
    let mut c = Client::socket(s.address).await;
    let _ = c.try_send(&bytes).await;
    assert_eq!(c.close_code().await, Some(code), "{:02x?}", &bytes[..bytes.len().min(16)]);
    assert!(c.is_closed_after_close().await);
}

impl Client {
    /// After the reason comes the end, at the latest when we end too.
    async fn is_closed_after_close(&mut self) -> bool {
        use tokio::io::AsyncWriteExt;
        let _ = self.stream.shutdown().await;
        self.is_closed().await
    }
}

#[tokio::test]
async fn protocol_errors_are_1002() {
    let broken = [
        masked(0xc1, b"rsv1"),
        masked(0xa1, b"rsv2"),
        masked(0x91, b"rsv3"),
        masked(0x83, b"reserved data opcode"),
        masked(0x8b, b"reserved control opcode"),
        vec![0x81, 2, b'h', b'i'],
        masked(0x09, b"fragmented ping"),
        masked(0x08, b""),
        masked(0x89, &[0; 126]),
        masked(0x80, b"continues nothing"),
        [masked(0x01, b"one"), masked(0x81, b"two at once")].concat(),
        masked(0x88, &[3]),
        masked(0x88, &1005u16.to_be_bytes()),
        masked(0x88, &1006u16.to_be_bytes()),
        masked(0x88, &999u16.to_be_bytes()),
    ];
    for bytes in broken {
        refused_with(Limits::default(), bytes, 1002).await;
    }
}

#[tokio::test]
async fn bad_utf8_is_1007() {
    for bytes in [
        masked(0x81, &[0xc3, 0x28]),
        masked(0x81, &[0xed, 0xa0, 0x80]),
        [masked(0x01, b"ok"), masked(0x80, &[0xff])].concat(),
        masked(0x81, &[0xc3]),
    ] {
        refused_with(Limits::default(), bytes, 1007).await;
    }
}

#[tokio::test]
async fn a_reason_that_is_not_utf8_is_refused() {
    let s = start(Limits::default()).await;
    let mut c = Client::socket(s.address).await;
    c.send(masked(0x88, &[0x03, 0xe8, 0xff, 0xfe])).await;
    assert!(matches!(c.close_code().await, Some(1002 | 1007)));
}

#[tokio::test]
async fn too_big_is_1009_before_it_is_read() {
    // the header alone: nothing of the 16 MiB, or of the 2⁶³ bytes, was sent
    let header = |n: u64| [&[0x82, 0xff][..], &n.to_be_bytes(), &[0; 4]].concat();
    for bytes in [masked(0x82, &vec![0; 64 * 1024 + 1]), header(16 << 20), header(i64::MAX as u64)] {
        refused_with(Limits::default(), bytes, 1009).await;
    }
    let fragments = [masked(0x02, &vec![0; 60_000]), masked(0x00, &vec![0; 60_000])].concat();
    refused_with(Limits::default(), fragments, 1009).await;
}

#[tokio::test]
async fn too_many_messages_are_1008() {
    for first in [0x81, 0x89] {
        refused_with(Limits::default(), masked(first, b"x").repeat(60), 1008).await;
    }
    let s = start(Limits::default()).await;
    let mut c = Client::socket(s.address).await;
    for _ in 0..40 {
        c.send(masked(0x81, b"x")).await;
        assert_eq!(c.text().await, "x");
    }
}

#[tokio::test]
async fn endless_empty_fragments_are_1008() {
    let mut bytes = masked(0x01, b"x");
    bytes.extend(masked(0x00, b"").repeat(50_000));
    refused_with(Limits::default(), bytes, 1008).await;
}

#[tokio::test]
async fn noise_ends_the_socket_and_nothing_else() {
    let s = start(Limits::default()).await;
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..200 {
        let noise: Vec<u8> = (0..200)
            .map(|_| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                seed as u8
            })
            .collect();
        let mut c = Client::socket(s.address).await;
        let _ = c.try_send(&noise).await;
        assert!(c.is_closed_or_closes().await, "round {round}");
    }
    assert_eq!(Client::connect(s.address).await.get("/x").await.status, 200);
}

impl Client {
    async fn is_closed_or_closes(&mut self) -> bool {
        use tokio::io::AsyncWriteExt;
        let _ = self.stream.shutdown().await;
        self.rest().await;
        true
    }
}
