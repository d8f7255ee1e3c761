#![allow(unused)]

use guillotina::prelude::*;

#[utility]
struct Named;

fn main() {}
