#![allow(unused)]

use guillotina::prelude::*;

#[content_type]
pub struct Card {
    #[field(unmask_len = 4)]
    pub number: String,
}

fn main() {}
