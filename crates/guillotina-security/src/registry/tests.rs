use super::*;

fn core() -> SecurityRegistry {
    SecurityRegistryBuilder::with_core().build().unwrap()
}

fn grants(registry: &SecurityRegistry, role: Role) -> Vec<&'static str> {
    registry.grants_of_role(role.id()).map(|permission| permission.id().trim_start_matches("guillotina.")).collect()
}

#[test]
fn the_core_declares_what_the_contract_lists() {
    let registry = core();
    // P-001: 31, P-002: 2, P-003: 10.
    assert_eq!(registry.permissions().len(), 43);
    assert_eq!(registry.roles().len(), 11);
    let local: Vec<_> = registry.roles().iter().filter(|role| role.is_local()).map(Role::id).collect();
    assert_eq!(local, ["guillotina.Reader", "guillotina.Editor", "guillotina.Reviewer", "guillotina.Owner"]);
    assert!(registry.is_permission("guillotina.swagger.View") && !registry.is_permission("guillotina.View"));
    assert!(!registry.is_local_role("guillotina.Manager") && !registry.is_local_role("nobody.Knows"));
}

#[test]
fn the_core_grants_what_the_contract_lists() {
    let registry = core();
    assert_eq!(grants(&registry, roles::ANONYMOUS), ["AccessPreflight", "Public", "swagger.View"]);
    let authenticated =
        ["AccessPreflight", "Logout", "Public", "RefreshToken", "SeeSession", "UseWebSockets", "swagger.View"];
    assert_eq!(grants(&registry, roles::AUTHENTICATED), authenticated);
    assert_eq!(grants(&registry, roles::READER), ["AccessContent", "DuplicateContent", "ViewContent"]);
    assert_eq!(grants(&registry, roles::OWNER).len(), 12);
    assert_eq!(grants(&registry, roles::EDITOR).len(), 6);
    assert_eq!(grants(&registry, roles::CONTAINER_ADMIN).len(), 12);
    assert_eq!(grants(&registry, roles::MANAGER).len(), 10);
    assert_eq!(grants(&registry, roles::CONTAINER_DELETER), ["DeleteContainers"]);
    assert_eq!(grants(&registry, roles::MEMBER), ["SearchContent"]);
    assert!(grants(&registry, roles::CONTAINER_CREATOR).is_empty());
}

#[test]
fn all_mistakes_are_told_at_once_with_the_nearest_name() {
    let mut builder = SecurityRegistryBuilder::with_core();
    builder
        .role(Role::new("guillotina.Reader", "Another"))
        .grant("guillotina.Raeder", "guillotina.ViewContent")
        .grant("guillotina.Reader", "guillotina.ViewContnet")
        .principal_role("bob", "completely.Different", Setting::Allow);
    let errors = builder.build().unwrap_err();
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 4);
    assert!(texts[0].contains("declared twice"), "{}", texts[0]);
    assert!(texts[1].contains("did you mean \"guillotina.Reader\"?"), "{}", texts[1]);
    assert!(texts[2].contains("did you mean \"guillotina.ViewContent\"?"), "{}", texts[2]);
    assert!(texts[3].contains("declare it with `role!`") && !texts[3].contains("did you mean"), "{}", texts[3]);
}

#[test]
fn declaring_twice_alike_is_fine_and_the_first_title_stays() {
    let mut builder = SecurityRegistryBuilder::with_core();
    builder.role(roles::READER).permission(perms::VIEW_CONTENT, "Another title", "");
    let registry = builder.build().unwrap();
    let view = registry.permissions().iter().find(|info| info.permission == perms::VIEW_CONTENT).unwrap();
    assert_eq!(view.title, "Read an object's values");
}

#[test]
fn grant_all_takes_what_is_declared_later_too() {
    const LATE: Permission = Permission::new("late.Permission");
    let mut builder = SecurityRegistryBuilder::with_core();
    builder.grant_all(roles::MANAGER.id()).principal_grant_all("ops").permission(LATE, "", "");
    let registry = builder.build().unwrap();
    assert_eq!(registry.grants_of_role(roles::MANAGER.id()).count(), 44);
    assert_eq!(registry.code_permission("ops", LATE.id()), Some(true));
    assert_eq!(registry.code_permission("bob", LATE.id()), None);
}
