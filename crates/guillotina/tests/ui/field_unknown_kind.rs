#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
struct Room {
    #[field(kind = "textline")]
    topic: String,
}

fn main() {}
