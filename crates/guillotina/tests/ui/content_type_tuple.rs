#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
struct Room(u32);

fn main() {}
