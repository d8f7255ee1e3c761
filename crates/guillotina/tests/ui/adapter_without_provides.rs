#![allow(unused)]

use guillotina::prelude::*;

struct Named;

#[adapter(name = "x")]
fn named(_item: Content<Item>) -> Named {
    Named
}

fn main() {}
