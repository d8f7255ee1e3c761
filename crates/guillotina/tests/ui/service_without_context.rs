#![allow(unused)]

use guillotina::prelude::*;

#[service(method = GET, permission = perms::PUBLIC)]
async fn rooms() -> Result<Json> {
    Ok(Json::object())
}

fn main() {}
