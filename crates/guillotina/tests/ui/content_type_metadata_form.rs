#![allow(unused)]

use guillotina::prelude::*;

#[content_type(metadata = "seats")]
pub struct Room {
    pub seats: i64,
}

fn main() {}
