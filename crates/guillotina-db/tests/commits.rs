//! What a commit does, and when it is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic as tests do")]

mod common;

use common::{memory, oid, put, puts, text};
use guillotina_db::{Access, Batch, CommitError, Database, Error, Oid, Put, SqliteOptions, Tid};
use std::sync::Arc;

async fn commit(db: &Database, batch: Batch) -> Result<Tid, CommitError> {
    db.begin(Access::Write).commit(batch).await
}

#[tokio::test]
async fn a_tid_never_comes_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let open = || Database::open_sqlite("db", &path, &SqliteOptions::default()).unwrap();
    let db = open();
    let tid = commit(&db, puts(vec![put("x", &Oid::ROOT, "1", None)])).await.unwrap();
    let last = commit(&db, Batch { deletes: vec![(oid("x"), tid)], ..Batch::default() }).await.unwrap();
    db.close().await;
    drop(db);
    assert_eq!(open().committed(), last);
}

#[tokio::test]
async fn a_commit_fills_the_cache_with_the_decoded_form() {
    let db = memory();
    let decoded: Arc<u32> = Arc::new(7);
    let row = Put { decoded: Some(decoded.clone()), ..put("a", &Oid::ROOT, "7", None) };
    commit(&db, puts(vec![row])).await.unwrap();
    let tx = db.begin(Access::ReadOnly);
    let found = tx.child(&Oid::ROOT, "a").await.unwrap().unwrap();
    let shared = found.decoded(|_| Err::<u32, _>("must not be decoded again")).unwrap();
    assert!(Arc::ptr_eq(&shared, &decoded));
    assert_eq!(db.stats().cache.misses, 0);
}

#[tokio::test]
async fn stale_versions_and_missing_objects_are_conflicts_that_name_them() {
    let db = memory();
    let tid = commit(&db, puts(vec![put("a", &Oid::ROOT, "1", None)])).await.unwrap();
    let newer = commit(&db, puts(vec![put("a", &Oid::ROOT, "2", Some(tid))])).await.unwrap();
    let stale =
        commit(&db, puts(vec![put("a", &Oid::ROOT, "3", Some(tid)), put("n", &Oid::ROOT, "", Some(tid))])).await;
    let stale = stale.unwrap_err();
    assert_eq!(stale.conflicting(), [oid("a"), oid("n")], "{stale}");
    let conflicting = [
        Batch { deletes: vec![(oid("a"), tid)], ..Batch::default() },
        Batch { required: vec![(oid("a"), Some(tid))], ..Batch::default() },
        Batch { required: vec![(oid("n"), None)], ..Batch::default() },
        puts(vec![put("x", &oid("n"), "", None)]),
        puts(vec![Put { id: "other".into(), ..put("a", &Oid::ROOT, "1", None) }]),
    ];
    for batch in conflicting {
        let shown = format!("{batch:?}");
        let refused = commit(&db, batch).await.unwrap_err();
        assert!(refused.is_conflict(), "{shown}: {refused}");
    }
    let required = vec![(oid("a"), Some(newer)), (oid("a"), None)];
    assert_eq!(commit(&db, Batch { required, ..Batch::default() }).await.unwrap(), newer, "writes nothing");
    assert_eq!(db.committed(), newer);
    assert_eq!(text(&db.begin(Access::ReadOnly).get(&oid("a")).await.unwrap().unwrap()), "2");
}

#[tokio::test]
async fn a_batch_is_all_or_nothing_and_its_order_does_not_matter() {
    let db = memory();
    let a = oid("a");
    let tid =
        commit(&db, puts(vec![put("c", &oid("b"), "", None), put("b", &a, "", None), put("a", &Oid::ROOT, "", None)]));
    let tid = tid.await.unwrap();
    let half = puts(vec![put("d", &a, "", None), Put { id: "b".into(), ..put("e", &a, "", None) }]);
    assert!(
        matches!(commit(&db, half).await, Err(CommitError::DuplicateId { parent, id }) if parent == a && &*id == "b")
    );
    assert!(db.begin(Access::ReadOnly).get(&oid("d")).await.unwrap().is_none());
    assert_eq!(db.committed(), tid);
    // Swap two names, and take the name of what is deleted.
    let start = puts(vec![put("x", &a, "", None), put("y", &a, "", None), put("z", &a, "", None)]);
    let seen = commit(&db, start).await.unwrap();
    let at = Some(seen);
    let batch = Batch {
        puts: vec![
            Put { id: "y".into(), expected: at, ..put("x", &a, "", None) },
            Put { id: "x".into(), expected: at, ..put("y", &a, "", None) },
            Put { id: "z".into(), ..put("new", &a, "", None) },
        ],
        deletes: vec![(oid("z"), seen)],
        ..Batch::default()
    };
    commit(&db, batch).await.unwrap();
    let tx = db.begin(Access::ReadOnly);
    for (name, expected) in [("x", "y"), ("y", "x"), ("z", "new")] {
        assert_eq!(tx.child(&a, name).await.unwrap().unwrap().row().oid, oid(expected));
    }
}

