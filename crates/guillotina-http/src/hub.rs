//! [`SocketHub`]: sockets by whom they belong to, so that a message goes to its receivers without looking at all others.

use crate::wire::{Frame, WebSocketSender};
use parking_lot::RwLock;
use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::sync::Arc;

type Map<K> = RwLock<FxHashMap<K, Vec<WebSocketSender>>>;

/// Sockets by a key of the plugin's choice, such as (container, user). Cheap to clone: clones share the sockets.
pub struct SocketHub<K>(Arc<Map<K>>);

impl<K> Clone for SocketHub<K> {
    fn clone(&self) -> Self {
        SocketHub(self.0.clone())
    }
}

impl<K> Default for SocketHub<K> {
    fn default() -> Self {
        SocketHub(Arc::default())
    }
}

impl<K: Hash + Eq + Clone> SocketHub<K> {
    /// Registers a socket; dropping the guard unregisters it.
    #[must_use = "dropping the guard unregisters the socket"]
    pub fn register(&self, key: K, socket: WebSocketSender) -> SocketRegistration<K> {
        self.0.write().entry(key.clone()).or_default().push(socket.clone());
        SocketRegistration { hub: self.clone(), key, socket }
    }

    /// Sends one frame, encoded once, to all sockets of these keys; how many there were. It never waits: a socket that is
    /// too slow to take it cuts itself with 4429 and delays nobody.
    pub fn send<'k>(&self, keys: impl IntoIterator<Item = &'k K>, frame: &Frame) -> usize
    where
        K: 'k,
    {
        self.each(keys, |socket| {
            let _ = socket.send(frame.clone());
        })
    }

    /// Closes all sockets of these keys; how many there were.
    pub fn close<'k>(&self, keys: impl IntoIterator<Item = &'k K>, code: u16, reason: &str) -> usize
    where
        K: 'k,
    {
        self.each(keys, |socket| socket.close(code, reason))
    }

    fn each<'k>(&self, keys: impl IntoIterator<Item = &'k K>, f: impl Fn(&WebSocketSender)) -> usize
    where
        K: 'k,
    {
        let map = self.0.read();
        let sockets = keys.into_iter().filter_map(|key| map.get(key)).flatten();
        sockets.inspect(|socket| f(socket)).count()
    }

    /// How many sockets are registered.
    pub fn len(&self) -> usize {
        self.0.read().values().map(Vec::len).sum()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.read().is_empty()
    }
}

/// A registered socket; dropping it unregisters the socket.
pub struct SocketRegistration<K: Hash + Eq + Clone> {
    hub: SocketHub<K>,
    key: K,
    socket: WebSocketSender,
}

impl<K: Hash + Eq + Clone> Drop for SocketRegistration<K> {
    fn drop(&mut self) {
        let mut map = self.hub.0.write();
        if let Some(sockets) = map.get_mut(&self.key) {
            sockets.retain(|s| s.id() != self.socket.id());
            if sockets.is_empty() {
                map.remove(&self.key);
            }
        }
    }
}
