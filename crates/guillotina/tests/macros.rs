//! What the attributes emit, as an author's crate sees it.

#![allow(missing_docs)]

use guillotina::__rt::{Kind, Place, Registration, inventory};
use guillotina::commands::CommandCall;
use guillotina::prelude::*;
use serde_json::{Map, Value, json};
use std::any::TypeId;
use std::sync::Arc;

/// A room.
///
/// Not part of the description.
#[content_type(base = Folder, behaviors(IRated), allowed_types(Line), add_permission = perms::ADD_CONTENT)]
pub struct ChatRoom {
    /// Who takes part.
    #[field(index = "keyword", patch(max_ops = 100))]
    pub users: Vec<String>,
    /// How many may.
    #[field(default = 10, min = 2, max = 100)]
    pub seats: i64,
    #[field(required, title = "Topic", max_length = 80, read_permission = perms::VIEW_CONTENT)]
    pub topic: String,
    #[field(values("red", "blue"), default = "red")]
    pub colour: Option<String>,
    pub place: Spot,
}

#[content_type(globally_addable = false, name = "ChatLine", interface = "chat.ILine", title = "One line")]
pub struct Line {
    pub text: Option<String>,
}

/// Where it is.
#[schema]
#[derive(PartialEq)]
pub struct Spot {
    #[field(kind = "text_line")]
    pub city: String,
}

/// Stars.
#[behavior(auto_serialize = false, for_ = Folder)]
pub struct IRated {
    #[field(context)]
    pub stars: u8,
}

/// Can be seen.
#[behavior(name = "chat.IVisible")]
pub struct IVisible;

#[interface]
pub trait INamed {
    fn name(&self) -> String;
}

/// Greets.
#[interface(name = "chat.IGreeter", extends(dyn INamed))]
pub trait IGreeter {
    async fn greet(&self, whom: &str) -> Result<String>;
}

#[interface]
pub trait ISummary {
    async fn summary(&self) -> Result<Json>;
}

pub struct Polite;

impl INamed for Polite {
    fn name(&self) -> String {
        "polite".to_owned()
    }
}

#[interface]
impl IGreeter for Polite {
    async fn greet(&self, whom: &str) -> Result<String> {
        Ok(format!("Good morning, {whom}"))
    }
}

#[event(base = ObjectEvent)]
#[derive(Clone)]
pub struct RoomOpened {
    pub base: ObjectEvent,
    pub seats: i64,
}

#[event(name = "chat.ITick")]
pub struct Tick;

/// `[chat]`
#[settings(section = "chat")]
pub struct ChatSettings {
    /// Frames kept for a slow reader.
    #[default(512)]
    pub backlog: usize,
    /// Greeting.
    #[default("hello")]
    pub greeting: String,
    /// Where to send.
    #[default]
    pub target: Option<String>,
    /// Words.
    #[default(["a", "b"])]
    pub words: Vec<String>,
    /// Limits.
    #[default]
    pub limits: Limits,
}

#[settings]
pub struct Limits {
    /// The largest.
    #[default(1.5)]
    pub largest: f64,
}

/// Greets people.
#[utility(provides(dyn IGreeter, dyn INamed), needs(dyn ISummary))]
pub struct Greeter {
    greeting: String,
}

impl AsyncUtility for Greeter {
    type Settings = ChatSettings;
    async fn create(settings: ChatSettings, _app: App) -> Result<Self> {
        Ok(Greeter { greeting: settings.greeting })
    }
}

impl INamed for Greeter {
    fn name(&self) -> String {
        self.greeting.clone()
    }
}

#[interface]
impl IGreeter for Greeter {
    async fn greet(&self, whom: &str) -> Result<String> {
        Ok(format!("{} {whom}", self.greeting))
    }
}

#[adapter(provides = dyn ISummary)]
async fn room_summary(room: Content<ChatRoom>, request: Request, #[inject] user: CurrentUser) -> Result<Json> {
    let mut json = Json::object();
    json.insert("users", &room.read().users);
    json.insert("path", request.path());
    json.insert("user", user.id());
    Ok(json)
}

#[adapter(provides = dyn IGreeter, name = "polite")]
fn polite(_room: Content<ChatRoom>) -> Polite {
    Polite
}

