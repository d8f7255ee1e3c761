#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
pub struct Room {
    #[field(default = 10, default_factory = seats)]
    pub seats: i64,
}

fn seats() -> i64 {
    20
}

fn main() {}
