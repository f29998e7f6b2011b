//! Whatever becomes of an object, it costs the time to compile again, and nothing else.

mod support;

use std::{
    fs::{self, File},
    os::unix::{ffi::OsStrExt as _, fs::symlink, net::UnixListener},
    path::{Path, PathBuf},
};

use pyc_rs_cache::{ArtifactMeta, Key, Lookup, MissReason, Mode, Store, artifact};
use support::Room;

const PROGRAM: &str =
    "def total(*numbers):\n    'Adds.'\n    return sum(numbers)\nprint('known text', total(20, 22))\n";
const OUTPUT: &str = "known text 42\n";

/// A program whose only object is in the cache.
struct Victim {
    room: Room,
    object: PathBuf,
    key: Key,
    pristine: Vec<u8>,
}

impl Victim {
    fn new() -> Self {
        let room = Room::new();
        room.tidied();
        room.write("main.py", PROGRAM);
        assert_eq!(room.run(&["run", "main.py"]).ok().stdout, OUTPUT);
        let [object] = room.objects().try_into().unwrap();
        let key = key_of(&object);
        let pristine = fs::read(&object).unwrap();
        Self { room, object, key, pristine }
    }

    fn put(&self, bytes: &[u8]) {
        self.take_away();
        fs::write(&self.object, bytes).unwrap();
    }

    fn take_away(&self) {
        let _ = fs::remove_dir_all(&self.object).or_else(|_| fs::remove_file(&self.object));
    }

    /// Runs twice: the first one compiles, the second one finds what the first one made.
    #[track_caller]
    fn check(&self, what: &str) {
        for compiled in [1, 0] {
            let mut command = std::process::Command::new("timeout");
            support::clean(&mut command);
            command.args(["60", support::BINARY, "run", "-v", "main.py"]).current_dir(self.room.path());
            command.env("PYC_RS_CACHE_DIR", self.room.cache_dir());
            let ran = support::with_input(command, b"");
            assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), OUTPUT), "{what}: {ran:#?}");
            assert!(ran.stderr.lines().all(|line| line.starts_with("pyc-rs: ")), "{what}: {ran:#?}");
            assert_eq!(ran.compiled_modules(), compiled, "{what}: {ran:#?}");
        }
        assert!(fs::symlink_metadata(&self.object).unwrap().is_file(), "{what}");
        assert_eq!(fs::read(&self.object).unwrap(), self.pristine, "{what}");
    }

    /// The object with bytes of it replaced; its hash is that of the new content.
    fn forged(&self, changes: &[(usize, &[u8])]) -> Vec<u8> {
        let mut bytes = self.pristine.clone();
        for (at, new) in changes {
            bytes[*at..at + new.len()].copy_from_slice(new);
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&bytes[..64]).update(&bytes[128..]);
        bytes[64..96].copy_from_slice(hasher.finalize().as_bytes());
        bytes
    }

    fn quarantined(&self) -> usize {
        fs::read_dir(self.room.cache_dir().join("v1/quarantine")).map_or(0, Iterator::count)
    }
}

