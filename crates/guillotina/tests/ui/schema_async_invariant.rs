#![allow(unused)]

use guillotina::prelude::*;

#[schema(invariants(has_a_town))]
pub struct Address {
    pub city: String,
}

async fn has_a_town(_address: &Address) -> Result<(), Invalid> {
    Ok(())
}

fn main() {}
