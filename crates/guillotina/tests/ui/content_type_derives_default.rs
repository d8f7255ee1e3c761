#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
#[derive(Default)]
struct Room {
    #[field(default = 10)]
    seats: u32,
}

fn main() {}
