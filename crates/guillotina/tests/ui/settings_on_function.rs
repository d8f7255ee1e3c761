#![allow(unused)]

use guillotina::prelude::*;

#[settings]
fn chat() {}

fn main() {}
