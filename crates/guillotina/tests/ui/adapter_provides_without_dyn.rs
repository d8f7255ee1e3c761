#![allow(unused)]

use guillotina::prelude::*;

#[interface]
trait INamed {}

struct Named;

impl INamed for Named {}

#[adapter(provides = INamed)]
fn named(_item: Content<Item>) -> Named {
    Named
}

fn main() {}
