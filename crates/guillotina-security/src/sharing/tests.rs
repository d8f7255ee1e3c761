use super::*;
use crate::SecurityRegistryBuilder;

fn core() -> SecurityRegistry {
    SecurityRegistryBuilder::with_core().build().unwrap()
}

fn refusal(body: Value) -> String {
    parse_sharing(&core(), &body).unwrap_err().to_string()
}

#[test]
fn s029_a_body_is_read_whole_and_applied() {
    let body = json!({
        "prinrole": [{"principal": "bob", "role": "guillotina.Reader", "setting": "Allow"}],
        "prinperm": [{"principal": "bob", "permission": "p", "setting": "Deny"}],
        "roleperm": [{"role": "guillotina.Member", "permission": "p", "setting": "AllowSingle"}],
        "perminhe": [{"permission": "p", "setting": "Deny"}],
    });
    let changes = parse_sharing(&core(), &body).unwrap();
    assert_eq!(changes.len(), 4);
    let mut local = LocalSecurity::default();
    assert!(local.apply(&changes));
    assert!(!local.apply(&changes), "the second time nothing differs");
    assert_eq!(local.len(), 4);
    assert_eq!(
        Value::Object(local.sharing_json()),
        json!({
            "roleperm": {"guillotina.Member": {"p": "AllowSingle"}},
            "prinperm": {"bob": {"p": "Deny"}},
            "prinrole": {"bob": {"guillotina.Reader": "Allow"}},
        })
    );
    let unset = json!({"prinrole": [{"principal": "bob", "role": "guillotina.Reader", "setting": "Unset"}]});
    assert!(local.apply(&parse_sharing(&core(), &unset).unwrap()));
    assert_eq!(local.principal_role("bob", "guillotina.Reader"), Setting::Unset);
}

#[test]
fn s029_mistakes_are_refused_with_the_texts_that_clients_know() {
    assert_eq!(refusal(json!({})), "prinrole or roleperm or prinperm missing");
    let global = json!({"prinrole": [{"principal": "bob", "role": "guillotina.Manager", "setting": "Allow"}]});
    assert_eq!(refusal(global), "No valid local role");
    let inherit = json!({"perminhe": [{"permission": "p", "setting": "AllowSingle"}]});
    assert_eq!(refusal(inherit), "Invalid Type AllowSingle");
    assert_eq!(refusal(json!({"prinperm": [{"principal": "bob", "permission": "p"}]})), "Invalid Type None");
    assert_eq!(refusal(json!({"prinrole": ["bob"]})), "Invalid Type, must be list bob");
    assert_eq!(
        refusal(json!({"roleperm": [{"role": "r", "setting": "Allow"}]})),
        "roleperm: \"permission\" is missing or not a non-empty text"
    );
    let numbers = json!({"prinperm": [{"principal": 7, "permission": "p", "setting": "Allow"}]});
    assert!(refusal(numbers).contains("\"principal\" is missing"));
}

#[test]
fn wrong_types_of_any_kind_never_panic() {
    for odd in [
        json!(null),
        json!(1),
        json!("x"),
        json!([]),
        json!([[]]),
        json!({"a": 1}),
        json!([null]),
        json!("é".repeat(500)),
    ] {
        let _ = parse_sharing(&core(), &odd);
        for key in ["prinrole", "prinperm", "roleperm", "perminhe"] {
            let _ = parse_sharing(&core(), &json!({key: odd}));
            let _ = parse_sharing(
                &core(),
                &json!({key: [{"setting": odd, "role": odd, "principal": odd, "permission": odd}]}),
            );
        }
    }
    assert_eq!(parse_sharing(&core(), &json!({"prinrole": null})), Ok(vec![]));
}

#[test]
fn s031_all_permissions_goes_outward_and_ends_with_the_system() {
    let mut item = LocalSecurity::default();
    item.set_inheritance("guillotina.ViewContent", Setting::Deny);
    item.set_principal_role("bob", "guillotina.Reader", Setting::Allow);
    let mut container = LocalSecurity::default();
    container.set_role_permission("guillotina.Reader", "guillotina.ViewContent", Setting::Allow);
    container.set_role_permission("guillotina.Reader", "guillotina.AddContent", Setting::Allow);
    let all = all_permissions(&core(), &[("item", Some(&item)), ("container", Some(&container)), ("root", None)]);
    assert_eq!(
        all[0]["item"],
        json!({
            "prinperm": [],
            "prinrole": [{"principal": "bob", "role": "guillotina.Reader", "setting": "Allow"}],
            "roleperm": [],
            "perminhe": [{"permission": "guillotina.ViewContent", "setting": "Deny"}],
        })
    );
    let left = json!([{"permission": "guillotina.AddContent", "role": "guillotina.Reader", "setting": "Allow"}]);
    assert_eq!(all[1]["container"]["roleperm"], left);
    assert_eq!(all[2]["root"]["perminhe"], json!([]));
    let system = all[3]["system"]["roleperm"].as_array().unwrap();
    assert!(system.iter().all(|cell| cell["permission"] != "guillotina.ViewContent"));
    assert!(
        system.contains(
            &json!({"permission": "guillotina.SearchContent", "role": "guillotina.Member", "setting": "Allow"})
        )
    );
}
