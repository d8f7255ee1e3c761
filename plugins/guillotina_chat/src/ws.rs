//! The live stream (row H-009).

use crate::utility::IMessageSender;
use guillotina::prelude::*;

/// Streams the caller's messages, with `?since=N` those too that were missed; `{"ping": true}` is answered with
/// `{"pong": true}`, and what else the client sends is ignored.
#[websocket(name = "@conversate", permission = perms::ACCESS_CONTENT)]
async fn conversate(
    container: Content<Container>,
    socket: WebSocket,
    request: Request,
    sender: Utility<dyn IMessageSender>,
) -> Result {
    sender.listen(&container, &request, socket).await
}
