//! Every bound the wire keeps, with its default.

use guillotina_settings::{FieldDoc, Section};
use serde::Deserialize;
use std::time::Duration;

/// Declares the struct and, from its doc comments, what the settings say about it.
macro_rules! bounds {
    (
        $(#[$on:meta])*
        pub struct $name:ident {
            $($(#[doc = $doc:literal])* pub $bound:ident: $kind:ty,)*
        }
    ) => {
        $(#[$on])*
        pub struct $name {
            $($(#[doc = $doc])* pub $bound: $kind,)*
        }

        impl Section for $name {
            const FIELDS: &'static [FieldDoc] = &[$(FieldDoc {
                name: stringify!($bound),
                kind: "integer",
                default: || $name::default().$bound.into(),
                doc: concat!($($doc),*).trim_ascii(),
            },)*];
        }
    };
}

bounds! {
/// Every bound the wire keeps. Times are milliseconds, sizes are bytes; the unit is in each name.
///
/// ```
/// use guillotina_http::wire::Limits;
///
/// let limits: Limits = serde_json::from_str(r#"{"header_count": 50}"#)?;
/// assert_eq!(limits.header_count, 50);
/// assert_eq!(limits.header_read_timeout_ms, 10_000);
/// assert!(serde_json::from_str::<Limits>(r#"{"header_cuont": 1}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// A request's head must be complete this long after its first byte (for the first request: after the
    /// connection was accepted), else 408. Milliseconds.
    pub header_read_timeout_ms: u64,
    /// A request's head, request line included, else 431. Bytes; at least 8192.
    pub header_bytes: usize,
    /// Header lines of a request, else 431.
    pub header_count: usize,
    /// One header line, else 431. Bytes.
    pub header_line_bytes: usize,
    /// The request line, else 414. Bytes.
    pub request_line_bytes: usize,
    /// A connection without a request is closed after this. Milliseconds.
    pub keep_alive_idle_ms: u64,
    /// After this many requests a connection is closed, so that balancers can spread clients anew.
    pub requests_per_connection: u32,
    /// A body of which nothing arrives for this long is given up with 408; a reply of which the client takes nothing
    /// for this long is cut. Milliseconds.
    pub body_idle_ms: u64,
    /// A body slower than this on average is given up with 408, once `body_min_rate_after_ms` were spent waiting for
    /// it. Bytes a second; 0 turns the check off.
    pub body_min_rate_bytes_per_s: u64,
    /// The time a slow body is left alone before its rate counts. Milliseconds.
    pub body_min_rate_after_ms: u64,
    /// Open connections, sockets included; further ones are answered 503.
    pub connections: usize,
    /// Open connections of one client address (an IPv6 client counts by its /64); further ones are answered 429.
    /// Loopback is not counted.
    pub connections_per_address: usize,
    /// A connection that is being closed is read and thrown away for at most this long, so that the client gets the
    /// last answer instead of a reset. Milliseconds.
    pub linger_ms: u64,
    /// A message from a WebSocket client, else close 1009. Bytes.
    pub websocket_message_bytes: usize,
    /// One frame from a WebSocket client, else close 1009. Bytes.
    pub websocket_frame_bytes: usize,
    /// The buffer each socket reads into, allocated as long as it lives. Bytes.
    pub websocket_read_buffer_bytes: usize,
    /// Frames waiting for a slow socket before it is cut with 4429.
    pub websocket_send_queue_frames: usize,
    /// Bytes waiting for a slow socket before it is cut with 4429. One frame more is let in, so that a single large
    /// frame can always be sent.
    pub websocket_send_queue_bytes: usize,
    /// The kernel's send buffer of a socket; with the queue it bounds how far behind a reader can be. Bytes.
    pub websocket_kernel_send_bytes: usize,
    /// Time between pings. Milliseconds.
    pub websocket_ping_ms: u64,
    /// Anything must be heard this long after a ping, else close 4408. Milliseconds.
    pub websocket_pong_ms: u64,
    /// Messages a second a client may send in the long run, else close 1008.
    pub websocket_inbound_frames_per_s: u32,
    /// Messages a client may send at once, else close 1008.
    pub websocket_inbound_burst: u32,
    /// The connection must have become a socket this long after it was accepted as one. Milliseconds.
    pub websocket_handshake_ms: u64,
    /// How often it is checked again whether the user of an open socket may still have it, else close 4403; 0 turns the check
    /// off. Milliseconds.
    pub websocket_recheck_ms: u64,
    /// After our close frame the client has this long to read it and to answer. Milliseconds.
    pub websocket_close_ms: u64,
}
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            header_read_timeout_ms: 10_000,
            header_bytes: 32 * 1024,
            header_count: 100,
            header_line_bytes: 8 * 1024,
            request_line_bytes: 8 * 1024,
            keep_alive_idle_ms: 15_000,
            requests_per_connection: 10_000,
            body_idle_ms: 30_000,
            body_min_rate_bytes_per_s: 1024,
            body_min_rate_after_ms: 10_000,
            connections: 20_000,
            connections_per_address: 256,
            linger_ms: 2_000,
            websocket_message_bytes: 64 * 1024,
            websocket_frame_bytes: 64 * 1024,
            websocket_read_buffer_bytes: 4 * 1024,
            websocket_send_queue_frames: 512,
            websocket_send_queue_bytes: 256 * 1024,
            websocket_kernel_send_bytes: 64 * 1024,
            websocket_ping_ms: 25_000,
            websocket_pong_ms: 10_000,
            websocket_inbound_frames_per_s: 20,
            websocket_inbound_burst: 40,
            websocket_handshake_ms: 5_000,
            websocket_recheck_ms: 60_000,
            websocket_close_ms: 5_000,
        }
    }
}

/// Milliseconds as a duration, capped at a year: a far deadline must not overflow the clock.
pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds.min(365 * 24 * 3600 * 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_the_documented_ones() {
        let l = Limits::default();
        assert_eq!(l.header_bytes, 1 << 15);
        assert_eq!(l.websocket_send_queue_frames, 512);
        assert_eq!(serde_json::from_str::<Limits>("{}").unwrap(), l);
    }

    #[test]
    fn every_bound_is_known_to_the_settings() {
        let first = Limits::FIELDS.first().unwrap();
        assert_eq!((first.name, (first.default)()), ("header_read_timeout_ms", 10_000.into()));
        assert!(first.doc.starts_with("A request's head must be complete"), "{}", first.doc);
        let all = Limits::FIELDS.iter().map(|field| (field.name.to_owned(), (field.default)())).collect();
        assert_eq!(serde_json::from_value::<Limits>(serde_json::Value::Object(all)).unwrap(), Limits::default());
    }

    #[test]
    fn far_deadlines_are_capped() {
        assert!(std::time::Instant::now().checked_add(ms(u64::MAX)).is_some());
    }
}
