//! The access maps of one object (P-016).

use crate::Setting;
use crate::cells::Cells;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A map by column as `@sharing` shows it: principal or role, then role or permission (S-028).
pub type ByColumn = BTreeMap<Arc<str>, BTreeMap<Arc<str>, Setting>>;

/// The four access maps that an object can carry: which principal has which role (`prinrole`),
/// which principal has which permission (`prinperm`), which role has which permission
/// (`roleperm`), and which permissions don't come down from the parents (`perminhe`).
///
/// An empty one allocates nothing; the serialised form leaves empty maps out. `prinrole` and `prinperm`
/// are kept by principal, `roleperm` and `perminhe` by permission, since decisions ask that way.
///
/// ```
/// use guillotina_security::{LocalSecurity, Setting, roles};
/// let mut local = LocalSecurity::default();
/// assert!(local.set_principal_role("bob", roles::EDITOR.id(), Setting::Allow));
/// assert_eq!(local.principal_role("bob", roles::EDITOR.id()), Setting::Allow);
/// assert!(local.set_principal_role("bob", roles::EDITOR.id(), Setting::Unset));
/// assert!(local.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LocalSecurity {
    #[serde(skip_serializing_if = "Cells::is_empty")]
    pub(crate) prinrole: Cells<Cells<Setting>>,
    #[serde(skip_serializing_if = "Cells::is_empty")]
    pub(crate) prinperm: Cells<Cells<Setting>>,
    #[serde(skip_serializing_if = "Cells::is_empty")]
    pub(crate) roleperm: Cells<Cells<Setting>>,
    #[serde(skip_serializing_if = "Cells::is_empty")]
    pub(crate) perminhe: Cells<Setting>,
}

/// What is stored may come from another version or another hand: cells that say nothing are dropped.
impl<'de> Deserialize<'de> for LocalSecurity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Stored {
            prinrole: Cells<Cells<Setting>>,
            prinperm: Cells<Cells<Setting>>,
            roleperm: Cells<Cells<Setting>>,
            perminhe: Cells<Setting>,
        }
        let mut stored = Stored::deserialize(deserializer)?;
        for map in [&mut stored.prinrole, &mut stored.prinperm, &mut stored.roleperm] {
            map.retain_inner();
        }
        stored.perminhe.retain(|setting| matches!(setting, Setting::Allow | Setting::Deny));
        let Stored { prinrole, prinperm, roleperm, perminhe } = stored;
        Ok(Self { prinrole, prinperm, roleperm, perminhe })
    }
}

impl Cells<Cells<Setting>> {
    fn cell(&self, outer: &str, inner: &str) -> Setting {
        self.get(outer).and_then(|row| row.get(inner)).copied().unwrap_or_default()
    }

    fn set(&mut self, outer: &str, inner: &str, setting: Setting) -> bool {
        if setting != Setting::Unset {
            return self.entry(outer).insert(inner, setting);
        }
        let Some(row) = self.get_mut(outer) else {
            return false;
        };
        let changed = row.remove(inner);
        if row.is_empty() {
            self.remove(outer);
        }
        changed
    }

    fn retain_inner(&mut self) {
        let names: Vec<Arc<str>> = self.iter().map(|(name, _)| name.clone()).collect();
        for name in names {
            self.entry(&name).retain(|setting| *setting != Setting::Unset);
        }
        self.retain(|row| !row.is_empty());
    }

    /// All cells as (outer, inner, setting).
    pub(crate) fn cells(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>, Setting)> {
        self.iter().flat_map(|(outer, row)| row.iter().map(move |(inner, setting)| (outer, inner, *setting)))
    }

    fn as_is(&self) -> ByColumn {
        let mut view = ByColumn::new();
        for (outer, inner, setting) in self.cells() {
            view.entry(outer.clone()).or_default().insert(inner.clone(), setting);
        }
        view
    }
}

impl LocalSecurity {
    /// True when no map has a cell: such an object changes no decision and stores nothing.
    pub fn is_empty(&self) -> bool {
        self.prinrole.is_empty() && self.prinperm.is_empty() && self.roleperm.is_empty() && self.perminhe.is_empty()
    }

