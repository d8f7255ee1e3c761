//! A WebSocket.

use guillotina::prelude::*;

/// Sends back what it gets.
#[websocket(name = "@my_plugin", permission = perms::ACCESS_CONTENT)]
async fn echo(_container: Content<Container>, socket: WebSocket) -> Result {
    let (outgoing, mut incoming) = socket.split();
    while let Some(message) = incoming.next().await {
        let SocketMessage::Text(text) = message else { continue };
        if outgoing.send(Frame::text(text)).is_err() {
            break;
        }
    }
    Ok(())
}
