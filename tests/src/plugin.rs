//! What only the tests need: a type with a field of every kind, handlers that fail, a factory that fails, a command.

use guillotina::prelude::*;
use guillotina_chat::Message;

/// A message with this text is refused after everything else has happened to it.
pub const REFUSED: &str = "refuse this message";

/// Name of the file whose presence lets `@slow` answer; see [`Server::go_on`](crate::Server::go_on).
pub const GO_ON: &str = "go-on";

/// A field of every kind.
#[content_type(base = Folder, behaviors(IDublinCore), globally_addable = true)]
pub struct Everything {
    /// Any text.
    #[field(kind = "text")]
    pub text: Option<String>,
    /// One line.
    #[field(kind = "text_line", max_length = 20)]
    pub text_line: Option<String>,
    /// ASCII.
    #[field(kind = "ascii")]
    pub ascii: Option<String>,
    /// A secret.
    #[field(kind = "password")]
    pub password: Option<String>,
    /// A URI.
    #[field(kind = "uri")]
    pub uri: Option<String>,
    /// A dotted name.
    #[field(kind = "dotted_name")]
    pub dotted_name: Option<String>,
    /// A truth value.
    pub boolean: Option<bool>,
    /// A small number.
    #[field(min = 0, max = 10)]
    pub small: Option<i64>,
    /// A number that takes operations.
    #[field(patch)]
    pub counter: Option<i64>,
    /// A number.
    pub float: Option<f64>,
    /// A decimal number.
    #[field(kind = "decimal")]
    pub decimal: Option<String>,
    /// A moment.
    #[field(kind = "datetime")]
    pub datetime: Option<String>,
    /// A day.
    #[field(kind = "date")]
    pub date: Option<String>,
    /// A time.
    #[field(kind = "time")]
    pub time: Option<String>,
    /// Texts.
    #[field(patch)]
    pub list: Option<Vec<String>>,
    /// Numbers by name.
    #[field(patch)]
    pub dict: Option<std::collections::BTreeMap<String, i64>>,
    /// JSON.
    #[field(patch)]
    pub json: Option<Value>,
    /// One of three.
    #[field(values("red", "green", "blue"))]
    pub choice: Option<String>,
    /// A file.
    #[field(kind = "file")]
    pub file: Option<Value>,
    /// Nobody may set it.
    #[field(readonly)]
    pub readonly: Option<String>,
}

/// The fields of [`Everything`].
pub const EVERYTHING: [&str; 20] = [
    "text",
    "text_line",
    "ascii",
    "password",
    "uri",
    "dotted_name",
    "boolean",
    "small",
    "counter",
    "float",
    "decimal",
    "datetime",
    "date",
    "time",
    "list",
    "dict",
    "json",
    "choice",
    "file",
    "readonly",
];

/// Fails after all other subscribers, the one that hands the message to the sender among them.
#[subscriber(priority = 5000)]
async fn refuse(message: Content<Message>, _event: &ObjectAdded) -> Result {
    if message.read().text == REFUSED {
        return Err(Error::precondition("this message is refused"));
    }
    Ok(())
}

/// Fails as no client has a part in it.
#[service(method = GET, name = "@fail", permission = perms::ACCESS_CONTENT)]
async fn fail(_context: Resource) -> Result {
    Err(Error::internal("the secret reason"))
}

/// Takes as long as the test wants: until there is a file [`GO_ON`] in the folder that the server runs in.
#[service(method = GET, name = "@slow", permission = perms::ACCESS_CONTENT)]
async fn slow(_context: Resource) -> Result<Json> {
    while !std::path::Path::new(GO_ON).exists() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    Ok(Json(json!({"slow": true})))
}

/// A defect.
#[service(method = GET, name = "@panic", permission = perms::ACCESS_CONTENT)]
async fn panics(context: Resource) -> Result {
    panic!("a defect at {context}")
}

/// Writes, then answers with an error without raising one (row C-021).
#[service(method = POST, name = "@write-and-refuse", permission = perms::MODIFY_CONTENT)]
async fn write_and_refuse(context: Resource) -> Result<Answer> {
    context.set_attribute("title", "written");
    Ok(Answer::json(json!({"reason": "refused"})).with_status(412))
}

/// Writes in a request that only reads (row C-019).
#[service(method = GET, name = "@write-on-get", permission = perms::ACCESS_CONTENT)]
async fn write_on_get(context: Resource) -> Result {
    context.set_attribute("title", "written");
    Ok(())
}

/// Two variables, the last one with slashes (row C-005).
#[service(method = GET, name = "@route/{one}/{rest:path}", permission = perms::ACCESS_CONTENT)]
async fn route(_context: Resource, request: Request) -> Result<Json> {
    Ok(Json(json!({"one": request.matched("one"), "rest": request.matched("rest")})))
}

/// Offers no container to sign in to; it overrides the page's own, since it is registered for the same.
#[service(method = GET, name = "@chat", permission = perms::ACCESS_CONTENT)]
async fn no_places(_app: App) -> Result<Json> {
    Ok(Json(json!({"containers": []})))
}

/// What no test needs but a factory must provide.
#[interface]
pub trait INothing {}

/// Cannot be made.
#[utility(provides = dyn INothing)]
pub struct Impossible;

#[interface]
impl INothing for Impossible {}

impl AsyncUtility for Impossible {
    type Settings = NoSettings;

    async fn create(_settings: NoSettings, _app: App) -> Result<Self> {
        Err(Error::internal("the moon is in the wrong house"))
    }
}

/// Prints its arguments.
#[command(name = "say", about = "Prints words", example = "test-server say hello")]
async fn say(call: guillotina::commands::CommandCall) -> Result<i32> {
    println!("{}", call.args.join(" "));
    Ok(if call.args.is_empty() { 3 } else { 0 })
}

/// The summary that the framework makes too; it overrides that one, since it is registered for the same.
#[adapter(provides = dyn IResourceSerializeToJsonSummary)]
async fn summary_again(resource: Resource, request: Request) -> Result<Json> {
    default_summary(&resource, &request).await
}
