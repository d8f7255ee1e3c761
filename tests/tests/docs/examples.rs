//! The code of the documentation, compiled.
#![allow(dead_code, reason = "the examples are not called")]

#[path = "../../../docs/examples/howto.rs"]
mod howto;
#[path = "../../../docs/examples/likes.rs"]
mod likes;

#[test]
fn the_examples_are_linked() {
    assert_eq!(likes::PLUGIN.name, "guillotina_likes");
    let kinds = guillotina::registration::collect();
    for kind in [
        "adapter",
        "addon",
        "behavior",
        "command",
        "content_type",
        "event",
        "service",
        "subscriber",
        "utility",
        "websocket",
    ] {
        let here = |r: &&guillotina::registration::Registration| {
            r.kind.word() == kind && r.place.module.starts_with("docs::examples")
        };
        assert!(kinds.iter().any(here), "no example of {kind}");
    }
}
