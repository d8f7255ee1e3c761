use super::*;

fn core() -> SecurityRegistry {
    SecurityRegistryBuilder::with_core().build().unwrap()
}

fn grants(registry: &SecurityRegistry, role: Role) -> Vec<&'static str> {
    registry.grants_of_role(role.id()).map(|permission| permission.id().trim_start_matches("guillotina.")).collect()
}

/// Names without `guillotina.`, in alphabetical order.
fn sorted(names: &str) -> Vec<&str> {
    let mut names: Vec<&str> = names.split_whitespace().collect();
    names.sort_unstable();
    names
}

#[test]
fn the_permissions_that_are_always_there_p_001_p_002_p_003() {
    let core = "AccessContent ModifyContent DeleteContent AddContent MoveContent DuplicateContent ViewContent AddContainer \
        GetContainers DeleteContainers MountDatabase GetDatabases UmountDatabase AccessPreflight ReadConfiguration \
        WriteConfiguration RegisterConfigurations ManageAddons SeePermissions ChangePermissions RefreshToken SeeSession Logout \
        SearchContent RawSearchContent ReindexContent ManageCatalog GetAPIDefinition Public WebSocket CacheManage";
    let used = "UseWebSockets Manage";
    let contrib = "AddUser AddGroup Nobody ManageUsers MCPView MCPExecute swagger.View AddJinjaTemplate ReviewContent \
        RequestReview";
    assert_eq!([core, used, contrib].map(|names| sorted(names).len()), [31, 2, 10]);
    let registry = self::core();
    let mut declared: Vec<&str> =
        registry.permissions().iter().map(|info| info.permission.id().trim_start_matches("guillotina.")).collect();
    declared.sort_unstable();
    assert_eq!(declared, sorted(&[core, used, contrib].join(" ")));
    assert!(registry.is_permission("guillotina.swagger.View") && !registry.is_permission("guillotina.View"));
}

#[test]
fn the_roles_that_are_always_there_p_004() {
    let registry = core();
    let local = "Reader Editor Reviewer Owner";
    let all = "Anonymous Authenticated Member Manager ContainerAdmin ContainerCreator ContainerDeleter";
    let of = |wanted: fn(&Role) -> bool| {
        let named = registry.roles().iter().filter(|role| wanted(role)).map(Role::id);
        let mut names: Vec<_> = named.map(|id| id.trim_start_matches("guillotina.")).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(of(Role::is_local), sorted(local));
    assert_eq!(of(|role| !role.is_local()), sorted(all));
    assert!(!registry.is_local_role("guillotina.Manager") && !registry.is_local_role("nobody.Knows"));
}

#[test]
fn the_core_grants_what_the_contract_lists_p_005_to_p_013() {
    let registry = core();
    for (role, granted) in [
        (roles::ANONYMOUS, "AccessPreflight Public swagger.View"),
        (roles::AUTHENTICATED, "RefreshToken SeeSession Logout AccessPreflight Public UseWebSockets swagger.View"),
        (roles::READER, "ViewContent AccessContent DuplicateContent"),
        (roles::REVIEWER, "ViewContent AccessContent ReviewContent"),
        (
            roles::OWNER,
            "DeleteContent AddContent MoveContent DuplicateContent AccessContent ViewContent ModifyContent \
             ChangePermissions SeePermissions ReindexContent RequestReview MCPView",
        ),
        (roles::EDITOR, "ViewContent AccessContent ModifyContent MoveContent DuplicateContent ReindexContent"),
        (
            roles::CONTAINER_ADMIN,
            "AccessContent ManageAddons ReadConfiguration WriteConfiguration RegisterConfigurations ManageCatalog \
             RawSearchContent AddUser AddGroup ManageUsers AddJinjaTemplate RequestReview",
        ),
        (
            roles::MANAGER,
            "CacheManage Manage AddUser AddGroup ManageUsers MCPView MCPExecute AddJinjaTemplate ReviewContent \
             RequestReview",
        ),
        (roles::CONTAINER_DELETER, "DeleteContainers"),
        (roles::MEMBER, "SearchContent"),
        (roles::CONTAINER_CREATOR, ""),
    ] {
        assert_eq!(grants(&registry, role), sorted(granted), "{}", role.id());
    }
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
fn declaring_twice_alike_is_fine_and_the_first_title_stays_p_028() {
    let mut builder = SecurityRegistryBuilder::with_core();
    builder.role(roles::READER).permission(perms::VIEW_CONTENT, "Another title", "");
    let registry = builder.build().unwrap();
    let view = registry.permissions().iter().find(|info| info.permission == perms::VIEW_CONTENT).unwrap();
    assert_eq!(view.title, "Read an object's values");
}

#[test]
fn grant_all_takes_what_is_declared_later_too_p_028() {
    const LATE: Permission = Permission::new("late.Permission");
    let mut builder = SecurityRegistryBuilder::with_core();
    builder.grant_all(roles::MANAGER.id()).principal_grant_all("ops").permission(LATE, "", "");
    let registry = builder.build().unwrap();
    assert_eq!(registry.grants_of_role(roles::MANAGER.id()).count(), 44);
    assert_eq!(registry.code_permission("ops", LATE.id()), Some(true));
    assert_eq!(registry.code_permission("bob", LATE.id()), None);
}
