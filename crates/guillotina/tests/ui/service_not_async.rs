#![allow(unused)]

use guillotina::prelude::*;

#[service(method = GET, permission = perms::PUBLIC)]
fn rooms(_folder: Content<Folder>) -> Result<Json> {
    Ok(Json::object())
}

fn main() {}
