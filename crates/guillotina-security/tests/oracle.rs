//! The decision against a second, naive implementation of the model's rows (P-018…P-024), over
//! random trees of access maps. It shares no code with the crate: access maps are plain lists,
//! inheritance is recursion.

use guillotina_security as real;
use real::{Chain, Setting};
use std::collections::{BTreeMap, BTreeSet};

const TREES: usize = 100_000;
const PERMISSIONS: [&str; 3] = ["p.One", "p.Two", "p.Undeclared"];
const ROLES: [&str; 5] = ["guillotina.Anonymous", "r.One", "r.Two", "r.Three", "r.Undeclared"];
const PRINCIPALS: [&str; 5] = ["ann", "ben", "g.x", "g.y", "g.z"];

type Cell = (&'static str, &'static str, Setting);
type Named = Vec<(&'static str, Setting)>;

#[derive(Default)]
struct Node {
    parent: Option<usize>,
    prinrole: Vec<Cell>,
    prinperm: Vec<Cell>,
    roleperm: Vec<Cell>,
    stopped: Vec<&'static str>,
}

#[derive(Default)]
struct Code {
    prinrole: Vec<Cell>,
    prinperm: Vec<Cell>,
    roleperm: Vec<(&'static str, &'static str)>,
}

struct Who {
    id: &'static str,
    roles: Named,
    permissions: Named,
    groups: Vec<(&'static str, Named, Named)>,
}

impl Who {
    fn names(&self) -> Vec<&'static str> {
        let mut names = vec![self.id];
        names.extend(self.groups.iter().map(|group| group.0));
        names
    }
}

fn find(cells: &[Cell], outer: &str, inner: &str) -> Option<Setting> {
    cells.iter().find(|cell| cell.0 == outer && cell.1 == inner).map(|cell| cell.2)
}

/// P-019.
fn counts(setting: Setting, here: bool) -> Option<bool> {
    match setting {
        Setting::Allow => Some(true),
        Setting::Deny => Some(false),
        Setting::AllowSingle => here.then_some(true),
        Setting::Unset => None,
    }
}

struct Oracle<'a> {
    code: &'a Code,
    tree: &'a [Node],
}

impl Oracle<'_> {
    fn allowed(&self, who: &Who, node: usize, permission: &str) -> bool {
        if let Some(answer) = self.own(who, Some(node), permission, true) {
            return answer;
        }
        let having = self.having(Some(node), permission, true);
        self.held(who, Some(node), true).iter().any(|(role, yes)| *yes && having.contains(role))
    }

    /// P-018 step 3, P-020, P-021.
    fn own(&self, who: &Who, node: Option<usize>, permission: &str, here: bool) -> Option<bool> {
        let Some(node) = node else {
            let lists = std::iter::once(&who.permissions).chain(who.groups.iter().map(|group| &group.2));
            for list in lists {
                for (name, setting) in list {
                    if *name == permission && counts(*setting, false).is_some() {
                        return counts(*setting, false);
                    }
                }
            }
            for name in who.names() {
                let answer = find(&self.code.prinperm, name, permission).and_then(|s| counts(s, false));
                if answer.is_some() {
                    return answer;
                }
            }
            return None;
        };
        let node = &self.tree[node];
        for name in who.names() {
            let answer = find(&node.prinperm, name, permission).and_then(|s| counts(s, here));
            if answer.is_some() {
                return answer;
            }
        }
        if node.stopped.contains(&permission) { None } else { self.own(who, node.parent, permission, false) }
    }

    /// P-022.
    fn held(&self, who: &Who, node: Option<usize>, here: bool) -> BTreeMap<&'static str, bool> {
        let Some(node) = node else {
            let mut held = BTreeMap::new();
            for name in who.names() {
                for (_, role, setting) in self.code.prinrole.iter().filter(|cell| cell.0 == name) {
                    held.insert(*role, *setting == Setting::Allow);
                }
            }
            held.insert("guillotina.Anonymous", true);
            for (role, setting) in who.roles.iter().chain(who.groups.iter().flat_map(|group| &group.1)) {
                held.insert(*role, *setting == Setting::Allow);
            }
            return held;
        };
        let node = &self.tree[node];
        let mut held = self.held(who, node.parent, false);
        for name in who.names() {
            for (_, role, setting) in node.prinrole.iter().filter(|cell| cell.0 == name) {
                held.insert(*role, counts(*setting, here) == Some(true));
            }
        }
        held
    }

    /// P-023, P-020.
    fn having(&self, node: Option<usize>, permission: &str, here: bool) -> BTreeSet<&'static str> {
        let Some(node) = node else {
            return self.code.roleperm.iter().filter(|(_, p)| *p == permission).map(|(role, _)| *role).collect();
        };
        let node = &self.tree[node];
        let mut having = if node.stopped.contains(&permission) {
            BTreeSet::new()
        } else {
            self.having(node.parent, permission, false)
        };
        for (role, _, setting) in node.roleperm.iter().filter(|cell| cell.1 == permission) {
            match counts(*setting, here) {
                Some(true) => _ = having.insert(*role),
                Some(false) => _ = having.remove(role),
                None => {}
            }
        }
        having
    }
}

