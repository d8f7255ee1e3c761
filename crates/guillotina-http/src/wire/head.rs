//! Watches a request's head go by, before hyper parses it: where it ends, and what hyper is too lenient about.
//!
//! Two parties that disagree on where a request ends are what request smuggling lives on. hyper takes a bare LF
//! for the end of a line, and lets `Transfer-Encoding` override `Content-Length`; a proxy in front may see it
//! otherwise. So a bare LF, and more than one header that frames the body, are refused here.

use http::StatusCode;
use memchr::memchr;

/// What a piece of a head turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// The head goes on after this piece.
    More,
    /// The head ends after this many bytes of the piece.
    End(usize),
    /// The head is refused.
    Refused(StatusCode),
}

/// The names of the headers that say how long a body is.
const FRAMING: [&[u8]; 2] = [b"content-length:", b"transfer-encoding:"];
/// As long as the longest of them.
const NAME: usize = 18;

/// The state of the scan between two pieces.
#[derive(Debug, Default)]
pub(crate) struct HeadScan {
    /// Bytes of the lines before this one.
    lines_bytes: usize,
    line_bytes: usize,
    /// The beginning of the line, if it began in an earlier piece.
    name: [u8; NAME],
    ends_in_cr: bool,
    in_headers: bool,
    framed: bool,
}

/// How long a head and its lines may be, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadLimits {
    pub head: usize,
    pub request_line: usize,
    pub header_line: usize,
}

impl HeadScan {
    pub fn scan(&mut self, piece: &[u8], limits: HeadLimits) -> Scan {
        let mut at = 0;
        while let Some(lf) = memchr(b'\n', &piece[at..]) {
            let after_cr = if lf > 0 { piece[at + lf - 1] == b'\r' } else { self.ends_in_cr };
            if !after_cr {
                return Scan::Refused(StatusCode::BAD_REQUEST);
            }
            let line = self.line_bytes + lf + 1;
            if let Some(status) = self.too_long(line, limits) {
                return Scan::Refused(status);
            }
            if self.in_headers && self.frames(&piece[at..at + lf]) && std::mem::replace(&mut self.framed, true) {
                return Scan::Refused(StatusCode::BAD_REQUEST);
            }
            at += lf + 1;
            self.lines_bytes += line;
            self.line_bytes = 0;
            self.ends_in_cr = false;
            if line > 2 {
                self.in_headers = true;
            } else if self.in_headers {
                *self = HeadScan::default();
                return Scan::End(at);
            }
        }
        let rest = &piece[at..];
        if let Some(last) = rest.last() {
            for (into, byte) in self.name.iter_mut().skip(self.line_bytes).zip(rest) {
                *into = *byte;
            }
            self.line_bytes += rest.len();
            self.ends_in_cr = *last == b'\r';
        }
        match self.too_long(self.line_bytes, limits) {
            Some(status) => Scan::Refused(status),
            None => Scan::More,
        }
    }

    /// Whether the line that ends with this is a header that frames the body.
    fn frames(&self, end: &[u8]) -> bool {
        if self.line_bytes == 0 {
            return is_framing(end);
        }
        let mut name = self.name;
        for (into, byte) in name.iter_mut().skip(self.line_bytes).zip(end) {
            *into = *byte;
        }
        is_framing(&name[..NAME.min(self.line_bytes + end.len())])
    }

    fn too_long(&self, line: usize, limits: HeadLimits) -> Option<StatusCode> {
        if !self.in_headers {
            return (line > limits.request_line).then_some(StatusCode::URI_TOO_LONG);
        }
        let long = line > limits.header_line || self.lines_bytes + line > limits.head;
        long.then_some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    }
}

fn is_framing(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'c' | b'C' | b't' | b'T'))
        && FRAMING.iter().any(|name| line.get(..name.len()).is_some_and(|l| l.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(s: &mut HeadScan, piece: &[u8]) -> Scan {
        s.scan(piece, HeadLimits { head: 128, request_line: 64, header_line: 32 })
    }

    #[test]
    fn finds_the_end_however_it_is_cut() {
        let head = b"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n";
        for cut in 0..head.len() {
            let mut s = HeadScan::default();
            assert_eq!(scan(&mut s, &head[..cut]), Scan::More, "{cut}");
            assert_eq!(scan(&mut s, &head[cut..]), Scan::End(head.len() - cut), "{cut}");
        }
    }

    #[test]
    fn leaves_what_follows_the_head() {
        let mut s = HeadScan::default();
        assert_eq!(scan(&mut s, b"GET / HTTP/1.1\r\n\r\nGET /2"), Scan::End(18));
    }

    #[test]
    fn refuses_a_bare_line_feed_anywhere() {
        for head in [
            &b"GET / HTTP/1.1\nHost: x\r\n\r\n"[..],
            b"GET / HTTP/1.1\r\nHost: x\n\r\n",
            b"\nGET",
            b"GET / HTTP/1.1\r\n\n",
        ] {
            assert_eq!(scan(&mut HeadScan::default(), head), Scan::Refused(StatusCode::BAD_REQUEST));
        }
    }

    #[test]
    fn refuses_a_second_framing_header_however_it_is_cut() {
        for (a, b) in [
            ("Content-Length: 4", "transfer-encoding: chunked"),
            ("Transfer-Encoding: x", "Content-Length: 4"),
            ("Content-Length: 4", "Content-Length: 4"),
        ] {
            let head = format!("GET / HTTP/1.1\r\n{a}\r\nX: y\r\n{b}\r\n\r\n");
            for cut in 0..head.len() - 2 {
                let mut s = HeadScan::default();
                let first = scan(&mut s, &head.as_bytes()[..cut]);
                let all = if first == Scan::More { scan(&mut s, &head.as_bytes()[cut..]) } else { first };
                assert_eq!(all, Scan::Refused(StatusCode::BAD_REQUEST), "{cut}");
            }
        }
        let one = b"POST /content-length: HTTP/1.1\r\nContent-Length: 4\r\nX-Transfer-Encoding: 1\r\n\r\n";
        assert_eq!(scan(&mut HeadScan::default(), one), Scan::End(one.len()));
    }

    #[test]
    fn refuses_long_lines_by_their_place() {
        let mut s = HeadScan::default();
        assert_eq!(scan(&mut s, &[b'a'; 64]), Scan::More);
        assert_eq!(scan(&mut s, b"a"), Scan::Refused(StatusCode::URI_TOO_LONG));
        let mut s = HeadScan::default();
        assert_eq!(scan(&mut s, b"GET / HTTP/1.1\r\n"), Scan::More);
        assert_eq!(scan(&mut s, &[b'a'; 33]), Scan::Refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    #[test]
    fn refuses_a_long_head_of_short_lines() {
        let line = b"a: bbbbbbbbbbbbbbbbbbbbbbbbb\r\n";
        let mut s = HeadScan::default();
        assert_eq!(scan(&mut s, b"GET / HTTP/1.1\r\n"), Scan::More);
        for _ in 0..3 {
            assert_eq!(scan(&mut s, line), Scan::More);
        }
        assert_eq!(scan(&mut s, line), Scan::Refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
        assert_eq!(
            scan(&mut HeadScan::default(), &line.repeat(5)),
            Scan::Refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
        );
    }
}
