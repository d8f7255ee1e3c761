#![allow(unused)]

use guillotina::prelude::*;

#[content_type(indexes(seats(type = "float")))]
pub struct Room {
    #[field(index = "int")]
    pub seats: i64,
}

fn main() {}