#[tokio::test]
async fn a_delete_takes_the_subtree_from_disk_and_cache() {
    let db = memory();
    let (a, b) = (oid("a"), oid("b"));
    let tree =
        vec![put("a", &Oid::ROOT, "", None), put("b", &a, "", None), put("c", &b, "", None), put("kept", &b, "", None)];
    let tid = commit(&db, puts(tree)).await.unwrap();
    let batch = Batch {
        puts: vec![put("kept", &Oid::ROOT, "moved", Some(tid)), put("c", &b, "lost", Some(tid))],
        deletes: vec![(a.clone(), tid)],
        ..Batch::default()
    };
    commit(&db, batch).await.unwrap();
    for tx in [db.begin(Access::ReadOnly), db.begin_pinned(Access::ReadOnly).await.unwrap()] {
        for gone in [&a, &b, &oid("c")] {
            assert!(tx.get(gone).await.unwrap().is_none(), "{gone}");
        }
        assert!(tx.child(&b, "c").await.unwrap().is_none());
        assert_eq!(text(&tx.child(&Oid::ROOT, "kept").await.unwrap().unwrap()), "moved");
        assert_eq!(tx.count(&Oid::ROOT).await.unwrap(), 1);
    }
    assert!(matches!(
        commit(&db, Batch { deletes: vec![(Oid::ROOT, Tid::ZERO)], ..Batch::default() }).await,
        Err(CommitError::Storage(Error::BadBatch { .. }))
    ));
}

#[tokio::test]
async fn a_folder_can_not_move_below_itself() {
    let db = memory();
    let (a, b) = (oid("a"), oid("b"));
    let tid = commit(&db, puts(vec![put("a", &Oid::ROOT, "", None), put("b", &Oid::ROOT, "", None)])).await.unwrap();
    commit(&db, puts(vec![put("a", &b, "", Some(tid))])).await.unwrap();
    let refused = commit(&db, puts(vec![put("b", &a, "", Some(tid))])).await.unwrap_err();
    assert!(refused.is_conflict(), "{refused}");
    let refused = commit(&db, puts(vec![put("s", &oid("s"), "", None)])).await.unwrap_err();
    assert!(matches!(refused, CommitError::Storage(Error::BadBatch { .. })), "{refused}");
}

#[tokio::test]
async fn read_only_refuses_every_commit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let read_only = SqliteOptions { read_only: true, ..SqliteOptions::default() };
    assert!(matches!(Database::open_sqlite("db", &path, &read_only), Err(Error::Open { .. })), "no such file");
    let db = Database::open_sqlite("db", &path, &SqliteOptions::default()).unwrap();
    commit(&db, puts(vec![put("a", &Oid::ROOT, "1", None)])).await.unwrap();
    let tx = db.begin(Access::ReadOnly);
    let refused = tx.commit(puts(vec![put("b", &Oid::ROOT, "1", None)])).await;
    assert!(matches!(refused, Err(CommitError::ReadOnly(name)) if &*name == "db"));
    let busy = Database::open_sqlite("second", &path, &SqliteOptions::default()).unwrap_err();
    assert!(busy.to_string().contains("another process or database"), "{busy}");
    db.close().await;
    let db = Database::open_sqlite("db", &path, &read_only).unwrap();
    assert!(db.read_only());
    let tx = db.begin(Access::Write);
    assert_eq!(text(&tx.child(&Oid::ROOT, "a").await.unwrap().unwrap()), "1");
    assert!(matches!(tx.commit(puts(vec![put("b", &Oid::ROOT, "1", None)])).await, Err(CommitError::ReadOnly(_))));
}

/// Row X-019: what a reader tells the outside is never ahead of the commits that it has read.
#[tokio::test]
async fn the_hooks_of_who_writes_nothing_come_in_their_turn_x_019() {
    let db = memory();
    let (told, heard) = std::sync::mpsc::channel();
    let hook = |name: &'static str| {
        let told = told.clone();
        Box::new(move |tid: Tid| told.send((name, tid)).unwrap()) as Box<dyn FnOnce(Tid) + Send>
    };
    let (go_on, held) = std::sync::mpsc::channel::<()>();
    let wait = Box::new(move |_| held.recv().unwrap()) as Box<dyn FnOnce(Tid) + Send>;
    let slow = Batch { after: vec![wait, hook("written")], ..puts(vec![put("a", &Oid::ROOT, "1", None)]) };
    let writer = tokio::spawn({
        let db = db.clone();
        async move { commit(&db, slow).await }
    });
    while db.committed() == Tid::ZERO {
        tokio::task::yield_now().await;
    }
    let mut readers = Vec::new();
    for access in [Access::ReadOnly, Access::Write] {
        let tx = db.begin(access);
        assert!(tx.get(&oid("a")).await.unwrap().is_some(), "it has read what the first one committed");
        let batch = Batch { after: vec![hook("read")], ..Batch::default() };
        readers.push(tokio::spawn(async move { tx.commit(batch).await }));
        tokio::task::yield_now().await;
    }
    assert!(heard.try_recv().is_err(), "the hooks of the commit have not run yet");
    go_on.send(()).unwrap();
    let tid = writer.await.unwrap().unwrap();
    for reader in readers {
        assert_eq!(reader.await.unwrap().unwrap(), tid);
    }
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), [("written", tid), ("read", tid), ("read", tid)]);
    assert_eq!(db.committed(), tid, "nothing was written");
}

#[tokio::test]
async fn hooks_run_after_the_commit_in_order_and_never_without_it() {
    let db = memory();
    let (heard, mut told) = tokio::sync::mpsc::unbounded_channel();
    let batch = |name: &str, expected| {
        let (heard, name) = (heard.clone(), name.to_owned());
        let mut batch = puts(vec![put(&name, &Oid::ROOT, "", expected)]);
        batch.after.push(Box::new(|_| panic!("a broken hook is the plugin's fault alone")));
        batch.after.push(Box::new(move |tid| heard.send((name, tid)).unwrap()));
        batch
    };
    let mut last = Tid::ZERO;
    for n in 0..5 {
        let tid = commit(&db, batch(&format!("n{n}"), None)).await.unwrap();
        assert!(tid > last);
        last = tid;
        assert_eq!(told.try_recv().unwrap(), (format!("n{n}"), tid));
    }
    assert!(commit(&db, batch("n0", Some(last))).await.is_err());
    assert!(told.try_recv().is_err(), "an aborted batch announces nothing");
}