fn key_of(object: &Path) -> Key {
    let tail: Vec<_> = object.iter().rev().take(2).map(|part| part.to_str().unwrap()).collect();
    [tail[1], tail[0]].concat().parse().unwrap()
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

fn meta() -> ArtifactMeta {
    ArtifactMeta {
        source_len: 1,
        first_path: String::new(),
        engine: "another".to_owned(),
        has_docstring: false,
        code_objects: 1,
        mode: 0,
        optimize: 0,
        warnings: Vec::new(),
    }
}

#[test]
fn every_truncation_and_every_flipped_bit_is_an_error_of_the_reader() {
    let victim = Victim::new();
    let bytes = &victim.pristine;
    assert!(artifact::parse(bytes, Some(&victim.key)).is_ok() && artifact::parse(bytes, None).is_ok());
    for len in 0..bytes.len() {
        assert!(artifact::parse(&bytes[..len], None).is_err(), "cut to {len}");
    }
    for bit in 0..bytes.len() * 8 {
        assert!(artifact::parse(&flipped(bytes, bit), None).is_err(), "bit {bit}");
    }
    for more in [1, 63, 64, 4096] {
        assert!(artifact::parse(&[&bytes[..], &vec![0; more]].concat(), None).is_err(), "{more} more");
    }
}

#[test]
fn every_truncation_and_every_flipped_bit_is_a_miss_of_the_store() {
    let victim = Victim::new();
    let bytes = &victim.pristine;
    let store = Store::open(victim.room.cache_dir(), Mode::ReadWrite);
    let cut = (0..bytes.len()).map(|len| bytes[..len].to_vec());
    let damaged = cut.chain((0..bytes.len() * 8).map(|bit| flipped(bytes, bit)));
    let mut cases = 0;
    for case in damaged {
        fs::write(&victim.object, &case).unwrap();
        let answer = store.get(&victim.key);
        assert!(matches!(answer, Lookup::Miss(MissReason::Corrupt(_))), "case {cases}: {answer:?}");
        assert!(!victim.object.exists(), "case {cases}");
        cases += 1;
    }
    assert_eq!((cases, victim.quarantined()), (bytes.len() * 9, bytes.len() * 9));
    victim.put(bytes);
    assert!(store.get(&victim.key).hit().is_some());
}

#[test]
fn flipped_bits_are_compiled_again() {
    let victim = Victim::new();
    let bits = victim.pristine.len() * 8;
    let header = [0, 63, 64, 96, 128, 255, 256, 383, 384, 447, 448, 479, 480, 511, 512, 767, 768, 1023];
    let body = (0..22).map(|step| 1024 + step * (bits - 1024) / 22);
    let mut count = 0;
    for bit in header.into_iter().chain(body) {
        victim.put(&flipped(&victim.pristine, bit));
        victim.check(&format!("bit {bit} of {bits}"));
        count += 1;
        assert_eq!(victim.quarantined(), count);
    }
    assert_eq!(count, 40);
}

#[test]
fn truncated_and_foreign_objects_are_compiled_again() {
    let victim = Victim::new();
    let bytes = &victim.pristine;
    for len in [0, 1, 7, 8, 63, 64, 127, 128, 129, bytes.len() / 2, bytes.len() - 64, bytes.len() - 1] {
        victim.put(&bytes[..len]);
        victim.check(&format!("cut to {len}"));
    }
    victim.put(&[&bytes[..], b"more"].concat());
    victim.check("trailing bytes");
    for foreign in
        [&b"import os\n"[..], &[0; 4096], &[0xff; 4096], include_bytes!("../cache/tests/golden/bundle-v1.bin")]
    {
        victim.put(foreign);
        victim.check("foreign file");
    }
    victim.put(&fs::read(support::BINARY).unwrap()[..1 << 20]);
    victim.check("an executable");
    victim.put(b"");
    File::options().write(true).open(&victim.object).unwrap().set_len(1 << 36).unwrap();
    victim.check("64 GiB of zeros");
}

#[test]
fn extreme_headers_and_other_versions_are_compiled_again() {
    let victim = Victim::new();
    assert_eq!(victim.forged(&[]), victim.pristine);
    for (what, at, field) in [
        ("version 2", 8, &2u32.to_le_bytes()[..]),
        ("version 0", 8, &0u32.to_le_bytes()),
        ("version max", 8, &u32::MAX.to_le_bytes()),
        ("header length 0", 12, &0u32.to_le_bytes()),
        ("header length max", 12, &u32::MAX.to_le_bytes()),
        ("payload length max", 48, &u64::MAX.to_le_bytes()),
        ("payload length that wraps around", 48, &(u64::MAX - 63).to_le_bytes()),
        ("payload length of a signed maximum", 48, &i64::MAX.to_le_bytes()),
        ("payload length 0", 48, &0u64.to_le_bytes()),
        ("metadata length max", 56, &u32::MAX.to_le_bytes()),
        ("metadata length 0", 56, &0u32.to_le_bytes()),
        ("both lengths max", 48, &[0xff; 12]),
        ("unknown flags", 60, &u32::MAX.to_le_bytes()),
        ("reserved bytes", 127, &[1]),
        ("another key", 16, &[0; 32]),
    ] {
        victim.put(&victim.forged(&[(at, field)]));
        victim.check(what);
    }
    let lengths = [&u64::MAX.to_le_bytes()[..], &0u32.to_le_bytes()].concat();
    victim.put(&victim.forged(&[(48, &lengths)])[..128]);
    victim.check("a header alone");
}

#[test]
fn an_object_of_another_engine_or_program_is_compiled_again() {
    let victim = Victim::new();
    victim.room.write("other.py", "print('something else')");
    victim.room.run(&["run", "other.py"]).ok();
    let others: Vec<_> = victim.room.objects().into_iter().filter(|path| *path != victim.object).collect();
    victim.put(&fs::read(&others[0]).unwrap());
    victim.check("the object of another program");

    let other = Key::from_bytes([7; 32]);
    victim.put(&artifact::encode(&other, &meta(), b"code of another engine").unwrap());
    victim.check("the object of another engine");
}

#[test]
fn what_is_no_file_in_place_of_an_object_is_replaced() {
    let victim = Victim::new();
    let elsewhere = victim.room.write("elsewhere.bin", "somebody's file");
    let written = fs::metadata(&elsewhere).unwrap().modified().unwrap();
    let path = &victim.object;
    let sparse = victim.room.write("sparse", "");
    File::options().write(true).open(&sparse).unwrap().set_len(1 << 36).unwrap();
    let places: [(&str, &dyn Fn()); 9] = [
        ("a folder", &|| fs::create_dir(path).unwrap()),
        ("a folder that is not empty", &|| fs::create_dir_all(path.join("in/it")).unwrap()),
        ("a dangling link", &|| symlink("no/such/file", path).unwrap()),
        ("a link to itself", &|| symlink(path, path).unwrap()),
        ("a link to a device", &|| symlink("/dev/zero", path).unwrap()),
        ("a link to a file", &|| symlink(&elsewhere, path).unwrap()),
        ("a link to a huge file", &|| symlink(&sparse, path).unwrap()),
        ("a FIFO", &|| make_fifo(path)),
        ("a socket", &|| make_socket(path)),
    ];
    for (what, make) in places {
        victim.take_away();
        make();
        victim.check(what);
    }
    assert_eq!(fs::read(&elsewhere).unwrap(), b"somebody's file");
    assert_eq!(fs::metadata(&elsewhere).unwrap().modified().unwrap(), written);
}

/// The path of a socket may not be long, so it is made elsewhere.
fn make_socket(path: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("socket");
    drop(UnixListener::bind(&short).unwrap());
    fs::rename(short, path).unwrap();
}

fn make_fifo(path: &Path) {
    assert!(
        std::process::Command::new("mkfifo").arg(path).status().unwrap().success(),
        "{:?}",
        path.as_os_str().as_bytes()
    );
}
