#![allow(unused)]

use guillotina::prelude::*;

#[service(method = GET, permission = perms::PUBLIC)]
async fn rooms(_folder: Content<Folder>) -> Json {
    Json::object()
}

fn main() {}
