#![allow(unused)]

use guillotina::prelude::*;

#[websocket(name = "@listen", permission = perms::ACCESS_CONTENT)]
async fn listen(_folder: Content<Folder>) -> Result<u32> {
    Ok(1)
}

fn main() {}
