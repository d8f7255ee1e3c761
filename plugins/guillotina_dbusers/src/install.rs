//! The add-on (row K-001).

use crate::content::groups::Group;
use crate::content::users::User;
use crate::directory::{self, Kept};
use crate::interfaces::IDBUsersLayer;
use guillotina::constraints::{delete_by, set_owner};
use guillotina::prelude::*;

/// Gives a container users and groups of its own.
#[addon(name = "dbusers", title = "Guillotina DB Users", layer = dyn IDBUsersLayer)]
pub struct DBUsersAddon;

impl Addon for DBUsersAddon {
    async fn install(container: Content<Container>, request: Request) -> Result {
        make::<User>(&container, &request, "Users").await?;
        make::<Group>(&container, &request, "Groups").await
    }

    async fn uninstall(container: Content<Container>, request: Request) -> Result {
        if let Some(users) = directory::folder::<User>(&container).await? {
            delete_by(&users, &request).await?;
        }
        if let Some(groups) = directory::folder::<Group>(&container).await? {
            delete_by(&groups, &request).await?;
        }
        Ok(())
    }
}

/// Makes the folder of a type, unless it is there.
///
/// # Errors
/// 409 when something else has its id.
async fn make<T: Kept>(container: &Resource, request: &Request, title: &str) -> Result {
    if directory::folder::<T>(container).await?.is_some() {
        return Ok(());
    }
    let user = request.user();
    let folder = container.create::<T::Manager>(T::FOLDER).await?;
    folder.set_attribute("title", title);
    folder.set_attribute("creators", json!([user.id()]));
    folder.set_attribute("contributors", json!([]));
    set_owner(&folder, user.id()).await
}
