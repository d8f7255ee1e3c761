//! [`Tx`]: what plugin code sees of a transaction.
//!
//! One identity map: two handles to one object see each other's changes. Nothing reaches the database before the end;
//! what must be seen outside goes through [`Tx::after_commit`] and happens only if the commit succeeded.

use crate::BoxFuture;
use crate::app::App;
use crate::error::{Cause, Error, Result};
use crate::json::Json;
use crate::resource::Resource;
use crate::root::Database;
use crate::state::ObjectState;
use guillotina_db::{Batch, LogEntry, LogPage, MAX_PAGE, Oid, Page, Position, Put, Stored, Tid};
use parking_lot::{Mutex, MutexGuard};
use rustc_hash::{FxHashMap, FxHashSet};
use std::mem::take;
use std::sync::Arc;

/// A transaction on one database; cheap to clone.
#[derive(Clone)]
pub struct Tx(Arc<Inner>);

struct Inner {
    database: Database,
    store: guillotina_db::Transaction,
    writable: bool,
    work: Mutex<Work>,
}

#[derive(Default)]
struct Work {
    objects: FxHashMap<Oid, Resource>,
    /// Changed and new objects, in the order of their first change.
    changed: Vec<Resource>,
    /// Stored objects that are removed; everything below them goes too.
    removed: Vec<Resource>,
    removed_oids: FxHashSet<Oid>,
    /// Objects that must still be at the version that was read when the transaction commits.
    unchanged: FxHashMap<Oid, Tid>,
    /// Names taken or freed by this transaction: child of (parent, name), or `None` when it is free now.
    names: FxHashMap<(Oid, Arc<str>), Option<Oid>>,
    /// Frames for the log, in order.
    published: Vec<LogEntry>,
    before: Vec<BeforeCommit>,
    after: Vec<Box<dyn FnOnce(Tid) + Send>>,
    /// Why it must not commit: something of it could not be read or kept.
    spoilt: Option<Error>,
    ended: bool,
    /// The hot objects whose turn this transaction has.
    turns: Vec<Oid>,
}

impl Work {
    /// Whether this transaction has removed the object, or what it is in.
    fn is_gone(&self, resource: &Resource) -> bool {
        let removed = |resource: &Resource| self.removed_oids.contains(resource.uid());
        !self.removed_oids.is_empty() && (removed(resource) || resource.parents().any(|parent| removed(&parent)))
    }

    /// Whether it was added and taken out again.
    fn is_withdrawn(&self, resource: &Resource) -> bool {
        resource.base().is_none() && !self.objects.contains_key(resource.uid())
    }
}

/// What code reads that uses a transaction after its end.
const ENDED: &str = "the transaction has ended; open another with `database.write(…)` or `database.read(…)` and look the object up in it";

type BeforeCommit = Box<dyn FnOnce(Tx) -> BoxFuture<'static, Result<()>> + Send>;

impl Tx {
    pub(crate) async fn begin(database: Database, writable: bool, pinned: bool) -> Result<Tx> {
        let access = if writable { guillotina_db::Access::Write } else { guillotina_db::Access::ReadOnly };
        let store = match pinned {
            true => database.storage().begin_pinned(access).await?,
            false => database.storage().begin(access),
        };
        Ok(Tx(Arc::new(Inner { database, store, writable, work: Mutex::default() })))
    }

