//! `@sharing` and `@all_permissions`: access maps over the wire (S-028, S-029, S-031).

use crate::{LocalSecurity, SecurityRegistry, Setting};
use serde_json::{Map, Value, json};

/// One change that a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SharingChange {
    /// Whether grants from above come down.
    Inheritance {
        /// The permission.
        permission: String,
        /// `Allow` or `Deny`.
        setting: Setting,
    },
    /// A role of a principal or group.
    PrincipalRole {
        /// The principal or group.
        principal: String,
        /// A local role.
        role: String,
        /// Any setting.
        setting: Setting,
    },
    /// A permission of a principal or group.
    PrincipalPermission {
        /// The principal or group.
        principal: String,
        /// The permission.
        permission: String,
        /// Any setting.
        setting: Setting,
    },
    /// A permission of a role.
    RolePermission {
        /// The role.
        role: String,
        /// The permission.
        permission: String,
        /// Any setting.
        setting: Setting,
    },
}

/// Why a `@sharing` body is refused. The answer is 412 (Precondition Failed) with this text (S-029).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SharingError {
    /// None of the four keys is there.
    #[error("prinrole or roleperm or prinperm missing")]
    NothingGiven,
    /// The body, one of the four lists or one of their elements has the wrong form.
    #[error("Invalid Type, must be list {0}")]
    NotAList(String),
    /// The setting of an element is none of those that its list takes.
    #[error("Invalid Type {0}")]
    InvalidSetting(String),
    /// An element lacks a text that it needs.
    #[error("{list}: {key:?} is missing or not a non-empty text")]
    MissingKey {
        /// The list.
        list: &'static str,
        /// The key.
        key: &'static str,
    },
    /// The role isn't declared or can't be given on single objects.
    #[error("No valid local role")]
    NotALocalRole,
}

impl SharingError {
    /// The HTTP status of the answer.
    pub const STATUS: u16 = 412;
}

/// Reads the body of POST `@sharing` (S-029). Nothing is changed unless all of it is valid.
///
/// # Errors
/// The first mistake, with the text that the client gets.
pub fn parse_sharing(registry: &SecurityRegistry, body: &Value) -> Result<Vec<SharingChange>, SharingError> {
    let Some(body) = body.as_object() else {
        return Err(SharingError::NotAList(shortened(body)));
    };
    if !["prinrole", "roleperm", "prinperm", "perminhe"].iter().any(|key| body.contains_key(*key)) {
        return Err(SharingError::NothingGiven);
    }
    let mut changes = Vec::new();
    for element in List::elements(body, "perminhe")? {
        let setting = element.setting(&[Setting::Allow, Setting::Deny])?;
        changes.push(SharingChange::Inheritance { permission: element.text("permission")?, setting });
    }
    for element in List::elements(body, "prinrole")? {
        let setting = element.any_setting()?;
        let role = element.text("role")?;
        if !registry.is_local_role(&role) {
            return Err(SharingError::NotALocalRole);
        }
        changes.push(SharingChange::PrincipalRole { principal: element.text("principal")?, role, setting });
    }
    for element in List::elements(body, "prinperm")? {
        let setting = element.any_setting()?;
        let permission = element.text("permission")?;
        changes.push(SharingChange::PrincipalPermission { principal: element.text("principal")?, permission, setting });
    }
    for element in List::elements(body, "roleperm")? {
        let setting = element.any_setting()?;
        let permission = element.text("permission")?;
        changes.push(SharingChange::RolePermission { role: element.text("role")?, permission, setting });
    }
    Ok(changes)
}

struct List<'a> {
    name: &'static str,
    element: &'a Map<String, Value>,
}

impl<'a> List<'a> {
    fn elements(body: &'a Map<String, Value>, name: &'static str) -> Result<Vec<List<'a>>, SharingError> {
        match body.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(elements)) => elements
                .iter()
                .map(|element| match element.as_object() {
                    Some(element) => Ok(List { name, element }),
                    None => Err(SharingError::NotAList(shortened(element))),
                })
                .collect(),
            Some(other) => Err(SharingError::NotAList(shortened(other))),
        }
    }

    fn any_setting(&self) -> Result<Setting, SharingError> {
        self.setting(&[Setting::Allow, Setting::Deny, Setting::AllowSingle, Setting::Unset])
    }

    fn setting(&self, possible: &[Setting]) -> Result<Setting, SharingError> {
        let given = self.element.get("setting").unwrap_or(&Value::Null);
        given
            .as_str()
            .and_then(Setting::parse)
            .filter(|setting| possible.contains(setting))
            .ok_or_else(|| SharingError::InvalidSetting(shortened(given)))
    }

    fn text(&self, key: &'static str) -> Result<String, SharingError> {
        match self.element.get(key).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(SharingError::MissingKey { list: self.name, key }),
        }
    }
}

