//! Services of every object: read, add, change, replace, delete (rows S-021 to S-026).

use crate::{body, replace};
use guillotina::answer::{Answer, AnswerBody};
use guillotina::constraints::{self, NewContent};
use guillotina::deserialize::read_into;
use guillotina::error::Cause;
use guillotina::events::{BeforeObjectModified, ObjectAdded, ObjectEvent, ObjectModified, ObjectVisited};
use guillotina::interfaces::IIDGenerator;
use guillotina::{Error, Request, Resource, Result};
use guillotina_macros::service;
use guillotina_schema::Mode;
use guillotina_security::perms;
use http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, LOCATION};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Says that the object is there.
#[service(method = HEAD, permission = perms::VIEW_CONTENT)]
async fn head(_resource: Resource) -> Result<Answer> {
    Ok(empty())
}

/// 200 without a body: what HEAD answers.
pub(crate) fn empty() -> Answer {
    Answer { status: 200, headers: Vec::new(), body: AnswerBody::Empty }
}

/// The object in its full form.
#[service(method = GET, permission = perms::VIEW_CONTENT)]
async fn get(resource: Resource, request: Request) -> Result<Answer> {
    let text = guillotina::serialize::render(&resource, &request).await?;
    let base = ObjectEvent { object: resource.clone() };
    resource.notify(&request, ObjectVisited { base }).await?;
    Ok(Answer { status: 200, headers: Vec::new(), body: AnswerBody::Rendered(text) })
}

/// Adds an object.
#[service(method = POST, permission = perms::ADD_CONTENT)]
async fn post(parent: Resource, request: Request) -> Result<Answer> {
    add_content(&parent, &request).await
}

/// Changes the fields that the body names.
#[service(method = PATCH, permission = perms::MODIFY_CONTENT)]
async fn patch(resource: Resource, request: Request) -> Result<Answer> {
    change_content(&resource, &request).await
}

/// Replaces everything a client can write by what the body says.
#[service(method = PUT, permission = perms::MODIFY_CONTENT)]
async fn put(resource: Resource, request: Request) -> Result<Answer> {
    request.object()?;
    resource.tx().queue_for(&resource)?;
    replace::clear(&resource, &request)?;
    change_content(&resource, &request).await
}

/// Deletes the object with everything in it.
#[service(method = DELETE, permission = perms::DELETE_CONTENT)]
async fn delete(resource: Resource, request: Request) -> Result<()> {
    constraints::delete_by(&resource, &request).await
}

/// What POST on an object does (row S-023): adds what the request's body describes and answers 201 with its summary.
/// For services that add objects under another permission or name.
///
/// ```
/// extern crate guillotina_content as guillotina;
/// use guillotina::{Request, Resource, Result, answer::Answer};
/// use guillotina_api::content::add_content;
/// use guillotina_macros::service;
/// use guillotina_security::perms;
///
/// /// Adds a user, for who may do that and nothing else.
/// #[service(method = POST, name = "@enrol", permission = perms::ADD_USER, allow_access)]
/// async fn enrol(users: Resource, request: Request) -> Result<Answer> {
///     add_content(&users, &request).await
/// }
/// # fn main() {}
/// ```
///
/// # Errors
/// Rows E-004 to E-008, E-010, E-011; whatever an adapter or a subscriber says.
pub async fn add_content(parent: &Resource, request: &Request) -> Result<Answer> {
    let data = request.object()?;
    let type_name = type_name(data)?;
    let id = chosen_id(parent, request, type_name).await?;
    let new = NewContent { type_name, id, uid: chosen_uid(data)?, payload: Arc::new(request.data()?.clone()) };
    let resource = constraints::add(parent, request, new).await?;
    add_behaviors(&resource, data)?;
    constraints::set_owner(&resource, request.user().id()).await?;
    read_into(&resource, request, request.data()?, Mode::Create).await?;
    let name = resource.id().to_string();
    let mut payload = data.clone();
    payload.insert("id".into(), name.as_str().into());
    let base = ObjectEvent { object: resource.clone() };
    let added = ObjectAdded { base, parent: Some(parent.clone()), name, payload: Arc::new(Value::Object(payload)) };
    resource.notify(request, added).await?;
    let summary = request.summary(&resource).await?;
    let answer = Answer::json(summary.0).with_status(201).with_header(LOCATION, &request.url(&resource));
    Ok(answer.with_header(ACCESS_CONTROL_EXPOSE_HEADERS, "Location"))
}

