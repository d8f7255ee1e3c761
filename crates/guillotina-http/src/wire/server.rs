//! Listening, accepting and stopping.

use super::connection;
use super::incoming::Handler;
use super::io::refusal;
use super::limits::Limits;
use super::shared::{Refused, Shared, Traffic};
use http::StatusCode;
use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;

/// After the grace, what was cut gets this long to notice.
const MERCY: Duration = Duration::from_secs(1);
/// The pauses after a failed accept: none of them leaves the port deaf for long.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// Connections the kernel keeps until they are accepted; clients that come back after a restart come all at once.
const BACKLOG: u32 = 4096;

/// Makes listening servers.
#[derive(Debug)]
pub struct Server;

/// The address could not be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}; choose another address, or stop what is using it")]
pub struct BindError {
    /// The address asked for.
    pub address: String,
    /// What the system said.
    pub source: io::Error,
}

impl Server {
    /// Listens on an address; port 0 lets the system choose. Clients may connect from now on, and are served when
    /// [`Bound::serve`] runs.
    pub async fn bind(address: SocketAddr, limits: Limits) -> Result<Bound, BindError> {
        let failed = |source| BindError { address: address.to_string(), source };
        let listener = listen(address).map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        Ok(Bound { listener, local, shared: Shared::new(limits) })
    }

    /// Takes over a listening socket, as a service manager hands it on.
    pub fn from_listener(listener: std::net::TcpListener, limits: Limits) -> Result<Bound, BindError> {
        let failed = |source| BindError { address: "the socket handed over".to_owned(), source };
        listener.set_nonblocking(true).map_err(failed)?;
        let listener = TcpListener::from_std(listener).map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        Ok(Bound { listener, local, shared: Shared::new(limits) })
    }
}

/// A server that listens and does not serve yet.
pub struct Bound {
    listener: TcpListener,
    local: SocketAddr,
    shared: Arc<Shared>,
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").field("local", &self.local).finish_non_exhaustive()
    }
}

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Connections that were not finished within the grace and were cut.
    pub cut: usize,
}

impl Bound {
    /// The address it listens on, with the real port.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// What goes on at the port, whenever it is asked: also while it is served, and after that.
    pub fn traffic(&self) -> impl Fn() -> Traffic + Send + Sync + use<> {
        let shared = self.shared.clone();
        move || shared.traffic()
    }

    /// Serves until `shutdown` is cancelled. Then it stops accepting, closes the connections without a complete request, tells each socket
    /// `Close 1012` and waits for requests in flight, at most for `grace`; what is left then is cut.
    pub async fn serve<H: Handler>(self, handler: H, shutdown: CancellationToken, grace: Duration) -> Ended {
        let shared = self.shared;
        accept(&self.listener, &shared, Arc::new(handler), &shutdown).await;
        drop(self.listener);
        shared.begin_stop();
        if tokio::time::timeout(grace, shared.tracker.wait()).await.is_ok() {
            return Ended { cut: 0 };
        }
        let cut = shared.open();
        tracing::warn!(cut, "the grace is over; cutting the connections that are left");
        shared.begin_cut();
        let _ = tokio::time::timeout(MERCY, shared.tracker.wait()).await;
        Ended { cut }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // a restart must not wait for old connections to be forgotten
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn accept<H: Handler>(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    handler: Arc<H>,
    shutdown: &CancellationToken,
) {
    let http = connection::builder(shared);
    let mut pause = BACK_OFF.0;
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                pause = BACK_OFF.0;
                match shared.admit(peer.ip()) {
                    Ok(guard) => {
                        if stream.set_nodelay(true).is_ok() {
                            tokio::spawn(connection::run(stream, peer, guard, handler.clone(), http.clone()));
                        }
                    }
                    Err(why) => turn_away(stream, peer, &why),
                }
            }
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                // out of descriptors, mostly: the ones in use come back, so wait instead of spinning
                tracing::warn!(%error, ?pause, "cannot accept connections; raise the limit on open files if this goes on");
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = tokio::time::sleep(pause) => pause = (pause * 2).min(BACK_OFF.1),
                }
            }
        }
    }
}

/// Errors of one connection that ended before it was accepted.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}

/// Best effort, without waiting: a crowd must cost nothing.
fn turn_away(stream: TcpStream, peer: SocketAddr, why: &Refused) {
    let status = match why {
        Refused::Full => StatusCode::SERVICE_UNAVAILABLE,
        Refused::Address => StatusCode::TOO_MANY_REQUESTS,
    };
    tracing::debug!(%peer, ?why, "connection turned away");
    // tokio would first wait to hear that the stream is writable; the system can be asked at once
    let _ = stream.into_std().and_then(|mut stream| stream.write(refusal(status, "").as_bytes()));
}
