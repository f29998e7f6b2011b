//! Packs, seen from outside: many objects in one file, and nobody notices.

mod support;

use std::{
    fs,
    time::{Duration, SystemTime},
};

use serde_json::json;
use support::{Room, damage_packed};

const MODULES: usize = 40;

/// A compiled program of many modules, and what it prints.
fn compiled() -> (Room, String) {
    let room = Room::tidy();
    let mut main = "total = 0\n".to_owned();
    for module in 0..MODULES {
        room.write(format!("tree/part{module}.py"), format!("'''Part.'''\nvalue = {module}\n"));
        main += &format!("import part{module}; total += part{module}.value\n");
    }
    room.write("tree/main.py", main + "print(total)\n");
    // Files that were written just now are looked at again, index or not; and so are, for two
    // seconds, those whose time happens to be a whole second.
    for file in fs::read_dir(room.path().join("tree")).unwrap() {
        let file = fs::File::options().write(true).open(file.unwrap().path()).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_millis(10_500)).unwrap();
    }
    std::thread::sleep(Duration::from_millis(100));
    room.run(&["compile", "-q", "tree"]).ok();
    assert_eq!((room.packs().len(), room.objects().len(), room.stored().len()), (1, 0, MODULES + 1));
    (room, format!("{}\n", MODULES * (MODULES - 1) / 2))
}

#[track_caller]
fn runs(room: &Room, output: &str, compiled: usize) {
    let ran = room.run(&["run", "-v", "tree/main.py"]).ok();
    assert_eq!((ran.stdout.as_str(), ran.compiled_modules()), (output, compiled), "{ran:#?}");
}

/// `compile --explain` gives this reason for so many files.
#[track_caller]
fn explained(room: &Room, reason: &str, wanted: usize) {
    let ran = room.run(&["compile", "--explain", "-v", "tree"]).ok();
    let found = ran.stdout.lines().filter(|line| line.ends_with(&format!("({reason})"))).count();
    assert_eq!(found, wanted, "{ran:#?}");
}

#[test]
fn what_is_packed_is_run_shown_and_removed() {
    let (room, output) = compiled();
    runs(&room, &output, 0);
    let info = room.info();
    assert_eq!((&info["objects"], &info["packs"]), (&json!(MODULES + 1), &json!(1)));
    assert_eq!(info["bytes"], fs::metadata(&room.packs()[0]).unwrap().len());
    let inspected = room.run(&["inspect", "--no-code", "--format", "json", "tree/part7.py"]).ok().json();
    assert_eq!(inspected["file"], room.packs()[0].to_str().unwrap());
    let key = inspected["key"].as_str().unwrap().to_owned();
    assert_eq!(inspected["file_bytes"], room.stored()[&key].len());
    assert_eq!(room.run(&["inspect", "--no-code", "--format", "json", &key]).ok().json()["key"], key);
    let verified = room.run(&["cache", "verify", "--format", "json"]).ok().json();
    assert_eq!(verified["checked"], MODULES + 1);
    explained(&room, "unchanged", MODULES + 1);

    room.run(&["cache", "gc", "--max-size", "0"]).ok();
    explained(&room, "evicted from the cache", MODULES + 1);
    let cleared = room.run(&["cache", "clear", "--format", "json"]).ok().json();
    assert_eq!((&cleared["removed"], room.packs().len()), (&json!(MODULES + 1), 0));
    explained(&room, "new", MODULES + 1);
    runs(&room, &output, 0);
}

#[test]
fn bad_objects_in_a_pack_are_compiled_again_and_the_others_are_not() {
    let (room, output) = compiled();
    let bad = damage_packed(&room.packs()[0], 10).len();
    runs(&room, &output, bad);
    runs(&room, &output, 0);
    assert_eq!((room.info()["quarantined"].as_u64(), room.objects().len()), (Some(bad as u64), bad));

    let bad = damage_packed(&room.packs()[0], 9).len();
    explained(&room, "corrupt in the cache", bad);
    runs(&room, &output, 0);
    room.run(&["cache", "verify"]).ok();
}

#[test]
fn bad_objects_in_a_pack_are_repaired() {
    let (room, _) = compiled();
    let wanted = room.stored();
    let bad = damage_packed(&room.packs()[0], 10);
    let report = room.run(&["cache", "verify", "--repair", "--format", "json"]).ok().json();
    let keys: Vec<_> = report["bad"].as_array().unwrap().iter().map(|bad| bad["key"].as_str().unwrap()).collect();
    assert_eq!((report["repaired"].as_u64(), keys), (Some(bad.len() as u64), bad.iter().map(String::as_str).collect()));
    assert!(room.stored() == wanted);
}

#[test]
fn a_pack_that_is_none_costs_the_time_to_compile_again() {
    let (room, output) = compiled();
    let pack = room.packs().remove(0);
    let good = fs::read(&pack).unwrap();
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    let future = [&good[..8], &[2, 0, 0, 0], &good[12..]].concat();
    let cut = good[..good.len() - 1].to_vec();
    for (count, bytes) in
        [Vec::new(), b"import os\n".to_vec(), cut, future, flipped(70), flipped(200)].iter().enumerate()
    {
        room.run(&["cache", "gc", "--max-size", "0"]).ok();
        fs::write(&pack, bytes).unwrap();
        runs(&room, &output, MODULES + 1);
        assert_eq!(room.info()["quarantined"], count + 1);
        runs(&room, &output, 0);
    }
    // A whole pack, to be repaired and to be explained.
    for object in room.objects() {
        fs::remove_file(object).unwrap();
    }
    fs::write(&pack, flipped(200)).unwrap();
    let report = room.run(&["cache", "verify", "--repair", "--format", "json"]).ok().json();
    assert_eq!((report["repaired"].as_u64(), &report["bad"][0]["key"]), (Some(MODULES as u64 + 1), &json!(null)));
    runs(&room, &output, 0);
    for object in room.objects() {
        fs::remove_file(object).unwrap();
    }
    // A wrong offset, so that all keys are still known.
    fs::write(&pack, flipped(162)).unwrap();
    explained(&room, "corrupt in the cache", MODULES + 1);
    runs(&room, &output, 0);
}

#[test]
fn gc_gathers_what_runs_left_one_by_one() {
    let room = Room::tidy();
    for module in 0..70 {
        room.write(format!("tree/part{module}.py"), format!("value = {module}\n"));
    }
    let imports: String = (0..70).map(|module| format!("import part{module}\n")).collect();
    room.write("tree/main.py", imports + "print('done')\n");
    runs(&room, "done\n", 71);
    let wanted = room.stored();
    assert_eq!((room.objects().len(), room.packs().len()), (71, 0));
    let report = room.run(&["cache", "gc", "--format", "json"]).ok().json();
    assert_eq!((&report["packed"], &report["removed"], &report["kept"]), (&json!(71), &json!(0), &json!(71)));
    assert_eq!((room.objects().len(), room.packs().len()), (0, 1));
    assert!(room.stored() == wanted);
    runs(&room, "done\n", 0);
}