    /// The application.
    pub fn app(&self) -> &App {
        self.0.database.app()
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// Whether changes are committed at the end.
    pub fn is_writable(&self) -> bool {
        self.0.writable
    }

    /// The last commit that it sees.
    pub fn snapshot(&self) -> Tid {
        self.0.store.snapshot_tid()
    }

    /// Runs inside the transaction just before it commits; an error aborts it (row X-019).
    pub fn before_commit(&self, f: impl FnOnce(Tx) -> BoxFuture<'static, Result<()>> + Send + 'static) {
        self.note("a hook before its commit", |work| work.before.push(Box::new(f)));
    }

    /// Runs once the transaction is durable, with its tid, in commit order, and never if it aborts (row X-019). It runs on the
    /// database's writer, so it hands work over (to a queue, a task) and returns at once.
    ///
    /// A transaction that wrote nothing has its place in that order too: its hooks run after those of every commit that it has
    /// read, with the tid of the last commit. In a read-only database, where nothing is committed, they run at its end.
    pub fn after_commit(&self, f: impl FnOnce(Tid) + Send + 'static) {
        self.note("a hook after its commit", |work| work.after.push(Box::new(f)));
    }

    /// Sends `frame`, a JSON object, to all who listen to one of `channels`, once the transaction has committed and never if
    /// it aborts. It is written to the database's log by the same commit, so whoever is away for a while gets it later, in the
    /// order of the commits (each frame has one more key, `position`).
    ///
    /// `subject` is what the frame shows: later it goes only to those who may still see that.
    ///
    /// # Errors
    /// When `frame` is no object, a channel is empty or longer than 512 bytes, or the transaction has ended.
    pub fn publish(&self, subject: &Resource, channels: impl IntoIterator<Item = Arc<str>>, frame: Json) -> Result<()> {
        let serde_json::Value::Object(mut frame) = frame.0 else {
            return Err(Error::internal("only a JSON object can be published: its position is put into it"));
        };
        frame.remove("position");
        let channels: Arc<[Arc<str>]> = channels.into_iter().collect();
        if let Some(bad) = channels.iter().find(|channel| channel.is_empty() || channel.len() > 512) {
            return Err(Error::internal(format!("a channel has 1 to 512 bytes: this one has {}", bad.len())));
        }
        let payload = serde_json::to_vec(&frame)?.into();
        self.open()?.published.push(LogEntry { channels, subject: Some(subject.uid().clone()), payload });
        Ok(())
    }

    /// A page of what was [published](Tx::publish) to any of `channels` after a position, in order; without a position only
    /// where the log stands.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn published(&self, channels: &[Arc<str>], after: Option<Position>, limit: u32) -> Result<LogPage> {
        Ok(self.0.store.log(channels, after, limit).await?)
    }

    pub(crate) fn touched(&self, resource: &Resource) {
        self.note("a change", |work| work.changed.push(resource.clone()));
    }

    /// Lets the transaction fail instead of committing what was made without knowing all. The first reason is kept.
    pub(crate) fn spoil(&self, why: Error) {
        self.note(&format!("a failure ({why})"), |work| {
            work.spoilt.get_or_insert(why);
        });
    }

    /// Notes something for the commit. After the end there is none: a handle that outlived its transaction (in a WebSocket
    /// handler, a task) was used to write. That is a defect which must be seen, and must not keep the transaction alive.
    fn note(&self, what: &str, f: impl FnOnce(&mut Work)) {
        let mut work = self.0.work.lock();
        if !work.ended {
            return f(&mut work);
        }
        drop(work);
        tracing::error!("{what} was lost: {ENDED}");
    }