#[adapter(provides = dyn INamed)]
fn maybe_named(_object: Resource, #[inject] _user: CurrentUser) -> Result<Option<Polite>> {
    Ok(None)
}

#[adapter(provides = dyn INamed, name = "result")]
fn result_named(_object: Resource) -> Result<Polite> {
    Ok(Polite)
}

#[adapter(provides = dyn INamed, name = "option")]
fn option_named(_a: Resource, _b: Resource, _c: Request, _d: Resource) -> Option<Polite> {
    Some(Polite)
}

#[subscriber(on(ObjectAdded, RoomOpened), priority = 50)]
async fn room_changed(room: Content<ChatRoom>, event: &ObjectEvent, _user: CurrentUser) -> Result {
    let _ = (room.read(), &event.object);
    Ok(())
}

#[subscriber]
async fn opened(_context: Resource, _event: &RoomOpened, _greeter: Option<Utility<dyn IGreeter>>) -> Result {
    Ok(())
}

/// The rooms of the caller.
#[service(method = GET, name = "@rooms", permission = perms::ACCESS_CONTENT)]
async fn rooms(_container: Content<Container>, _request: Request, greeter: Utility<dyn IGreeter>) -> Result<Json> {
    greeter.greet("all").await?;
    Ok(Json::object())
}

#[service(method = DELETE, permission = perms::PUBLIC, allow_access, read_only = false, layer = dyn IDefaultLayer, summary = "Deletes it")]
async fn delete(_context: Resource) -> Result<()> {
    Ok(())
}

#[service(method = GET, name = "@settings", permission = perms::PUBLIC)]
async fn show(_context: App, settings: Settings<ChatSettings>) -> Result<u64> {
    Ok(settings.backlog as u64)
}

#[websocket(name = "@listen", permission = perms::ACCESS_CONTENT)]
async fn listen(_room: Content<ChatRoom>, _user: CurrentUser) -> Result {
    Ok(())
}

#[addon(name = "chat", title = "Chat", requires("users"), layer = dyn IDefaultLayer)]
pub struct ChatAddon;

impl Addon for ChatAddon {
    async fn install(_container: Content<Container>, _request: Request) -> Result {
        Ok(())
    }
}

/// Counts the rooms.
#[command(name = "count-rooms", example = "guillotina count-rooms")]
async fn count_rooms(call: CommandCall) -> Result<i32> {
    Ok(call.args.len() as i32)
}

#[command(name = "nothing", about = "Does nothing")]
async fn nothing(_call: CommandCall) -> Result {
    Ok(())
}

fn find(item: &str, word: &str) -> &'static Registration {
    let mut all = inventory::iter::<Registration>.into_iter();
    let found = all.find(|r| r.place.module == module_path!() && r.place.item == item && r.kind.word() == word);
    found.unwrap_or_else(|| panic!("no {word} `{item}` is registered"))
}

