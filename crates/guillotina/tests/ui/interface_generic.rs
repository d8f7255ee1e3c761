#![allow(unused)]

use guillotina::prelude::*;

#[interface]
trait INamed<T> {
    fn name(&self) -> T;
}

fn main() {}
