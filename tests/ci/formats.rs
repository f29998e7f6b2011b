//! Reports for services.

use serde_json::Value;

use crate::support::{Ran, Room};

fn broken() -> Room {
    let room = Room::tidy();
    room.write("app/bad, very.py", "def total(items:\n    return sum(items)\n");
    room.write("app/good.py", "x = 1\n");
    room.write("app/latin.py", b"name = 'caf\xe9'\n");
    room.write("app/warn.py", "\n\npattern = '\\w'\n");
    room
}

/// The commands to GitHub's runner.
fn annotations(ran: &Ran) -> Vec<&str> {
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines.iter().all(|line| line.starts_with("::")), "{lines:#?}");
    lines
}

#[test]
fn github_shows_errors_at_their_lines() {
    let room = broken();
    let ran = room.run(&["compile", "--format", "github", "app"]).status(1);
    let lines = annotations(&ran);
    assert_eq!(
        lines[0],
        "::error file=app/bad%2C very.py,line=1,col=10,endLine=1,endColumn=10,title=SyntaxError::'(' was never closed"
    );
    assert!(lines[1].starts_with("::error file=app/bad%2C very.py,line=2,col=5,endLine=2,"), "{lines:#?}");
    assert!(lines[2].starts_with("::error file=app/latin.py,line=1,title=SyntaxError::Non-UTF-8 code"), "{lines:#?}");
    assert!(lines[2].contains("%0Ahint: declare the encoding"), "{lines:#?}");
    assert!(lines[3].starts_with("::warning file=app/warn.py,line=3,title=SyntaxWarning::\"\\w\" is an"), "{lines:#?}");
    assert!(lines[4].starts_with("::notice title=pyc-rs::2 compiled, 0 fresh, 2 failed ("), "{lines:#?}");
    assert_eq!(lines.len(), 5);
    // People who read the log see the source.
    assert!(ran.stderr.contains("1 | def total(items:\n"), "{}", ran.stderr);
    // Fresh files keep their warnings.
    assert_eq!(annotations(&room.run(&["compile", "--format", "github", "app/warn.py"]).ok()).len(), 2);
    assert_eq!(annotations(&room.run(&["compile", "-q", "--format", "github", "app/good.py"]).ok()).len(), 0);
}

#[test]
fn github_finds_files_by_their_path_in_the_repository() {
    let room = broken();
    let mut command = room.command();
    command.current_dir(room.path().join("app")).env("GITHUB_WORKSPACE", room.path());
    command.args(["compile", "--format", "github", "."]);
    let ran = Ran::from(command.output().unwrap()).status(1);
    assert!(annotations(&ran)[0].starts_with("::error file=app/bad%2C very.py,"), "{ran:#?}");
}

#[test]
fn github_is_told_of_ten_files_that_are_not_cached_and_of_the_number() {
    let room = Room::tidy();
    for n in 0..12 {
        room.write(format!("src/m{n:02}.py"), "x = 1\n");
    }
    let ran = room.run(&["compile", "--check", "--format", "github", "src"]).status(1);
    let lines = annotations(&ran);
    assert_eq!(lines[0], "::warning file=src/m00.py,title=NotCached::not in the cache: new");
    assert!(lines[10].starts_with("::notice title=pyc-rs::12 stale, 0 fresh, 0 failed ("), "{lines:#?}");
    assert_eq!(lines.len(), 11);
    let ran = room.run(&["compile", "--max-miss-rate", "50", "--format", "github", "src"]).status(1);
    let complaint =
        "::error title=pyc-rs::12 of 12 files (100.0%25) were not in the cache; --max-miss-rate allows 50%25";
    assert_eq!(annotations(&ran)[0], complaint);
    let empty = room.run(&["compile", "--format", "github", "--exclude", "*.py", "src"]).ok();
    assert_eq!(annotations(&empty), ["::notice title=pyc-rs::no Python files found"]);
}

#[test]
fn sarif_has_what_the_standard_requires() {
    let room = broken();
    room.write("app/sub dir/ü.py", "x = = 1\n");
    let ran = room.run(&["compile", "--format", "sarif", "app"]).status(1);
    let log = ran.json();
    check_sarif(&log);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of = |uri: &str| -> Vec<&Value> {
        let location = |result: &&Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri;
        results.iter().filter(location).collect()
    };
    let region = |result: &Value| result["locations"][0]["physicalLocation"]["region"].clone();
    let unclosed = of("app/bad%2C%20very.py")[0];
    assert_eq!((&unclosed["ruleId"], &unclosed["level"]), (&"SyntaxError".into(), &"error".into()));
    let expected = serde_json::json!({
        "startLine": 1, "startColumn": 10, "endLine": 1, "endColumn": 10, "snippet": {"text": "def total(items:"}
    });
    assert_eq!(region(unclosed), expected);
    assert_eq!(of("app/sub%20dir/%C3%BC.py").len(), 1);
    assert_eq!(of("app/warn.py")[0]["level"], "warning");
    assert_eq!(region(of("app/warn.py")[0])["startLine"], 3);
    assert!(of("app/good.py").is_empty());

    let absolute = room.path().join("app/good.py");
    let log =
        room.run(&["compile", "-OO", "--check", "--format", "sarif", absolute.to_str().unwrap()]).status(1).json();
    check_sarif(&log);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "NotCached");
    let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
    assert!(uri.starts_with("file:///") && uri.ends_with("/app/good.py"), "{uri}");
    check_sarif(&room.run(&["compile", "--format", "sarif", "app/good.py"]).ok().json());
    room.write("notes.txt", "no code\n");
    check_sarif(&room.run(&["compile", "--format", "sarif", "notes.txt"]).status(1).json());
}

/// What sections 3.13 to 3.30 of SARIF 2.1.0 require of the objects that are used, and what
/// GitHub requires besides.
pub(crate) fn check_sarif(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let run = &runs[0];
    let driver = &run["tool"]["driver"];
    assert!(!driver["name"].as_str().unwrap().is_empty());
    assert!(driver["informationUri"].as_str().unwrap().starts_with("https://"));
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert!(run["invocations"][0]["executionSuccessful"].is_boolean());
    let rules = driver["rules"].as_array().unwrap();
    for (index, rule) in rules.iter().enumerate() {
        let id = rule["id"].as_str().unwrap();
        assert!(rules.iter().position(|other| other["id"] == id) == Some(index), "{id} is there twice");
        assert!(rule["shortDescription"]["text"].as_str().unwrap().ends_with('.'));
        assert!(["warning", "error"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()));
    }
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let physical = &result["locations"][0]["physicalLocation"];
        let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.is_ascii() && !uri.contains(' '), "{uri}");
        if let Some(region) = physical.get("region") {
            let at = |field: &str| region.get(field).map(|value| value.as_u64().unwrap());
            assert!(at("startLine").unwrap() >= 1 && at("startColumn").is_none_or(|column| column >= 1));
            let (start, end) = ((at("startLine"), at("startColumn")), (at("endLine"), at("endColumn")));
            assert!(end.0.is_none() || start <= end, "{region}");
        }
    }
}
