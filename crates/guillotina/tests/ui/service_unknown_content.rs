#![allow(unused)]

use guillotina::prelude::*;

struct Room;

#[service(method = GET, permission = perms::PUBLIC)]
async fn rooms(_room: Content<Room>) -> Result<Json> {
    Ok(Json::object())
}

fn main() {}
