//! `[provision]`: what is missing is made, what exists is left alone.

use super::*;
use crate::content::Folder;
use crate::{Content, Request, Result, events::ObjectAdded};
use guillotina_macros::{content_type, subscriber};

/// A user, as an application that keeps users has it.
#[content_type(name = "User")]
pub struct TestUser {
    #[field(title = "Username")]
    pub username: Option<String>,
    #[field(title = "Email")]
    pub email: Option<String>,
    #[field(title = "Password")]
    pub password: Option<String>,
    #[field(title = "Roles")]
    pub user_roles: Vec<String>,
}

#[subscriber]
async fn hashed(user: Content<TestUser>, _event: &ObjectAdded, request: Request) -> Result<()> {
    if !request.user().principal().is_system() {
        user.update(|u| u.password = u.password.as_ref().map(|p| format!("hashed {p}")));
    }
    Ok(())
}

const CONTAINER: &str = "\
[[provision.containers]]
id = \"c\"
title = \"The container\"
users = [
    { id = \"alice\", password = \"a\", email = \"a@example.com\", roles = [\"guillotina.Member\"] },
    { id = \"bob\", password = \"sha512:00:11\" },
]
";
const FOLDERS: &str = "content = [{ \"@type\" = \"Folder\", id = \"f\", title = \"F\", items = [{ \"@type\" = \"Item\", id = \"i\" }] }]\n";

async fn started(text: &str) -> App {
    configured(with_text(&format!("{QUIET}{text}"))).start().await.unwrap_or_else(|d| panic!("{d}"))
}

#[tokio::test]
async fn what_is_missing_is_made_once() {
    let app = started(&format!("[[provision.containers]]\nid = \"c\"\n{FOLDERS}")).await;
    let database = app.database("db").unwrap();
    let spec = &app.core().provision.containers[0];
    let tid = database.storage().committed();
    provision::complete(&database, spec).await.unwrap();
    assert_eq!(database.storage().committed(), tid, "nothing was missing, so nothing was written");
    let title = database
        .write(|tx| async move {
            let folder = tx.container("c").await?.unwrap().get::<Folder>("f").await?;
            assert!(tx.child(&folder, "i").await?.is_some());
            assert_eq!(folder.owner().as_deref(), Some("root"));
            let title = folder.title();
            folder.set_attribute("title", "Changed");
            tx.child(&folder, "i").await?.unwrap().delete().await?;
            Ok(title)
        })
        .await;
    assert_eq!(title.unwrap().as_deref(), Some("F"));
    provision::complete(&database, spec).await.unwrap();
    let found = database
        .read(|tx| async move {
            let folder = tx.container("c").await?.unwrap().get::<Folder>("f").await?;
            Ok((folder.title(), tx.child(&folder, "i").await?.is_some()))
        })
        .await;
    assert_eq!(found.unwrap(), (Some("Changed".to_owned()), true), "the missing item is back, the changed title stays");
    app.stop().await;
}

#[tokio::test]
async fn users_are_added_as_by_a_request_and_hashes_are_kept() {
    let app =
        started("[[provision.containers]]\nid = \"c\"\ncontent = [{ \"@type\" = \"Folder\", id = \"users\" }]\n").await;
    let mut spec = app.core().provision.containers[0].clone();
    let with_users = configured(with_text(&format!("{QUIET}{CONTAINER}")));
    spec.users.clone_from(&with_users.core().provision.containers[0].users);
    let database = app.database("db").unwrap();
    provision::complete(&database, &spec).await.unwrap();
    let read = |id: &'static str| {
        database.read(move |tx| async move {
            let users = tx.container("c").await?.unwrap().get::<Folder>("users").await?;
            let user = users.get::<TestUser>(id).await?;
            Ok((user.owner(), user.read().as_ref().clone()))
        })
    };
    let (owner, alice) = read("alice").await.unwrap();
    assert_eq!(
        (owner.as_deref(), alice.username.as_deref(), alice.email.as_deref()),
        (Some("root"), Some("alice"), Some("a@example.com"))
    );
    assert_eq!((alice.password.as_deref(), alice.user_roles), (Some("hashed a"), vec!["guillotina.Member".to_owned()]));
    assert_eq!(read("bob").await.unwrap().1.password.as_deref(), Some("sha512:00:11"));
    app.stop().await;
}

#[tokio::test]
async fn a_container_that_cannot_be_completed_stops_the_start_and_leaves_nothing() {
    let found = configured(with_text(&format!("{QUIET}{CONTAINER}"))).start().await.err().expect("it keeps no users");
    assert_eq!(errors(&found), ["G0019"]);
    let text = found.to_string();
    assert!(
        text.contains("user \"alice\"") && text.contains("keeps no users") && text.contains("settings.toml:"),
        "{text}"
    );
}

#[test]
fn mistakes_are_found_before_anything_is_opened() {
    let text = "\
[[provision.containers]]
database = \"bd\"
id = \"_c\"
addons = [\"nowhere\"]
type_name = \"Folder\"
users = [{ id = \"root\", password = \"\", roles = [\"guillotina.Membre\"] }]
[[provision.containers]]
";
    let found = refused(with_text(&format!("{QUIET}{text}")));
    assert_eq!(errors(&found), ["G0019"; 8], "{found}");
    assert!(found.to_string().contains("did you mean \"guillotina.Member\"?"), "{found}");
}
