#![allow(unused)]

use guillotina::prelude::*;

#[interface]
trait INamed {}

struct Named;

impl INamed for Named {}

#[adapter(provides = dyn INamed)]
fn named(_item: Content<Item>, _user: CurrentUser) -> Named {
    Named
}

fn main() {}
