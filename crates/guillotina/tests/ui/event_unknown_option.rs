#![allow(unused)]

use guillotina::prelude::*;

#[event(extends = ObjectEvent)]
struct RoomOpened {
    base: ObjectEvent,
}

fn main() {}
