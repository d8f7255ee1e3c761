#![allow(unused)]

mod server {
    guillotina::main!["my_plugin"];
}

fn main() {}