    /// Number of cells in the four maps, a measure for memory accounting.
    pub fn len(&self) -> usize {
        let inner = |map: &Cells<Cells<Setting>>| map.iter().map(|(_, row)| row.len()).sum::<usize>();
        inner(&self.prinrole) + inner(&self.prinperm) + inner(&self.roleperm) + self.perminhe.len()
    }

    /// The cell of `prinrole`; `Unset` when there is none.
    pub fn principal_role(&self, principal: &str, role: &str) -> Setting {
        self.prinrole.cell(principal, role)
    }

    /// Writes a cell of `prinrole`; `Unset` removes it. Says whether anything changed.
    ///
    /// Whether the role may be given on an object is not checked here, since code may give any;
    /// what comes from a client goes through [`parse_sharing`](crate::parse_sharing).
    pub fn set_principal_role(&mut self, principal: &str, role: &str, setting: Setting) -> bool {
        self.prinrole.set(principal, role, setting)
    }

    /// The cell of `prinperm`; `Unset` when there is none.
    pub fn principal_permission(&self, principal: &str, permission: &str) -> Setting {
        self.prinperm.cell(principal, permission)
    }

    /// Writes a cell of `prinperm`; `Unset` removes it. Says whether anything changed.
    pub fn set_principal_permission(&mut self, principal: &str, permission: &str, setting: Setting) -> bool {
        self.prinperm.set(principal, permission, setting)
    }

    /// The cell of `roleperm`; `Unset` when there is none.
    pub fn role_permission(&self, role: &str, permission: &str) -> Setting {
        self.roleperm.cell(permission, role)
    }

    /// Writes a cell of `roleperm`; `Unset` removes it. Says whether anything changed.
    pub fn set_role_permission(&mut self, role: &str, permission: &str, setting: Setting) -> bool {
        self.roleperm.set(permission, role, setting)
    }

    /// The cell of `perminhe`: `Deny` stops the parents' and the code's grants of a permission
    /// (P-020); without a cell they come down, which is `Allow`.
    pub fn inheritance(&self, permission: &str) -> Setting {
        self.perminhe.get(permission).copied().unwrap_or(Setting::Allow)
    }

    /// Writes a cell of `perminhe`. Only `Allow` and `Deny` exist there (P-017); `AllowSingle`
    /// changes nothing, and `Unset` removes the cell. Says whether anything changed.
    pub fn set_inheritance(&mut self, permission: &str, setting: Setting) -> bool {
        match setting {
            Setting::Allow | Setting::Deny => self.perminhe.insert(permission, setting),
            Setting::AllowSingle => false,
            Setting::Unset => self.perminhe.remove(permission),
        }
    }

    /// True when grants from above and from the code don't apply here for the permission.
    #[inline]
    pub(crate) fn stops(&self, permission: &str) -> bool {
        !self.perminhe.is_empty() && self.perminhe.get(permission) == Some(&Setting::Deny)
    }

