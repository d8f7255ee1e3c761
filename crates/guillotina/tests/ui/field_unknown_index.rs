#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
pub struct Room {
    #[field(index = "keywrod")]
    pub seats: i64,
}

fn main() {}
