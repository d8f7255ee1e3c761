#![allow(unused)]

use guillotina::prelude::*;

#[settings(name = "chat")]
struct Chat {
    /// Frames kept for a slow reader.
    #[default(512)]
    backlog: usize,
}

fn main() {}
