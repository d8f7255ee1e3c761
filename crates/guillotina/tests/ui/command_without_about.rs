#![allow(unused)]

use guillotina::commands::CommandCall;
use guillotina::prelude::*;

#[command(name = "count")]
async fn count(_call: CommandCall) -> Result<i32> {
    Ok(0)
}

fn main() {}
