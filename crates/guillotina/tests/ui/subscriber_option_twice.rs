#![allow(unused)]

use guillotina::prelude::*;

#[subscriber(priority = 1, priority = 2)]
async fn added(_item: Content<Item>, _event: &ObjectAdded) -> Result {
    Ok(())
}

fn main() {}
