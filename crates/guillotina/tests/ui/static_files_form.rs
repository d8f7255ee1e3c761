#![allow(unused)]

use guillotina::prelude::*;

guillotina::static_files! { path = "chat", folder = "page" }

fn main() {}
