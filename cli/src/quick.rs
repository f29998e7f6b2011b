//! The most common ways to run a program, understood without the tree of all commands and
//! options: building that takes longer than starting the interpreter from an image.
//!
//! What is not exactly one of them is `clap`'s, and a test holds both to the same results.

use std::ffi::{OsStr, OsString};

use crate::{Cli, Command, commands::run, globals::Globals};

/// What the arguments mean, if they are one of the common ways: an image or a sandbox and then a
/// program, or the program alone.
pub(crate) fn parse(arguments: &[OsString]) -> Option<Cli> {
    let [_, command, rest @ ..] = arguments else { return None };
    if command != "run" {
        return None;
    }
    let (image, sandbox, rest) = match rest {
        [option, image, rest @ ..] if option == "--image" && is_plain(image) => (Some(image.into()), false, rest),
        [option, rest @ ..] if option == "--sandbox" => (None, true, rest),
        _ => (None, false, rest),
    };
    let args = match rest {
        [option, code] if option == "-c" && is_plain(code) => run::Args::of_command(code.to_str()?, &[]),
        [option, code, end, rest @ ..] if option == "-c" && end == "--" && is_plain(code) => {
            run::Args::of_command(code.to_str()?, rest)
        }
        [option, module] if option == "-m" && is_plain(module) => run::Args::of_module(module.to_str()?, &[]),
        [option, module, end, rest @ ..] if option == "-m" && end == "--" && is_plain(module) => {
            run::Args::of_module(module.to_str()?, rest)
        }
        [file, ..] if is_plain(file) => run::Args::of_file(rest),
        _ => return None,
    };
    let command = Some(Command::Run(Box::new(args.with(image, sandbox))));
    Some(Cli { globals: Globals::default(), licenses: false, command })
}

/// Whether an argument can be nothing but a value.
fn is_plain(argument: &OsStr) -> bool {
    !argument.is_empty() && !argument.as_encoded_bytes().starts_with(b"-")
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    /// What came of the arguments, for a comparison.
    fn said(cli: &Cli) -> String {
        let Some(Command::Run(args)) = &cli.command else { panic!("another command") };
        format!("{:?} {:?} {args:?}", cli.globals, cli.licenses)
    }

    #[test]
    fn the_common_ways_mean_what_they_mean_to_clap() {
        let ways: [&[&str]; 18] = [
            &["--sandbox", "-c", "1"],
            &["--sandbox", "x.py", "--sandbox", "-c"],
            &["x.py"],
            &["x.py", "a", "-b", "--", "--cache-dir", "c", "-c"],
            &["x.py", "--"],
            &["x.py", "--", "--"],
            &["x.py", "--help", "--image", "i", "-V", ""],
            &["run", "run"],
            &["help", "-h"],
            &["--image", "app.pyci", "main.py", "--image", "x"],
            &["--image", "app.pyci", "-c", "1"],
            &["-c", "print(1)"],
            &["-c", "print(1)", "--", "--", "-c", "a"],
            &["-c", "print(1)", "--"],
            &["-m", "json.tool"],
            &["-m", "json.tool", "--", "-m", "--no-cache"],
            &["a b", "\u{fffd}"],
            &["-c", "a=b", "--", "x=y"],
        ];
        for way in ways {
            let arguments: Vec<OsString> = ["pyc-rs", "run"].iter().chain(way).map(Into::into).collect();
            let quick = parse(&arguments).unwrap_or_else(|| panic!("{way:?}"));
            let Ok(cli) = Cli::try_parse_from(&arguments) else { panic!("{way:?}") };
            assert_eq!(said(&quick), said(&cli), "{way:?}");
        }
    }

    #[test]
    fn everything_else_is_left_to_clap() {
        let ways: [&[&str]; 19] = [
            &["--sandbox"],
            &["--sandbox=best-effort", "x.py"],
            &["--sandbox", "--timeout", "1s", "x.py"],
            &[],
            &["-"],
            &["--"],
            &[""],
            &["-v", "x.py"],
            &["--cache-dir", "c", "x.py"],
            &["--image=app.pyci", "x.py"],
            &["--image", "app.pyci"],
            &["--image", "-x", "main.py"],
            &["--image", "a", "--image", "b", "main.py"],
            &["--image", "a", "--no-image", "main.py"],
            &["-c"],
            &["-c", "-1"],
            &["-c", "1", "-m", "x"],
            &["-m", "--help"],
            &["-O", "x.py"],
        ];
        for way in ways {
            let arguments: Vec<OsString> = ["pyc-rs", "run"].iter().chain(way).map(Into::into).collect();
            assert!(parse(&arguments).is_none(), "{way:?}");
        }
        assert!(parse(&["pyc-rs", "compile", "x"].map(Into::into)).is_none());
    }
}
