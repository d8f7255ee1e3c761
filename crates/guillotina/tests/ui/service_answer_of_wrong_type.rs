#![allow(unused)]

use guillotina::prelude::*;

struct Rooms;

#[service(method = GET, permission = perms::PUBLIC)]
async fn rooms(_folder: Content<Folder>) -> Result<Rooms> {
    Ok(Rooms)
}

fn main() {}
