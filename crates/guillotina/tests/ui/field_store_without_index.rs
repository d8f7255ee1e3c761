#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
pub struct Room {
    #[field(store)]
    pub seats: i64,
}

fn main() {}
