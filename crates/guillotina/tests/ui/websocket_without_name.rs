#![allow(unused)]

use guillotina::prelude::*;

#[websocket(permission = perms::ACCESS_CONTENT)]
async fn listen(_folder: Content<Folder>) -> Result {
    Ok(())
}

fn main() {}
