#![allow(unused)]

use guillotina::prelude::*;

#[service(method = GET, name = "@rooms")]
async fn rooms(_folder: Content<Folder>) -> Result<Json> {
    Ok(Json::object())
}

fn main() {}
