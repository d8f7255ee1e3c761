#![allow(unused)]

use guillotina::prelude::*;

#[behavior]
struct Rated {
    stars: u8,
}

fn main() {}
