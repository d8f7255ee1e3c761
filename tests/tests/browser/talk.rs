//! Alice and bob talk (rows H-001 to H-010), through a crash of the server and losses of the network.

use crate::network::Network;
use crate::person::Person;
use crate::{server, skipped};
use serde_json::json;
use std::path::Path;

#[tokio::test]
async fn two_people_talk_through_a_crash_and_a_loss_of_the_network() {
    if skipped() {
        return;
    }
    let mut server = server().await;
    let (alice, bob) =
        tokio::join!(Box::pin(Person::arrive(&server, "alice")), Box::pin(Person::arrive(&server, "bob")));
    alice.start("bob").await;
    let html = "<img src=x onerror=alert(1)> & <b>bold</b>";
    alice.say("Are you hungry?").await;
    alice.say(html).await;
    // Bob has not opened it: the list shows the last line with a mark, and so does the title.
    bob.browser
        .until("return document.querySelector('#conversations .unread .last')?.textContent.startsWith('alice: <img')")
        .await;
    assert_eq!(bob.browser.run("return document.title").await, json!("(1) Chat"));
    bob.open("alice").await;
    bob.browser.until("return !document.querySelector('#conversations .unread')").await;
    bob.say("Always. And no HTML, please.").await;
    let mut said = vec!["Are you hungry?", html, "Always. And no HTML, please."];
    alice.reads(&said).await;
    bob.reads(&said).await;
    assert_eq!(
        alice.browser.run("return document.querySelectorAll('#messages img, #messages b').length").await,
        json!(0)
    );
    alice.say("Noon, at the fountain?").await;
    said.push("Noon, at the fountain?");
    bob.reads(&said).await;
    keep_picture(&bob).await;

    // The server dies; what alice writes meanwhile waits, and both learn what happened.
    server.kill();
    alice.state("No connection").await;
    bob.state("No connection").await;
    alice.say("Did you get this?").await;
    alice.browser.until("return document.querySelector('.pending .meta')?.textContent.includes('Waiting')").await;
    server.restart().await;
    alice.state("Connected again, after").await;
    bob.state("Connected again, after").await;
    said.push("Did you get this?");
    alice.reads(&said).await;
    bob.reads(&said).await;
    bob.say("Yes, once.").await;
    said.push("Yes, once.");
    alice.reads(&said).await;

    // Bob's network is gone.
    bob.browser.offline(true).await;
    bob.state("No network").await;
    alice.say("Hello?").await;
    alice.say("Are you there?").await;
    said.extend(["Hello?", "Are you there?"]);
    alice.reads(&said).await;
    bob.browser.offline(false).await;
    bob.state("Connected again, after").await;
    bob.reads(&said).await;
    bob.say("Here I am.").await;
    said.push("Here I am.");
    bob.reads(&said).await;
    alice.reads(&said).await;

    // The same after a reload, which stays signed in.
    alice.browser.run("location.reload()").await;
    alice.state("Connected").await;
    alice.reads(&said).await;
    alice.is_at_home().await;
    bob.is_at_home().await;
    alice.browser.click("#sign-out").await;
    alice
        .browser
        .until("return document.activeElement?.id === 'password' || document.activeElement?.id === 'username'")
        .await;
    assert_eq!(
        alice.browser.run("return sessionStorage.length + document.querySelectorAll('.message').length").await,
        json!(0)
    );
}

/// Nothing tells bob's browser that its network is gone: it says that it is online all the time.
#[tokio::test]
async fn a_network_that_falls_silent_or_breaks_loses_nothing() {
    if skipped() {
        return;
    }
    let server = server().await;
    let network = Network::to(server.address()).await;
    let (alice, bob) =
        tokio::join!(Box::pin(Person::arrive(&server, "alice")), Box::pin(Person::arrive_at(network.address(), "bob")));
    let told =
        "window.told = []; for (const name of ['online', 'offline']) addEventListener(name, () => told.push(name))";
    bob.browser.run(told).await;
    alice.start("bob").await;
    alice.say("One").await;
    bob.open("alice").await;
    let mut said = vec!["One"];
    bob.reads(&said).await;

    // Silence while bob only reads: the page finds out by asking.
    network.fall_silent();
    alice.say("Two").await;
    alice.say("Three").await;
    said.extend(["Two", "Three"]);
    alice.reads(&said).await;
    bob.state("No connection").await;
    let shown = bob.browser.run("return document.querySelectorAll('.message').length").await;
    assert_eq!(shown, json!(1), "nothing came through the silence");
    network.mend();
    bob.state("Connected again, after").await;
    bob.reads(&said).await;

    // Silence while bob writes: what he writes waits, and keeps its order.
    network.fall_silent();
    bob.say("Four").await;
    bob.say("Five").await;
    bob.state("No connection").await;
    bob.browser.until("return document.querySelectorAll('.pending').length === 2").await;
    network.mend();
    said.extend(["Four", "Five"]);
    alice.reads(&said).await;
    bob.reads(&said).await;
    bob.state("Connected").await;

    // All connections are reset, again and again, while both write.
    network.cut();
    bob.state("No connection").await;
    alice.say("Six").await;
    said.push("Six");
    alice.reads(&said).await;
    bob.say("Seven").await;
    bob.browser.until("return document.querySelector('.pending .meta')?.textContent.includes('Waiting')").await;
    // The next one does not overtake the one that waits.
    network.mend();
    bob.say("Eight").await;
    said.extend(["Seven", "Eight"]);
    alice.reads(&said).await;
    bob.reads(&said).await;
    bob.state("Connected").await;
    assert_eq!(bob.browser.run("return [window.told, navigator.onLine]").await, json!([[], true]));
    bob.is_at_home().await;
}

