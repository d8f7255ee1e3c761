// The code of how-to.md. The test `docs` compiles it.
use guillotina::prelude::*;
use guillotina::streams::user_channel;
use guillotina::sync::{Mutex, mpsc};

// ANCHOR: interface
/// Writes to people.
#[interface]
pub trait IPostman {
    /// Takes one letter.
    async fn send(&self, to: &str, text: &str) -> Result;
}
// ANCHOR_END: interface

// ANCHOR: utility
/// `[load_utilities."my_plugin.postman".settings]`
#[settings]
pub struct PostmanSettings {
    /// Letters that may wait. More are refused.
    #[default(100)]
    pub queue: usize,
}

/// Takes letters, and brings them in the background.
#[utility(provides = dyn IPostman)]
pub struct Postman {
    letters: mpsc::Sender<String>,
    bag: Mutex<mpsc::Receiver<String>>,
}

impl AsyncUtility for Postman {
    type Settings = PostmanSettings;

    async fn create(settings: PostmanSettings, _app: App) -> Result<Self> {
        let (letters, bag) = mpsc::channel(settings.queue.max(1));
        Ok(Postman { letters, bag: Mutex::new(bag) })
    }

    async fn initialize(self: Arc<Self>, shutdown: Shutdown) -> Result {
        let mut bag = self.bag.lock().await;
        while let Some(Some(letter)) = shutdown.or(bag.recv()).await {
            println!("{letter}");
        }
        Ok(())
    }
}

#[interface]
impl IPostman for Postman {
    async fn send(&self, to: &str, text: &str) -> Result {
        self.letters
            .try_send(format!("{to}: {text}"))
            .map_err(|_| Error::http(503, json!({"reason": "too many letters wait"})))
    }
}
// ANCHOR_END: utility

// ANCHOR: use_utility
/// Writes a letter to the owner of an object.
#[service(method = POST, name = "@write-to-owner", permission = perms::VIEW_CONTENT)]
async fn write_to_owner(resource: Resource, request: Request, postman: Utility<dyn IPostman>) -> Result<Json> {
    let text = request.object()?.get("text").and_then(Value::as_str).unwrap_or_default();
    let owner = resource.owner().ok_or_else(|| Error::not_found("nobody owns it"))?;
    postman.send(&owner, text).await?;
    Ok(json!({"to": owner}).into())
}
// ANCHOR_END: use_utility

// ANCHOR: content_type
/// Something that somebody has to do.
#[content_type(base = Folder, behaviors(IDublinCore), allowed_types(Note))]
pub struct Task {
    /// How much it matters.
    #[field(values("low", "high"), default = "low")]
    pub priority: String,
    /// Ids of the users who work on it.
    #[field(index = "keyword", patch(max_ops = 100), max_length = 1000)]
    pub workers: Vec<String>,
    /// Hours that it takes.
    #[field(min = 0)]
    pub hours: Option<i64>,
    /// What only managers see.
    #[field(read_permission = perms::MANAGE, write_permission = perms::MANAGE)]
    pub remark: Option<String>,
    /// Where it is done.
    pub place: Option<Address>,
}

/// A field with fields of its own.
#[schema]
pub struct Address {
    /// The town.
    #[field(kind = "text_line", required)]
    pub city: String,
}

/// A note on a task.
#[content_type(globally_addable = false)]
pub struct Note {
    /// What it says.
    #[field(required, max_length = 10_000)]
    pub text: String,
}
// ANCHOR_END: content_type

