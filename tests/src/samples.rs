//! Types and services of which the tests show one thing each.

use guillotina::prelude::*;
use guillotina::streams::user_channel;

/// What everybody who may see the object sees, and what few may see or write.
#[content_type(behaviors(IDublinCore), globally_addable = true)]
pub struct Guarded {
    /// For everybody.
    pub open: Option<String>,
    /// Who may not manage does not see it.
    #[field(read_permission = perms::MANAGE)]
    pub hidden: Option<String>,
    /// Who may not manage does not write it.
    #[field(write_permission = perms::MANAGE)]
    pub fixed: Option<String>,
    /// Takes two operations at a time.
    #[field(patch(max_ops = 2))]
    pub few: Option<Vec<String>>,
}

/// Served when it is asked for.
#[behavior(name = "guillotina_tests.IQuiet", auto_serialize = false)]
pub struct IQuiet {
    /// Anything.
    pub whisper: Option<String>,
}

/// Holds shelves only, and stands anywhere.
#[content_type(base = Folder, allowed_types(Shelf), globally_addable = true)]
pub struct Cupboard {
    /// What it is made of.
    pub wood: Option<String>,
}

/// Stands in a cupboard only, and is added by who manages.
#[content_type(globally_addable = false, add_permission = perms::MANAGE)]
pub struct Shelf {
    /// Its width.
    #[field(required)]
    pub width: i64,
}

/// Active where the add-on is installed.
#[interface]
pub trait ITestLayer {}

/// Switches on what is registered for its layer.
#[addon(name = "test-layer", title = "A layer", layer = dyn ITestLayer)]
pub struct TestLayer;

impl Addon for TestLayer {
    async fn install(_container: Content<Container>, _request: Request) -> Result {
        Ok(())
    }

    async fn uninstall(_container: Content<Container>, _request: Request) -> Result {
        Ok(())
    }
}

/// Without the layer.
#[service(method = GET, name = "@layered", permission = perms::ACCESS_CONTENT)]
async fn without_layer(_context: Resource) -> Result<String> {
    Ok("without".to_owned())
}

/// With it.
#[service(method = GET, name = "@layered", permission = perms::ACCESS_CONTENT, layer = dyn ITestLayer)]
async fn with_layer(_context: Resource) -> Result<String> {
    Ok("with".to_owned())
}

/// Nobody needs to get to the object.
#[service(method = GET, name = "@open", permission = perms::PUBLIC, allow_access)]
async fn open(_context: Resource) -> Result<bool> {
    Ok(true)
}

/// An answer of every kind.
#[service(method = GET, name = "@result/{kind}", permission = perms::ACCESS_CONTENT)]
async fn result(_context: Resource, request: Request) -> Result<Option<Value>> {
    Ok(match request.matched("kind").unwrap_or_default() {
        "object" => Some(json!({"a": [1, null]})),
        "list" => Some(json!([1, "b", {}])),
        "text" => Some(json!("text")),
        "number" => Some(json!(1.5)),
        "truth" => Some(json!(false)),
        _ => None,
    })
}

/// A whole answer.
#[service(method = GET, name = "@answer", permission = perms::ACCESS_CONTENT)]
async fn answer(_context: Resource) -> Result<Answer> {
    Ok(Answer::json(json!({"made": true})).with_status(202).with_header("x-made".parse()?, "here"))
}

/// Fails with the content that it is given, or with none.
#[service(method = POST, name = "@refuse", permission = perms::ACCESS_CONTENT)]
async fn refuse(_context: Resource, request: Request) -> Result {
    let body = request.object()?;
    let status = body.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    Err(Error::http(status.unwrap_or(500), body.get("content").cloned().unwrap_or_default()))
}

/// Sends back what it gets, in the same kind of frame; closes with the code of `close 4000`.
#[websocket(name = "@echo", permission = perms::ACCESS_CONTENT)]
async fn echo(_container: Content<Container>, socket: WebSocket) -> Result {
    let (outgoing, mut incoming) = socket.split();
    while let Some(message) = incoming.next().await {
        let frame = match message {
            SocketMessage::Text(text) => match text.strip_prefix("close ").and_then(|code| code.parse().ok()) {
                Some(code) => {
                    outgoing.close(code, "as asked");
                    break;
                }
                None => Frame::text(text),
            },
            SocketMessage::Binary(bytes) => Frame::binary(bytes),
        };
        if outgoing.send(frame).is_err() {
            break;
        }
    }
    incoming.drain().await;
    Ok(())
}

/// Publishes so many frames to a user in one commit.
#[service(method = POST, name = "@flood/{user}", permission = perms::MODIFY_CONTENT)]
async fn flood(container: Content<Container>, request: Request) -> Result<Json> {
    let user = request.matched("user").unwrap_or_default();
    let count = request.object()?.get("count").and_then(Value::as_u64).unwrap_or_default();
    for number in 0..count {
        let channel = user_channel(&container, user);
        container.tx().publish(&container, Some(channel), json!({"number": number}).into())?;
    }
    container.modified_now();
    Ok(json!({"count": count}).into())
}
