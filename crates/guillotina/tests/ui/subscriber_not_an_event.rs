#![allow(unused)]

use guillotina::prelude::*;

struct Added;

#[subscriber]
async fn added(_item: Content<Item>, _event: &Added) -> Result {
    Ok(())
}

fn main() {}
