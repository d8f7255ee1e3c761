#![allow(unused)]

use guillotina::prelude::*;

#[schema(description = "An address")]
struct Address {
    city: String,
}

fn main() {}
