#![allow(unused)]

use guillotina::prelude::*;

#[subscriber]
async fn added(_item: Content<Item>) -> Result {
    Ok(())
}

fn main() {}
