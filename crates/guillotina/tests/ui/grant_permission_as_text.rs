#![allow(unused)]

use guillotina::prelude::*;

guillotina::grant! { roles::MEMBER => ["guillotina.ViewContent"] }

fn main() {}
