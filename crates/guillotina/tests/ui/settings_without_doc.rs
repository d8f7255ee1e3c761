#![allow(unused)]

use guillotina::prelude::*;

#[settings]
struct Chat {
    #[default(512)]
    backlog: usize,
}

fn main() {}
