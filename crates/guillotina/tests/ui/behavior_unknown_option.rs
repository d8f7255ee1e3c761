#![allow(unused)]

use guillotina::prelude::*;

#[behavior(marker)]
struct IRated;

fn main() {}