/// What PATCH on an object does (row S-024): changes the fields that the request's body names and answers 204.
///
/// # Errors
/// Rows E-007 and E-010, 412 for an unknown behaviour; whatever a subscriber says.
pub async fn change_content(resource: &Resource, request: &Request) -> Result<Answer> {
    let data = request.object()?;
    resource.tx().queue_for(resource)?;
    add_behaviors(resource, data)?;
    let payload = Arc::new(request.data()?.clone());
    let base = ObjectEvent { object: resource.clone() };
    resource.notify(request, BeforeObjectModified { base: base.clone(), payload: payload.clone() }).await?;
    read_into(resource, request, &payload, Mode::Update).await?;
    resource.notify(request, ObjectModified { base, payload }).await?;
    Ok(Answer::no_content())
}

fn type_name(data: &Map<String, Value>) -> Result<&str> {
    match data.get("@type") {
        given if body::is_nothing(given) => Err(body::missing("@type")),
        Some(Value::String(name)) => Ok(name),
        given => Err(Error::new(Cause::InvalidContentType(given.map(body::shown).unwrap_or_default()))),
    }
}

/// The id that the client chose, or the one that an adapter makes for it; `None` leaves it to the uid.
async fn chosen_id(parent: &Resource, request: &Request, type_name: &str) -> Result<Option<String>> {
    let data = request.data()?;
    let given = data.get("id");
    let id = if body::is_nothing(given) {
        match request.app().query_adapter::<dyn IIDGenerator>((parent, request), "")? {
            Some(generator) => generator.generate(data).await?,
            None => None,
        }
    } else {
        let refused = || body::invalid_id(given.unwrap_or(&Value::Null));
        Some(given.and_then(Value::as_str).ok_or_else(refused)?.to_owned())
    };
    if let Some(id) = &id
        && !constraints::check_id(parent, id, type_name).await?
    {
        return Err(body::invalid_id(&Value::from(id.as_str())));
    }
    Ok(id)
}

fn chosen_uid(data: &Map<String, Value>) -> Result<Option<&str>> {
    match data.get("uid") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(uid)) => Ok(Some(uid)),
        Some(other) => Err(Error::precondition(format!("Invalid uid: {other}"))),
    }
}

/// Adds the behaviours that `@behaviors` of a body names.
fn add_behaviors(resource: &Resource, data: &Map<String, Value>) -> Result<()> {
    let names = match data.get("@behaviors") {
        given if body::is_nothing(given) => return Ok(()),
        Some(Value::Array(names)) => names.as_slice(),
        Some(other) => std::slice::from_ref(other),
        None => return Ok(()),
    };
    for name in names {
        if !name.as_str().is_some_and(|name| is_behavior_of(resource, name)) {
            let name = body::shown(name);
            return Err(Error::http(
                412,
                json!({"message": format!("{name} is not a valid behavior"), "behavior": name}),
            ));
        }
        resource.add_behavior(name.as_str().unwrap_or_default())?;
    }
    Ok(())
}

/// Whether a behaviour of that name exists and is meant for objects like this one.
pub(crate) fn is_behavior_of(resource: &Resource, name: &str) -> bool {
    let components = resource.tx().app().components();
    components.types.behavior_named(name).is_some_and(|info| resource.provides(&info.for_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_must_be_named_s_023() {
        let of = |data: Value| type_name(data.as_object().unwrap()).map(str::to_owned).map_err(|e| e.to_string());
        assert_eq!(of(json!({"@type": "Item"})), Ok("Item".into()));
        for nothing in [json!({}), json!({"@type": null}), json!({"@type": ""})] {
            assert_eq!(of(nothing), Err("Property '@type' is required".into()));
        }
        assert_eq!(of(json!({"@type": ["Item"]})), Err(r#"Invalid type: ["Item"]"#.into()));
    }

    #[test]
    fn a_uid_is_a_text_zz_04() {
        let of = |data: Value| {
            chosen_uid(data.as_object().unwrap()).map(|u| u.map(str::to_owned)).map_err(|e| e.to_string())
        };
        assert_eq!(of(json!({})), Ok(None));
        assert_eq!(of(json!({"uid": "ab"})), Ok(Some("ab".into())));
        assert_eq!(of(json!({"uid": 5})), Err("Invalid uid: 5".into()));
    }
}
