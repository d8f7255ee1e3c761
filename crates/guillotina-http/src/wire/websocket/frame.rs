//! Frames, encoded once for all the sockets they go to.

use bytes::Bytes;

/// The close codes this server sends.
pub mod close_code {
    /// The conversation is over.
    pub const NORMAL: u16 = 1000;
    /// The client broke the protocol.
    pub const PROTOCOL: u16 = 1002;
    /// A text message was not UTF-8.
    pub const NOT_UTF8: u16 = 1007;
    /// The client sent too many messages.
    pub const POLICY: u16 = 1008;
    /// A message or frame was too large.
    pub const TOO_BIG: u16 = 1009;
    /// The server stops or restarts; connect again.
    pub const RESTART: u16 = 1012;
    /// The server cannot take more now: connect again later.
    pub const TRY_AGAIN_LATER: u16 = 1013;
    /// The token that the socket was opened with has ended: connect again with a new one.
    pub const TOKEN_EXPIRED: u16 = 4401;
    /// What the socket is for is forbidden to its user by now.
    pub const FORBIDDEN: u16 = 4403;
    /// Nothing was heard after a ping.
    pub const NO_PONG: u16 = 4408;
    /// The client reads too slowly: what was sent to it since is lost. Connect again and ask for what was missed.
    pub const SLOW_CONSUMER: u16 = 4429;
}

/// A whole message of the server, encoded. Cloning is cheap and shares the bytes, so one frame can go to any number
/// of sockets.
///
/// ```
/// use guillotina_http::wire::Frame;
///
/// let frame = Frame::text(r#"{"text":"hello"}"#);
/// let same = frame.clone();
/// assert_eq!(frame.len(), same.len());
/// assert_eq!(frame.len(), 2 + 16);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame(Bytes);

impl Frame {
    /// A text message.
    pub fn text(text: impl AsRef<str>) -> Frame {
        Frame(encode(0x1, text.as_ref().as_bytes()))
    }

    /// A binary message.
    pub fn binary(bytes: impl AsRef<[u8]>) -> Frame {
        Frame(encode(0x2, bytes.as_ref()))
    }

    /// The encoded length, header included, in bytes.
    #[allow(clippy::len_without_is_empty)] // a frame has at least its header
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// A close frame. The reason is cut at what a control frame may hold.
    pub(crate) fn close(code: u16, reason: &str) -> Frame {
        let mut payload = code.to_be_bytes().to_vec();
        payload.extend_from_slice(&reason.as_bytes()[..reason.floor_char_boundary(123)]);
        Frame(encode(0x8, &payload))
    }

    pub(crate) fn ping() -> Frame {
        Frame(Bytes::from_static(&[0x89, 0]))
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.0
    }
}

fn encode(opcode: u8, payload: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(payload.len() + 10);
    out.push(0x80 | opcode);
    match payload.len() {
        n if n < 126 => out.push(n as u8),
        n => match u16::try_from(n) {
            Ok(n) => {
                out.push(126);
                out.extend(n.to_be_bytes());
            }
            Err(_) => {
                out.push(127);
                out.extend((n as u64).to_be_bytes());
            }
        },
    }
    out.extend_from_slice(payload);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_encoded_in_three_ways() {
        assert_eq!(&Frame::text("hi").0[..], b"\x81\x02hi");
        for (n, header) in [
            (125, &[0x82u8, 125][..]),
            (126, &[0x82, 126, 0, 126]),
            (65535, &[0x82, 126, 255, 255]),
            (65536, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let f = Frame::binary(vec![7; n]);
            assert_eq!(&f.0[..header.len()], header);
            assert_eq!(f.len(), header.len() + n);
        }
    }

    #[test]
    fn a_close_frame_is_a_valid_control_frame() {
        let f = Frame::close(4429, &"ä".repeat(100));
        assert_eq!(&f.0[2..4], &4429u16.to_be_bytes());
        assert!(f.0[1] <= 125);
        assert!(std::str::from_utf8(&f.0[4..]).is_ok());
    }
}
