use guillotina::prelude::*;

guillotina::application! { name = "guillotina_likes", title = "Likes" }

/// Can be liked.
#[behavior]
pub struct ILikeable {
    /// Ids of the users who like it.
    pub likes: Vec<String>,
}

/// A photo that people like.
#[content_type(behaviors(IDublinCore, ILikeable))]
pub struct Photo {
    /// Where it was taken.
    #[field(kind = "text_line")]
    pub place: Option<String>,
}

/// Likes an object; doing it twice changes nothing.
#[service(method = POST, name = "@like", permission = perms::VIEW_CONTENT)]
async fn like(item: Content<ILikeable>, user: CurrentUser) -> Result<Json> {
    let likes = item.update(|item| {
        if !item.likes.contains(user.id()) {
            item.likes.push(user.id().clone());
        }
        item.likes.len()
    });
    Ok(json!({ "likes": likes }).into())
}
