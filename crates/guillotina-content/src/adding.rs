//! Adding an object: one sequence, whoever adds it (rows S-018, S-023, T-010 to T-012, EV-002).

use crate::body::{self, invalid_id, is_nothing};
use crate::call::Located;
use crate::constraints::{check_id, is_allowed, is_container_type, set_owner, type_named};
use crate::error::{Cause, Error, Result};
use crate::events::{BeforeObjectAdded, ObjectAdded, ObjectEvent};
use crate::interfaces::IIDGenerator;
use crate::request::Request;
use crate::resource::Resource;
use crate::state::ObjectState;
use crate::transaction::Tx;
use crate::types::TypeInfo;
use crate::{deserialize, ids};
use guillotina_db::Oid;
use guillotina_schema::Mode;
use guillotina_security::{ROOT_ID, perms, roles};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// An object that is to be added. A POST, a new container, `[provision]` and [`Resource::create`] all go through it.
///
/// What happens, in this order:
///
/// 1. The id is the given one, or what an adapter to [`IIDGenerator`] makes, or the last part of the uid. It must be
///    valid: an adapter to [`IIDChecker`](crate::interfaces::IIDChecker) says so, or else the setting
///    `valid_id_characters`.
/// 2. The type must be known, the request's user must have its add permission on the parent, and the parent must allow it.
/// 3. The uid and the id must be free. The object gets its dates; its creator is its first creator and contributor.
/// 4. [`BeforeObjectAdded`] is fired.
/// 5. The behaviours are added, the creator becomes owner (or whom an adapter to [`IGetOwner`](crate::interfaces::IGetOwner)
///    names), and the fields are read as from a client.
/// 6. [`ObjectAdded`] is fired, with the same payload: the fields and the id.
///
/// [`by_code`](NewContent::by_code) leaves out what is asked of clients.
///
/// When one of the steps fails, the object is not in the transaction any more, nor what was added below it: id and uid are
/// free again, and code that goes on commits nothing of it. What subscribers did to other objects stays.
///
/// ```
/// use guillotina_content::adding::NewContent;
/// use guillotina_content::{Content, Folder, Request, Resource, Result};
/// use serde_json::json;
///
/// async fn welcome(folder: Content<Folder>, request: Request) -> Result<Resource> {
///     let page = NewContent::of("Item").id("welcome").fields(json!({"title": "Welcome"}));
///     page.add_to(&folder, &request).await
/// }
/// ```
#[derive(Clone, Debug)]
pub struct NewContent {
    type_name: String,
    id: Option<Value>,
    uid: Option<Value>,
    behaviors: Option<Value>,
    fields: Option<Value>,
    creator: Option<String>,
    by_code: bool,
}

impl NewContent {
    /// An object of that type.
    #[must_use]
    pub fn of(type_name: &str) -> Self {
        NewContent {
            type_name: type_name.to_owned(),
            id: None,
            uid: None,
            behaviors: None,
            fields: None,
            creator: None,
            by_code: false,
        }
    }

    /// What a client's body asks for: `@type`, `id`, `uid`, `@behaviors`, and its fields.
    ///
    /// # Errors
    /// Row E-011 without `@type`, row E-008 when that is no text.
    pub fn from_body(data: &Map<String, Value>) -> Result<Self> {
        let type_name = match data.get("@type") {
            given if is_nothing(given) => return Err(body::missing("@type")),
            Some(Value::String(name)) => name,
            given => return Err(Error::new(Cause::InvalidContentType(given.map(body::shown).unwrap_or_default()))),
        };
        let given = |key: &str| data.get(key).filter(|value| !is_nothing(Some(value))).cloned();
        Ok(NewContent {
            id: given("id"),
            uid: data.get("uid").filter(|uid| !uid.is_null()).cloned(),
            behaviors: given("@behaviors"),
            ..NewContent::of(type_name).fields(data.clone())
        })
    }

