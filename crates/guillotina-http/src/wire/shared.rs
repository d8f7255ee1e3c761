//! What all connections of one server share: limits, counts and the two signals of a shutdown.

use super::limits::Limits;
use super::websocket::{Closings, Watch};
use guillotina_security::address::counted;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// How far a server has come in its life.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Stage {
    Running,
    /// Finish what is in flight, begin nothing.
    Stopping,
    /// The grace is over: drop what is left.
    Cutting,
}

/// What all connections of one server share.
pub(crate) struct Shared {
    pub limits: Limits,
    /// Times are kept as nanoseconds since this, to fit an atomic.
    started: Instant,
    stage: AtomicU8,
    pub stop: CancellationToken,
    pub cut: CancellationToken,
    pub tracker: TaskTracker,
    open: AtomicUsize,
    sockets: AtomicUsize,
    sockets_opened: AtomicU64,
    pub watch: Arc<Watch>,
    refused: [AtomicU64; 2],
    per_address: Mutex<FxHashMap<IpAddr, usize>>,
}

/// What goes on at a port, for operators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Connections that are open now, sockets among them.
    pub connections: usize,
    /// WebSockets that are open now.
    pub sockets: usize,
    /// WebSockets that were opened since the start.
    pub sockets_opened: u64,
    /// WebSockets that the server has closed, by code.
    pub closings: Closings,
    /// Frames that wait in the queues of WebSockets.
    pub waiting_frames: usize,
    /// Connections that were turned away because there were too many (`limits.connections`).
    pub refused_full: u64,
    /// Connections that were turned away because one address had too many (`limits.connections_per_address`).
    pub refused_address: u64,
}

/// Why a connection is not let in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Full,
    Address,
}

impl Shared {
    pub fn new(limits: Limits) -> Arc<Shared> {
        Arc::new(Shared {
            limits,
            started: Instant::now(),
            stage: AtomicU8::new(0),
            stop: CancellationToken::new(),
            cut: CancellationToken::new(),
            tracker: TaskTracker::new(),
            open: AtomicUsize::new(0),
            sockets: AtomicUsize::new(0),
            sockets_opened: AtomicU64::new(0),
            watch: Arc::default(),
            refused: Default::default(),
            per_address: Mutex::default(),
        })
    }

    pub fn stage(&self) -> Stage {
        match self.stage.load(Ordering::Acquire) {
            0 => Stage::Running,
            1 => Stage::Stopping,
            _ => Stage::Cutting,
        }
    }

    /// The stage is stored before the waiters wake: they look at the stage alone.
    pub fn begin_stop(&self) {
        self.stage.store(1, Ordering::Release);
        self.stop.cancel();
        self.tracker.close();
    }

    pub fn begin_cut(&self) {
        self.stage.store(2, Ordering::Release);
        self.cut.cancel();
    }

    pub fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub fn instant(&self, nanos: u64) -> tokio::time::Instant {
        (self.started + std::time::Duration::from_nanos(nanos)).into()
    }

    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// What goes on now, and what went on since the start.
    pub fn traffic(&self) -> Traffic {
        let [full, address] = &self.refused;
        Traffic {
            connections: self.open(),
            sockets: self.sockets.load(Ordering::Relaxed),
            sockets_opened: self.sockets_opened.load(Ordering::Relaxed),
            closings: self.watch.closings(),
            waiting_frames: self.watch.waiting(),
            refused_full: full.load(Ordering::Relaxed),
            refused_address: address.load(Ordering::Relaxed),
        }
    }

    /// Counts a connection in, until the guard is dropped.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Guard, Refused> {
        self.count_in(address).inspect_err(|why| {
            self.refused[usize::from(*why == Refused::Address)].fetch_add(1, Ordering::Relaxed);
        })
    }

    fn count_in(self: &Arc<Self>, address: IpAddr) -> Result<Guard, Refused> {
        if self.open() >= self.limits.connections {
            return Err(Refused::Full);
        }
        let address = counted(address);
        if let Some(address) = address {
            let mut counts = self.per_address.lock();
            let count = counts.entry(address).or_insert(0);
            if *count >= self.limits.connections_per_address {
                return Err(Refused::Address);
            }
            *count += 1;
        }
        self.open.fetch_add(1, Ordering::Relaxed);
        Ok(Guard { shared: self.clone(), address, socket: false, _tracked: self.tracker.token() })
    }
}

/// One open connection; it is counted as long as this lives, also after it has become a socket.
pub(crate) struct Guard {
    pub shared: Arc<Shared>,
    address: Option<IpAddr>,
    socket: bool,
    _tracked: TaskTrackerToken,
}

impl Guard {
    /// The connection has become a socket; it is counted as both until the guard is dropped.
    pub fn into_socket(mut self) -> Guard {
        self.socket = true;
        self.shared.sockets.fetch_add(1, Ordering::Relaxed);
        self.shared.sockets_opened.fetch_add(1, Ordering::Relaxed);
        self
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.shared.open.fetch_sub(1, Ordering::Relaxed);
        if self.socket {
            self.shared.sockets.fetch_sub(1, Ordering::Relaxed);
        }
        if let Some(address) = self.address {
            let mut counts = self.shared.per_address.lock();
            if let Some(count) = counts.get_mut(&address) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&address);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(connections: usize, connections_per_address: usize) -> Arc<Shared> {
        Shared::new(Limits { connections, connections_per_address, ..Limits::default() })
    }

    #[test]
    fn counts_per_address_and_forgets() {
        let s = shared(100, 2);
        let a: IpAddr = "192.0.2.1".parse().unwrap();
        let one = s.admit(a).ok();
        let two = s.admit(a).ok();
        assert!(matches!(s.admit(a), Err(Refused::Address)));
        assert!(s.admit("192.0.2.2".parse().unwrap()).is_ok());
        let one = one.map(Guard::into_socket);
        let seen = Traffic { connections: 2, sockets: 1, sockets_opened: 1, refused_address: 1, ..Traffic::default() };
        assert_eq!(s.traffic(), seen);
        drop(one);
        assert_eq!(s.traffic(), Traffic { connections: 1, sockets: 0, ..seen });
        assert!(s.admit(a).is_ok());
        drop(two);
        assert!(s.per_address.lock().is_empty());
        assert_eq!(s.open(), 0);
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let s = shared(100, 1);
        let _one = s.admit("2001:db8::1".parse().unwrap());
        assert!(matches!(s.admit("2001:db8::2".parse().unwrap()), Err(Refused::Address)));
        assert!(s.admit("2001:db8:0:1::2".parse().unwrap()).is_ok());
    }

    #[test]
    fn loopback_counts_for_the_total_only() {
        let s = shared(2, 1);
        let _a = s.admit("127.0.0.1".parse().unwrap());
        let _b = s.admit("::1".parse().unwrap());
        assert!(matches!(s.admit("127.0.0.1".parse().unwrap()), Err(Refused::Full)));
    }
}