#[tokio::test]
async fn mistakes_are_shown_where_they_happen_and_older_messages_come_on_scrolling() {
    if skipped() {
        return;
    }
    let server = server().await;
    let api = server.anonymous().login("/db/c", "alice", "secret-alice").await;
    api.post("/db/c/conversations", json!({"@type": "Conversation", "id": "room", "users": ["bob"]})).await.expect(201);
    for number in 1..=120 {
        let message = json!({"@type": "Message", "text": format!("number {number}")});
        api.post("/db/c/conversations/room", message).await.expect(201);
    }
    let bob = Person::arrive(&server, "bob").await;
    let page = &bob.browser;
    bob.open("alice").await;
    let count = "document.querySelectorAll('.message').length";
    let at_end =
        "const s = document.getElementById('scroller'); return s.scrollTop + s.clientHeight > s.scrollHeight - 2";
    page.until(&format!("return {count} === 50")).await;
    page.until(at_end).await;
    page.run("document.getElementById('scroller').scrollTop = 0").await;
    page.until(&format!("return {count} === 100")).await;
    assert!(page.run("return document.getElementById('scroller').scrollTop").await.as_f64().unwrap() > 100.0);
    // The rest is on another page of the server's list.
    page.run("document.getElementById('scroller').scrollTop = 0").await;
    page.until(&format!("return {count} === 120")).await;
    let all: Vec<String> = (1..=120).map(|number| format!("number {number}")).collect();
    bob.reads(&all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(page.run("return document.getElementById('older').hidden").await, json!(true));
    // A new message does not pull away what is read, but is offered.
    api.post("/db/c/conversations/room", json!({"@type": "Message", "text": "new"})).await.expect(201);
    page.until("return !document.getElementById('newest').hidden").await;
    page.click("#newest").await;
    page.until(at_end).await;
    page.until("return document.getElementById('newest').hidden").await;

    // Bob is taken out: what he sends is refused beside what he wrote.
    api.patch("/db/c/conversations/room", json!({"users": ["alice"]})).await.expect(204);
    bob.say("Too late").await;
    let error = page.until("return document.querySelector('.pending .error')?.textContent").await;
    assert!(error.as_str().unwrap().starts_with("This was not sent. You may not do that here."), "{error}");
    page.run("window.confirm = () => true").await;
    page.click("#sign-out").await;
    page.type_into("#username", "bob").await;
    page.type_into("#password", "wrong\u{e007}").await;
    let error =
        page.until("const e = document.getElementById('sign-in-error'); return !e.hidden && e.textContent").await;
    assert_eq!(error, json!("The name or the password is wrong."));
}

#[tokio::test]
async fn conversations_come_in_pages_and_the_one_in_the_address_is_found() {
    if skipped() {
        return;
    }
    let server = server().await;
    let api = server.anonymous().login("/db/c", "alice", "secret-alice").await;
    for number in 1..=105 {
        let id = format!("room-{number}");
        let room = json!({"@type": "Conversation", "id": id, "title": id, "users": ["bob"]});
        api.post("/db/c/conversations", room).await.expect(201);
    }
    let bob = Person::arrive(&server, "bob").await;
    let page = &bob.browser;
    let listed = "document.querySelectorAll('#conversations li').length";
    page.until(&format!("return {listed} === 100")).await;
    page.click("#more").await;
    page.until(&format!("return {listed} === 105")).await;
    assert_eq!(page.run("return document.getElementById('more').hidden").await, json!(true));
    let last = page.run("return document.querySelector('#conversations li:last-child .name').textContent").await;
    assert_eq!(last, json!("room-1"));
    page.run("location.hash = '#/room-2'; location.reload()").await;
    page.until("return document.getElementById('conversation-title')?.textContent === 'room-2'").await;
    bob.say("Found").await;
    bob.reads(&["Found"]).await;
    page.until("return document.querySelector('#conversations .name').textContent === 'room-2'").await;
}

/// `UPDATE_DOCS=1` writes the picture in the README.
async fn keep_picture(person: &Person) {
    let picture = person.browser.picture().await;
    assert!(picture.starts_with(b"\x89PNG"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/chat.png");
        std::fs::write(path, picture).unwrap();
    }
}
