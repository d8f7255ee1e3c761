#![allow(unused)]

use guillotina::prelude::*;

#[addon(name = "chat", title = "Chat")]
struct Chat;

fn main() {}
