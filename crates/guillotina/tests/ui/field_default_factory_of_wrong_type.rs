#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
pub struct Room {
    #[field(default_factory = seats)]
    pub seats: i64,
}

fn seats(_room: &Room) -> i64 {
    20
}

fn main() {}
