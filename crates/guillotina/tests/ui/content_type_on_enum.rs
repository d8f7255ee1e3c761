#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
enum Room {
    Small,
    Large,
}

fn main() {}