/// xorshift: the same trees on each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn setting(&mut self) -> Setting {
        self.of(&[Setting::Allow, Setting::Allow, Setting::Deny, Setting::AllowSingle])
    }

    fn cells(&mut self, outer: &[&'static str], inner: &[&'static str], most: usize) -> Vec<Cell> {
        let mut cells: Vec<Cell> = Vec::new();
        for _ in 0..self.below(most + 1) {
            let cell = (self.of(outer), self.of(inner), self.setting());
            if find(&cells, cell.0, cell.1).is_none() {
                cells.push(cell);
            }
        }
        cells
    }

    fn named(&mut self, names: &[&'static str]) -> Named {
        let mut named: Named = Vec::new();
        for _ in 0..self.below(3) {
            let name = self.of(names);
            if named.iter().all(|(known, _)| *known != name) {
                named.push((name, self.setting()));
            }
        }
        named
    }

    fn node(&mut self, at: usize) -> Node {
        let mut node = Node { parent: (at > 0).then(|| self.below(at)), ..Node::default() };
        // A third of the objects say nothing.
        if self.below(3) > 0 {
            node.prinrole = self.cells(&PRINCIPALS, &ROLES, 3);
            node.prinperm = self.cells(&PRINCIPALS, &PERMISSIONS, 2);
            node.roleperm = self.cells(&ROLES, &PERMISSIONS, 3);
            if self.below(4) == 0 {
                node.stopped.push(self.of(&PERMISSIONS));
            }
        }
        node
    }

    fn code(&mut self) -> Code {
        let mut code = Code {
            prinrole: self.cells(&PRINCIPALS, &ROLES[..4], 2),
            prinperm: self.cells(&PRINCIPALS, &PERMISSIONS[..2], 2),
            roleperm: Vec::new(),
        };
        for _ in 0..self.below(5) {
            code.roleperm.push((self.of(&ROLES[..4]), self.of(&PERMISSIONS[..2])));
        }
        code
    }

    fn who(&mut self) -> Who {
        let mut who = Who {
            id: self.of(&["ann", "ben", "eve"]),
            roles: self.named(&ROLES),
            permissions: if self.below(3) == 0 { self.named(&PERMISSIONS) } else { Vec::new() },
            groups: Vec::new(),
        };
        for name in ["g.z", "g.x", "g.y"] {
            if self.below(3) == 0 {
                let permissions = if self.below(3) == 0 { self.named(&PERMISSIONS) } else { Vec::new() };
                who.groups.push((name, self.named(&ROLES), permissions));
            }
        }
        who
    }
}

