//! Summaries of users and groups (rows S-103, S-108).

use crate::content::groups::Group;
use crate::content::users::User;
use guillotina::prelude::*;

#[adapter(provides = dyn IResourceSerializeToJsonSummary)]
async fn user_summary(user: Content<User>, request: Request) -> Result<Json> {
    let mut summary = default_summary(&user, &request).await?;
    let fields = user.read();
    summary.insert("username", &fields.username);
    summary.insert("fullname", &fields.name);
    summary.insert("email", &fields.email);
    summary.insert("id", user.id());
    summary.insert("location", Value::Null);
    summary.insert("portrait", Value::Null);
    summary.insert("roles", &fields.user_roles);
    summary.insert("user_groups", &fields.user_groups);
    summary.insert("homepage", Value::Null);
    Ok(summary)
}

#[adapter(provides = dyn IResourceSerializeToJsonSummary)]
async fn group_summary(group: Content<Group>, request: Request) -> Result<Json> {
    let mut summary = default_summary(&group, &request).await?;
    let fields = group.read();
    summary.insert("groupname", &fields.name);
    summary.insert("id", group.id());
    summary.insert("title", &fields.name);
    summary.insert("roles", &fields.user_roles);
    summary.insert("users", json!({"items": fields.users, "items_total": fields.users.len()}));
    Ok(summary)
}
