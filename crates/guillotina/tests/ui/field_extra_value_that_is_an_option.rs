#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
pub struct Room {
    #[field(extra_values(rows = 5, title = "Seats"))]
    pub seats: i64,
    #[field(extra_values(type = "string"))]
    pub doors: i64,
}

fn main() {}
