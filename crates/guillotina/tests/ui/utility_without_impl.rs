#![allow(unused)]

use guillotina::prelude::*;

#[interface]
trait INamed {}

#[utility(provides = dyn INamed)]
struct Named;

impl INamed for Named {}

fn main() {}
