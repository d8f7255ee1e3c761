#![allow(unused)]

use guillotina::prelude::*;

#[interface]
trait INamed {}

#[utility(provides = dyn INamed)]
struct Named;

impl AsyncUtility for Named {
    type Settings = NoSettings;
    async fn create(_settings: NoSettings, _app: App) -> Result<Self> {
        Ok(Named)
    }
}

fn main() {}
