#![allow(unused)]

use guillotina::prelude::*;

#[addon(name = "chat")]
struct Chat;

impl Addon for Chat {
    async fn install(_container: Content<Container>, _request: Request) -> Result {
        Ok(())
    }
}

fn main() {}
