#![allow(unused)]

use guillotina::prelude::*;

#[interface]
trait ITexts {
    async fn first(&self) -> Result<String>;
    async fn second(&self) -> Result<String>;
}

#[adapter(provides = dyn ITexts)]
async fn texts(_item: Content<Item>) -> Result<String> {
    Ok(String::new())
}

fn main() {}
