#![allow(unused)]

use guillotina::prelude::*;

guillotina::grant! { "guillotina.Member" => [perms::VIEW_CONTENT] }

fn main() {}
