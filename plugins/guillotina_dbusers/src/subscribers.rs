//! What happens when users and groups are added, changed and removed.

use crate::content::groups::Group;
use crate::content::users::User;
use crate::{membership, passwords};
use guillotina::prelude::*;

/// A new user: its password is hashed, it owns itself and its groups know it.
#[subscriber(priority = 0)]
async fn user_added(user: Content<User>, event: &ObjectAdded, who: CurrentUser) -> Result {
    passwords::hash_new(&user, &event.payload, who.principal()).await?;
    passwords::want(&user, who.principal())?;
    name(&user);
    user.principal_roles().assign(roles::OWNER, &user.id());
    membership::added(&user).await
}

/// A changed user: a new password is hashed, its groups are told.
#[subscriber(priority = 0)]
async fn user_modified(user: Content<User>, event: &ObjectModified, request: Request) -> Result {
    let who = request.user();
    passwords::hash_new(&user, &event.payload, who.principal()).await?;
    // A PUT without a password has taken the old one away.
    if request.method == Method::PUT || event.payload.get("password").is_some() {
        passwords::want(&user, who.principal())?;
    }
    name(&user);
    membership::changed(&user).await
}

/// The username is the id, also where a client left it out or took it away.
fn name(user: &Content<User>) {
    if user.read().username.is_none() {
        let id = user.id().to_string();
        user.update(|user| user.username = Some(id));
    }
}

/// A user goes out of its groups.
#[subscriber]
async fn user_removed(user: Content<User>, _event: &BeforeObjectRemoved) -> Result {
    membership::removed(&user).await
}

/// A new group's users know it.
#[subscriber]
async fn group_added(group: Content<Group>, _event: &ObjectAdded) -> Result {
    membership::added(&group).await
}

/// The users of a changed group are told.
#[subscriber]
async fn group_modified(group: Content<Group>, _event: &ObjectModified) -> Result {
    membership::changed(&group).await
}

/// A group's users forget it.
#[subscriber]
async fn group_removed(group: Content<Group>, _event: &BeforeObjectRemoved) -> Result {
    membership::removed(&group).await
}
