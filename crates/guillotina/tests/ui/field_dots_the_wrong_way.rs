#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
pub struct Package {
    #[field(kind = "dotted_name", min_dots = 3, max_dots = 2)]
    pub name: String,
}

fn main() {}
