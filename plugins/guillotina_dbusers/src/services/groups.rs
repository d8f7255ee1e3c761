//! Groups (rows S-101, S-107 to S-111).

use super::body::{renamed, switched};
use super::lists::{Slice, titled};
use crate::content::groups::{Group, GroupManager};
use crate::directory;
use guillotina::constraints::{check_id, delete_by};
use guillotina::prelude::*;
use guillotina::services::{add_content, change_content};

/// Adds a group.
#[service(method = POST, permission = perms::ADD_GROUP, allow_access)]
async fn add_group(groups: Content<GroupManager>, request: Request) -> Result<Answer> {
    add_content(&groups, &request).await
}

/// All groups, or a page of them.
#[service(method = GET, name = "@groups", permission = perms::MANAGE_USERS, allow_access)]
async fn list_groups(container: Content<Container>, request: Request) -> Result<Vec<Value>> {
    let page = Slice::of(&request)?;
    let groups = directory::folder_or_404::<Group>(&container).await?.children::<Group>().collect().await?;
    Ok(page.cut(groups).map(|group| listed(&group, &request)).collect())
}

fn listed(group: &Content<Group>, request: &Request) -> Value {
    let (id, fields) = (group.id(), group.read());
    json!({
        "@name": *id,
        "@id": request.url(group),
        "id": *id,
        "title": fields.name,
        "users": fields.users,
        "members": titled(&fields.users),
        "roles": fields.user_roles,
        "groupname": *id,
    })
}

/// One group.
#[service(method = GET, name = "@groups/{group}", permission = perms::MANAGE_USERS, allow_access)]
async fn get_group(container: Content<Container>, request: Request) -> Result<Json> {
    let group = directory::matched::<Group>(&container, &request, "group").await?;
    request.summary(&group).await
}

/// Changes a group: `users` and `roles` are switched on and off, the others replaced.
#[service(method = PATCH, name = "@groups/{group}", permission = perms::MANAGE_USERS, allow_access)]
async fn change_group(container: Content<Container>, request: Request) -> Result<Answer> {
    let group = directory::matched::<Group>(&container, &request, "group").await?;
    let (data, current) = (request.object()?, group.read());
    let mut fields = renamed(data, &[("name", "name"), ("description", "description")]);
    if let Some(users) = data.get("users") {
        fields.insert("users".into(), switched("users", &current.users, users)?.into());
    }
    if let Some(roles) = data.get("roles") {
        fields.insert("user_roles".into(), switched("roles", &current.user_roles, roles)?.into());
    }
    change_content(&group, &request.with_data(fields.into())).await
}

/// Deletes a group.
#[service(method = DELETE, name = "@groups/{group}", permission = perms::MANAGE_USERS, allow_access)]
async fn delete_group(container: Content<Container>, request: Request) -> Result<()> {
    let group = directory::matched::<Group>(&container, &request, "group").await?;
    delete_by(&group, &request).await
}

/// Adds a group; its id is `groupname` in small letters, or made for it.
#[service(method = POST, name = "@groups", permission = perms::MANAGE_USERS, allow_access)]
async fn create_group(container: Content<Container>, request: Request) -> Result<Json> {
    let groups = directory::folder_or_404::<Group>(&container).await?;
    let data = request.object()?;
    let id = chosen_id(&groups, data.get("groupname").unwrap_or(&Value::Null)).await?;
    let mut answer = created(id.as_deref(), data);
    let group = NewContent::from_body(&body(&answer))?.add_to(&groups, &request).await?;
    answer.insert("id", &*group.id());
    Ok(answer)
}

/// The id of a group of that name; without a name one is made later.
async fn chosen_id(groups: &Resource, groupname: &Value) -> Result<Option<String>> {
    if groupname.is_null() {
        return Ok(None);
    }
    let refused = || Error::http(412, json!({"message": "The group name you entered is not valid"}));
    let id = groupname.as_str().ok_or_else(refused)?.to_lowercase();
    match check_id(groups, &id, Group::TYPE_NAME).await? {
        true => Ok(Some(id)),
        false => Err(refused()),
    }
}

/// The answer of row S-111, but for the id that is made.
fn created(id: Option<&str>, data: &Map<String, Value>) -> Json {
    let given = |key: &str| data.get(key).cloned().unwrap_or(Value::Null);
    let name = match given("title") {
        Value::Null => given("groupname"),
        Value::String(title) if title.is_empty() => given("groupname"),
        title => title,
    };
    let roles = Some(given("roles")).filter(|roles| !roles.is_null()).unwrap_or_else(|| json!([]));
    json!({"name": name, "id_": id, "user_roles": roles, "description": given("description"), "title": given("title"), "id": id}).into()
}

/// The body with which such a group is added.
fn body(created: &Json) -> Map<String, Value> {
    let mut body = Map::from_iter([("@type".to_owned(), Group::TYPE_NAME.into())]);
    for key in ["id", "name", "user_roles", "description", "title"] {
        if let Some(value) = created.get(key).filter(|value| !value.is_null()) {
            body.insert(key.to_owned(), value.clone());
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_new_group_s_111() {
        let data = json!({"groupname": "Writers", "roles": ["guillotina.Editor"]});
        let answer = created(Some("writers"), data.as_object().unwrap());
        let wanted = json!({
            "name": "Writers", "id_": "writers", "user_roles": ["guillotina.Editor"], "description": null, "title": null, "id": "writers",
        });
        assert_eq!(answer.0, wanted);
        assert_eq!(
            Value::Object(body(&answer)),
            json!({"@type": "Group", "id": "writers", "name": "Writers", "user_roles": ["guillotina.Editor"]})
        );
        let titled = created(Some("w"), json!({"title": "W!", "description": "d"}).as_object().unwrap());
        assert_eq!((titled.get("name"), titled.get("user_roles")), (Some(&json!("W!")), Some(&json!([]))));
        assert_eq!(body(&titled)["description"], "d");
        let nameless = created(None, json!({"title": "T"}).as_object().unwrap());
        assert_eq!(
            Value::Object(body(&nameless)),
            json!({"@type": "Group", "name": "T", "user_roles": [], "title": "T"})
        );
    }
}
