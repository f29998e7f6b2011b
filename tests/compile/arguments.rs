//! What the options do, and the exit status.

use std::fs;

use crate::{
    compile, outline, report, settle, summary,
    support::{Room, collect_files},
};

#[test]
fn optimisation_levels_are_what_run_finds() {
    let room = Room::new();
    room.write("a.py", "'''doc'''\nassert False\nprint(__doc__)\n");
    for (flag, level) in [("-O", 1), ("-OO", 2)] {
        let compiled = report(&room, &[flag, "a.py"]);
        assert_eq!((&compiled["optimize"], &compiled["files"][0]["status"]), (&level.into(), &"compiled".into()));
        assert_eq!(room.run(&["run", "-v", flag, "a.py"]).ok().compiled_modules(), 0);
    }
    assert_eq!(room.run(&["run", "-v", "a.py"]).status(1).compiled_modules(), 1);
}

#[test]
fn a_dry_run_writes_nothing() {
    let room = Room::new();
    room.write("a.py", "x = 1\n");
    room.write("sub/b.py", "x = (\n");
    let dry = compile(&room, &["--dry-run", "."]).ok();
    assert_eq!(dry.stdout, "would compile a.py\nwould compile sub/b.py\n");
    assert_eq!(summary(&dry), "2 to compile, 0 fresh, 0 failed");
    assert!(!room.cache_dir().exists());

    // Nor where there is a cache already.
    let room = Room::tidy();
    room.write("sub/b.py", "x = (\n");
    room.write("a.py", "x = 1\n");
    compile(&room, &["a.py"]).ok();
    let files = || {
        let mut found = Vec::new();
        collect_files(&room.cache_dir(), &mut found);
        found.sort();
        // What is counted about the use of the cache is not part of it.
        found.retain(|path| !path.ends_with("stats/log"));
        found.iter().map(|path| (path.clone(), fs::metadata(path).unwrap().modified().unwrap())).collect::<Vec<_>>()
    };
    let before = files();
    room.write("a.py", "x = 2\n");
    assert_eq!(compile(&room, &["--dry-run", "."]).ok().stdout, "would compile a.py\nwould compile sub/b.py\n");
    assert_eq!(files(), before);
}

#[test]
fn a_check_lists_what_is_not_in_the_cache_and_fails() {
    let room = Room::new();
    room.write("a.py", "x = 1\n");
    room.write("b.py", "x = 2\n");
    compile(&room, &["a.py"]).ok();
    let check = compile(&room, &["--check", "."]).status(1);
    assert_eq!((check.stdout.as_str(), summary(&check)), ("stale b.py\n", "1 stale, 1 fresh, 0 failed"));
    assert_eq!(room.objects().len(), 1);
    let quiet = compile(&room, &["--check", "-q", "."]).status(1);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    compile(&room, &["."]).ok();
    assert_eq!(compile(&room, &["--check", "."]).ok().stdout, "");
    // Other options, other objects.
    assert_eq!(compile(&room, &["--check", "-O", "."]).status(1).stdout, "stale a.py\nstale b.py\n");
    assert_eq!(report(&room, &["--check", "."])["action"], "check");
}

#[test]
fn a_file_that_cannot_be_compiled_fails_the_command_unless_it_is_to_warn() {
    let room = Room::new();
    room.write("bad.py", "x = (\n");
    room.write("good.py", "x = 1\n");
    let fail = compile(&room, &["."]).status(1);
    assert_eq!(summary(&fail), "1 compiled, 0 fresh, 1 failed");
    compile(&room, &["--on-error", "fail", "."]).status(1);
    let warn = compile(&room, &["--on-error", "warn", "."]).ok();
    assert!(warn.stderr.contains("bad.py:1:5"), "{}", warn.stderr);
    assert_eq!(summary(&warn), "0 compiled, 1 fresh, 1 failed");
    // Work that is left fails a check all the same.
    compile(&room, &["--on-error", "warn", "--check", "."]).status(1);
}

