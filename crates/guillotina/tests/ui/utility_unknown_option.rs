#![allow(unused)]

use guillotina::prelude::*;

#[utility(factory = "chat.Named")]
struct Named;

fn main() {}
