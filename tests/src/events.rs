//! Types whose fields and invariants say everything that can be said of them.

use guillotina::prelude::*;

/// Something that takes place.
#[content_type(
    base = Folder,
    behaviors(IDublinCore, IPriced),
    invariants(ends_after_start, starts_when_its_parent_has_started),
    indexes(
        length(type = "int", accessor = length, fields("start", "end")),
        siblings(type = "keyword", accessor = siblings),
        described(type = "searchabletext", fields("description")),
    ),
    metadata("title", "description"),
    tagged_values(colour = "red", "ui:order" = ["place", "start"]),
)]
pub struct Event {
    /// When it begins.
    #[field(required, indexes(start(type = "int"), day(type = "keyword", store)))]
    pub start: i64,
    /// When it is over.
    #[field(index = "int", store)]
    pub end: Option<i64>,
    /// Where it takes place.
    #[field(default_factory = place_of_parent, extra_values(placeholder = "Town hall", "ui:rows" = {"min": 1}))]
    pub place: Option<String>,
    /// What one says at the door.
    #[field(kind = "mask_text_line", unmask_len = 2, mask_len = 3)]
    pub password: Option<String>,
    /// Who asks.
    #[field(kind = "list of dotted_name", min_dots = 1, max_dots = 2)]
    pub askers: Vec<String>,
    /// What is written on the tickets.
    #[field(default_factory = ticket_text)]
    pub ticket: String,
    /// How it is called in lists.
    #[field(readonly, default_factory = slug)]
    pub slug: String,
    /// When the doors are open.
    pub doors: Option<Span>,
}

/// A part of an event.
#[content_type(base = Event, behaviors(IPriced), invariants(has_a_speaker), indexes(length(type = "int", fields("minutes"))))]
pub struct Talk {
    /// Who speaks.
    pub speaker: Option<String>,
    /// How long.
    pub minutes: Option<i64>,
}

/// From when to when.
#[schema(invariants(span_ends_after_start))]
pub struct Span {
    /// When it begins.
    pub from: i64,
    /// When it is over.
    #[field(default_factory = a_day)]
    pub to: i64,
}

/// Costs money.
#[behavior(invariants(cheap_for_members), indexes(price(type = "float", accessor = price)), tagged_values(colour = "green", unit = "EUR"))]
pub struct IPriced {
    /// What everybody pays.
    pub price: Option<f64>,
    /// What members pay.
    pub member_price: Option<f64>,
    /// Where one pays.
    #[field(default_factory = place_of_parent)]
    pub desk: Option<String>,
}

fn ends_after_start(event: &Event) -> Result<(), Invalid> {
    match event.end {
        Some(end) if end < event.start => {
            Err(Invalid::new("the end comes before the start").field("start").field("end"))
        }
        _ => Ok(()),
    }
}

async fn starts_when_its_parent_has_started(event: Content<Event>) -> Result {
    if let Ok(around) = event.parent::<Event>()
        && around.read().start > event.read().start
    {
        let why = format!("{} starts later", around.id());
        return Err(Invalid::new(why).field("start").into());
    }
    Ok(())
}

fn has_a_speaker(talk: &Talk) -> Result<(), Invalid> {
    if talk.speaker.is_none() { Err(Invalid::new("nobody speaks")) } else { Ok(()) }
}

fn span_ends_after_start(span: &Span) -> Result<(), Invalid> {
    if span.to < span.from { Err(Invalid::new("it closes before it opens").field("to")) } else { Ok(()) }
}

fn cheap_for_members(priced: &IPriced) -> Result<(), Invalid> {
    match (priced.price, priced.member_price) {
        (Some(all), Some(members)) if members > all => Err(Invalid::new("members pay more").field("member_price")),
        _ => Ok(()),
    }
}

fn place_of_parent(object: &Resource) -> Option<String> {
    let around = object.parent::<Event>().ok()?;
    around.read().place.clone().or_else(|| Some(format!("near {}", around.id())))
}

fn slug(object: &Resource) -> String {
    format!("event-{}", object.id())
}

fn ticket_text() -> &'static str {
    "Admit one"
}

fn a_day() -> i64 {
    24
}

fn length(event: &Event) -> Option<i64> {
    event.end.map(|end| end - event.start)
}

async fn siblings(event: Content<Event>) -> Result<Option<Vec<String>>> {
    let Some(parent) = event.parent_resource() else { return Ok(None) };
    let all = parent.children::<Event>().collect().await?;
    Ok(Some(all.iter().map(|event| event.id().to_string()).filter(|id| **id != *event.id()).collect()))
}

fn price(priced: &IPriced) -> Option<f64> {
    priced.price
}
