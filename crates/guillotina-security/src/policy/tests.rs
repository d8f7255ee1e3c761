use super::*;
use crate::{Group, Role, SecurityRegistryBuilder, Setting};

const VIEW: &str = "guillotina.ViewContent";
const MODIFY: &str = "guillotina.ModifyContent";
const READER: &str = "guillotina.Reader";

fn core() -> SecurityRegistry {
    SecurityRegistryBuilder::with_core().build().unwrap()
}

fn local(change: impl FnOnce(&mut LocalSecurity)) -> LocalSecurity {
    let mut local = LocalSecurity::default();
    change(&mut local);
    local
}

#[test]
fn p018_public_is_for_everybody_and_system_may_everything() {
    let registry = core();
    let closed = local(|l| _ = l.set_principal_permission("Anonymous User", "guillotina.Public", Setting::Deny));
    let chain = [Some(&closed)];
    let nobody = Principal::anonymous();
    assert_eq!(explain(&registry, &nobody, Chain(&chain), "guillotina.Public").reason, Reason::Public);
    assert!(check(&registry, &Principal::system(), Chain(&chain), "undeclared.Permission"));
    // An account of that name is still an account.
    assert!(!check(&registry, &Principal::user(crate::SYSTEM_ID), Chain(&chain), VIEW));
}

#[test]
fn p018_a_deny_of_the_principal_is_final_even_against_roles() {
    let registry = core();
    let root = Principal::root(Group::default_managers_roles());
    assert!(check(&registry, &root, Chain(&[None]), VIEW));
    let denied = local(|l| _ = l.set_principal_permission("root", VIEW, Setting::Deny));
    let chain = [None, Some(&denied)];
    let decision = explain(&registry, &root, Chain(&chain), VIEW);
    assert_eq!(decision.reason, Reason::LocalPermission { level: 1, principal: "root" });
    assert!(!decision.allowed);
    assert_eq!(decision.to_string(), "refused: set for \"root\" 1 level(s) above the object");
}

#[test]
fn p018_principal_first_then_groups_in_order() {
    let registry = core();
    let mut bob = Principal::user("bob");
    bob.groups = vec![Group::new("no"), Group::new("yes")];
    let here = local(|l| {
        l.set_principal_permission("yes", VIEW, Setting::Allow);
        l.set_principal_permission("no", VIEW, Setting::Deny);
    });
    assert!(!check(&registry, &bob, Chain(&[Some(&here)]), VIEW));
    bob.groups.reverse();
    assert!(check(&registry, &bob, Chain(&[Some(&here)]), VIEW));
    // Nearer wins over earlier.
    let nearer = local(|l| _ = l.set_principal_permission("no", VIEW, Setting::Deny));
    assert!(!check(&registry, &bob, Chain(&[Some(&nearer), Some(&here)]), VIEW));
}

#[test]
fn p019_allow_single_counts_on_the_object_only() {
    let registry = core();
    let bob = Principal::user("bob");
    for here in [
        local(|l| _ = l.set_principal_permission("bob", VIEW, Setting::AllowSingle)),
        local(|l| _ = l.set_principal_role("bob", READER, Setting::AllowSingle)),
        local(|l| _ = l.set_role_permission("guillotina.Authenticated", VIEW, Setting::AllowSingle)),
    ] {
        assert!(check(&registry, &bob, Chain(&[Some(&here)]), VIEW));
        assert!(!check(&registry, &bob, Chain(&[None, Some(&here)]), VIEW));
    }
}

#[test]
fn p019_allow_single_above_is_no_deny_but_takes_the_place_of_an_inherited_role() {
    let registry = core();
    let bob = Principal::user("bob");
    let top = local(|l| {
        l.set_principal_permission("bob", MODIFY, Setting::Allow);
        l.set_principal_role("bob", READER, Setting::Allow);
    });
    let middle = local(|l| {
        l.set_principal_permission("bob", MODIFY, Setting::AllowSingle);
        l.set_principal_role("bob", READER, Setting::AllowSingle);
    });
    let chain = [None, Some(&middle), Some(&top)];
    assert!(check(&registry, &bob, Chain(&chain), MODIFY));
    assert!(!check(&registry, &bob, Chain(&chain), VIEW));
    assert!(check(&registry, &bob, Chain(&chain[1..]), VIEW));
}

#[test]
fn p020_a_stop_cuts_grants_from_above_and_from_the_code_but_not_roles_held() {
    let registry = core();
    let root = Principal::root(Group::default_managers_roles());
    let stop = local(|l| _ = l.set_inheritance(VIEW, Setting::Deny));
    let chain = [None, Some(&stop)];
    let decision = explain(&registry, &root, Chain(&chain), VIEW);
    assert_eq!(decision.reason, Reason::NoRole { stopped_at: Some(1) });
    assert!(!decision.allowed);
    assert!(check(&registry, &root, Chain(&chain), MODIFY));
    // A role that is held above has it again when it is granted at the stop.
    let top = local(|l| _ = l.set_principal_role("bob", READER, Setting::Allow));
    let regrant = local(|l| {
        l.set_inheritance(VIEW, Setting::Deny);
        l.set_role_permission(READER, VIEW, Setting::Allow);
    });
    let chain = [None, Some(&regrant), Some(&top)];
    let bob = Principal::user("bob");
    assert_eq!(explain(&registry, &bob, Chain(&chain), VIEW).reason, Reason::Role { role: READER });
}

