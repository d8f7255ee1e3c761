//! What fails is said, nothing that was written is lost, and what is repeated is what failed.

use crate::driver::Browser;
use crate::person::Person;
use crate::{server, skipped};
use guillotina_tests::{Client, Server};
use serde_json::{Value, json};

const ROOMS: &str = "/db/c/conversations";

/// Alice over the API, and rooms of hers with bob, by id and title.
async fn rooms(server: &Server, ids: &[&str]) -> Client {
    let alice = server.anonymous().login("/db/c", "alice", "secret-alice").await;
    for id in ids {
        make(&alice, id).await;
    }
    alice
}

async fn make(alice: &Client, id: &str) {
    let room = json!({"@type": "Conversation", "id": id, "title": id, "users": ["bob"]});
    alice.post(ROOMS, room).await.expect(201);
}

async fn say(alice: &Client, room: &str, text: &str) {
    alice.post(&format!("{ROOMS}/{room}"), json!({"@type": "Message", "text": text})).await.expect(201);
}

/// Requests to these addresses fail as without a server.
async fn block(page: &Browser, patterns: &[&str]) {
    page.chromium("Network.enable", json!({})).await;
    page.chromium("Network.setBlockedURLs", json!({"urls": patterns})).await;
}

async fn focus(page: &Browser, id: &str) {
    page.until(&format!("return document.activeElement?.id === {}", json!(id))).await;
}

/// What the alert with that id says, once it is shown.
async fn told(page: &Browser, id: &str) -> Value {
    let script = format!("const e = document.getElementById({}); return !e.hidden && e.textContent", json!(id));
    page.until(&script).await
}

#[tokio::test]
async fn what_was_missed_is_read_when_the_list_that_failed_is_read_again() {
    if skipped() {
        return;
    }
    let server = server().await;
    let alice = rooms(&server, &["room"]).await;
    let bob = Person::arrive(&server, "bob").await;
    bob.open("room").await;
    // No frame has come yet, so the next connection cannot ask for what it missed.
    bob.browser.offline(true).await;
    bob.state("No network").await;
    for text in ["One", "Two"] {
        say(&alice, "room", text).await;
    }
    block(&bob.browser, &["*@inbox*"]).await;
    bob.browser.offline(false).await;
    let error = told(&bob.browser, "list-error").await;
    assert!(error.as_str().unwrap().starts_with("The conversations could not be read."), "{error}");
    block(&bob.browser, &[]).await;
    bob.browser.click("#list-error button").await;
    bob.reads(&["One", "Two"]).await;
    focus(&bob.browser, "start").await;
}

#[tokio::test]
async fn frames_of_unknown_conversations_read_the_list_once_more_and_not_once_each() {
    if skipped() {
        return;
    }
    let server = server().await;
    let alice = rooms(&server, &["room"]).await;
    let bob = Person::arrive(&server, "bob").await;
    let page = &bob.browser;
    bob.open("room").await;
    let hold = "const real = fetch; window.asked = 0; window.held = [];
        window.fetch = async (url, options) => {
          if (String(url).includes('@inbox')) { asked += 1; await new Promise((go) => held.push(go)); }
          return real(url, options);
        }";
    page.run(hold).await;
    for id in ["r1", "r2", "r3", "r4", "r5"] {
        make(&alice, id).await;
        say(&alice, id, "hello").await;
    }
    for text in ["here", "there"] {
        say(&alice, "room", text).await;
    }
    // Frames come in order: those of the others were before.
    bob.reads(&["here", "there"]).await;
    assert_eq!(page.run("return asked").await, json!(1));
    let announced = "return [...document.getElementById('announcer').children].map((line) => line.textContent)";
    assert_eq!(page.run(announced).await, json!(["alice: here", "alice: there"]));
    page.run("held.shift()()").await;
    page.until("return asked === 2 && held.length === 1").await;
    page.run("held.shift()()").await;
    page.until("return document.querySelectorAll('#conversations li').length === 6").await;
    assert_eq!(page.run("return asked").await, json!(2));
}

