//! Who a request is made by (row A-014).

use crate::content::groups::Group;
use crate::content::users::User;
use crate::directory;
use guillotina::prelude::*;
use guillotina::security;

/// Finds the users of a container by their id. It is called on every request of a logged-in user, so it looks up the
/// user and its groups by id and lists nothing.
pub struct DBUserIdentifier {
    container: Content<Container>,
}

#[adapter(provides = dyn IUserIdentifier, name = "guillotina.contrib.dbusers.users.DBUserIdentifier")]
fn db_user_identifier(container: Content<Container>) -> DBUserIdentifier {
    DBUserIdentifier { container }
}

#[interface]
impl IUserIdentifier for DBUserIdentifier {
    async fn identify(&self, id: &str) -> Result<Option<Identified>> {
        if id.is_empty() || security::is_reserved_id(id) {
            return Ok(None);
        }
        let Some(user) = directory::find::<User>(&self.container, id).await? else {
            return Ok(None);
        };
        let user = user.read();
        if user.disabled {
            return Ok(None);
        }
        let mut principal = principal(id, &user);
        for id in &user.user_groups {
            // A group that is gone gives nothing, not even its name in the permissions of objects.
            if let Some(group) = directory::find::<Group>(&self.container, id).await? {
                principal
                    .groups
                    .push(security::Group { roles: allowed(&group.read().user_roles), ..security::Group::new(id) });
            }
        }
        Ok(Some(Identified { principal: Arc::new(principal), password: user.password.clone() }))
    }
}

/// The user without its groups. A role or permission that no enabled application has does no harm: nothing asks for it.
fn principal(id: &str, user: &User) -> Principal {
    let mut principal = Principal::user(id);
    principal.roles.extend(allowed(&user.user_roles));
    principal.permissions = allowed(&user.user_permissions);
    principal.properties = user.properties.clone();
    principal
}

fn allowed(ids: &[String]) -> security::SettingMap {
    ids.iter().map(|id| (Arc::from(id.as_str()), Setting::Allow)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_as_a_principal_a_014() {
        let user = User {
            user_roles: vec!["guillotina.Manager".into(), "gone.Role".into()],
            user_permissions: vec!["guillotina.AddContent".into()],
            properties: Map::from_iter([("team".to_owned(), json!("red"))]),
            ..User::default()
        };
        let alice = principal("alice", &user);
        assert_eq!((&*alice.id, alice.is_authenticated(), alice.is_root()), ("alice", true, false));
        let roles: Vec<&str> = alice.roles.keys().map(|role| &**role).collect();
        assert_eq!(roles, ["gone.Role", "guillotina.Authenticated", "guillotina.Manager"]);
        assert_eq!(alice.permissions["guillotina.AddContent"], Setting::Allow);
        assert_eq!(alice.properties["team"], "red");
    }
}