#[test]
fn p021_everywhere_the_first_answer_wins_and_a_later_group_never_overrides() {
    let mut builder = SecurityRegistryBuilder::with_core();
    builder.principal_permission("first", VIEW, Setting::Deny).principal_permission("last", VIEW, Setting::Allow);
    let registry = builder.build().unwrap();
    let mut bob = Principal::user("bob");
    bob.groups = vec![Group::new("first"), Group::new("last")];
    let decision = explain(&registry, &bob, Chain(&[None]), VIEW);
    assert_eq!(decision, Decision { allowed: false, reason: Reason::CodePermission { principal: "first" } });
    bob.groups[1].permissions.insert(VIEW.into(), Setting::Allow);
    assert_eq!(explain(&registry, &bob, Chain(&[None]), VIEW).reason, Reason::OwnPermission { principal: "last" });
    bob.permissions.insert(VIEW.into(), Setting::Deny);
    assert!(!check(&registry, &bob, Chain(&[None]), VIEW));
}

#[test]
fn p022_later_wins_among_the_roles() {
    let registry = core();
    let mut bob = Principal::user("bob");
    bob.roles.insert(READER.into(), Setting::Allow);
    bob.groups.push(Group::new("staff"));
    let all = ["guillotina.Anonymous", "guillotina.Authenticated", READER];
    assert_eq!(global_roles(&registry, &bob), all);
    let denied = local(|l| _ = l.set_principal_role("bob", READER, Setting::Deny));
    assert_eq!(effective_roles(&registry, &bob, Chain(&[Some(&denied)])), all[..2]);
    let back = local(|l| {
        l.set_principal_role("bob", READER, Setting::Deny);
        l.set_principal_role("staff", READER, Setting::Allow);
    });
    assert_eq!(effective_roles(&registry, &bob, Chain(&[None, Some(&back), Some(&denied)])), all);
}

#[test]
fn p015_at_the_application_everybody_gets_in_but_no_further() {
    let registry = core();
    let (application, database) = (roles::application_security(), roles::database_security());
    let access = "guillotina.AccessContent";
    let root = Principal::root(Group::default_managers_roles());
    for who in [Principal::anonymous(), Principal::user("bob")] {
        assert!(check(&registry, &who, Chain(&[Some(&application)]), access));
        assert!(!check(&registry, &who, Chain(&[Some(&database), Some(&application)]), access));
        assert!(!check(&registry, &who, Chain(&[Some(&application)]), "guillotina.GetDatabases"));
    }
    assert!(check(&registry, &root, Chain(&[Some(&database), Some(&application)]), "guillotina.AddContainer"));
}

#[test]
fn p024_the_index_lists_who_gets_in() {
    let registry = core();
    let access = "guillotina.AccessContent";
    let here = local(|l| {
        l.set_principal_role("bob", READER, Setting::Allow);
        l.set_principal_role("eve", READER, Setting::Allow);
        l.set_principal_permission("eve", access, Setting::Deny);
        l.set_principal_permission("ann", access, Setting::AllowSingle);
        l.set_principal_role("zoe", "guillotina.Member", Setting::Allow);
    });
    let owners = ["guillotina.ContainerAdmin", "guillotina.Editor", "guillotina.Owner", READER, "guillotina.Reviewer"];
    assert_eq!(roles_allowed(&registry, Chain(&[Some(&here)]), access), owners);
    assert_eq!(principals_allowed(&registry, Chain(&[Some(&here)]), access), ["ann", "bob"]);
    assert_eq!(principals_allowed(&registry, Chain(&[None, Some(&here)]), access), ["bob"]);
}

#[test]
fn unknown_permissions_and_roles_only_count_where_a_map_names_them() {
    let registry = core();
    let bob = Principal::user("bob");
    assert!(!check(&registry, &bob, Chain(&[]), ""));
    let here = local(|l| {
        l.set_principal_role("bob", "gone.Role", Setting::Allow);
        l.set_role_permission("gone.Role", "gone.Permission", Setting::Allow);
    });
    let chain = [Some(&here)];
    assert_eq!(explain(&registry, &bob, Chain(&chain), "gone.Permission").reason, Reason::Role { role: "gone.Role" });
    assert!(roles_allowed(&registry, Chain(&[Some(&here)]), "gone.Permission").is_empty());
}

#[test]
fn many_roles_use_more_than_one_word() {
    let mut builder = SecurityRegistryBuilder::with_core();
    let last: &'static str = "role.199".to_owned().leak();
    for at in 0..199 {
        builder.role(Role::new(format!("role.{at}").leak(), ""));
    }
    builder.role(Role::new(last, "").local()).grant(last, MODIFY);
    let registry = builder.build().unwrap();
    let here = local(|l| _ = l.set_principal_role("bob", last, Setting::Allow));
    let bob = Principal::user("bob");
    assert_eq!(explain(&registry, &bob, Chain(&[Some(&here)]), MODIFY).reason, Reason::Role { role: last });
}
