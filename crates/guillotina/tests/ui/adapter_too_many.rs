#![allow(unused)]

use guillotina::prelude::*;

#[interface]
trait INamed {}

struct Named;

impl INamed for Named {}

#[adapter(provides = dyn INamed)]
fn named(_a: Resource, _b: Resource, _c: Resource, _d: Resource, _e: Resource) -> Named {
    Named
}

fn main() {}
