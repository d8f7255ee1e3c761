//! `[provision]`: containers, add-ons, users and content that are made at the start when they are missing.
//!
//! What exists is never changed, so the section can stay in the settings: a title that somebody edited, a user whose
//! password was changed or an object that was moved into another folder is left alone.

use crate::adding::NewContent;
use crate::app::{App, Components};
use crate::content::{Container, Content};
use crate::error::{Error, Result};
use crate::request::{CurrentUser, Request};
use crate::resource::Resource;
use crate::root::Database;
use crate::settings::CoreSettings;
use crate::transaction::Tx;
use crate::{BoxFuture, addons, ids};
use guillotina_macros::settings;
use guillotina_security::is_reserved_id;
use guillotina_settings::{Code, Diagnostic, Diagnostics, Node, Origin, Settings, nearest};
use serde_json::{Map, Value, json};

/// The folder and the type in which an application keeps users.
const USERS_FOLDER: &str = "users";
const USER_TYPE: &str = "User";

/// `[provision]`
#[settings]
pub struct Provision {
    /// The containers: `[[provision.containers]]`.
    #[default]
    pub containers: Vec<ContainerSpec>,
}

/// One container of `[[provision.containers]]`.
#[settings]
pub struct ContainerSpec {
    /// The database that it is in.
    #[default("db")]
    pub database: String,
    /// Its id, the second part of its path.
    #[default]
    pub id: String,
    /// Its title.
    #[default]
    pub title: Option<String>,
    /// Its content type, one of `container_types`.
    #[default("Container")]
    pub type_name: String,
    /// Add-ons that are installed into it, by id.
    #[default]
    pub addons: Vec<String>,
    /// Users that are added to it; an add-on that keeps users must be installed.
    #[default]
    pub users: Vec<UserSpec>,
    /// Objects that are added to it, each as the body of a POST: `@type`, `id` and fields; `items` are added inside.
    #[default]
    pub content: Vec<Map<String, Value>>,
}

/// One user of a container.
#[settings]
pub struct UserSpec {
    /// The id, by which the user logs in.
    #[default]
    pub id: String,
    /// The password, plain or as `algorithm:salt:hash` (row A-010).
    #[default]
    pub password: String,
    /// The e-mail address.
    #[default]
    pub email: Option<String>,
    /// Roles that the user has in the whole container.
    #[default]
    pub roles: Vec<String>,
}

/// Checks what can be known before anything is opened.
pub(crate) fn check(core: &CoreSettings, settings: &Settings, components: &Components, diagnostics: &mut Diagnostics) {
    for (container, node) in core.provision.containers.iter().zip(containers(settings)) {
        let mut checks = Checks { node, diagnostics };
        if container.id.is_empty() {
            checks.wrong("id", "a container without id".to_owned(), "add `id = \"container\"`".to_owned());
        } else if !ids::is_valid(&container.id, &core.valid_id_characters) {
            checks.wrong(
                "id",
                format!("\"{}\" cannot be the id of a container", container.id),
                "use small letters, digits and `-`".to_owned(),
            );
        }
        checks.known(
            "database",
            &container.database,
            "database",
            crate::settings::database_names(settings).iter().copied(),
        );
        checks.known(
            "type_name",
            &container.type_name,
            "type of container",
            core.container_types.iter().map(String::as_str),
        );
        for addon in &container.addons {
            checks.known("addons", addon, "add-on", components.addons.iter().map(|(decl, _)| decl.name));
        }
        for (user, node) in container.users.iter().zip(items(node, "users")) {
            check_user(user, components, &mut Checks { node, diagnostics });
        }
    }
}

fn check_user(user: &UserSpec, components: &Components, checks: &mut Checks<'_>) {
    if user.id.is_empty() || is_reserved_id(&user.id) {
        checks.wrong("id", format!("\"{}\" cannot be the id of a user", user.id), "add `id = \"alice\"`".to_owned());
    }
    if user.password.is_empty() {
        checks.wrong("password", format!("user \"{}\" has no password", user.id), "add `password = \"…\"`".to_owned());
    }
    for role in &user.roles {
        checks.known("roles", role, "role", components.security.roles().iter().map(|role| role.id()));
    }
}

/// Notes mistakes at a table of the settings.
struct Checks<'a> {
    node: &'a Node,
    diagnostics: &'a mut Diagnostics,
}

impl Checks<'_> {
    fn wrong(&mut self, key: &str, message: String, help: String) {
        let origin = self.node.get(key).unwrap_or(self.node).origin.clone();
        self.diagnostics
            .push(Diagnostic::error(Code::PROVISIONING, format!("provisioning: {message}"), origin).help(help));
    }

    fn known<'n>(&mut self, key: &str, name: &str, what: &str, mut all: impl Iterator<Item = &'n str> + Clone) {
        if all.clone().any(|known| known == name) {
            return;
        }
        let help = match nearest(name, all.clone()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None if all.next().is_none() => format!("there is no {what} yet"),
            None => format!("enable the application that has the {what}, or correct the name"),
        };
        self.wrong(key, format!("unknown {what} \"{name}\""), help);
    }
}

fn containers(settings: &Settings) -> &[Node] {
    settings.get(&["provision", "containers"]).and_then(Node::as_array).unwrap_or_default()
}

fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).and_then(Node::as_array).unwrap_or_default()
}

/// Makes what is missing, one transaction for each container.
///
/// # Errors
/// The first container that could not be completed, with its place; nothing of it is kept.
pub(crate) async fn run(app: &App) -> std::result::Result<(), Box<Diagnostic>> {
    for (container, node) in app.core().provision.containers.iter().zip(containers(app.settings())) {
        let made = match app.database(&container.database) {
            Some(database) => complete(&database, container).await,
            None => Err(Error::internal(format!("there is no database {:?}", container.database))),
        };
        made.map_err(|error| failed(container, node.origin.clone(), &error))?;
    }
    Ok(())
}

fn failed(container: &ContainerSpec, origin: Origin, error: &Error) -> Box<Diagnostic> {
    let message = format!(
        "container \"{}\" in database \"{}\" could not be completed: {error}",
        container.id, container.database
    );
    Box::new(
        Diagnostic::error(Code::PROVISIONING, message, origin)
            .help("correct this entry, or take it out of [provision]; nothing of it was kept"),
    )
}

/// Makes one container, or what it lacks.
///
/// # Errors
/// What an add-on, a constraint or the database says; the transaction is then given up.
pub async fn complete(database: &Database, spec: &ContainerSpec) -> Result<()> {
    database.write(|tx| complete_in(tx, spec)).await
}

async fn complete_in(tx: Tx, spec: &ContainerSpec) -> Result<()> {
    let app = tx.app().clone();
    let request = Request::on_behalf_of(&app, CurrentUser::new(app.root_user().clone()), tx.database().name());
    let found = match tx.container(&spec.id).await? {
        Some(found) => found,
        None => {
            tracing::info!(database = %tx.database().name(), container = %spec.id, "provisioning: making the container");
            let payload = json!({"@type": spec.type_name, "id": spec.id, "title": spec.title});
            NewContent::of(&spec.type_name).id(&spec.id).fields(payload).add_container(&tx, &request).await?
        }
    };
    let container: Content<Container> = found.cast()?;
    for addon in &spec.addons {
        if !container.has_addon(addon) {
            tracing::info!(container = %spec.id, addon = %addon, "provisioning: installing the add-on");
            addons::install(&container, &request, addon).await?;
        }
    }
    for user in &spec.users {
        add_user(&container, &request, user).await.map_err(|e| named(e, &format!("user \"{}\"", user.id)))?;
    }
    add_items(&container, &request, &spec.content).await
}

async fn add_user(container: &Resource, request: &Request, user: &UserSpec) -> Result<()> {
    let tx = container.tx();
    let Some(folder) = tx.child(container, USERS_FOLDER).await? else {
        return Err(Error::internal("the container keeps no users; add \"dbusers\" to its `addons`"));
    };
    if tx.child(&folder, &user.id).await?.is_some() {
        return Ok(());
    }
    tracing::info!(container = %container.id(), user = %user.id, "provisioning: adding the user");
    let mut body = json!({
        "@type": USER_TYPE, "id": user.id, "username": user.id, "name": user.id, "password": user.password, "user_roles": user.roles,
    });
    if let Some(email) = &user.email {
        body["email"] = json!(email);
    }
    // A hash is stored as it is when the server itself writes it; from anybody else it would be a password like another.
    let writer = if request.app().auth().is_hashed(&user.password) {
        Request::on_behalf_of(request.app(), CurrentUser::new(request.app().system_user().clone()), &request.database)
    } else {
        request.clone()
    };
    let new = NewContent::of(USER_TYPE).id(&user.id).fields(body).created_by(request.user().id());
    new.add_to(&folder, &writer).await.map(drop)
}

/// Says what an error was about; a conflict stays one, so that the transaction is replayed.
fn named(error: Error, what: &str) -> Error {
    if error.is_conflict() { error } else { Error::internal(format!("{what}: {error}")) }
}

/// Adds the objects that are missing, and theirs.
fn add_items<'a>(
    parent: &'a Resource,
    request: &'a Request,
    items: &'a [Map<String, Value>],
) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        for item in items {
            add_item(parent, request, item).await?;
        }
        Ok(())
    })
}

async fn add_item(parent: &Resource, request: &Request, item: &Map<String, Value>) -> Result<()> {
    let text = |key: &str| item.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (Some(_), Some(id)) = (text("@type"), text("id")) else {
        return Err(Error::internal(format!("an entry of `content` in {} needs \"@type\" and \"id\"", parent.path())));
    };
    let resource = match parent.tx().child(parent, id).await? {
        Some(found) => found,
        None => {
            let mut body = item.clone();
            body.shift_remove("items");
            tracing::info!(parent = %parent.path(), id, "provisioning: adding an object");
            let added = NewContent::from_body(&body)?.add_to(parent, request).await;
            added.map_err(|e| named(e, &format!("\"{id}\" in {}", parent.path())))?
        }
    };
    let inside: Vec<Map<String, Value>> = match item.get("items") {
        None => return Ok(()),
        Some(items) => serde_json::from_value(items.clone()).map_err(|_| {
            Error::internal(format!("`items` of \"{id}\" must be a list of tables, each with \"@type\" and \"id\""))
        })?,
    };
    add_items(&resource, request, &inside).await
}