    /// With that id.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.into());
        self
    }

    /// With the fields of that JSON object, which are read as from a client: permissions of fields and all checks count.
    /// Without, the object keeps the defaults of its type.
    #[must_use]
    pub fn fields(mut self, fields: impl Into<Value>) -> Self {
        self.fields = Some(fields.into());
        self
    }

    /// With that user as its creator, instead of the request's.
    #[must_use]
    pub fn created_by(mut self, user: &str) -> Self {
        self.creator = Some(user.to_owned());
        self
    }

    /// Without what is asked of clients: no permission and no constraint counts, any id is good that a path can lead to or
    /// that is hidden (see [`is_reachable`](ids::is_reachable)), and nobody becomes owner.
    #[must_use]
    pub fn by_code(mut self) -> Self {
        self.by_code = true;
        self
    }

    /// Adds it to an object.
    ///
    /// # Errors
    /// Rows E-004 to E-008, E-010 and E-011; whatever an adapter or a subscriber says.
    pub async fn add_to(self, parent: &Resource, request: &Request) -> Result<Resource> {
        self.add(parent.tx(), Some(parent), request).await
    }

    /// Adds it to the database as a container: root gets ContainerAdmin and Owner there (row T-003).
    ///
    /// # Errors
    /// As [`add_to`](NewContent::add_to).
    pub async fn add_container(self, tx: &Tx, request: &Request) -> Result<Resource> {
        self.add(tx, None, request).await
    }

    async fn add(mut self, tx: &Tx, parent: Option<&Resource>, request: &Request) -> Result<Resource> {
        let reads_fields = self.fields.is_some();
        let mut payload = self.fields.take().unwrap_or_else(|| json!({}));
        let id = self.chosen_id(tx, parent, request, &payload).await?;
        let kind = type_named(tx, &self.type_name)?;
        if !self.by_code {
            may_add(tx, parent, request, &kind)?;
        }
        let uid = match &self.uid {
            Some(uid) => free_uid(tx, uid).await?,
            None => ids::new_uid(parent)?,
        };
        let id = id.unwrap_or_else(|| ids::short(&uid).to_owned());
        let taken = match parent {
            Some(parent) => tx.child(parent, &id).await?.is_some(),
            None => tx.container(&id).await?.is_some(),
        };
        if taken {
            return Err(Error::new(Cause::ConflictId(format!("Conflict ID {id}"))));
        }
        let creator = self.creator.unwrap_or_else(|| request.user().id().clone());
        let resource = tx.insert(uid, parent, &id, first_state(tx, kind, &creator))?;
        let unfinished = Unfinished(Some(&resource));
        crate::defaults::fill(&resource)?;
        if let Value::Object(fields) = &mut payload {
            fields.insert("id".to_owned(), id.as_str().into());
        }
        let added = ObjectAdded {
            base: ObjectEvent { object: resource.clone() },
            parent: parent.cloned(),
            name: id,
            payload: Arc::new(payload),
        };
        resource.notify(request, about_to_be(&added)).await?;
        if let Some(behaviors) = &self.behaviors {
            add_behaviors(&resource, behaviors)?;
        }
        if parent.is_none() {
            resource.principal_roles().assign(roles::CONTAINER_ADMIN, ROOT_ID);
            resource.principal_roles().assign(roles::OWNER, ROOT_ID);
        }
        if !self.by_code {
            set_owner(&resource, &creator).await?;
        }
        if reads_fields {
            deserialize::read_into(&resource, request, &added.payload, Mode::Create).await?;
        }
        resource.notify(request, added).await?;
        unfinished.finish();
        Ok(resource)
    }

    /// The id that was given, or the one that an adapter makes; `None` leaves it to the uid.
    async fn chosen_id(
        &self,
        tx: &Tx,
        parent: Option<&Resource>,
        request: &Request,
        payload: &Value,
    ) -> Result<Option<String>> {
        let id = match (&self.id, parent) {
            (Some(Value::String(id)), _) => id.clone(),
            (Some(other), _) => return Err(invalid_id(other)),
            (None, Some(parent)) => {
                let Some(generator) = tx.app().query_adapter::<dyn IIDGenerator>((parent, request), "")? else {
                    return Ok(None);
                };
                let Some(id) = generator.generate(payload).await? else { return Ok(None) };
                id
            }
            (None, None) => return Ok(None),
        };
        let valid = ids::is_reachable(&id)
            && (self.by_code
                || match parent {
                    Some(parent) => check_id(parent, &id, &self.type_name).await?,
                    None => ids::is_valid(&id, &tx.app().core().valid_id_characters),
                });
        if valid { Ok(Some(id)) } else { Err(invalid_id(&id.into())) }
    }
}

/// An object with steps to go. It leaves its transaction when one of them fails, or nobody waits for them any more.
struct Unfinished<'a>(Option<&'a Resource>);

impl Unfinished<'_> {
    fn finish(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(resource) = self.0 {
            resource.tx().withdraw(resource);
        }
    }
}

