#![allow(unused)]

use guillotina::prelude::*;

#[content_type(behaviors = IDublinCore)]
struct Room {}

fn main() {}