#[test]
fn quiet_and_verbose() {
    let room = Room::new();
    room.write("a.py", "x = '\\d'\n");
    room.write("b.py", "x = 1\n");
    let verbose = compile(&room, &["-v", "."]).ok();
    assert_eq!(verbose.stdout, "compiled a.py\ncompiled b.py\n");
    assert!(verbose.stderr.contains("\"\\d\" is an invalid escape sequence"), "{}", verbose.stderr);
    assert!(verbose.stderr.contains("a.py:1\n"), "{}", verbose.stderr);

    // The warning comes again from the cache; the file is not compiled again.
    let again = compile(&room, &["-v", "."]).ok();
    assert_eq!((again.stdout.as_str(), summary(&again)), ("", "0 compiled, 2 fresh, 0 failed"));
    assert!(again.stderr.contains("\"\\d\" is an invalid escape sequence"), "{}", again.stderr);

    let plain = compile(&room, &["."]).ok();
    assert!(!plain.stderr.contains("warning"), "{}", plain.stderr);
    room.write("c.py", "x = (\n");
    let quiet = compile(&room, &["-q", "."]).status(1);
    assert!(quiet.stderr.starts_with("error[SyntaxError]: '(' was never closed\n"), "{}", quiet.stderr);
    assert!(!quiet.stderr.contains("compiled") && quiet.stdout.is_empty(), "{}", quiet.stderr);
    fs::remove_file(room.path().join("c.py")).unwrap();
    assert_eq!(compile(&room, &["-q", "."]).ok().stderr, "");
}

#[test]
fn command_lines_that_make_no_sense() {
    let room = Room::new();
    room.write("a.py", "x = 1\n");
    for arguments in [
        &[][..],
        &["no/such.py"],
        &["a.py", "no/such/folder"],
        &["-j0", "a.py"],
        &["--check", "--dry-run", "a.py"],
        &["-q", "-v", "a.py"],
        &["--on-error", "ignore", "a.py"],
        &["--format", "xml", "a.py"],
        &["--no-such-option", "a.py"],
    ] {
        let ran = compile(&room, arguments).status(2);
        assert!(ran.stderr.starts_with("error: ") && ran.stdout.is_empty(), "{arguments:?}: {ran:#?}");
    }
    // Nothing was compiled before the missing path was noticed.
    assert!(room.objects().is_empty());
    assert!(compile(&room, &["a.py", "no/such"]).stderr.starts_with("error: cannot open no/such: "));
}

#[test]
fn the_cache_folder_of_the_command_line_goes_first() {
    let room = Room::new();
    room.write("a.py", "x = 1\n");
    let elsewhere = room.path().join("elsewhere");
    let option = ["--cache-dir", elsewhere.to_str().unwrap()];
    compile(&room, &[&option[..], &["a.py"]].concat()).ok();
    assert!(elsewhere.join("v1/objects").is_dir() && !room.cache_dir().exists());
    assert_eq!(report(&room, &[&option[..], &["a.py"]].concat())["store"]["dir"], elsewhere.to_str().unwrap());
}

#[test]
fn a_cache_that_cannot_be_written_is_a_warning() {
    let room = Room::new();
    room.write("a.py", "x = 1\n");
    room.write("b.py", "x = 2\n");
    fs::write(room.cache_dir(), "a file, not a folder").unwrap();
    let ran = compile(&room, &["."]).ok();
    assert_eq!(ran.stderr.lines().filter(|line| line.starts_with("warning: ")).count(), 1, "{}", ran.stderr);
    assert_eq!(summary(&ran), "2 compiled, 0 fresh, 0 failed");
    let store = report(&room, &["."])["store"].clone();
    assert_eq!(store["mode"], "off");
    assert!(store["reason"].as_str().unwrap().ends_with("is not a folder"), "{store}");

    let mut homeless = room.command();
    // Without the variable, it would be the home folder of the user who runs the tests.
    homeless.args(["compile", "a.py"]).env_clear().env("HOME", "nowhere");
    let ran = crate::Ran::from(homeless.output().unwrap()).ok();
    assert!(ran.stderr.starts_with("warning: nothing is kept: "), "{}", ran.stderr);
}

#[test]
fn objects_are_the_same_whatever_the_jobs_the_folder_and_the_order() {
    let objects = |arguments: &[&str], folder: &str| {
        let room = Room::new();
        for number in 0..30 {
            room.write(format!("{folder}/m{number}.py"), format!("def f{number}(x): return x + {number}\n"));
        }
        compile(&room, arguments).ok();
        assert_eq!((room.packs().len(), room.objects().len()), (1, 0));
        room.stored()
    };
    let one = objects(&["-j1", "."], "here");
    assert_eq!(one.len(), 30);
    assert!(one == objects(&["-j8", "."], "there"));
    assert!(one == objects(&["-j2", "x/m7.py", "x"], "x"));
}

#[test]
fn files_of_one_content_are_reported_alike_whatever_the_jobs() {
    for jobs in ["-j1", "-j8"] {
        let room = Room::new();
        for number in 0..20 {
            room.write(format!("{number:02}.py"), "x = 'the same'\n");
        }
        let outlines = outline(&report(&room, &[jobs, "."]));
        assert!(outlines.iter().all(|line| line.starts_with("compiled new ")), "{outlines:#?}");
        assert_eq!(room.objects().len(), 1);
        settle(&room, &["."]);
    }
}
