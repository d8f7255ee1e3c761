//! What is in a folder, and what a uid stands for (rows S-035 to S-037, S-039).

use guillotina::answer::Answer;
use guillotina::children::Pages;
use guillotina::interfaces::IResourceSerializeToJson;
use guillotina::{Container, Content, Error, Folder, Json, Request, Result, constraints};
use guillotina_db::{Oid, Page};
use guillotina_macros::service;
use guillotina_security::perms;
use http::header::LOCATION;
use serde_json::{Value, json};

/// The longest page.
const LARGEST_PAGE: u32 = 500;
/// The page that is served when none is asked for.
const USUAL_PAGE: u32 = 20;

/// Ids of all children.
#[service(method = GET, name = "@ids", permission = perms::MANAGE)]
async fn ids(folder: Content<Folder>) -> Result<Vec<String>> {
    ids_of(Pages::of(folder.tx(), Some(&folder), None)).await
}

/// The ids of all.
pub(crate) async fn ids_of(mut pages: Pages) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    while let Some(page) = pages.next().await? {
        ids.extend(page.iter().map(|child| child.id().to_string()));
    }
    Ok(ids)
}

/// A page of the children in their full form.
#[service(method = GET, name = "@items", permission = perms::MANAGE)]
async fn items(folder: Content<Folder>, request: Request) -> Result<Json> {
    let page = positive(&request, "page")?.unwrap_or(1);
    let page_size = positive(&request, "page_size")?.unwrap_or(USUAL_PAGE).min(LARGEST_PAGE);
    let offset = u64::from(page - 1) * u64::from(page_size);
    let mut items = Vec::new();
    for child in folder.tx().children(Some(&folder), Page { offset, ..Page::first(page_size) }).await? {
        let form = request.multi_adapter::<dyn IResourceSerializeToJson>((&child, &request))?;
        items.push(form.to_json().await?.0);
    }
    let total = folder.tx().count(Some(&folder)).await?;
    Ok(json!({"items": items, "total": total, "page": page, "page_size": page_size}).into())
}

/// Names of the types that can be added here.
#[service(method = GET, name = "@addable-types", permission = perms::ADD_CONTENT)]
async fn addable_types(folder: Content<Folder>) -> Result<Vec<String>> {
    let components = folder.tx().app().components();
    let addable = components.types.all().iter().filter(|kind| constraints::is_allowed(&folder, kind));
    Ok(addable.map(|kind| kind.name.to_string()).collect())
}

/// Leads to the object of that uid in this container.
#[service(method = GET, name = "@resolveuid/{uid}", permission = perms::ACCESS_CONTENT)]
async fn resolve_uid(container: Content<Container>, request: Request) -> Result<Answer> {
    let uid = request.matched("uid").unwrap_or_default();
    let found = match Oid::new(uid) {
        Ok(oid) => container.tx().object(&oid).await?,
        Err(_) => None,
    };
    // Who may not see it must not learn that it is there.
    let visible = found.filter(|object| {
        object.container() == *container && object.allows(request.user().principal(), perms::ACCESS_CONTENT.id())
    });
    match visible {
        Some(object) => Ok(Answer::json(Value::Object(Default::default()))
            .with_status(301)
            .with_header(LOCATION, &request.url(&object))),
        None => Err(Error::not_found(format!("Could not find uid: {uid}"))),
    }
}

/// A query parameter that must be a positive integer (row ZZ-09).
fn positive(request: &Request, name: &str) -> Result<Option<u32>> {
    request.query_value(name).map(|text| parse_positive(name, &text)).transpose()
}

fn parse_positive(name: &str, text: &str) -> Result<u32> {
    let refused = || Error::precondition(format!("{name} must be a positive integer, not {}", Value::from(text)));
    text.trim().parse().ok().filter(|n| *n > 0).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_from_one_zz_09() {
        assert_eq!(parse_positive("page", "3").unwrap(), 3);
        for bad in ["0", "-1", "x", "", "1.5", "99999999999"] {
            assert!(parse_positive("page", bad).is_err(), "{bad}");
        }
        assert_eq!(parse_positive("page", "x").unwrap_err().to_string(), r#"page must be a positive integer, not "x""#);
    }
}
