#![allow(unused)]

use guillotina::prelude::*;

struct IRated;

#[content_type(behaviors(IRated))]
struct Room {}

fn main() {}
