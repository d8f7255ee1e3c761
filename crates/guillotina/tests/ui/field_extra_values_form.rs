#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
pub struct Room {
    #[field(extra_values = "rows")]
    pub seats: i64,
    #[field(extra_values(rows = 1, rows = 2))]
    pub doors: i64,
}

fn main() {}
