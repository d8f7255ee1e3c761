#![allow(unused)]

use guillotina::prelude::*;

struct Hall;

#[content_type(base = Hall)]
struct Room {}

fn main() {}
