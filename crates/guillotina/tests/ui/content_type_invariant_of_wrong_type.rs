#![allow(unused)]

use guillotina::prelude::*;

#[content_type(invariants(has_seats))]
pub struct Room {
    pub seats: i64,
}

fn has_seats(room: Room) -> Result<(), Invalid> {
    if room.seats > 0 { Ok(()) } else { Err(Invalid::new("nobody can sit")) }
}

fn main() {}
