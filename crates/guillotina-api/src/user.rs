//! Who the caller is (rows S-009, S-069).

use guillotina::{App, Container, Content, CurrentUser, Json, Result};
use guillotina_macros::service;
use guillotina_security::{Principal, perms, roles};
use serde_json::{Map, Value, json};

/// What is known of the caller in this container.
#[service(method = GET, name = "@user", permission = perms::ACCESS_CONTENT)]
async fn here(_container: Content<Container>, user: CurrentUser) -> Result<Json> {
    Ok(known_of(user.principal()).into())
}

/// What is known of the caller.
#[service(method = GET, name = "@user", permission = perms::ACCESS_CONTENT)]
async fn at_root(_app: App, user: CurrentUser) -> Result<Json> {
    Ok(known_of(user.principal()).into())
}

fn known_of(user: &Principal) -> Map<String, Value> {
    let mut held = user.roles.clone();
    // Everybody holds it, so it says nothing of anybody who has logged in.
    if user.is_authenticated() {
        held.remove(roles::ANONYMOUS.id());
    }
    let own = json!({
        "roles": held,
        "groups": user.group_ids().collect::<Vec<_>>(),
        "permissions": user.permissions,
        "properties": user.properties,
    });
    let groups = user.groups.iter().map(|group| (group.id.to_string(), json!({"roles": group.roles, "groups": []})));
    let groups: Map<String, Value> = groups.collect();
    // In this order: a user that is called "groups" does not hide the groups.
    Map::from_iter([(user.id.to_string(), own), ("groups".to_owned(), groups.into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use guillotina_security::Group;

    #[test]
    fn root_and_its_group_s_009() {
        let known = known_of(&Principal::root(Group::default_managers_roles()));
        assert_eq!(known["root"]["groups"], json!(["Managers"]));
        assert_eq!(known["root"]["roles"], json!({"guillotina.Authenticated": "Allow"}));
        assert_eq!(known["groups"]["Managers"]["roles"]["guillotina.Manager"], "Allow");
        assert_eq!(known["groups"]["Managers"]["groups"], json!([]));
    }
}
