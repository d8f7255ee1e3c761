#![allow(unused)]

use guillotina::prelude::*;

#[service(method = GET, for_ = Folder, permission = perms::PUBLIC)]
async fn rooms(_folder: Content<Folder>) -> Result<Json> {
    Ok(Json::object())
}

fn main() {}
