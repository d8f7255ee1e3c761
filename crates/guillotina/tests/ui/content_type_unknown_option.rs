#![allow(unused)]

use guillotina::prelude::*;

#[content_type(description = "A room")]
struct Room {}

fn main() {}
