#![allow(unused)]

use guillotina::prelude::*;

#[service(method = GET, permission = perms::PUBLIC)]
async fn rooms(_folder: Content<Folder>, _other: Content<Item>) -> Result<Json> {
    Ok(Json::object())
}

fn main() {}
