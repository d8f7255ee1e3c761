#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
struct Room {
    length: std::time::Duration,
}

fn main() {}
