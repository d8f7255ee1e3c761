#![allow(unused)]

use guillotina::prelude::*;

#[event(base = ObjectEvent)]
struct RoomOpened {
    seats: u32,
}

fn main() {}
