//! Pages of lists that are sorted by time: the last page, and those before it (rows H-007, H-008).
//!
//! A page is asked for by where it ends and not by its number, so that what is added meanwhile moves nothing. Each answer
//! names the page before it in its header `Link`.

use crate::content::{Conversation, Message};
use guillotina::ContentInterface;
use guillotina::answer::header::LINK;
use guillotina::prelude::*;

/// What one page holds at most, and without `page_size`.
const LONGEST: usize = 500;

/// Where something stands in the list: its time, then its id.
pub type Rank = (String, Arc<str>);

/// What lists are sorted by.
pub trait Ranked {
    /// Where it stands among those that are sorted by when they were made.
    fn rank(&self) -> Rank;
}

impl Ranked for Content<Conversation> {
    fn rank(&self) -> Rank {
        (self.read().started.clone(), self.id())
    }
}

impl Ranked for Content<Message> {
    fn rank(&self) -> Rank {
        (self.read().sent.clone(), self.id())
    }
}

/// Which page is asked for.
#[derive(Debug, PartialEq)]
pub struct Paging {
    before: Option<Rank>,
    size: usize,
}

impl Paging {
    /// What `?before=` and `?page_size=` say.
    pub fn of(request: &Request) -> Result<Paging> {
        let size = match request.query_value("page_size").map(|size| size.parse::<usize>()) {
            None => LONGEST,
            Some(Ok(size)) if size > 0 => size.min(LONGEST),
            Some(_) => return Err(Error::precondition("page_size must be a positive whole number")),
        };
        let before = request.query_value("before").map(|before| match before.split_once(' ') {
            Some((time, id)) => Ok((time.to_owned(), id.into())),
            None => Err(Error::precondition("before must be taken from the header Link of another page")),
        });
        Ok(Paging { before: before.transpose()?, size })
    }

    /// The page of these objects, by when they were made, as an answer of their summaries.
    pub async fn summaries<T>(&self, all: Vec<Content<T>>, request: &Request) -> Result<Answer>
    where
        T: ContentInterface,
        Content<T>: Ranked,
    {
        let (page, next) = self.cut(all.into_iter().map(|object| (object.rank(), object)).collect());
        let mut summaries = Vec::with_capacity(page.len());
        for object in page {
            summaries.push(request.summary(&object).await?.0);
        }
        Ok(Paging::answer(summaries, next))
    }

    /// The page, oldest first, and the query that asks for the one before it.
    pub fn cut<T>(&self, mut all: Vec<(Rank, T)>) -> (Vec<T>, Option<String>) {
        all.retain(|(rank, _)| self.before.as_ref().is_none_or(|before| rank < before));
        all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let first = all.len().saturating_sub(self.size);
        let page = all.split_off(first);
        let next = page
            .first()
            .filter(|_| first > 0)
            .map(|((time, id), _)| format!("?before={}&page_size={}", encode(&format!("{time} {id}")), self.size));
        (page.into_iter().map(|(_, item)| item).collect(), next)
    }

    /// An answer of these items.
    pub fn answer(items: Vec<Value>, next: Option<String>) -> Answer {
        let answer = Answer::json(items);
        match next {
            Some(query) => answer.with_header(LINK, &format!("<{query}>; rel=\"next\"")),
            None => answer,
        }
    }
}

/// As a value of a query.
fn encode(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' | b':' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(time: &str, id: &str) -> Rank {
        (time.to_owned(), id.into())
    }

    fn paging(before: Option<Rank>, size: usize) -> Paging {
        Paging { before, size }
    }

    fn all() -> Vec<(Rank, u8)> {
        vec![(rank("3", "a"), 4), (rank("1", "z"), 1), (rank("2", "b"), 3), (rank("2", "a"), 2)]
    }

    #[test]
    fn the_last_page_comes_first_and_names_the_one_before() {
        let (page, next) = paging(None, 2).cut(all());
        assert_eq!((page, next.as_deref()), (vec![3, 4], Some("?before=2%20b&page_size=2")));
        let (page, next) = paging(Some(rank("2", "b")), 2).cut(all());
        assert_eq!((page, next), (vec![1, 2], None));
        assert_eq!(paging(None, 4).cut(all()), (vec![1, 2, 3, 4], None));
        assert_eq!(paging(None, 4).cut(Vec::<(Rank, u8)>::new()), (vec![], None));
    }

    #[test]
    fn what_the_next_page_begins_with_may_be_gone() {
        assert_eq!(paging(Some(rank("2", "aa")), 9).cut(all()).0, [1, 2]);
    }

    #[test]
    fn every_byte_can_stand_in_a_query() {
        assert_eq!(encode("2026-01-01T00:00:00+00:00 a&b=c#é"), "2026-01-01T00:00:00%2B00:00%20a%26b%3Dc%23%C3%A9");
    }
}
