#![allow(unused)]

use guillotina::prelude::*;

#[behavior(tagged_values("colour"))]
pub struct IRated {
    pub stars: i64,
}

fn main() {}
