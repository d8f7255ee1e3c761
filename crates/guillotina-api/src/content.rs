//! Services of every object: read, add, change, replace, delete (rows S-021 to S-026).

use crate::replace;
use guillotina::adding::add_behaviors;
use guillotina::answer::{Answer, AnswerBody};
use guillotina::deserialize::read_into;
use guillotina::events::{BeforeObjectModified, ObjectEvent, ObjectModified, ObjectVisited};
use guillotina::{NewContent, Request, Resource, Result, constraints};
use guillotina_macros::service;
use guillotina_schema::Mode;
use guillotina_security::perms;
use http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, LOCATION};
use serde_json::Value;
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
    let resource = NewContent::from_body(request.object()?)?.add_to(parent, request).await?;
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
    add_behaviors(resource, data.get("@behaviors").unwrap_or(&Value::Null))?;
    let payload = Arc::new(request.data()?.clone());
    let base = ObjectEvent { object: resource.clone() };
    resource.notify(request, BeforeObjectModified { base: base.clone(), payload: payload.clone() }).await?;
    read_into(resource, request, &payload, Mode::Update).await?;
    resource.notify(request, ObjectModified { base, payload }).await?;
    Ok(Answer::no_content())
}
