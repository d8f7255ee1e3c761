#![allow(unused)]

use guillotina::prelude::*;

#[schema]
pub struct Address {
    #[field(default_factory = town)]
    pub city: String,
}

fn town(object: &Resource) -> String {
    object.id().to_string()
}

fn main() {}
