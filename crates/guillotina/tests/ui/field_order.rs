#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
pub struct Room {
    #[field(order = 5)]
    pub seats: i64,
}

fn main() {}
