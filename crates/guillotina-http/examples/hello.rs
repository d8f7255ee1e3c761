//! The smallest server: one answer from memory for every request. Shows what the wire itself costs.
//!
//! `cargo run --release -p guillotina-http --example hello -- 127.0.0.1:8080`

use bytes::Bytes;
use guillotina_http::wire::{Handler, Incoming, Limits, Reply, Server};
use http::StatusCode;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The largest body that is read. Bytes.
const MAX_BODY: u64 = 1024 * 1024;

struct Hello {
    answer: Bytes,
}

impl Handler for Hello {
    async fn call(&self, request: Incoming) -> Reply {
        match request.body.collect(MAX_BODY).await {
            Ok(_) => Reply::json(StatusCode::OK, self.answer.clone()),
            Err(error) => error.reply(),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned()).parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let limits = Limits { requests_per_connection: u32::MAX, ..Limits::default() };
        let bound = Server::bind(address, limits).await?;
        println!("listening on {}", bound.local_addr());
        let answer = Bytes::from(format!(r#"{{"@type":"Item","title":"Hello","text":"{}"}}"#, "x".repeat(650)));
        let stop = CancellationToken::new();
        let signal = stop.clone();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                signal.cancel();
            }
        });
        let ended = bound.serve(Hello { answer }, stop, Duration::from_secs(5)).await;
        println!("{ended:?}");
        Ok(())
    })
}
