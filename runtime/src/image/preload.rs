//! What the default image holds besides the interpreter.

/// Modules that most programs import, or that those import. One that cannot be imported
/// ahead is left out. `ctypes` is not among them: it asks the loader for its own handle.
pub const DEFAULT_MODULES: [&str; 96] = [
    "__future__", "abc", "argparse", "ast", "asyncio", "base64", "bisect", "calendar", "cmd", "codecs", "collections",
    "collections.abc", "concurrent.futures", "configparser", "contextlib", "contextvars", "copy", "copyreg", "csv",
    "dataclasses", "datetime", "decimal", "difflib", "email", "email.message", "email.parser", "enum", "fnmatch",
    "fractions", "functools", "getopt", "glob", "graphlib", "gzip", "hashlib", "heapq", "hmac", "html", "http",
    "http.client", "importlib.metadata", "importlib.resources", "importlib.util", "inspect", "io", "ipaddress",
    "json", "keyword", "linecache", "locale", "logging", "mimetypes", "multiprocessing.process", "numbers",
    "operator", "pathlib", "pickle", "pkgutil", "platform", "pprint", "queue", "quopri", "random", "re", "reprlib",
    "runpy", "secrets", "selectors", "shlex", "shutil", "signal", "socket", "statistics", "string", "struct",
    "subprocess", "tarfile", "tempfile", "textwrap", "threading", "timeit", "tokenize", "traceback", "types",
    "typing", "unittest", "urllib.error", "urllib.parse", "urllib.request", "uuid", "warnings", "weakref",
    "xml.etree.ElementTree", "zipfile", "zipimport", "zoneinfo",
];
