#![allow(unused)]

use guillotina::prelude::*;

#[content_type(indexes(seats(store)))]
pub struct Room {
    pub seats: i64,
}

fn main() {}
