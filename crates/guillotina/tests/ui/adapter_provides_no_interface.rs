#![allow(unused)]

use guillotina::prelude::*;

trait INamed {}

struct Named;

impl INamed for Named {}

#[adapter(provides = dyn INamed)]
fn named(_item: Content<Item>) -> Named {
    Named
}

fn main() {}
