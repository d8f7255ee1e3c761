#![allow(unused)]

use guillotina::prelude::*;

guillotina::application! {
    title = "Chat",
    name = "chat",
}

fn main() {}
