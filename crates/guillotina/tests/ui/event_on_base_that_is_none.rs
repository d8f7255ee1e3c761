#![allow(unused)]

use guillotina::prelude::*;

struct Opened;

#[event(base = Opened)]
struct RoomOpened {
    base: Opened,
}

fn main() {}
