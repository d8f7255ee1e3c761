#![allow(unused)]

use guillotina::prelude::*;

#[content_type(indexes(half(type = "int", accessor = half)))]
pub struct Room {
    pub seats: i64,
}

fn half(room: &Room) -> i64 {
    room.seats / 2
}

fn main() {}
