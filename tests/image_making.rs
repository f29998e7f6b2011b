//! Making images: who makes them, when, and of what.

#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]

mod support;

use std::{fs, process::Stdio};

use support::{Ran, Room};

#[test]
fn an_image_that_the_cache_has_no_room_for_is_not_made_again_and_again() {
    let room = Room::tidy();
    let mut build = room.command();
    let ran = Ran::from(build.args(["image", "build"]).env("PYC_RS_CACHE_SIZE", "10M").output().unwrap());
    assert!(ran.status == Some(125) && ran.stderr.contains("the cache may take 10.0 MiB"), "{ran:#?}");
    assert_eq!(room.run(&["image", "list"]).ok().stdout, "no images\n");
    let run = || Ran::from(room.command().args(["run", "-v", "-c", "1"]).env_remove("PYC_RS_IMAGE").output().unwrap());
    assert!(run().ok().stderr.contains("making one has failed"));
}

#[test]
fn who_asks_for_an_image_waits_for_another_who_makes_it() {
    let room = Room::tidy();
    let build = || {
        let mut command = room.command();
        command.args(["image", "build"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let both = [build(), build()];
    for child in both {
        Ran::from(child.wait_with_output().unwrap()).ok();
    }
    assert_eq!(
        fs::read_dir(room.cache_dir().join("v1/images"))
            .unwrap()
            .flatten()
            .filter(|file| !file.file_name().to_string_lossy().contains('.'))
            .count(),
        1
    );
}

#[test]
fn an_image_that_was_asked_for_and_is_not_used_is_said() {
    let room = Room::tidy();
    let ran = Ran::from(room.command().args(["run", "--image", "typo.pyci", "-c", "print(1)"]).output().unwrap()).ok();
    assert_eq!(ran.stdout, "1\n");
    assert!(ran.stderr.contains("typo.pyci: no image: cannot read the image"), "{}", ran.stderr);
    let ran = room.run(&["image", "build", "--from", "nothing.py", "-o", "app.pyci"]);
    assert!(ran.stderr.contains("cannot read nothing.py"), "{}", ran.stderr);
}

#[test]
fn modules_may_print_and_their_generators_differ() {
    let room = Room::tidy();
    room.write(
        "noisy.py",
        "import random
print('hello', end='')
mine, seeded = random.Random(), random.Random(5)
",
    );
    let build = ["image", "build", "--preload", "noisy", "-o", "app.pyci"];
    let mut command = room.command();
    Ran::from(command.args(build).env("PYTHONPATH", room.path()).output().unwrap()).ok();
    let run = || {
        let mut command = room.command();
        command.args([
            "run",
            "-v",
            "--image",
            "app.pyci",
            "-c",
            "import noisy; print(noisy.mine.random(), noisy.seeded.random())",
        ]);
        let ran = Ran::from(command.env("PYTHONPATH", room.path()).output().unwrap()).ok();
        assert!(ran.stderr.contains("started from an image"), "{}", ran.stderr);
        let (mine, seeded) = ran.stdout.trim().split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        (mine, seeded)
    };
    let (one, other) = (run(), run());
    assert_ne!(one.0, other.0);
    assert_eq!((one.1.as_str(), other.1.as_str()), ("0.6229016948897019", "0.6229016948897019"));
}
