#![allow(unused)]

use guillotina::prelude::*;

#[interface(base = IOther)]
trait INamed {}

fn main() {}