    /// Principals that have a cell for the role, with the cell, in the order of their ids.
    pub fn principals_with_role<'a>(&'a self, role: &'a str) -> impl Iterator<Item = (&'a Arc<str>, Setting)> {
        self.prinrole.iter().filter_map(move |(principal, row)| row.get(role).map(|setting| (principal, *setting)))
    }

    /// Removes every cell of a principal, as when it is deleted. Says whether anything changed.
    pub fn forget_principal(&mut self, principal: &str) -> bool {
        let role = self.prinrole.remove(principal);
        self.prinperm.remove(principal) || role
    }

    /// `prinrole` as principal → role → setting.
    pub fn prinrole_by_column(&self) -> ByColumn {
        self.prinrole.as_is()
    }

    /// `prinperm` as principal → permission → setting.
    pub fn prinperm_by_column(&self) -> ByColumn {
        self.prinperm.as_is()
    }

    /// `roleperm` as role → permission → setting.
    pub fn roleperm_by_column(&self) -> ByColumn {
        let mut view = ByColumn::new();
        for (permission, role, setting) in self.roleperm.cells() {
            view.entry(role.clone()).or_default().insert(permission.clone(), setting);
        }
        view
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn empty_maps_are_not_stored_and_unset_removes() {
        let mut local = LocalSecurity::default();
        assert_eq!(serde_json::to_value(&local).unwrap(), json!({}));
        assert!(local.set_role_permission("r", "p", Setting::Allow));
        assert!(!local.set_role_permission("r", "p", Setting::Allow));
        assert_eq!(serde_json::to_value(&local).unwrap(), json!({"roleperm": {"p": {"r": "Allow"}}}));
        assert!(local.set_role_permission("r", "p", Setting::Unset));
        assert!(!local.set_role_permission("r", "p", Setting::Unset));
        assert!(local.set_inheritance("p", Setting::Deny) && !local.set_inheritance("p", Setting::AllowSingle));
        assert_eq!(local.inheritance("p"), Setting::Deny);
        assert!(local.set_inheritance("p", Setting::Unset));
        assert!(local.is_empty());
    }

    #[test]
    fn four_maps_are_kept_by_row_and_shown_by_column_p_016() {
        let mut local = LocalSecurity::default();
        assert!(local.set_principal_role("bob", "Reader", Setting::Allow));
        assert!(local.set_principal_permission("bob", "View", Setting::Deny));
        assert!(local.set_role_permission("Reader", "View", Setting::AllowSingle));
        assert!(local.set_role_permission("Reader", "Add", Setting::Allow));
        assert!(local.set_inheritance("Add", Setting::Deny));
        let stored = json!({
            "prinrole": {"bob": {"Reader": "Allow"}},
            "prinperm": {"bob": {"View": "Deny"}},
            "roleperm": {"View": {"Reader": "AllowSingle"}, "Add": {"Reader": "Allow"}},
            "perminhe": {"Add": "Deny"},
        });
        assert_eq!(serde_json::to_value(&local).unwrap(), stored);
        assert_eq!(serde_json::from_value::<LocalSecurity>(stored).unwrap(), local);
        assert_eq!(json!(local.prinrole_by_column()), json!({"bob": {"Reader": "Allow"}}));
        assert_eq!(json!(local.prinperm_by_column()), json!({"bob": {"View": "Deny"}}));
        assert_eq!(json!(local.roleperm_by_column()), json!({"Reader": {"View": "AllowSingle", "Add": "Allow"}}));
    }

    #[test]
    fn what_was_stored_comes_back_without_cells_that_say_nothing() {
        let stored = json!({
            "prinrole": {"z": {"r": "Allow"}, "a": {"r": "Unset"}, "m": {}},
            "perminhe": {"p": "AllowSingle", "q": "Deny"},
        });
        let local: LocalSecurity = serde_json::from_value(stored).unwrap();
        let clean = json!({"prinrole": {"z": {"r": "Allow"}}, "perminhe": {"q": "Deny"}});
        assert_eq!(serde_json::to_value(&local).unwrap(), clean);
        let twice = r#"{"perminhe": {"p": "Allow", "a": "Deny", "p": "Deny"}}"#;
        let local: LocalSecurity = serde_json::from_str(twice).unwrap();
        assert_eq!((local.inheritance("p"), local.len()), (Setting::Deny, 2));
        assert!(serde_json::from_value::<LocalSecurity>(json!({"prinrole": {"z": {"r": "Maybe"}}})).is_err());
    }

    #[test]
    fn many_principals_keep_their_cells() {
        let mut local = LocalSecurity::default();
        let name = |at: usize| format!("user-{}", at * 7919 % 1000);
        for at in 0..1000 {
            assert!(local.set_principal_role(&name(at), "r", Setting::Allow));
        }
        assert_eq!(local.principals_with_role("r").count(), 1000);
        assert_eq!(local.principal_role("user-999", "r"), Setting::Allow);
        assert!(local.forget_principal("user-999") && !local.forget_principal("user-999"));
        let again: LocalSecurity =
            serde_json::from_value::<LocalSecurity>(serde_json::to_value(&local).unwrap()).unwrap();
        assert_eq!(again, local);
        assert_eq!(again.len(), 999);
        assert_eq!(serde_json::from_value::<Value>(json!(again)).unwrap(), json!(local));
    }
}
