#![allow(unused)]

use guillotina::commands::CommandCall;
use guillotina::prelude::*;

/// Counts the rooms.
#[command(name = "count", help = "Counts")]
async fn count(_call: CommandCall) -> Result<i32> {
    Ok(0)
}

fn main() {}
