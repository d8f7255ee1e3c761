#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
struct Room {
    #[field(optional)]
    seats: u32,
}

fn main() {}
