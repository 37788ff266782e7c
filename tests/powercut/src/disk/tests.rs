use std::sync::Arc;

use super::*;

const FILE: &str = "shop/store.db-wal";

fn name(text: &str) -> Arc<str> {
    text.into()
}

/// A durable file of three sectors of `a`.
fn base() -> Vec<Op> {
    vec![
        Op::MakeFolder(name("shop")),
        Op::SyncFolder(name("")),
        Op::Create(name(FILE)),
        Op::Write(name(FILE), 0, vec![b'a'; 1536].into()),
        Op::Sync(name(FILE)),
        Op::SyncFolder(name("shop")),
    ]
}

fn found(ops: &[Op], lies: bool, number: u64) -> (Option<Vec<u8>>, Found) {
    let mut rng = Rng::new(7, number);
    let at = tempfile::tempdir().expect("a folder");
    let found = Disk::after(ops, lies, &mut rng).put(at.path(), &mut rng);
    (std::fs::read(at.path().join(FILE)).ok(), found)
}

#[test]
fn what_was_synced_is_there_after_every_cut() {
    for number in 0..200 {
        assert_eq!(found(&base(), false, number).0, Some(vec![b'a'; 1536]));
    }
}

#[test]
fn a_disk_that_lies_about_syncs_loses_them() {
    let lost = (0..200).filter(|number| found(&base(), true, *number).0 != Some(vec![b'a'; 1536])).count();
    assert!(lost > 50, "{lost} of 200");
}

#[test]
fn a_write_without_its_sync_is_there_missing_or_torn_and_harms_nothing_beside_it() {
    let mut ops = base();
    ops.push(Op::Write(name(FILE), 256, vec![b'b'; 1024].into()));
    let (mut there, mut missing, mut torn) = (0, 0, 0);
    for number in 0..400 {
        let bytes = found(&ops, false, number).0.expect("the file's name is durable");
        assert_eq!(bytes.len(), 1536);
        assert!(bytes[..256].iter().chain(&bytes[1280..]).all(|byte| *byte == b'a'), "beside the write");
        for sector in [&bytes[256..512], &bytes[512..1024], &bytes[1024..1280]] {
            assert!(sector.iter().all(|byte| *byte == sector[0]), "a sector is written whole");
        }
        match bytes.iter().filter(|byte| **byte == b'b').count() {
            0 => missing += 1,
            1024 => there += 1,
            _ => torn += 1,
        }
    }
    assert!(there > 40 && missing > 40 && torn > 40, "{there} {missing} {torn}");
}

#[test]
fn a_name_without_its_folders_sync_may_be_missing() {
    let ops = &base()[..5];
    let missing = (0..200).filter(|number| found(ops, false, *number).0.is_none()).count();
    assert!((50..150).contains(&missing), "{missing} of 200");
}

#[test]
fn what_a_failed_sync_forgot_is_not_brought_back_by_the_next() {
    let mut ops = base();
    ops.push(Op::Write(name(FILE), 0, vec![b'b'; 512].into()));
    ops.push(Op::SyncFailed(name(FILE)));
    ops.push(Op::Write(name(FILE), 512, vec![b'c'; 512].into()));
    ops.push(Op::Sync(name(FILE)));
    let held: Vec<Vec<u8>> = (0..200).filter_map(|number| found(&ops, false, number).0).collect();
    assert!(held.iter().all(|bytes| bytes[512..1024].iter().all(|byte| *byte == b'c')));
    let forgotten = held.iter().filter(|bytes| bytes[0] == b'a').count();
    assert!((50..150).contains(&forgotten), "{forgotten} of 200");
}

#[test]
fn a_file_that_was_renamed_is_the_old_or_the_new_one_until_its_folder_is_synced() {
    let (new, old) = ("shop/witness.new", FILE);
    let mut ops = base();
    ops.push(Op::SyncWhole(name(new), b"new".as_slice().into()));
    ops.push(Op::Rename(name(new), name(old), b"new".as_slice().into()));
    let seen: Vec<Vec<u8>> = (0..200).filter_map(|number| found(&ops, false, number).0).collect();
    let renamed = seen.iter().filter(|bytes| bytes.as_slice() == b"new").count();
    assert!(seen.len() == 200 && (50..150).contains(&renamed), "{renamed} of {}", seen.len());
    ops.push(Op::SyncFolder(name("shop")));
    assert!((0..200).all(|number| found(&ops, false, number).0.as_deref() == Some(b"new".as_slice())));
}
