//! Cost of one decision on the usual shapes: a shallow path with mostly empty access maps.

use criterion::{Criterion, criterion_group, criterion_main};
use guillotina_security::{
    Chain, Group, LocalSecurity, Principal, SecurityRegistryBuilder, Setting, check, perms, roles,
};
use std::hint::black_box;

fn decisions(criterion: &mut Criterion) {
    let Ok(registry) = SecurityRegistryBuilder::with_core().build() else {
        return;
    };
    let mut container = LocalSecurity::default();
    container.set_principal_role("root", roles::OWNER.id(), Setting::Allow);
    let mut folder = LocalSecurity::default();
    folder.set_principal_role("root", roles::OWNER.id(), Setting::Allow);
    folder.set_principal_role("bob", roles::READER.id(), Setting::Allow);
    let path = [None, Some(&folder), Some(&container), None];
    let root = Principal::root(Group::default_managers_roles());
    let mut bob = Principal::user("bob");
    bob.roles.insert(roles::MEMBER.id().into(), Setting::Allow);
    let eve = Principal::user("eve");
    for (name, who) in [("root", &root), ("local role", &bob), ("refused", &eve)] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| check(&registry, black_box(who), Chain(black_box(&path)), perms::VIEW_CONTENT.id()));
        });
    }
}

criterion_group!(benches, decisions);
criterion_main!(benches);
