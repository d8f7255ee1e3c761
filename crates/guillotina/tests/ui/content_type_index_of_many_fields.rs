#![allow(unused)]

use guillotina::prelude::*;

#[content_type(indexes(size(type = "int", fields("seats", "doors"))))]
pub struct Room {
    pub seats: i64,
    pub doors: i64,
}

fn main() {}
