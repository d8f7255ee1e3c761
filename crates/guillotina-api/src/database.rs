//! Services of a database and of containers as a whole (rows S-017 to S-020).

use crate::items::ids_of;
use crate::{application, body};
use guillotina::answer::Answer;
use guillotina::children::Pages;
use guillotina::{
    Container, Content, Database, Error, Json, NewContent, Request, Result, Tx, addons, constraints, ids,
};
use guillotina_component::InterfaceType;
use guillotina_macros::service;
use guillotina_security::perms;
use http::header::LOCATION;
use serde_json::{Map, Value, json};

/// The containers of the database.
#[service(method = GET, permission = perms::GET_CONTAINERS)]
async fn get(database: Database) -> Result<Json> {
    let containers = database.read(container_ids).await?;
    Ok(json!({"containers": containers, "@type": "Database"}).into())
}

/// Says that the database is there.
#[service(method = HEAD, permission = perms::GET_CONTAINERS)]
async fn head(_database: Database) -> Result<Answer> {
    Ok(crate::content::empty())
}

/// Adds a container.
#[service(method = POST, permission = perms::ADD_CONTAINER)]
async fn post(database: Database, request: Request, tx: Tx) -> Result<Answer> {
    let wanted = NewContainer::read(&database, &request)?;
    let location = format!("/{}/{}", database.name(), wanted.id);
    Ok(Answer::json(wanted.create(tx).await?).with_header(LOCATION, &ids::encode_path(&location)))
}

/// Databases are named in the settings (row C-034).
#[service(method = DELETE, permission = perms::UMOUNT_DATABASE)]
async fn delete(_database: Database) -> Result<()> {
    Err(application::not_implemented())
}

/// Deletes the container with everything in it.
#[service(method = DELETE, permission = perms::DELETE_CONTAINERS)]
async fn delete_container(container: Content<Container>, request: Request) -> Result<()> {
    constraints::delete_by(&container, &request).await
}

async fn container_ids(tx: Tx) -> Result<Vec<String>> {
    let types = {
        let components = tx.app().components();
        let set = &tx.app().core().container_types;
        let containers = components
            .types
            .all()
            .iter()
            .filter(|t| t.is_a(Container::interface()) || set.iter().any(|s| **s == *t.name));
        containers.map(|t| t.name.clone()).collect::<Vec<_>>()
    };
    ids_of(Pages::of(&tx, None, Some(types))).await
}

/// JSON schema of the body (row E-015).
fn schema() -> Value {
    json!({
        "type": "object",
        "title": "Base resource data",
        "properties": {
            "id": {"type": "string", "minLength": 1},
            "@type": {"type": "string"},
            "title": {"type": "string"},
        },
        "required": ["id"],
    })
}

/// What a client wants to add.
struct NewContainer<'a> {
    request: &'a Request,
    id: String,
    type_name: String,
    /// What the body says, with the title that the container gets.
    payload: Map<String, Value>,
    /// What the body says of `@addons`.
    addons: Option<&'a Value>,
}

impl<'a> NewContainer<'a> {
    fn read(database: &Database, request: &'a Request) -> Result<Self> {
        let data = request.object()?;
        let id = body::text(data, "id", schema)?;
        let type_name = container_type(data, |name| constraints::is_container_type(database, name))?;
        let payload = payload(data, id);
        Ok(NewContainer { request, id: id.to_owned(), type_name, payload, addons: data.get("@addons") })
    }

    /// Everything is looked at before anything is made, in the order of the answers.
    async fn create(&self, tx: Tx) -> Result<Value> {
        if tx.container(&self.id).await?.is_some() {
            return Err(Error::http(409, json!({"message": "Container with id already exists"})));
        }
        let app = self.request.app();
        let addons = addon_names(self.addons, |name| addons::find(app, name).is_some())?;
        let new = NewContent::of(&self.type_name).id(&self.id).fields(self.payload.clone());
        let made = new.add_container(&tx, self.request).await?;
        if !addons.is_empty() {
            let container = made.cast::<Container>()?;
            for addon in addons {
                addons::install(&container, self.request, addon).await?;
            }
        }
        Ok(json!({"@type": made.type_name(), "id": self.id, "title": made.title()}))
    }
}

fn container_type(data: &Map<String, Value>, known: impl Fn(&str) -> bool) -> Result<String> {
    let given = data.get("@type");
    if body::is_nothing(given) {
        return Err(body::missing("@type"));
    }
    match given.and_then(Value::as_str).filter(|name| known(name)) {
        Some(name) => Ok(name.to_owned()),
        None => {
            let name = given.map(body::shown).unwrap_or_default();
            Err(Error::http(404, json!({"message": format!("can not create this type {name}")})))
        }
    }
}

/// The body without the keys that are for this service; a container without title gets its id as one.
fn payload(data: &Map<String, Value>, id: &str) -> Map<String, Value> {
    let mut payload = data.clone();
    payload.retain(|key, _| !matches!(key.as_str(), "@type" | "@addons"));
    if body::is_nothing(payload.get("title")) {
        payload.insert("title".into(), id.into());
    }
    payload
}

fn addon_names(given: Option<&Value>, known: impl Fn(&str) -> bool) -> Result<Vec<&str>> {
    let refused =
        || Error::response("RequiredParam", "Property '@addons' must refer to a valid addon", Some(body::INVALID_ID));
    match given {
        given if body::is_nothing(given) => Ok(Vec::new()),
        Some(Value::Array(names)) => {
            names.iter().map(|name| name.as_str().filter(|name| known(name)).ok_or_else(refused)).collect()
        }
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn only_container_types_s_018() {
        let of = |data: Value| container_type(&map(data), |name| name == "Container").map_err(|e| e.to_string());
        assert_eq!(of(json!({"@type": "Container"})), Ok("Container".into()));
        assert_eq!(of(json!({})), Err("Property '@type' is required".into()));
        assert!(of(json!({"@type": "Item"})).unwrap_err().contains("can not create this type Item"));
        assert!(of(json!({"@type": 5})).unwrap_err().contains("can not create this type 5"));
    }

    #[test]
    fn a_container_without_title_is_called_by_its_id() {
        let given = map(json!({"@type": "Container", "@addons": [], "id": "c", "title": ""}));
        assert_eq!(payload(&given, "c"), map(json!({"id": "c", "title": "c"})));
        assert_eq!(payload(&map(json!({"id": "c", "title": "T"})), "c")["title"], "T");
    }

    #[test]
    fn addons_are_looked_at_before_anything_is_made() {
        let known = |name: &str| name == "dbusers";
        assert_eq!(addon_names(Some(&json!(["dbusers"])), known).unwrap(), ["dbusers"]);
        assert!(
            addon_names(None, known).unwrap().is_empty() && addon_names(Some(&json!(null)), known).unwrap().is_empty()
        );
        for bad in [json!(["dbusers", "x"]), json!("dbusers"), json!([5]), json!({"dbusers": true})] {
            assert!(addon_names(Some(&bad), known).is_err(), "{bad}");
        }
    }
}
