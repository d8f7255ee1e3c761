//! Users (rows S-100, S-102 to S-106).

use super::body::{renamed, switched};
use super::lists::{Slice, titled};
use crate::content::users::{User, UserManager};
use crate::directory;
use guillotina::constraints::delete_by;
use guillotina::prelude::*;
use guillotina::services::{add_content, change_content};

/// Adds a user; `username`, or else `id`, is its id.
#[service(method = POST, permission = perms::ADD_USER, allow_access)]
async fn add_user(users: Content<UserManager>, request: Request) -> Result<Answer> {
    let data = with_id(request.object()?)?;
    add_content(&users, &request.with_data(data.into())).await
}

fn with_id(data: &Map<String, Value>) -> Result<Map<String, Value>> {
    let given = |key: &str| data.get(key).filter(|value| !value.is_null() && value.as_str() != Some(""));
    let missing = || {
        Error::response(
            "RequiredParam",
            "Property 'username' is required",
            Some(("requiredParamMissing", "Missing required param in the request")),
        )
    };
    let id = given("username").or_else(|| given("id")).ok_or_else(missing)?;
    let mut data = data.clone();
    data.insert("id".into(), id.clone());
    data.insert("username".into(), id.clone());
    Ok(data)
}

/// All users, or a page of them.
#[service(method = GET, name = "@users", permission = perms::MANAGE_USERS, allow_access)]
async fn list_users(container: Content<Container>, request: Request) -> Result<Vec<Value>> {
    let page = Slice::of(&request)?;
    let users = directory::folder_or_404::<User>(&container).await?.children::<User>().collect().await?;
    Ok(page.cut(users).map(|user| listed(&user, &request)).collect())
}

fn listed(user: &Content<User>, request: &Request) -> Value {
    let (id, fields) = (user.id(), user.read());
    json!({
        "@name": *id,
        "id": *id,
        "@id": request.url(user),
        "username": *id,
        "fullname": fields.name,
        "email": fields.email,
        "roles": fields.user_roles,
        "groups": titled(&fields.user_groups),
        "user_groups": fields.user_groups,
    })
}

/// One user.
#[service(method = GET, name = "@users/{user}", permission = perms::MANAGE_USERS, allow_access)]
async fn get_user(container: Content<Container>, request: Request) -> Result<Json> {
    let user = directory::matched::<User>(&container, &request, "user").await?;
    request.summary(&user).await
}

/// Changes a user: `roles` are switched on and off, the others replaced.
#[service(method = PATCH, name = "@users/{user}", permission = perms::MANAGE_USERS, allow_access)]
async fn change_user(container: Content<Container>, request: Request) -> Result<Answer> {
    let user = directory::matched::<User>(&container, &request, "user").await?;
    let data = request.object()?;
    let mut fields = renamed(
        data,
        &[("email", "email"), ("password", "password"), ("fullname", "name"), ("user_groups", "user_groups")],
    );
    if let Some(roles) = data.get("roles") {
        fields.insert("user_roles".into(), switched("roles", &user.read().user_roles, roles)?.into());
    }
    change_content(&user, &request.with_data(fields.into())).await
}

/// Deletes a user.
#[service(method = DELETE, name = "@users/{user}", permission = perms::MANAGE_USERS, allow_access)]
async fn delete_user(container: Content<Container>, request: Request) -> Result<()> {
    let user = directory::matched::<User>(&container, &request, "user").await?;
    delete_by(&user, &request).await
}

/// What is known of the caller (row ZZ-02): its object if it has one, roles and groups in any case.
#[service(method = GET, name = "@user_info", permission = perms::ACCESS_CONTENT, allow_access)]
async fn user_info(container: Content<Container>, request: Request, user: CurrentUser) -> Result<Json> {
    let principal = user.principal();
    let mut info = match directory::find::<User>(&container, user.id()).await? {
        Some(found) => request.multi_adapter::<dyn IResourceSerializeToJson>((&found, &request))?.to_json().await?,
        None => Json::object(),
    };
    info.insert("id", user.id());
    info.insert("roles", &principal.roles);
    info.insert("groups", principal.group_ids().collect::<Vec<_>>());
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_username_is_the_id_s_100() {
        let of = |data: Value| with_id(data.as_object().unwrap()).map(Value::Object).map_err(|error| error.to_string());
        assert_eq!(of(json!({"username": "bob", "id": "x"})), Ok(json!({"username": "bob", "id": "bob"})));
        assert_eq!(of(json!({"id": "bob"})), Ok(json!({"id": "bob", "username": "bob"})));
        assert_eq!(of(json!({"username": 5})), Ok(json!({"username": 5, "id": 5})));
        for nothing in [json!({}), json!({"username": ""}), json!({"id": null})] {
            assert_eq!(of(nothing), Err("Property 'username' is required".into()));
        }
    }
}
