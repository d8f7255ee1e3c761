//! What types say of themselves, as code that runs beside a catalog sees it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

extern crate guillotina_content as guillotina;

use guillotina::deserialize::read_into;
use guillotina::{App, Content, Invalid, Request, Resource, Result, Tx};
use guillotina_macros::{behavior, content_type};
use guillotina_schema::{FieldType, Kind, Mode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

guillotina::application! { name = "shop", title = "Shop" }

/// Cells by their place, which JSON cannot write as keys.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Grid(BTreeMap<(u8, u8), String>);

impl FieldType for Grid {
    fn kind() -> Kind {
        Kind::any_json()
    }
}

/// Sold by weight.
#[content_type(
    tagged_values(unit = "kg", shelf = 3),
    indexes(label(type = "keyword", accessor = label, fields("weight")), heavy(type = "boolean", accessor = heavy))
)]
pub struct Product {
    /// How much there is.
    pub weight: Option<i64>,
    /// Where it is sold.
    #[field(default_factory = shop_of)]
    pub shop: String,
}

/// Fruit.
#[content_type(base = Product, behaviors(IFresh), tagged_values(shelf = 4))]
pub struct Fruit {
    /// Where it lies.
    pub cells: Grid,
}

/// Does not keep.
#[behavior(tagged_values(unit = "none", cool = true))]
pub struct IFresh {
    /// Who looks after it.
    #[field(default_factory = shop_of)]
    pub keeper: Option<String>,
}

/// Goes by post.
#[content_type(invariants(weighs_something, can_be_carried))]
pub struct Parcel {
    /// In kilograms.
    pub weight: i64,
}

fn weighs_something(parcel: &Parcel) -> Result<(), Invalid> {
    if parcel.weight > 0 { Ok(()) } else { Err(Invalid::new("it weighs nothing").field("weight")) }
}

async fn can_be_carried(parcel: Content<Parcel>) -> Result {
    match parcel.read().weight {
        13 => Err(guillotina::Error::not_found("no scales")),
        weight if weight > 10 => Err(Invalid::new("too heavy").field("weight").into()),
        _ => Ok(()),
    }
}

fn shop_of(object: &Resource) -> String {
    object.parent_resource().map(|parent| format!("shop {}", parent.id())).unwrap_or_default()
}

fn label(product: &Product) -> Option<String> {
    product.weight.map(|weight| format!("{weight} kg"))
}

async fn heavy(product: Content<Product>) -> Result<Option<bool>> {
    match product.read().weight {
        Some(13) => Err(Invalid::new("unlucky").field("weight").into()),
        weight => Ok(weight.map(|weight| weight > 10)),
    }
}

const SETTINGS: &str = "\
applications = [\"shop\"]
[databases.db]
storage = \"DUMMY\"
[jwt]
secret = \"a-secret-0f-2026-for-these-tests\"
[jwk]
k = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"
[[provision.containers]]
id = \"c\"
";

async fn started() -> App {
    let configured = App::builder(&[&PLUGIN]).settings_text("settings.toml", SETTINGS).configure();
    configured.unwrap_or_else(|d| panic!("{d}")).start().await.unwrap_or_else(|d| panic!("{d}"))
}

async fn container(tx: &Tx) -> Resource {
    tx.container("c").await.unwrap().expect("it is provisioned")
}

#[tokio::test]
async fn objects_made_by_code_have_defaults_that_know_them_d_009() {
    let app = started().await;
    let database = app.database("db").unwrap();
    let made = database.write(|tx| async move {
        let fruit = container(&tx).await.create::<Fruit>("apple").await?;
        let folder = container(&tx).await.create::<guillotina::Folder>("f").await?;
        folder.add_behavior("shop.IFresh")?;
        let keepers = [fruit.cast::<IFresh>()?.read(), folder.cast::<IFresh>()?.read()].map(|f| f.keeper.clone());
        Ok((fruit.cast::<Product>()?.read().shop.clone(), keepers))
    });
    let (shop, keepers) = made.await.unwrap();
    assert_eq!((shop.as_str(), keepers), ("shop c", [Some("shop c".to_owned()), Some("shop c".to_owned())]));
    app.stop().await;
}

