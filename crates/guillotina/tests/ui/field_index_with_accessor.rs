#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
pub struct Room {
    #[field(indexes(half(type = "int", accessor = half)))]
    pub seats: i64,
}

fn half(room: &Room) -> Option<i64> {
    Some(room.seats / 2)
}

fn main() {}