    /// The work, while there is any use in it.
    fn open(&self) -> Result<MutexGuard<'_, Work>> {
        let work = self.0.work.lock();
        if work.ended { Err(Error::internal(ENDED)) } else { Ok(work) }
    }

    /// Lets the commit succeed only if `resource` is still as this transaction read it; otherwise the transaction is replayed.
    /// For decisions that rest on an object which is not changed itself: who a message goes to, for one.
    pub fn require_unchanged(&self, resource: &Resource) {
        if let Some(tid) = resource.tid() {
            self.note("a condition of its commit", |work| {
                work.unchanged.insert(resource.uid().clone(), tid);
            });
        }
    }

    pub(crate) fn hold_turns(&self, oids: &[Oid]) {
        self.0.work.lock().turns = oids.to_vec();
    }

    /// Lets a request that is about to write `resource` wait for its turn when many others do the same.
    ///
    /// # Errors
    /// [`Cause::Queue`], on which the transaction is begun again when its turn has come.
    pub fn queue_for(&self, resource: &Resource) -> Result<()> {
        let oid = resource.uid();
        if !self.0.writable || !self.0.database.storage().hot().is_hot(oid) || self.0.work.lock().turns.contains(oid) {
            return Ok(());
        }
        Err(Error::new(Cause::Queue(oid.clone())))
    }

    fn known(&self, oid: &Oid) -> Result<Option<Resource>> {
        let work = self.open()?;
        Ok(work.objects.get(oid).filter(|known| !work.is_gone(known)).cloned())
    }

    /// The handle to a stored version, under the parent that it was found in.
    fn adopt(&self, stored: &Arc<Stored>, parent: Option<Resource>) -> Result<Option<Resource>> {
        let row = stored.row();
        let mut work = self.open()?;
        if work.removed_oids.contains(&row.oid) || parent.as_ref().is_some_and(|parent| work.is_gone(parent)) {
            return Ok(None);
        }
        if let Some(known) = work.objects.get(&row.oid) {
            return Ok(Some(known.clone()));
        }
        let state =
            stored.decoded(|row| ObjectState::decode(&self.app().components().types, &row.type_name, &row.state))?;
        let resource = Resource::make(self.clone(), row.oid.clone(), parent, row.id.clone(), state, Some(row.tid));
        work.objects.insert(row.oid.clone(), resource.clone());
        Ok(Some(resource))
    }

    /// The container of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn container(&self, id: &str) -> Result<Option<Resource>> {
        self.child_of(&Oid::ROOT, None, id).await
    }

    /// The child of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn child(&self, parent: &Resource, id: &str) -> Result<Option<Resource>> {
        self.child_of(parent.uid(), Some(parent), id).await
    }

    async fn child_of(&self, parent: &Oid, handle: Option<&Resource>, id: &str) -> Result<Option<Resource>> {
        match self.pending_name(parent, id)? {
            Some(Some(oid)) => return self.known(&oid),
            Some(None) => return Ok(None),
            None => {}
        }
        match self.0.store.child(parent, id).await? {
            Some(stored) => self.adopt(&stored, handle.cloned()),
            None => Ok(None),
        }
    }

    fn pending_name(&self, parent: &Oid, id: &str) -> Result<Option<Option<Oid>>> {
        let work = self.open()?;
        if work.names.is_empty() {
            return Ok(None);
        }
        Ok(work.names.get(&(parent.clone(), Arc::from(id))).cloned())
    }

    /// The object of that uid, with its parents.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn object(&self, oid: &Oid) -> Result<Option<Resource>> {
        let mut missing: Vec<Arc<Stored>> = Vec::new();
        let mut at = oid.clone();
        let mut known = None;
        while at != Oid::ROOT {
            if let Some(resource) = self.known(&at)? {
                known = Some(resource);
                break;
            }
            let Some(stored) = self.0.store.get(&at).await? else { return Ok(None) };
            let Some(parent) = stored.row().parent.clone() else { return Ok(None) };
            missing.push(stored);
            at = parent;
        }
        for stored in missing.iter().rev() {
            match self.adopt(stored, known)? {
                Some(resource) => known = Some(resource),
                None => return Ok(None),
            }
        }
        Ok(known)
    }

    /// A page of the children of an object (of the database's containers without one), ordered by id, as this transaction sees them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn children(&self, parent: Option<&Resource>, page: Page) -> Result<Vec<Resource>> {
        let oid = parent.map_or(Oid::ROOT, |p| p.uid().clone());
        drop(self.open()?);
        let limit = page.limit.min(MAX_PAGE) as usize;
        let mut found = Vec::new();
        let mut next = page.clone();
        loop {
            let stored = self.0.store.children(&oid, &next).await?;
            for row in &stored {
                let pending = self.pending_name(&oid, &row.row().id)?;
                let freed = pending.is_some_and(|now| now.as_ref() != Some(&row.row().oid));
                if !freed && let Some(resource) = self.adopt(row, parent.cloned())? {
                    found.push(resource);
                }
            }
            // What this transaction has taken away leaves room for more: only the last page is shorter than its limit.
            match stored.last() {
                Some(last) if stored.len() == limit && found.len() < limit => {
                    next = Page { after: Some(last.row().id.clone()), offset: 0, ..next };
                }
                _ => break,
            }
        }
        if self.merge_new(&oid, &page, &mut found) {
            found.sort_by_key(Resource::id);
        }
        found.truncate(limit);
        Ok(found)
    }

    /// Adds what this transaction has put there itself; whether there was any.
    fn merge_new(&self, parent: &Oid, page: &Page, found: &mut Vec<Resource>) -> bool {
        let work = self.0.work.lock();
        let before = found.len();
        for ((of, name), oid) in &work.names {
            let Some(resource) = oid.as_ref().filter(|_| of == parent).and_then(|oid| work.objects.get(oid)) else {
                continue;
            };
            if work.is_gone(resource) {
                continue;
            }
            let wanted = page.after.as_ref().is_none_or(|after| name > after)
                && page.type_names.as_ref().is_none_or(|types| types.iter().any(|t| **t == *resource.type_name()));
            if wanted && !found.contains(resource) {
                found.push(resource.clone());
            }
        }
        found.len() > before
    }

    /// How many children an object has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count(&self, parent: Option<&Resource>) -> Result<u64> {
        let oid = parent.map_or(Oid::ROOT, |p| p.uid().clone());
        let stored = self.0.store.count(&oid).await?;
        let pending: Vec<(Arc<str>, bool)> = {
            let work = self.open()?;
            work.names
                .iter()
                .filter(|((of, _), _)| *of == oid)
                .map(|((_, name), now)| (name.clone(), now.is_some()))
                .collect()
        };
        let mut count = stored as i64;
        for (name, taken) in pending {
            let was = self.0.store.child(&oid, &name).await?.is_some();
            count += i64::from(taken) - i64::from(was);
        }
        Ok(count.max(0) as u64)
    }

    /// Puts a new object into the transaction. The caller has looked whether name and uid are free in the database.
    ///
    /// # Errors
    /// When the parent was removed by this transaction, or name or uid were taken by it meanwhile.
    pub(crate) fn insert(&self, oid: Oid, parent: Option<&Resource>, id: &str, state: ObjectState) -> Result<Resource> {
        let name: Arc<str> = Arc::from(id);
        let parent_oid = parent.map_or(Oid::ROOT, |p| p.uid().clone());
        let mut work = self.open()?;
        if let Some(gone) = parent.filter(|parent| work.is_gone(parent) || work.is_withdrawn(parent)) {
            return Err(Error::internal(format!(
                "nothing can be added to {gone}: this transaction has removed it; add to what remains, or remove it afterwards"
            )));
        }
        if work.objects.contains_key(&oid) || work.removed_oids.contains(&oid) {
            return Err(Error::precondition(format!("Invalid uid: \"{oid}\"")));
        }
        if let Some(Some(_)) = work.names.get(&(parent_oid.clone(), name.clone())) {
            return Err(Error::new(Cause::ConflictId(format!("Conflict ID {id}"))));
        }
        let resource = Resource::make(self.clone(), oid.clone(), parent.cloned(), name.clone(), Arc::new(state), None);
        work.objects.insert(oid.clone(), resource.clone());
        work.names.insert((parent_oid, name), Some(oid));
        work.changed.push(resource.clone());
        Ok(resource)
    }

    /// Takes an object that this transaction has added out of it again, with what it has added below: as if it had never been.
    pub(crate) fn withdraw(&self, resource: &Resource) {
        let place = |r: &Resource| (r.parent_resource().map_or(Oid::ROOT, |p| p.uid().clone()), r.id());
        let name = place(resource);
        let is_it = |r: &Resource| r == resource || r.parents().any(|parent| &parent == resource);
        let mut guard = self.0.work.lock();
        let work = &mut *guard;
        let mut gone: FxHashSet<Oid> = work.objects.extract_if(|_, r| is_it(r)).map(|(oid, _)| oid).collect();
        gone.insert(resource.uid().clone());
        work.changed.retain(|r| !is_it(r));
        work.published.retain(|frame| frame.subject.as_ref().is_none_or(|subject| !gone.contains(subject)));
        work.names.retain(|(parent, _), _| !gone.contains(parent));
        work.removed_oids.remove(resource.uid());
        // Its name may be that of a stored object which this transaction has removed.
        match work.removed.iter().any(|r| place(r) == name) {
            true => drop(work.names.insert(name, None)),
            false => drop(work.names.remove(&name)),
        }
    }

    pub(crate) fn remove(&self, resource: &Resource) {
        let parent = resource.parent_resource().map_or(Oid::ROOT, |p| p.uid().clone());
        let mut work = self.0.work.lock();
        work.objects.remove(resource.uid());
        work.names.insert((parent, resource.id()), None);
        work.changed.retain(|r| r != resource && !r.parents().any(|p| &p == resource));
        work.removed_oids.insert(resource.uid().clone());
        if resource.base().is_some() {
            work.removed.push(resource.clone());
        }
    }

    /// Commits: hooks, then one batch; the tid, or `None` when there was nothing to write.
    pub(crate) async fn commit(&self) -> Result<Option<Tid>> {
        self.run_before_hooks().await?;
        let Work { changed, removed, unchanged, published, after, spoilt, .. } = self.close();
        if let Some(why) = spoilt {
            return Err(why);
        }
        let writes = !(changed.is_empty() && removed.is_empty() && published.is_empty());
        if writes && !self.0.writable {
            return Err(Error::internal(
                "a read-only request changed or published something: nothing was written; use a writing method, or `read_only = false`",
            ));
        }
        let batch = Batch {
            puts: changed.iter().map(put).collect::<Result<_>>()?,
            deletes: removed.iter().filter_map(|r| Some((r.uid().clone(), r.base()?))).collect(),
            required: required(unchanged, &changed, &removed),
            log: published,
            after,
        };
        if batch.is_empty() {
            return Ok(None);
        }
        let tid = self.0.store.commit(batch).await?;
        Ok(writes.then_some(tid))
    }

    /// Gives the database connection back. A handle may outlive the transaction by hours, as the context of a WebSocket
    /// handler does, and must hold none: there are few, and an open snapshot keeps the write-ahead log from shrinking.
    pub(crate) async fn give_back(&self) {
        self.0.store.close().await;
    }

    async fn run_before_hooks(&self) -> Result<()> {
        // A hook may add another one; the bound is against two that call each other for ever.
        for _ in 0..1_000 {
            let hooks = take(&mut self.0.work.lock().before);
            if hooks.is_empty() {
                return Ok(());
            }
            for hook in hooks {
                hook(self.clone()).await?;
            }
        }
        Err(Error::internal("before-commit hooks go on adding hooks: nothing was written"))
    }

    /// Ends it: handles that somebody keeps are of no use from now on, and nothing keeps anything alive.
    pub(crate) fn end(&self) {
        drop(self.close());
    }

    /// Takes all work; whatever is noted from now on comes too late.
    fn close(&self) -> Work {
        std::mem::replace(&mut *self.0.work.lock(), Work { ended: true, ..Work::default() })
    }
}

/// What must not have changed beside what is written, whose versions are checked anyway.
fn required(unchanged: FxHashMap<Oid, Tid>, changed: &[Resource], removed: &[Resource]) -> Vec<(Oid, Option<Tid>)> {
    let written = |oid: &Oid| changed.iter().chain(removed).any(|r| r.uid() == oid);
    unchanged.into_iter().filter(|(oid, _)| !written(oid)).map(|(oid, tid)| (oid, Some(tid))).collect()
}

fn put(resource: &Resource) -> Result<Put> {
    let state = resource.state();
    Ok(Put {
        oid: resource.uid().clone(),
        parent: Some(resource.parent_resource().map_or(Oid::ROOT, |p| p.uid().clone())),
        id: resource.id(),
        type_name: resource.kind().name.clone(),
        state: state.encode()?,
        json: None,
        expected: resource.base(),
        decoded: Some(state),
    })
}