// ANCHOR: field_options
/// A ticket to an event.
#[content_type(base = Item)]
pub struct Ticket {
    /// What is printed on it.
    #[field(default_factory = admit, extra_values(placeholder = "Admit one", "ui:rows" = {"min": 1, "max": 5}))]
    pub words: String,
    /// Where it counts: the name of the folder that it is put into.
    #[field(readonly, default_factory = place)]
    pub place: String,
    /// The card that paid for it, of which only the beginning is served.
    #[field(kind = "mask_text_line", unmask_len = 4, mask_len = 8)]
    pub card: Option<String>,
    /// Who sold it, such as `shop.main`.
    #[field(kind = "dotted_name", min_dots = 1, max_dots = 3)]
    pub seller: Option<String>,
    /// Who may use it, in two indexes.
    #[field(indexes(holder(type = "text"), holder_key(type = "keyword", store)))]
    pub holder: Option<String>,
}

fn admit() -> &'static str {
    "Admit one"
}

fn place(object: &Resource) -> String {
    object.parent_resource().map(|parent| parent.id().to_string()).unwrap_or_default()
}
// ANCHOR_END: field_options

// ANCHOR: invariants
/// Something that takes place.
#[content_type(base = Folder, invariants(ends_after_start, room_is_free))]
pub struct Event {
    /// When it begins.
    pub start: i64,
    /// When it is over.
    pub end: i64,
}

fn ends_after_start(event: &Event) -> Result<(), Invalid> {
    if event.end < event.start {
        return Err(Invalid::new("the end comes before the start").field("start").field("end"));
    }
    Ok(())
}

async fn room_is_free(event: Content<Event>) -> Result {
    let Some(room) = event.parent_resource() else { return Ok(()) };
    let start = event.read().start;
    let others = room.children::<Event>().collect().await?;
    if others.iter().any(|other| other.id() != event.id() && other.read().start == start) {
        return Err(Invalid::new("something else begins then").field("start").into());
    }
    Ok(())
}
// ANCHOR_END: invariants

// ANCHOR: indexes
/// Something that was measured.
#[content_type(
    indexes(
        sum(type = "int", accessor = sum, fields("values")),
        place(type = "path", accessor = measured_at),
        titles(type = "searchabletext", fields("title")),
    ),
    metadata("title", "values"),
    tagged_values(unit = "mm"),
)]
pub struct Measurement {
    /// What was measured.
    pub values: Vec<i64>,
}

fn sum(measurement: &Measurement) -> Option<i64> {
    measurement.values.iter().copied().reduce(i64::saturating_add)
}

async fn measured_at(measurement: Content<Measurement>) -> Result<Option<String>> {
    Ok(measurement.parent_resource().map(|parent| parent.path()))
}
// ANCHOR_END: indexes

// ANCHOR: behavior
/// Can be rated with stars. Objects of every type can have it.
#[behavior]
pub struct IRated {
    /// How many.
    #[field(min = 0, max = 5)]
    pub stars: i64,
}

/// A marker: it has no fields, but adapters and services can be registered for it.
#[behavior(title = "Archived", for_ = Folder)]
pub struct IArchived;
// ANCHOR_END: behavior

// ANCHOR: adapter
/// The summary of a task, in lists and as the answer to its POST.
#[adapter(provides = dyn IResourceSerializeToJsonSummary)]
async fn task_summary(task: Content<Task>, request: Request) -> Result<Json> {
    let mut summary = default_summary(&task, &request).await?;
    summary.insert("title", task.title());
    summary.insert("priority", &task.read().priority);
    Ok(summary)
}

/// How an object is called in a letter.
#[interface]
pub trait ISalutation {
    /// The words.
    fn words(&self) -> String;
}

/// Those of a task.
pub struct TaskSalutation(Content<Task>);

impl ISalutation for TaskSalutation {
    fn words(&self) -> String {
        format!("The task {}", self.0.id())
    }
}

/// An adapter that is an object. `None` is as if it were not registered.
#[adapter(provides = dyn ISalutation)]
fn task_salutation(task: Content<Task>) -> Option<TaskSalutation> {
    (!task.read().workers.is_empty()).then_some(TaskSalutation(task))
}
// ANCHOR_END: adapter

