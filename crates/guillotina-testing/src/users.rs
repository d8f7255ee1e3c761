//! Users that a test makes: they are known in every container, so that no plugin needs users of its own to be tested.

use guillotina::prelude::*;
use guillotina::security;
use guillotina::security::auth::Hashers;
use parking_lot::RwLock;
use std::collections::HashMap;

/// The name of the identifier in `auth_user_identifiers`.
pub(crate) const IDENTIFIER: &str = "guillotina_testing.users";

/// Keeps the users of one application.
#[interface]
pub trait ITestUsers {
    /// Adds a user, or replaces one.
    fn add(&self, principal: Principal, password: &str) -> Result;
    /// The user of that id.
    fn find(&self, id: &str) -> Option<(Arc<Principal>, String)>;
}

/// The users by id, with the hash of their passwords.
#[utility(provides = dyn ITestUsers)]
pub struct TestUsers(RwLock<HashMap<String, (Arc<Principal>, String)>>);

impl AsyncUtility for TestUsers {
    type Settings = NoSettings;

    async fn create(_settings: NoSettings, _app: App) -> Result<Self> {
        Ok(TestUsers(RwLock::default()))
    }
}

#[interface]
impl ITestUsers for TestUsers {
    fn add(&self, principal: Principal, password: &str) -> Result {
        self.0.write().insert(principal.id.to_string(), (Arc::new(principal), quick_hash(password)?));
        Ok(())
    }

    fn find(&self, id: &str) -> Option<(Arc<Principal>, String)> {
        self.0.read().get(id).cloned()
    }
}

/// Finds the users of a test.
struct TestIdentifier(Utility<dyn ITestUsers>);

#[adapter(provides = dyn IUserIdentifier, name = "guillotina_testing.users")]
fn test_identifier(_container: Content<Container>, #[inject] users: Utility<dyn ITestUsers>) -> TestIdentifier {
    TestIdentifier(users)
}

#[interface]
impl IUserIdentifier for TestIdentifier {
    async fn identify(&self, id: &str) -> Result<Option<Identified>> {
        Ok(self.0.find(id).map(|(principal, password)| Identified { principal, password: Some(password) }))
    }
}

/// A user with these roles everywhere.
pub(crate) fn principal(id: &str, roles: &[Role]) -> Principal {
    assert!(!security::is_reserved_id(id), "{id:?} cannot be the id of a user");
    let mut principal = Principal::user(id);
    principal.roles.extend(roles.iter().map(|role| (Arc::from(role.id()), Setting::Allow)));
    principal
}

/// A hash that costs nothing, for passwords that protect nothing.
pub(crate) fn quick_hash(password: &str) -> Result<String> {
    Ok(Hashers::default().hash_with("sha512", password)?)
}
