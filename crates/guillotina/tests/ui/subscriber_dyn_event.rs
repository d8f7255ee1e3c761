#![allow(unused)]

use guillotina::prelude::*;

#[subscriber(on(ObjectAdded, ObjectModified))]
async fn changed(_item: Content<Item>, _event: &dyn IObjectEvent) -> Result {
    Ok(())
}

fn main() {}
