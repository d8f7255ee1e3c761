#![allow(unused)]

use guillotina::prelude::*;

#[settings]
struct Chat {
    /// Frames kept for a slow reader.
    backlog: usize,
}

fn main() {}
