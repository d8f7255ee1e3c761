//! The product with the plugin of the tests.

guillotina::main![guillotina_dbusers, guillotina_chat, guillotina_tests];
