#![allow(unused)]

use guillotina::prelude::*;

#[subscriber]
async fn added(_item: Content<Item>, _event: &ObjectAdded, _title: String) -> Result {
    Ok(())
}

fn main() {}