/// The value for a message: strings bare, everything cut to a readable length.
fn shortened(value: &Value) -> String {
    const LONGEST: usize = 100;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => "None".to_owned(),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl LocalSecurity {
    /// Makes the changes. Says whether any cell differs now.
    pub fn apply(&mut self, changes: &[SharingChange]) -> bool {
        let mut changed = false;
        for change in changes {
            changed |= match change {
                SharingChange::Inheritance { permission, setting } => self.set_inheritance(permission, *setting),
                SharingChange::PrincipalRole { principal, role, setting } => {
                    self.set_principal_role(principal, role, *setting)
                }
                SharingChange::PrincipalPermission { principal, permission, setting } => {
                    self.set_principal_permission(principal, permission, *setting)
                }
                SharingChange::RolePermission { role, permission, setting } => {
                    self.set_role_permission(role, permission, *setting)
                }
            };
        }
        changed
    }

    /// The object's part of `@sharing` (S-028): `{"roleperm", "prinperm", "prinrole"}` by column.
    pub fn sharing_json(&self) -> Map<String, Value> {
        [
            ("roleperm", self.roleperm_by_column()),
            ("prinperm", self.prinperm_by_column()),
            ("prinrole", self.prinrole_by_column()),
        ]
        .into_iter()
        .map(|(name, view)| {
            let columns = view.iter().map(|(column, row)| {
                let row: Map<String, Value> =
                    row.iter().map(|(key, setting)| (key.to_string(), json!(setting))).collect();
                (column.to_string(), Value::Object(row))
            });
            (name.to_owned(), Value::Object(columns.collect()))
        })
        .collect()
    }
}

/// The answer of `@all_permissions` (S-031): one element for each object from the inside outward with
/// its name and maps, then `{"system": …}` with what the code grants.
///
/// Role grants of a permission are left out above the object that stops its inheritance, since they
/// don't count there.
pub fn all_permissions(registry: &SecurityRegistry, objects: &[(&str, Option<&LocalSecurity>)]) -> Value {
    let mut locked: Vec<&str> = Vec::new();
    let empty = LocalSecurity::default();
    let mut answer = Vec::with_capacity(objects.len() + 1);
    for (name, local) in objects {
        let local = local.unwrap_or(&empty);
        let maps = json!({
            "prinperm": list("principal", "permission", local.prinperm.cells().map(|(p, q, s)| (&**p, &**q, s))),
            "prinrole": list("principal", "role", local.prinrole.cells().map(|(p, r, s)| (&**p, &**r, s))),
            "roleperm": list("permission", "role", local.roleperm.cells()
                .filter(|(permission, _, _)| !locked.contains(&permission.as_ref()))
                .map(|(p, r, s)| (&**p, &**r, s))),
            "perminhe": local.perminhe.iter()
                .map(|(permission, setting)| json!({"permission": &**permission, "setting": setting}))
                .collect::<Value>(),
        });
        let stops = local.perminhe.iter().filter(|(_, setting)| **setting == Setting::Deny);
        locked.extend(stops.map(|(permission, _)| permission.as_ref()));
        answer.push(json!({*name: maps}));
    }
    let role_grants = registry.role_grants().map(|(permission, role)| (permission.id(), role, Setting::Allow));
    answer.push(json!({"system": {
        "prinperm": list("principal", "permission", registry.principal_grants().into_iter()),
        "prinrole": list("principal", "role", registry.principal_role_grants().into_iter()),
        "roleperm": list("permission", "role", role_grants.filter(|(permission, _, _)| !locked.contains(permission))),
    }}));
    Value::Array(answer)
}

fn list<'a>(first: &str, second: &str, cells: impl Iterator<Item = (&'a str, &'a str, Setting)>) -> Value {
    cells.map(|(a, b, setting)| json!({first: a, second: b, "setting": setting})).collect()
}

#[cfg(test)]
#[path = "sharing/tests.rs"]
mod tests;
