//! What content types and behaviors are called.

use super::*;

#[test]
fn titles_are_made_from_names() {
    assert_eq!(words("Conversation"), "Conversation");
    assert_eq!(words("BlogPost"), "Blog post");
    assert_eq!(words("IDublinCore"), "Dublin core");
    assert_eq!(words("Item"), "Item");
}
