#![allow(unused)]

use guillotina::prelude::*;

#[content_type(indexes(half(type = "int", field = "seats")))]
pub struct Room {
    pub seats: i64,
}

fn main() {}
