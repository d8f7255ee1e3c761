//! The network between a browser and the server, which can fall silent or break.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What the network does with what is sent over it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Weather {
    /// Everything passes.
    Fair,
    /// Connections stay open and nothing passes; new ones are taken and hear nothing.
    Silent,
    /// All connections are reset, new ones too.
    Broken,
}

/// A proxy for TCP in front of a server.
pub struct Network {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    task: JoinHandle<()>,
}

impl Network {
    /// A network that leads to a server.
    pub async fn to(server: SocketAddr) -> Network {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (weather, now) = watch::channel(Weather::Fair);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(carry(client, server, now.clone()));
                while connections.try_join_next().is_some() {}
            }
        });
        Network { address, weather, task }
    }

    /// Where the browser connects.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing passes, and nobody is told.
    pub fn fall_silent(&self) {
        self.weather.send_replace(Weather::Silent);
    }

    /// All connections are reset.
    pub fn cut(&self) {
        self.weather.send_replace(Weather::Broken);
    }

    /// Everything passes again, also what had to wait.
    pub fn mend(&self) {
        self.weather.send_replace(Weather::Fair);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One connection.
async fn carry(client: TcpStream, server: SocketAddr, mut weather: watch::Receiver<Weather>) {
    // A reset instead of an orderly end, whenever it is dropped.
    let _ = client.set_zero_linger();
    let mut breaking = weather.clone();
    let both = async {
        fair(&mut weather).await?;
        let upstream = TcpStream::connect(server).await.ok()?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = upstream.into_split();
        let there = pass(from_client, to_server, weather.clone());
        let back = pass(from_server, to_client, weather.clone());
        Some(tokio::join!(there, back))
    };
    tokio::select! {
        _ = both => {}
        _ = breaking.wait_for(|now| *now == Weather::Broken) => {}
    }
}

/// Passes on what comes, in fair weather.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut weather: watch::Receiver<Weather>) -> Option<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await.ok()?;
        fair(&mut weather).await?;
        if read == 0 {
            return to.shutdown().await.ok();
        }
        to.write_all(&buffer[..read]).await.ok()?;
    }
}

/// Waits for fair weather; none comes when the network is gone.
async fn fair(weather: &mut watch::Receiver<Weather>) -> Option<()> {
    weather.wait_for(|now| *now == Weather::Fair).await.ok().map(drop)
}
