#![allow(unused)]

use guillotina::prelude::*;

struct Message;

#[content_type(base = Folder, allowed_types(Message))]
struct Room {}

fn main() {}