// ANCHOR: use_adapter
/// What an object is called.
#[service(method = GET, name = "@salutation", permission = perms::VIEW_CONTENT)]
async fn salutation(resource: Resource, request: Request) -> Result<Json> {
    let found = request.app().query_adapter::<dyn ISalutation>(&resource, "")?;
    let words = found.map_or_else(|| resource.id().to_string(), |salutation| salutation.words());
    Ok(json!(words).into())
}
// ANCHOR_END: use_adapter

// ANCHOR: subscriber
/// Tells the workers of a task once it is committed.
#[subscriber(on(ObjectAdded, ObjectModified), priority = 200)]
async fn task_changed(task: Content<Task>, _event: &ObjectEvent, app: App) -> Result {
    let (workers, id) = (task.read().workers.clone(), task.id());
    task.tx().after_commit(move |_tid| {
        app.tasks().spawn(async move { println!("{id} has changed: {workers:?}") });
    });
    Ok(())
}
// ANCHOR_END: subscriber

// ANCHOR: add
/// Adds a task for the caller, as a POST of the caller would: its permission and the constraints of the folder count.
#[service(method = POST, name = "@add-task/{id}", permission = perms::ADD_CONTENT)]
async fn add_task(tasks: Content<Folder>, request: Request) -> Result<Json> {
    let new = NewContent::of("Task").id(request.matched("id").unwrap_or_default()).fields(json!({"title": "To do"}));
    let task = new.add_to(&tasks, &request).await?;
    request.summary(&task).await
}
// ANCHOR_END: add

// ANCHOR: service
/// One worker more. The route has a variable, which is found by its name.
#[service(method = POST, name = "@workers/{user}", permission = perms::MODIFY_CONTENT, summary = "Adds a worker")]
async fn add_worker(task: Content<Task>, request: Request) -> Result<Json> {
    let user = request.matched("user").unwrap_or_default();
    if user.len() > 100 {
        return Err(Error::precondition(format!("no user has such an id on {task}")));
    }
    task.update(|t| t.workers.push(user.to_owned()));
    Ok(json!(task.read().workers).into())
}
// ANCHOR_END: service

// ANCHOR: websocket
/// Sends back what it gets.
#[websocket(name = "@echo", permission = perms::ACCESS_CONTENT)]
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
// ANCHOR_END: websocket

// ANCHOR: stream
/// Keeps the sockets, and delivers to them what is published.
#[utility(provides = dyn ITaskStream)]
pub struct TaskStream {
    streams: Streams,
}

/// Tells users about their tasks.
#[interface]
pub trait ITaskStream {
    /// Streams what is published to the caller.
    async fn listen(&self, container: &Content<Container>, request: &Request, socket: WebSocket) -> Result;
}

impl AsyncUtility for TaskStream {
    type Settings = NoSettings;

    async fn create(_settings: NoSettings, app: App) -> Result<Self> {
        Ok(TaskStream { streams: Streams::new(&app, 10_000) })
    }

    async fn initialize(self: Arc<Self>, shutdown: Shutdown) -> Result {
        self.streams.deliver(shutdown).await;
        Ok(())
    }
}

#[interface]
impl ITaskStream for TaskStream {
    async fn listen(&self, container: &Content<Container>, request: &Request, socket: WebSocket) -> Result {
        self.streams.run(socket, Subscription::of_user(container, request)).await
    }
}

/// Tells the owner that a task was changed.
#[subscriber]
async fn task_modified(task: Content<Task>, _event: &ObjectModified, request: Request) -> Result {
    let owner = task.owner().map(|owner| user_channel(&task.container(), &owner));
    task.tx().publish(&task, owner, request.summary(&task).await?)
}

/// The caller's tasks, live.
#[websocket(name = "@tasks", permission = perms::ACCESS_CONTENT)]
async fn tasks(
    container: Content<Container>,
    socket: WebSocket,
    request: Request,
    stream: Utility<dyn ITaskStream>,
) -> Result {
    stream.listen(&container, &request, socket).await
}
// ANCHOR_END: stream

