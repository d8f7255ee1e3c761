//! A command of the server's binary.

use guillotina::commands::CommandCall;
use guillotina::prelude::*;

/// Counts the containers of each database.
#[command(name = "my_plugin", about = "Counts containers", example = "guillotina my_plugin")]
async fn count(call: CommandCall) -> Result {
    for database in call.app.databases() {
        let containers = database.read(|tx| async move { tx.count(None).await }).await?;
        call.say(format!("{}: {containers}", database.name()));
    }
    Ok(())
}