fn registry(code: &Code) -> real::SecurityRegistry {
    let mut builder = real::SecurityRegistryBuilder::new();
    for id in &PERMISSIONS[..2] {
        builder.permission(real::Permission::new(id), "", "");
    }
    // More roles than one word of bits has.
    for at in 0..70 {
        builder.role(real::Role::new(format!("filler.{at}").leak(), ""));
    }
    for id in &ROLES[..4] {
        builder.role(real::Role::new(id, ""));
    }
    for (role, permission) in &code.roleperm {
        builder.grant(role, permission);
    }
    for (who, role, setting) in &code.prinrole {
        builder.principal_role(who, role, *setting);
    }
    for (who, permission, setting) in &code.prinperm {
        builder.principal_permission(who, permission, *setting);
    }
    builder.build().unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn local(node: &Node) -> real::LocalSecurity {
    let mut local = real::LocalSecurity::default();
    for (who, role, setting) in &node.prinrole {
        local.set_principal_role(who, role, *setting);
    }
    for (who, permission, setting) in &node.prinperm {
        local.set_principal_permission(who, permission, *setting);
    }
    for (role, permission, setting) in &node.roleperm {
        local.set_role_permission(role, permission, *setting);
    }
    for permission in &node.stopped {
        local.set_inheritance(permission, Setting::Deny);
    }
    local
}

fn principal(who: &Who) -> real::Principal {
    let settings = |named: &Named| named.iter().map(|(name, setting)| ((*name).into(), *setting)).collect();
    let mut principal = real::Principal::user(who.id);
    principal.roles = settings(&who.roles);
    principal.permissions = settings(&who.permissions);
    for (name, roles, permissions) in &who.groups {
        let group =
            real::Group { roles: settings(roles), permissions: settings(permissions), ..real::Group::new(name) };
        principal.groups.push(group);
    }
    principal
}

#[test]
fn decisions_agree_with_a_naive_implementation_on_random_trees_p_018_to_p_024() {
    let mut dice = Dice(0x5eed_cafe_f00d_0001);
    let codes: Vec<Code> = (0..200).map(|_| dice.code()).collect();
    let registries: Vec<_> = codes.iter().map(registry).collect();
    let (mut allowed, mut refused) = (0, 0);
    for number in 0..TREES {
        let at = dice.below(codes.len());
        let tree: Vec<Node> = (0..1 + dice.below(6)).map(|at| dice.node(at)).collect();
        let locals: Vec<_> = tree.iter().map(local).collect();
        let object = tree.len() - 1;
        let mut path = Vec::new();
        let mut next = Some(object);
        while let Some(node) = next {
            path.push(if locals[node].is_empty() { None } else { Some(&locals[node]) });
            next = tree[node].parent;
        }
        let oracle = Oracle { code: &codes[at], tree: &tree };
        let who = dice.who();
        let asking = principal(&who);
        for permission in PERMISSIONS {
            let expected = oracle.allowed(&who, object, permission);
            let decision = real::explain(&registries[at], &asking, Chain(&path), permission);
            assert_eq!(decision.allowed, expected, "tree {number}, {permission}: {decision}");
            if expected { allowed += 1 } else { refused += 1 }
        }
        compare_sets(&oracle, &registries[at], &asking, &who, &path, object, PERMISSIONS[number % 3]);
    }
    // The trees are worth comparing only when both answers are common.
    assert!(allowed > TREES / 3 && refused > TREES / 3, "{allowed} allowed, {refused} refused");
}

/// P-022, P-024: the sets that decisions are made of.
fn compare_sets(
    oracle: &Oracle<'_>,
    registry: &real::SecurityRegistry,
    asking: &real::Principal,
    who: &Who,
    path: &[Option<&real::LocalSecurity>],
    object: usize,
    permission: &str,
) {
    let held = oracle.held(who, Some(object), true);
    let mut held: Vec<&str> = held.into_iter().filter(|(_, yes)| *yes).map(|(role, _)| role).collect();
    held.sort_unstable();
    assert_eq!(real::effective_roles(registry, asking, Chain(path)), held);

    let mut having = oracle.having(Some(object), permission, true);
    having.remove("r.Undeclared");
    let having: Vec<&str> = having.into_iter().collect();
    assert_eq!(real::roles_allowed(registry, Chain(path), permission), having);

    let having = oracle.having(Some(object), permission, true);
    let by_id = |id: &&&'static str| {
        let bare = Who { id, roles: Vec::new(), permissions: Vec::new(), groups: Vec::new() };
        let answer = oracle.own(&bare, Some(object), permission, true);
        answer.unwrap_or_else(|| {
            let held = oracle.held(&bare, Some(object), true);
            held.iter().any(|(role, yes)| *yes && *role != "guillotina.Anonymous" && having.contains(role))
        })
    };
    let expected: Vec<&str> = PRINCIPALS.iter().filter(by_id).copied().collect();
    assert_eq!(real::principals_allowed(registry, Chain(path), permission), expected);
}
