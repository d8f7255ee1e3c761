//! Permission and role ids as typed constants.

use std::fmt;

/// The id of a permission, a dotted name such as `guillotina.ViewContent`.
///
/// It is a constant, so a misspelt permission is a compile error in Rust code; ids that arrive over
/// the wire stay `&str` and are looked up in the [`SecurityRegistry`](crate::SecurityRegistry).
///
/// ```
/// use guillotina_security::Permission;
/// const SEND: Permission = Permission::new("chat.SendMessage");
/// assert_eq!(SEND.id(), "chat.SendMessage");
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permission(&'static str);

impl Permission {
    /// Names a permission. Declaring it is done with
    /// [`SecurityRegistryBuilder::permission`](crate::SecurityRegistryBuilder::permission).
    pub const fn new(id: &'static str) -> Self {
        Self(id)
    }

    /// The dotted id, as it goes over the wire.
    pub const fn id(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl AsRef<str> for Permission {
    fn as_ref(&self) -> &str {
        self.0
    }
}

/// A role: an id that permissions are granted to and that principals hold.
///
/// ```
/// use guillotina_security::Role;
/// const PARTICIPANT: Role = Role::new("chat.Participant", "Participant").local();
/// assert!(PARTICIPANT.is_local());
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Role {
    id: &'static str,
    title: &'static str,
    description: &'static str,
    local: bool,
}

impl Role {
    /// A role that is held everywhere or nowhere (given to a user or a group, never on one object).
    pub const fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title, description: "", local: false }
    }

    /// Lets the role be given on single objects, through `@sharing` or by code.
    #[must_use]
    pub const fn local(mut self) -> Self {
        self.local = true;
        self
    }

    /// Adds a sentence for administrators.
    #[must_use]
    pub const fn describe(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// The dotted id, as it goes over the wire.
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The name shown to people.
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// What the role is for; may be empty.
    pub const fn description(&self) -> &'static str {
        self.description
    }

    /// Whether the role can be given on a single object.
    pub const fn is_local(&self) -> bool {
        self.local
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl AsRef<str> for Role {
    fn as_ref(&self) -> &str {
        self.id
    }
}
