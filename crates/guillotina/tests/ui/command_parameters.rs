#![allow(unused)]

use guillotina::commands::CommandCall;
use guillotina::prelude::*;

/// Counts the rooms.
#[command(name = "count")]
async fn count(_call: CommandCall, _app: App) -> Result<i32> {
    Ok(0)
}

fn main() {}
