#![allow(unused)]

use guillotina::prelude::*;

guillotina::permission! { READ_LOG: "chat.ReadLog" }

fn main() {}
