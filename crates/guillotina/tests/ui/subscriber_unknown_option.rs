#![allow(unused)]

use guillotina::prelude::*;

#[subscriber(event = ObjectAdded)]
async fn added(_item: Content<Item>, _event: &ObjectAdded) -> Result {
    Ok(())
}

fn main() {}