// ANCHOR: event
/// A task is done.
#[event(base = ObjectEvent)]
#[derive(Clone)]
pub struct TaskDone {
    /// The task.
    pub base: ObjectEvent,
    /// Who did it.
    pub by: String,
}

/// Says that a task is done.
#[service(method = POST, name = "@done", permission = perms::MODIFY_CONTENT)]
async fn done(task: Content<Task>, request: Request, user: CurrentUser) -> Result<Json> {
    let base = ObjectEvent { object: task.resource().clone() };
    let event = TaskDone { base, by: user.id().clone() };
    task.notify(&request, event).await?;
    Ok(json!({}).into())
}

/// A subscriber to it; one to `ObjectEvent` would get it too.
#[subscriber]
async fn task_done(task: Content<Task>, event: &TaskDone) -> Result {
    println!("{} has done {}", event.by, task.id());
    Ok(())
}
// ANCHOR_END: event

// ANCHOR: metric
/// Counts the tasks that are done.
#[subscriber]
async fn count_done(task: Content<Task>, _event: &TaskDone, app: App) -> Result {
    let done = app.metrics().counter("my_plugin_tasks_done", "Tasks that are done.")?;
    task.tx().after_commit(move |_| done.add(1));
    Ok(())
}
// ANCHOR_END: metric

// ANCHOR: addon
/// Prepares a container for tasks.
#[addon(name = "tasks", title = "Tasks")]
pub struct TasksAddon;

impl Addon for TasksAddon {
    async fn install(container: Content<Container>, _request: Request) -> Result {
        if container.child::<Folder>("tasks").await?.is_none() {
            container.create::<Folder>("tasks").await?;
        }
        Ok(())
    }

    async fn uninstall(container: Content<Container>, _request: Request) -> Result {
        match container.child::<Folder>("tasks").await? {
            Some(tasks) => tasks.delete().await,
            None => Ok(()),
        }
    }
}
// ANCHOR_END: addon

// ANCHOR: command
/// Counts the containers of each database.
#[command(name = "count-containers", example = "guillotina count-containers")]
async fn count_containers(call: CommandCall) -> Result {
    for database in call.app.databases() {
        let containers = database.read(|tx| async move { tx.count(None).await }).await?;
        call.say(format!("{}: {containers}", database.name()));
    }
    Ok(())
}
// ANCHOR_END: command

// ANCHOR: settings
/// `[tasks]`
#[settings(section = "tasks")]
pub struct TaskSettings {
    /// Tasks that one user may have. The server refuses more.
    #[default(100)]
    pub most: usize,
    /// Where letters come from.
    #[default]
    pub sender: Option<String>,
}

/// How many tasks one may have.
#[service(method = GET, name = "@most-tasks", permission = perms::ACCESS_CONTENT)]
async fn most_tasks(_container: Content<Container>, settings: Settings<TaskSettings>) -> Result<Json> {
    Ok(json!(settings.most).into())
}
// ANCHOR_END: settings

// ANCHOR: security
permission! { pub CLOSE_TASK = "my_plugin.CloseTask", "Close a task" }
role! { pub FOREMAN = "my_plugin.Foreman", "Foreman", "Who closes tasks", local = true }
grant! { FOREMAN => [CLOSE_TASK, perms::VIEW_CONTENT, perms::ACCESS_CONTENT] }

/// Makes a user the foreman of a task.
#[service(method = POST, name = "@foreman/{user}", permission = perms::CHANGE_PERMISSIONS)]
async fn make_foreman(task: Content<Task>, request: Request) -> Result<Json> {
    task.principal_roles().assign(FOREMAN, request.matched("user").unwrap_or_default());
    Ok(json!({}).into())
}

/// Closes a task.
#[service(method = POST, name = "@close", permission = CLOSE_TASK)]
async fn close(task: Content<Task>) -> Result<Json> {
    task.update(|t| t.workers.clear());
    Ok(json!({}).into())
}
// ANCHOR_END: security
