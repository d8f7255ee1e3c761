#![allow(unused)]

use guillotina::prelude::*;

guillotina::role! { pub EDITOR = "chat.Editor" }

fn main() {}
