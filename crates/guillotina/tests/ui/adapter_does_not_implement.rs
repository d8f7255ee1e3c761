#![allow(unused)]

use guillotina::prelude::*;

#[interface]
trait INamed {}

struct Named;

#[adapter(provides = dyn INamed)]
fn named(_item: Content<Item>) -> Named {
    Named
}

fn main() {}