#[tokio::test]
async fn whoever_catches_a_refusal_has_the_object_as_it_was_d_010() {
    let app = started().await;
    let (database, request) = (app.database("db").unwrap(), Request::internal(&app));
    let tried = database.write(|tx| {
        let request = request.clone();
        async move {
            let parcel = container(&tx).await.create::<Parcel>("p").await?;
            let mut said = Vec::new();
            for weight in [5, 0, 20, 13, 6, 30] {
                let body = json!({"weight": weight, "title": format!("{weight} kg")});
                let error = read_into(&parcel, &request, &body, Mode::Update).await.err().map(|e| e.to_string());
                said.push((parcel.read().weight, parcel.title(), error));
            }
            Ok(said)
        }
    });
    let row = |weight: i64, error: &str| {
        (weight, Some(format!("{weight} kg")), Some(error).filter(|e| !e.is_empty()).map(str::to_owned))
    };
    let [nothing, heavy] =
        ["it weighs nothing", "too heavy"].map(|m| format!("could not deserialize the content: {m}"));
    let scales = r#"answer 404 {"reason":"no scales"}"#;
    let expected = [row(5, ""), row(5, &nothing), row(5, &heavy), row(5, scales), row(6, ""), row(6, &heavy)];
    assert_eq!(tried.await.unwrap(), expected);
    app.stop().await;
}

#[tokio::test]
async fn tagged_values_are_those_of_the_nearest_d_010() {
    let app = started().await;
    let fruit = app.components().types.get("Fruit").unwrap().clone();
    let tags = ["shelf", "unit", "cool", "none"].map(|key| fruit.tagged_value(key).cloned());
    assert_eq!(tags, [Some(json!(4)), Some(json!("kg")), Some(json!(true)), None]);
    app.stop().await;
}

#[tokio::test]
async fn accessors_make_the_indexed_value_or_none_d_011() {
    let app = started().await;
    let database = app.database("db").unwrap();
    let values = database.write(|tx| async move {
        let fruit = container(&tx).await.create::<Fruit>("apple").await?;
        let indexes = &fruit.kind().indexes;
        let names: Vec<&str> = indexes.iter().map(|index| index.name.as_str()).collect();
        assert_eq!(names, ["label", "heavy"]);
        let accessors: Vec<_> = indexes.iter().filter_map(|index| index.accessor.clone()).collect();
        let product = fruit.cast::<Product>()?;
        let mut seen: Vec<Option<Value>> = Vec::new();
        for weight in [None, Some(11)] {
            product.update(|p| p.weight = weight);
            for accessor in &accessors {
                seen.push(accessor.value(&fruit).await?);
            }
        }
        product.update(|p| p.weight = Some(13));
        let error = accessors[1].value(&fruit).await.unwrap_err();
        assert!(matches!(error.cause(), guillotina::error::Cause::Deserialization(_)), "{error}");
        Ok(seen)
    });
    assert_eq!(values.await.unwrap(), [None, None, Some(json!("11 kg")), Some(json!(true))]);
    app.stop().await;
}

#[tokio::test]
async fn a_field_without_a_json_form_is_an_error_that_names_it() {
    let app = started().await;
    let database = app.database("db").unwrap();
    let failed = database.write(|tx| async move {
        let fruit = container(&tx).await.create::<Fruit>("apple").await?;
        fruit.update(|f| drop(f.cells.0.insert((1, 2), "red".to_owned())));
        Ok(())
    });
    let error = failed.await.unwrap_err().to_string();
    assert!(error.contains("the field `cells` of `declared::Fruit` has no JSON form: key must be a string"), "{error}");
    let stored = database.read(|tx| async move { container(&tx).await.child::<Fruit>("apple").await });
    assert!(stored.await.unwrap().is_none(), "nothing was written");
    app.stop().await;
}
