#![allow(unused)]

use guillotina::prelude::*;

#[service(method = GET, permission = perms::PUBLIC)]
async fn rooms(_folder: Content<Folder>, page: u64) -> Result<Json> {
    let _ = page;
    Ok(Json::object())
}

fn main() {}