fn names(interfaces: &[fn() -> &'static guillotina::__rt::Interface]) -> Vec<&'static str> {
    interfaces.iter().map(|i| i().name()).collect()
}

fn line_of(text: &str) -> u32 {
    let found = include_str!("macros.rs").lines().position(|l| l.starts_with(text));
    found.map_or(0, |line| line as u32 + 1)
}

#[test]
fn places_are_those_of_the_items() {
    let Place { krate, module, item, file, line, doc } = find("ChatRoom", "content_type").place;
    assert_eq!((krate, module, item), (env!("CARGO_PKG_NAME"), "macros", "ChatRoom"));
    assert!(file.ends_with("macros.rs"), "{file}");
    assert_eq!((line, doc), (line_of("pub struct ChatRoom"), "A room."));
    assert_eq!(find("rooms", "service").place.line, line_of("async fn rooms"));
    assert_eq!(find("IGreeter", "interface").place.line, line_of("pub trait IGreeter"));
}

#[test]
fn content_types_are_declared() {
    let Kind::ContentType(decl) = &find("ChatRoom", "content_type").kind else { panic!() };
    assert_eq!((decl.type_name, decl.base, decl.folderish, decl.globally_addable), ("ChatRoom", "Folder", true, true));
    assert_eq!((decl.title, decl.description), ("Chat room", "A room."));
    assert_eq!(names(decl.behaviors), ["macros.IRated"]);
    assert_eq!(decl.allowed_types, Some(&["ChatLine"][..]));
    assert_eq!(decl.add_permission, Some(perms::ADD_CONTENT));
    let interface = (decl.vtable.interface)();
    assert_eq!(interface.name(), "macros.IChatRoom");
    let order: Vec<_> = interface.resolution_order().iter().map(|i| i.name()).collect();
    assert_eq!(order[1..3], ["guillotina.interfaces.IFolder", "guillotina.interfaces.IResource"]);

    let Kind::ContentType(decl) = &find("Line", "content_type").kind else { panic!() };
    assert_eq!((decl.type_name, decl.base, decl.folderish, decl.globally_addable), ("ChatLine", "Item", false, false));
    assert_eq!((decl.title, decl.description, decl.allowed_types), ("One line", "", None));
    assert_eq!((decl.vtable.interface)().name(), "chat.ILine");
}

#[test]
fn fields_become_a_schema() {
    let Kind::ContentType(decl) = &find("ChatRoom", "content_type").kind else { panic!() };
    let fields = (decl.vtable.fields)();
    let described: Vec<_> = fields.iter().map(|f| (&*f.name, f.required, f.description.as_deref())).collect();
    let expected = [
        ("users", false, Some("Who takes part.")),
        ("seats", false, Some("How many may.")),
        ("topic", true, None),
        ("colour", false, None),
        ("place", false, None),
    ];
    assert_eq!(described, expected);
    assert!(fields.iter().all(|f| f.problems().is_empty()));
    let users = &fields[0];
    assert_eq!(users.patch.and_then(|p| p.max_ops), Some(100));
    assert_eq!(users.indexes[0].kind.as_str(), "keyword");
    assert_eq!(
        users.deserialize(&json!({"op": "append", "value": "ann"}), Some(&json!([])), &()).unwrap(),
        json!(["ann"])
    );
    let seats = &fields[1];
    assert_eq!(seats.default_value(), Some(json!(10)));
    assert!(seats.deserialize(&json!(1), None, &()).is_err() && seats.deserialize(&json!(100), None, &()).is_ok());
    let topic = &fields[2];
    assert_eq!(
        (topic.title.as_deref(), topic.read_permission.as_deref()),
        (Some("Topic"), Some(perms::VIEW_CONTENT.id()))
    );
    assert!(topic.deserialize(&json!("x".repeat(81)), None, &()).is_err());
    assert!(fields[3].deserialize(&json!("green"), None, &()).is_err());
    assert_eq!(fields[3].default_value(), Some(json!("red")));
    assert_eq!(fields[4].deserialize(&json!({"city": "Bonn"}), None, &()).unwrap(), json!({"city": "Bonn"}));
}

#[test]
fn field_sets_read_what_is_stored() {
    let Kind::ContentType(decl) = &find("ChatRoom", "content_type").kind else { panic!() };
    let expected = json!({"users": [], "seats": 10, "topic": "", "colour": "red", "place": {"city": ""}});
    assert_eq!(Value::Object((decl.vtable.default)().to_map().unwrap()), expected);
    // null stands for "no value": a type that has none keeps its default; other structs' keys are left alone
    let stored = json!({"users": null, "seats": null, "colour": null, "topic": "T", "else": 1});
    let set = (decl.vtable.decode)(stored.as_object().unwrap()).unwrap();
    let expected = json!({"users": [], "seats": 10, "topic": "T", "colour": null, "place": {"city": ""}});
    assert_eq!(Value::Object(set.to_map().unwrap()), expected);
    let wrong = json!({"users": 5});
    assert!((decl.vtable.decode)(wrong.as_object().unwrap()).is_err());
}

#[test]
fn behaviors_are_declared() {
    let Kind::Behavior(decl) = &find("IRated", "behavior").kind else { panic!() };
    assert_eq!((decl.title, decl.description, decl.auto_serialize), ("Rated", "Stars.", false));
    assert_eq!(names(&[decl.for_, decl.vtable.interface]), ["guillotina.interfaces.IFolder", "macros.IRated"]);
    assert_eq!(decl.context_fields, ["stars"]);
    let Kind::Behavior(marker) = &find("IVisible", "behavior").kind else { panic!() };
    assert_eq!((marker.vtable.interface)().name(), "chat.IVisible");
    assert_eq!(((marker.vtable.fields)().len(), (marker.vtable.default)().to_map().unwrap()), (0, Map::new()));
    assert!((marker.vtable.decode)(&Map::new()).is_ok());
    assert_eq!(names(&[marker.for_]), ["guillotina.interfaces.IResource"]);
}

#[test]
fn interfaces_have_names_and_bases() {
    use guillotina::__rt::InterfaceType;
    let named = <dyn INamed>::interface();
    let greeter = <dyn IGreeter>::interface();
    assert_eq!((named.name(), greeter.name()), ("macros.INamed", "chat.IGreeter"));
    assert!(greeter.extends(named) && !named.extends(greeter));
    let Kind::Interface(registered) = find("IGreeter", "interface").kind else { panic!() };
    assert_eq!(registered(), greeter);
}

#[test]
fn objects_are_upcast_to_the_bases_of_their_interface() {
    use guillotina::__rt::{InterfaceType, Provided};
    let polite: Arc<dyn IGreeter> = Arc::new(Polite);
    let up = <dyn IGreeter>::upcast_arc(polite.clone(), <dyn INamed>::interface()).unwrap();
    assert_eq!(up.downcast::<Arc<dyn INamed>>().unwrap().name(), "polite");
    let same = <dyn IGreeter>::upcast_arc(polite.clone(), <dyn IGreeter>::interface()).unwrap();
    assert!(same.is::<Arc<dyn IGreeter>>());
    assert!(<dyn IGreeter>::upcast_arc(polite, <dyn ISummary>::interface()).is_none());
    let boxed = <dyn IGreeter>::upcast_box(Box::new(Polite), <dyn INamed>::interface()).unwrap();
    assert_eq!(boxed.downcast::<Box<dyn INamed>>().unwrap().name(), "polite");
    assert!(<dyn INamed>::upcast_box(Box::new(Polite), <dyn IGreeter>::interface()).is_none());
}

#[tokio::test]
async fn an_interface_with_one_method_can_be_a_function() {
    use guillotina::__rt::FromFn;
    let summary = <dyn ISummary>::from_fn(Box::new(|| Box::pin(async { Ok(Json(json!({"a": 1}))) })));
    assert_eq!(summary.summary().await.unwrap().0, json!({"a": 1}));
    assert_eq!(summary.summary().await.unwrap().0, json!({"a": 1}));
}

#[test]
fn events_contain_their_base() {
    use guillotina::__rt::{Event, InterfaceType};
    let tick = Tick;
    assert!(tick.as_type(TypeId::of::<Tick>()).is_some() && tick.as_type(TypeId::of::<ObjectEvent>()).is_none());
    assert_eq!(Event::interface(&tick).name(), "chat.ITick");
    assert_eq!(RoomOpened::type_interface().name(), "macros.IRoomOpened");
    assert!(RoomOpened::type_interface().extends(<ObjectEvent as InterfaceType>::interface()));
    assert!(matches!(find("RoomOpened", "event").kind, Kind::Event(i) if i() == RoomOpened::type_interface()));
}

#[test]
fn adapters_are_declared() {
    let Kind::Adapter(decl) = &find("room_summary", "adapter").kind else { panic!() };
    assert_eq!(names(decl.required), ["macros.IChatRoom", "guillotina.interfaces.IRequest"]);
    assert_eq!((names(&[decl.provides]), decl.name, decl.needs.len()), (vec!["macros.ISummary"], "", 1));
    let Kind::Adapter(decl) = &find("polite", "adapter").kind else { panic!() };
    assert_eq!((names(&[decl.provides]), decl.name), (vec!["chat.IGreeter"], "polite"));
    let Kind::Adapter(decl) = &find("option_named", "adapter").kind else { panic!() };
    assert_eq!(decl.required.len(), 4);
}

#[test]
fn adapters_are_upcast() {
    use guillotina::__rt::InterfaceType;
    let Kind::Adapter(decl) = &find("polite", "adapter").kind else { panic!() };
    let made: Box<dyn IGreeter> = Box::new(Polite);
    let up = (decl.upcast)(Box::new(made), <dyn INamed>::interface()).unwrap();
    assert_eq!(up.downcast::<Box<dyn INamed>>().unwrap().name(), "polite");
    assert!((decl.upcast)(Box::new(5), <dyn INamed>::interface()).is_none());
}

#[test]
fn subscribers_are_declared() {
    let Kind::Subscriber(decl) = &find("room_changed", "subscriber").kind else { panic!() };
    assert_eq!(names(&[decl.context]), ["macros.IChatRoom"]);
    assert_eq!(names(decl.events), ["guillotina.interfaces.IObjectAddedEvent", "macros.IRoomOpened"]);
    assert_eq!((decl.priority, decl.needs.len()), (50, 1));
    let Kind::Subscriber(decl) = &find("opened", "subscriber").kind else { panic!() };
    assert_eq!(
        (names(&[decl.context]), names(decl.events)),
        (vec!["guillotina.interfaces.IResource"], vec!["macros.IRoomOpened"])
    );
    assert_eq!(decl.priority, 100);
}

#[test]
fn services_are_declared() {
    let Kind::Service(decl) = &find("rooms", "service").kind else { panic!() };
    assert_eq!((decl.method.as_str(), decl.name, decl.permission), ("GET", "@rooms", perms::ACCESS_CONTENT));
    assert_eq!((decl.summary, decl.allow_access, decl.read_only), ("The rooms of the caller.", false, None));
    assert_eq!(names(&[decl.context]), ["guillotina.interfaces.IContainer"]);
    assert!(matches!(decl.needs[1](), guillotina::__rt::Need::Utility(i) if i().name() == "chat.IGreeter"));
    let Kind::Service(decl) = &find("delete", "service").kind else { panic!() };
    assert_eq!((decl.name, decl.summary, decl.allow_access, decl.read_only), ("", "Deletes it", true, Some(false)));
    assert_eq!(decl.layer.map(|l| l().name()), Some("guillotina.interfaces.IDefaultLayer"));
    let Kind::WebSocket(decl) = &find("listen", "websocket").kind else { panic!() };
    assert_eq!((decl.name, decl.allow_access, decl.needs.len()), ("@listen", false, 1));
}

#[test]
fn settings_are_documented() {
    let Kind::Settings(decl) = &find("ChatSettings", "settings").kind else { panic!() };
    assert_eq!(decl.section, "chat");
    let fields: Vec<_> = decl.fields.iter().map(|f| (f.name, f.kind, (f.default)(), f.doc)).collect();
    let expected = [
        ("backlog", "integer", json!(512), "Frames kept for a slow reader."),
        ("greeting", "string", json!("hello"), "Greeting."),
        ("target", "string", Value::Null, "Where to send."),
        ("words", "list of string", json!(["a", "b"]), "Words."),
        ("limits", "table", json!({"largest": 1.5}), "Limits."),
    ];
    assert_eq!(fields, expected);
    let settings: ChatSettings = serde_json::from_value(json!({"backlog": 3})).unwrap();
    assert_eq!((settings.backlog, settings.greeting.as_str(), settings.limits.largest), (3, "hello", 1.5));
    assert!(serde_json::from_value::<ChatSettings>(json!({"backlogs": 3})).is_err());
}

#[test]
fn utilities_are_declared() {
    let Kind::Utility(decl) = &find("Greeter", "utility").kind else { panic!() };
    assert_eq!(names(decl.provides), ["chat.IGreeter", "macros.INamed"]);
    assert_eq!((decl.settings.len(), decl.needs.len()), (5, 1));
    assert_eq!(find("Greeter", "utility").place.dotted(), "macros.Greeter");
}

#[test]
fn addons_and_commands_are_declared() {
    let Kind::Addon(decl) = &find("ChatAddon", "addon").kind else { panic!() };
    assert_eq!((decl.name, decl.title, decl.dependencies), ("chat", "Chat", &["users"][..]));
    assert!(decl.layer.is_some());
    let Kind::Command(decl) = &find("count_rooms", "command").kind else { panic!() };
    assert_eq!((decl.name, decl.about, decl.example), ("count-rooms", "Counts the rooms.", "guillotina count-rooms"));
    let Kind::Command(decl) = &find("nothing", "command").kind else { panic!() };
    assert_eq!((decl.about, decl.example), ("Does nothing", ""));
}