/// Whether the request's user may add an object of that type there (rows T-010, T-011).
fn may_add(tx: &Tx, parent: Option<&Resource>, request: &Request, kind: &TypeInfo) -> Result<()> {
    let user = request.user();
    let (permitted, allowed, place) = match parent {
        Some(parent) => {
            (parent.allows(user.principal(), kind.add_permission.id()), is_allowed(parent, kind), parent.to_string())
        }
        None => {
            let database = tx.database();
            let context = Located::Database(database.clone());
            (
                context.allows(tx.app(), user.principal(), perms::ADD_CONTAINER.id()),
                is_container_type(database, &kind.name),
                format!("the database {}", database.name()),
            )
        }
    };
    if !permitted {
        return Err(Error::unauthorized(format!("Not permission to add {} on {place}", kind.name)));
    }
    if !allowed {
        return Err(Error::new(Cause::NotAllowed(format!("Type not allowed {} in {place}", kind.name))));
    }
    Ok(())
}

/// The uid that a client chose (row ZZ-04).
async fn free_uid(tx: &Tx, uid: &Value) -> Result<Oid> {
    let refused = || Error::precondition(format!("Invalid uid: {uid}"));
    let text = uid.as_str().filter(|uid| ids::is_valid_uid(uid)).ok_or_else(refused)?;
    let oid = Oid::new(text).map_err(|_| refused())?;
    match tx.object(&oid).await? {
        Some(_) => Err(refused()),
        None => Ok(oid),
    }
}

/// What every object has from the beginning.
fn first_state(tx: &Tx, kind: Arc<TypeInfo>, creator: &str) -> ObjectState {
    let mut state = ObjectState::new(kind);
    let now = tx.app().clock().isoformat();
    state.attributes.insert("creators".into(), json!([creator]));
    state.attributes.insert("contributors".into(), json!([creator]));
    state.attributes.insert("creation_date".into(), json!(now));
    state.attributes.insert("modification_date".into(), json!(now));
    state
}

fn about_to_be(added: &ObjectAdded) -> BeforeObjectAdded {
    let ObjectAdded { base, parent, name, payload } = added.clone();
    BeforeObjectAdded { base, parent, name, payload }
}

/// Adds the behaviours that `@behaviors` of a body names, one or a list.
///
/// # Errors
/// 412 for the first that is no behaviour of such objects (row S-024).
pub fn add_behaviors(resource: &Resource, names: &Value) -> Result<()> {
    let names = match names {
        Value::Array(names) => names.as_slice(),
        nothing if is_nothing(Some(nothing)) => return Ok(()),
        one => std::slice::from_ref(one),
    };
    for name in names {
        match name.as_str().filter(|name| is_behavior_of(resource, name)) {
            Some(name) => drop(resource.add_behavior(name)?),
            None => {
                let name = body::shown(name);
                let message = format!("{name} is not a valid behavior");
                return Err(Error::http(412, json!({"message": message, "behavior": name})));
            }
        }
    }
    Ok(())
}

/// Whether a behaviour of that name exists and is meant for objects like this one.
pub fn is_behavior_of(resource: &Resource, name: &str) -> bool {
    let components = resource.tx().app().components();
    components.types.behavior_named(name).is_some_and(|info| resource.provides(&info.for_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_must_be_named_s_023() {
        let of = |data: Value| {
            NewContent::from_body(data.as_object().unwrap()).map(|new| new.type_name).map_err(|e| e.to_string())
        };
        assert_eq!(of(json!({"@type": "Item"})), Ok("Item".into()));
        for nothing in [json!({}), json!({"@type": null}), json!({"@type": ""})] {
            assert_eq!(of(nothing), Err("Property '@type' is required".into()));
        }
        assert_eq!(of(json!({"@type": ["Item"]})), Err(r#"Invalid type: ["Item"]"#.into()));
    }

    #[test]
    fn what_a_client_leaves_empty_is_not_given_s_023() {
        let of = |data: Value| NewContent::from_body(data.as_object().unwrap()).unwrap();
        let new = of(json!({"@type": "Item", "id": "", "uid": null, "@behaviors": []}));
        assert_eq!((new.id, new.uid, new.behaviors), (None, None, None));
        let new = of(json!({"@type": "Item", "id": 5, "uid": "", "@behaviors": "a.B"}));
        assert_eq!((new.id, new.uid, new.behaviors), (Some(json!(5)), Some(json!("")), Some(json!("a.B"))));
    }
}
