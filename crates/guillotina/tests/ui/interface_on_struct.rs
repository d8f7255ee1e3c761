#![allow(unused)]

use guillotina::prelude::*;

#[interface]
struct INamed;

fn main() {}
