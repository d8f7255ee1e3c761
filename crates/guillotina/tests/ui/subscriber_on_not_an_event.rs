#![allow(unused)]

use guillotina::prelude::*;

#[subscriber(on(ObjectAdded, Folder))]
async fn added(_item: Content<Item>, _event: &ObjectEvent) -> Result {
    Ok(())
}

fn main() {}