#[tokio::test]
async fn drafts_stay_with_their_conversation_and_what_was_not_sent_outlives_the_session() {
    if skipped() {
        return;
    }
    let server = server().await;
    let alice = rooms(&server, &["first", "second"]).await;
    let bob = Person::arrive(&server, "bob").await;
    let page = &bob.browser;
    let text = "return document.getElementById('text').value";
    bob.open("first").await;
    page.type_into("#text", "half a").await;
    bob.open("second").await;
    assert_eq!(page.run(text).await, json!(""));
    bob.open("first").await;
    assert_eq!(page.run(text).await, json!("half a"));

    bob.open("second").await;
    block(page, &["*/conversations/*"]).await;
    bob.say("wait for me").await;
    page.until("return document.querySelector('.pending .meta')?.textContent.includes('Waiting')").await;
    page.run("window.confirm = (words) => { window.question = words; return false }").await;
    page.click("#sign-out").await;
    assert_eq!(page.run("return question").await, json!("One message was not sent and will be lost. Sign out?"));

    // A reload with a token that does not count any more.
    let spoil = "const kept = JSON.parse(sessionStorage['guillotina_chat session']); kept.token = 'x';
        sessionStorage['guillotina_chat session'] = JSON.stringify(kept); location.reload()";
    page.run(spoil).await;
    let error = told(page, "sign-in-error").await;
    assert_eq!(error, json!("Your session has ended. Sign in again: what was not sent is kept."));
    block(page, &[]).await;
    page.type_into("#username", "bob").await;
    page.type_into("#password", "secret-bob\u{e007}").await;
    bob.state("Connected").await;
    bob.open("second").await;
    bob.reads(&["wait for me"]).await;
    let said = alice.get(&format!("{ROOMS}/second/@messages")).await.expect(200);
    assert_eq!((said.as_array().unwrap().len(), &said[0]["author"]), (1, &json!("bob")));
    bob.open("first").await;
    assert_eq!(page.run(text).await, json!("half a"));

    // What is longer than the field takes is refused in words.
    assert_eq!(page.run("return document.getElementById('text').maxLength").await, json!(10_000));
    let paste =
        "document.getElementById('text').value = 'x'.repeat(10001); document.getElementById('send').requestSubmit()";
    page.run(paste).await;
    let error = page.until("return document.querySelector('.pending .error')?.textContent").await;
    assert!(error.as_str().unwrap().contains("a message has at most 10,000 characters"), "{error}");
    page.click(".pending .error button").await;
    focus(page, "text").await;
    page.until("return document.querySelector('.pending .error')").await;
    page.run("window.confirm = () => true").await;
    page.click("#sign-out").await;
    focus(page, "password").await;
    assert_eq!(page.run("return sessionStorage.length").await, json!(0));
}

#[tokio::test]
async fn older_messages_that_could_not_be_read_are_asked_for_again() {
    if skipped() {
        return;
    }
    let server = server().await;
    let alice = rooms(&server, &["room"]).await;
    for number in 1..=120 {
        say(&alice, "room", &number.to_string()).await;
    }
    let bob = Person::arrive(&server, "bob").await;
    let page = &bob.browser;
    bob.open("room").await;
    let count = "document.querySelectorAll('.message').length";
    page.until(&format!("return {count} === 50")).await;
    page.run("document.getElementById('scroller').scrollTop = 0").await;
    page.until(&format!("return {count} === 100")).await;
    block(page, &["*@messages?before*"]).await;
    page.run("document.getElementById('scroller').scrollTop = 0").await;
    let error = told(page, "load-error").await;
    assert!(error.as_str().unwrap().starts_with("The messages could not be read."), "{error}");
    block(page, &[]).await;
    page.click("#load-error button").await;
    page.until(&format!("return {count} === 120")).await;
    page.until("return document.getElementById('load-error').hidden").await;
    focus(page, "scroller").await;
}

#[tokio::test]
async fn signing_in_says_what_is_wrong_from_the_start() {
    if skipped() {
        return;
    }
    let server = server().await;
    let page = Browser::start().await;
    block(&page, &["*/@chat"]).await;
    page.open(&format!("http://{}/chat/", server.address())).await;
    assert_eq!(told(&page, "sign-in-error").await, json!("The server cannot be reached."));
    focus(&page, "place").await;
    page.type_into("#username", "bob").await;
    page.type_into("#password", "secret-bob\u{e007}").await;
    let words = "return document.getElementById('sign-in-error').textContent";
    page.until(&format!("{words}.startsWith('Write the name of the container')")).await;
    focus(&page, "place").await;
    page.type_into("#place", "none/c\u{e007}").await;
    page.until(&format!("{words} === 'There is no container none/c.'")).await;
    page.run("document.getElementById('place').value = 'db/none'").await;
    page.type_into("#password", "\u{e007}").await;
    page.until(&format!("{words} === 'The container, the name or the password is wrong.'")).await;
}
