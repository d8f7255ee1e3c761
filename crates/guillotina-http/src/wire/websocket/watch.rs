//! What operators see of the sockets of one server: the frames that wait in their queues, and why sockets were closed.
//!
//! Sending costs nothing for it: the queues are looked at when somebody asks.

use super::frame::close_code;
use super::outbox::Outbox;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::array::from_fn;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};

/// The codes that are counted one by one; plugins choose others.
const CODES: [u16; 11] = [
    close_code::NORMAL,
    close_code::PROTOCOL,
    close_code::NOT_UTF8,
    close_code::POLICY,
    close_code::TOO_BIG,
    close_code::RESTART,
    close_code::TRY_AGAIN_LATER,
    close_code::TOKEN_EXPIRED,
    close_code::FORBIDDEN,
    close_code::NO_PONG,
    close_code::SLOW_CONSUMER,
];

/// How many sockets the server has closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closings([u64; CODES.len() + 1]);

impl Closings {
    /// By close code; all codes that plugins chose stand together under `None`, which comes last.
    pub fn by_code(&self) -> impl Iterator<Item = (Option<u16>, u64)> {
        let codes = CODES.into_iter().map(Some).chain([None]);
        codes.zip(self.0)
    }
}

/// The sockets of one server.
#[derive(Default)]
pub(crate) struct Watch {
    queues: Mutex<FxHashMap<u64, Weak<Outbox>>>,
    closed: [AtomicU64; CODES.len() + 1],
}

impl Watch {
    /// A queue is there, until it is forgotten.
    pub fn add(&self, id: u64, queue: &Arc<Outbox>) {
        self.queues.lock().insert(id, Arc::downgrade(queue));
    }

    pub fn forget(&self, id: u64) {
        self.queues.lock().remove(&id);
    }

    /// The server closes a socket with this code.
    pub fn closed(&self, code: u16) {
        let at = CODES.iter().position(|known| *known == code).unwrap_or(CODES.len());
        self.closed[at].fetch_add(1, Relaxed);
    }

    /// The frames that wait to be written, of all sockets.
    pub fn waiting(&self) -> usize {
        // Out of the lock: the last holder of a queue takes it again to forget that.
        let queues: Vec<Arc<Outbox>> = self.queues.lock().values().filter_map(Weak::upgrade).collect();
        queues.iter().map(|queue| queue.waiting()).sum()
    }

    pub fn closings(&self) -> Closings {
        Closings(from_fn(|at| self.closed[at].load(Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Frame;
    use super::super::outbox::WebSocketSender;
    use super::*;

    fn closed(watch: &Watch, code: impl Into<Option<u16>>) -> u64 {
        let code = code.into();
        watch.closings().by_code().find(|(known, _)| *known == code).unwrap().1
    }

    #[test]
    fn queues_are_seen_until_they_are_gone() {
        let watch: Arc<Watch> = Arc::default();
        let queues = [Outbox::new(4, 1_000, &watch), Outbox::new(4, 1_000, &watch)];
        for queue in &queues {
            let sender = WebSocketSender::new(queue.clone());
            (0..3).for_each(|_| sender.send(Frame::text("x")).unwrap());
        }
        assert_eq!(watch.waiting(), 6);
        let [first, second] = queues;
        drop(first);
        assert_eq!(watch.waiting(), 3);
        second.end();
        assert_eq!(watch.waiting(), 0);
        drop(second);
        assert!(watch.queues.lock().is_empty());
    }

    #[test]
    fn a_socket_is_closed_once_for_the_first_reason() {
        let watch: Arc<Watch> = Arc::default();
        let sender = WebSocketSender::new(Outbox::new(1, 1_000, &watch));
        sender.send(Frame::text("x")).unwrap();
        sender.send(Frame::text("x")).unwrap_err();
        sender.close(close_code::NORMAL, "");
        assert_eq!((closed(&watch, close_code::SLOW_CONSUMER), closed(&watch, close_code::NORMAL)), (1, 0));
        WebSocketSender::new(Outbox::new(1, 1_000, &watch)).close(4999, "");
        assert_eq!(closed(&watch, None), 1);
    }
}
