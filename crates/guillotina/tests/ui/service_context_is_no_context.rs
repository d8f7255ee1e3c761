#![allow(unused)]

use guillotina::prelude::*;

#[service(method = GET, permission = perms::PUBLIC)]
async fn rooms(_request: Request, _folder: Content<Folder>) -> Result<Json> {
    Ok(Json::object())
}

fn main() {}
