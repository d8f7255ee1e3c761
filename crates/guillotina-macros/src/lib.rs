//! The attributes that turn an item into a registration.
//!
//! Each attribute keeps the item as it is, checks what is written at its own place in the source, and adds one const
//! registration that the server collects at link time. What they emit refers to `::guillotina` alone.
//!
//! Unknown options are errors. A mistake in an attribute leaves the item in place, so that it gives one error.

mod adapter;
mod common;
mod content;
mod directives;
mod errors;
mod event;
mod field;
mod function;
mod interface;
mod options;
mod service;
mod settings;
mod structs;
mod subscriber;

use proc_macro::TokenStream;

macro_rules! attributes {
    ($($(#[$doc:meta])* $name:ident => $expand:path;)*) => {$(
        $(#[$doc])*
        #[proc_macro_attribute]
        pub fn $name(options: TokenStream, item: TokenStream) -> TokenStream {
            $expand(options.into(), item.into()).into()
        }
    )*};
}

attributes! {
    /// Makes a trait an interface that objects provide, or boxes the async functions of an `impl` of one.
    ///
    /// On a trait: `dyn Trait` can be provided by utilities and adapters. The trait gets the supertraits `Send + Sync + 'static`
    /// and may have async functions. If its only item is `async fn name(&self) -> T`, an `async fn` can be its adapter.
    ///
    /// | option | |
    /// |---|---|
    /// | `name = "a.b.IName"` | dotted name; otherwise made from the module path |
    /// | `extends(dyn IBase)` | interfaces that objects with this one also answer for; they become supertraits |
    ///
    /// On `impl Trait for Type`, for traits with async functions; no options.
    ///
    /// ```ignore
    /// /// Sends messages to users that are connected.
    /// #[interface]
    /// pub trait IMessageSender {
    ///     async fn send(&self, text: &str) -> Result;
    /// }
    ///
    /// #[interface]
    /// impl IMessageSender for Sender {
    ///     async fn send(&self, text: &str) -> Result { /* … */ }
    /// }
    /// ```
    interface => interface::expand;
    /// Makes a struct an event, which subscribers take by reference.
    ///
    /// | option | |
    /// |---|---|
    /// | `base = ObjectEvent` | the event it is based on; the struct embeds it as its field `base`, and subscribers to the base get that |
    /// | `name = "a.b.IName"` | dotted name of its interface; otherwise `I` and the struct's name in its module |
    ///
    /// ```ignore
    /// #[event(base = ObjectEvent)]
    /// #[derive(Clone)]
    /// pub struct RoomOpened {
    ///     pub base: ObjectEvent,
    /// }
    /// ```
    event => event::expand;
    /// Makes a struct a content type; its fields are stored, validated, served and described by a schema.
    ///
    /// Derives `Clone`, `Debug`, serde's traits and `Default` unless they are there. The doc comment is the description.
    ///
    /// | option | |
    /// |---|---|
    /// | `base = Folder` | what it is based on, `Item` otherwise |
    /// | `name = "Name"` | the name on the wire (`@type`), the struct's otherwise |
    /// | `interface = "a.b.IName"` | dotted name of its interface; otherwise `I` and the struct's name in its module |
    /// | `behaviors(IDublinCore)` | its static behaviours |
    /// | `allowed_types(Message)` | what may be added inside; otherwise every globally addable type |
    /// | `globally_addable = false` | it is added only where its container names it |
    /// | `add_permission = perms::X` | permission to add one |
    /// | `title = "…"` | for people; otherwise made from the name |
    /// | `invariants(ends_after_start)` | functions over all fields: `fn(&T) -> Result<(), Invalid>` or `async fn(Content<T>) -> Result` |
    /// | `indexes(year(type = "int", accessor = f, fields("start"), store))` | indexes that are not simply one field's |
    /// | `metadata("title")` | fields that the catalog keeps beside the indexes |
    /// | `tagged_values(colour = "red")` | whatever else is said of it |
    /// | `base = none`, `folderish` | for the framework's own: a type without base, with or without children |
    ///
    /// A field is optional unless it is `required`; a missing one has its default. The type `Option<T>` can be without value;
    /// for every other type null stands for the default. The doc comment is the description. Options of `#[field(…)]`:
    ///
    /// | option | |
    /// |---|---|
    /// | `title`, `description`, `widget` | texts |
    /// | `required`, `readonly`, `metadata`, `unique` | flags |
    /// | `default = 10`, `missing_value = 0` | in the field's Rust type |
    /// | `default_factory = function` | the default is made by `fn() -> T` or, once for each object, by `fn(&Resource) -> T` |
    /// | `extra_values(rows = 5)` | further members of the JSON schema |
    /// | `min`, `max`, `min_length`, `max_length`, `constraint = function` | bounds |
    /// | `kind = "text_line"` | narrower than the type says; on a `Vec` or set it is said of the items; also `"tuple"`, `"dict of file"` |
    /// | `values("a", "b")`, `vocabulary = "name"` | choices |
    /// | `unmask_len = 2`, `mask_len = 6`, `min_dots = 1`, `max_dots = 3` | of masked lines and dotted names |
    /// | `index = "keyword"`, `index_name = "…"`, `store` | how it is searched |
    /// | `indexes(title(type = "text"), title_key(type = "keyword"))` | the same for several indexes |
    /// | `read_permission = perms::X`, `write_permission = perms::X` | who may |
    /// | `patch`, `patch(max_ops = 100)` | it takes patch operations |
    /// | `context` | in a behaviour: kept on the object itself |
    ///
    /// ```ignore
    /// /// One line said in a conversation.
    /// #[content_type(behaviors(IDublinCore), globally_addable = false)]
    /// pub struct Message {
    ///     /// What was said.
    ///     #[field(index = "text", required)]
    ///     pub text: String,
    /// }
    /// ```
    content_type => content::content_type;
    /// Makes a struct a behaviour: fields that objects of several types have. A struct without fields is a marker.
    ///
    /// The struct is named as the interface that it is, `I…`. Its fields are written as in [`macro@content_type`].
    ///
    /// | option | |
    /// |---|---|
    /// | `name = "a.b.IName"` | dotted name, the key on the wire; otherwise made from the module path |
    /// | `title = "…"` | for people; otherwise made from the name |
    /// | `auto_serialize = false` | served only when it is asked for |
    /// | `for_ = Folder` | what may have it; otherwise every resource |
    /// | `invariants(…)`, `indexes(…)`, `metadata(…)`, `tagged_values(…)` | as in [`macro@content_type`] |
    ///
    /// ```ignore
    /// /// Can be rated with stars.
    /// #[behavior]
    /// pub struct IRated {
    ///     #[field(min = 0, max = 5)]
    ///     pub stars: i64,
    /// }
    /// ```
    behavior => content::behavior;
    /// Makes a struct the type of a field: an object with fields of its own, written as in [`macro@content_type`].
    ///
    /// Options: `name = "a.b.IName"` (dotted name of the schema), `title = "…"`, `invariants(…)`, `tagged_values(…)`.
    ///
    /// ```ignore
    /// #[schema]
    /// pub struct Address {
    ///     #[field(kind = "text_line", required)]
    ///     pub city: String,
    /// }
    /// ```
    schema => content::schema;
    /// Makes a struct a section of the settings.
    ///
    /// Every field needs a doc comment, which becomes the operator's documentation, and `#[default(…)]`; `#[default]` alone
    /// is the default of the type. With `section = "key"` it is read from that key of the settings, and `Settings<T>` injects
    /// it; without, it is the type of a utility's settings or of a field in another section. Unknown keys are mistakes.
    ///
    /// ```ignore
    /// #[settings(section = "chat")]
    /// pub struct ChatSettings {
    ///     /// Frames kept for a slow reader before its socket is closed.
    ///     #[default(512)]
    ///     pub backlog: usize,
    /// }
    /// ```
    settings => settings::expand;
    /// Makes a struct a factory of utilities, which `[load_utilities."…"]` names by the struct's dotted name.
    ///
    /// The struct implements `AsyncUtility` and the interfaces that it provides.
    ///
    /// | option | |
    /// |---|---|
    /// | `provides = dyn I`, `provides(dyn I, dyn J)` | required; the first is the default |
    /// | `needs(dyn I)` | utilities that are created before it |
    ///
    /// ```ignore
    /// #[utility(provides = dyn IMessageSender)]
    /// pub struct MessageSender { /* … */ }
    /// ```
    utility => structs::utility;
    /// Makes a function an adapter: its parameters, one to four, are the adapted objects.
    ///
    /// A plain `fn` returns `T`, `Option<T>`, `Result<T>` or `Result<Option<T>>` with a `T` that implements the interface;
    /// `None` is as if the adapter were not registered. An `async fn` is the only method of the interface. Parameters marked
    /// `#[inject]` are injected.
    ///
    /// | option | |
    /// |---|---|
    /// | `provides = dyn I` | required |
    /// | `name = "…"` | the adapter's name; mostly none |
    ///
    /// ```ignore
    /// #[adapter(provides = dyn IResourceSerializeToJsonSummary)]
    /// async fn message_summary(message: Content<Message>, request: Request) -> Result<Json> { /* … */ }
    /// ```
    adapter => adapter::expand;
    /// Makes an async function a subscriber to events on objects, which runs inside the transaction.
    ///
    /// First parameter: the object; second: the event, by reference; all others are injected. It returns `Result`, whose error
    /// aborts the transaction.
    ///
    /// | option | |
    /// |---|---|
    /// | `on(ObjectAdded, ObjectModified)` | the events, when the second parameter is what they are based on |
    /// | `priority = 50` | lower runs first; 100 otherwise |
    ///
    /// ```ignore
    /// #[subscriber]
    /// async fn message_added(message: Content<Message>, _event: &ObjectAdded, sender: Utility<dyn IMessageSender>) -> Result {
    ///     sender.send(&message.read().text).await
    /// }
    /// ```
    subscriber => subscriber::expand;
    /// Makes an async function a service: what one HTTP method does on a context.
    ///
    /// First parameter: the context; all others are injected. It returns `Result<T>` with a `T` that is an answer.
    ///
    /// | option | |
    /// |---|---|
    /// | `method = GET` | required |
    /// | `permission = perms::X` | required; `perms::PUBLIC` is everyone |
    /// | `name = "@view"`, `"@view/{part}"` | the route behind the object's path; without, the object itself |
    /// | `allow_access` | the context need not be accessible |
    /// | `layer = dyn I` | only where that layer is active |
    /// | `read_only`, `read_only = false` | whether the transaction commits nothing, if the method does not say it |
    /// | `summary = "…"` | one line; otherwise the doc comment |
    ///
    /// ```ignore
    /// /// A conversation's messages, oldest first.
    /// #[service(method = GET, name = "@messages", permission = perms::ACCESS_CONTENT)]
    /// async fn messages(conversation: Content<Conversation>, request: Request) -> Result<Json> { /* … */ }
    /// ```
    service => service::service;
    /// Makes an async function a WebSocket endpoint on a context. It runs for the life of the socket, without a transaction.
    ///
    /// First parameter: the context; all others are injected, among them the `WebSocket`. It returns `Result`.
    ///
    /// Options: `name = "@view"` and `permission = perms::X`, both required; `allow_access` as for [`macro@service`].
    ///
    /// ```ignore
    /// #[websocket(name = "@conversate", permission = perms::ACCESS_CONTENT)]
    /// async fn conversate(container: Content<Container>, ws: WebSocket, user: CurrentUser) -> Result { /* … */ }
    /// ```
    websocket => service::websocket;
    /// Makes a struct an add-on, which is installed into containers. The struct implements `Addon`.
    ///
    /// | option | |
    /// |---|---|
    /// | `name = "…"`, `title = "…"` | required |
    /// | `requires("a", "b")` | add-ons that are installed before it |
    /// | `layer = dyn I` | active where it is installed |
    ///
    /// ```ignore
    /// #[addon(name = "guillotina_chat", title = "Guillotina chat")]
    /// pub struct ChatAddon;
    /// ```
    addon => structs::addon;
    /// Makes an async function a command of the binary. It takes a `CommandCall` and returns `Result` or `Result<i32>`, the exit code.
    ///
    /// Options: `name = "…"`, required; `about = "…"`, the line of `--help`, otherwise the doc comment; `example = "…"`.
    ///
    /// ```ignore
    /// /// Counts the conversations.
    /// #[command(name = "count-conversations")]
    /// async fn count(call: CommandCall) -> Result { /* … */ }
    /// ```
    command => structs::command;
}
