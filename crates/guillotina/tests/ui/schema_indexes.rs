#![allow(unused)]

use guillotina::prelude::*;

#[schema(indexes(city(type = "text")))]
pub struct Address {
    pub city: String,
}

fn main() {}
