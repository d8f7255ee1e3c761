#![allow(unused)]

use guillotina::prelude::*;

#[service(method = GET, permission = perms::PUBLIC)]
async fn rooms(_folder: Content<Folder>, request: &Request) -> Result<Json> {
    let _ = request;
    Ok(Json::object())
}

fn main() {}
