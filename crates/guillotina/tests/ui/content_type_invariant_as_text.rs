#![allow(unused)]

use guillotina::prelude::*;

#[content_type(invariants("has_seats"))]
pub struct Room {
    pub seats: i64,
}

fn main() {}
