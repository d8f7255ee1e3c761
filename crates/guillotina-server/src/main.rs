//! The `guillotina` binary: the list of plugins. Nothing else lives here.
#![deny(unused_crate_dependencies)]

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

guillotina::main![guillotina_dbusers, guillotina_chat];
