"""Colors of what the tools of the standard library print.

It offers what the standard library's own module of this name does. That one makes data classes
of its themes, and with them imports `inspect`, `ast` and some twenty more modules: nearly half of
the start of every program that uses `argparse` or `traceback`. Here the themes are plain classes;
`dataclasses` finds their fields when somebody asks it for them.
"""

import os
import sys

from _collections_abc import Mapping

COLORIZE = True


class ANSIColors:
    RESET = '\x1b[0m'

    BLACK = '\x1b[30m'
    RED = '\x1b[31m'
    GREEN = '\x1b[32m'
    YELLOW = '\x1b[33m'
    BLUE = '\x1b[34m'
    MAGENTA = '\x1b[35m'
    CYAN = '\x1b[36m'
    WHITE = '\x1b[37m'
    GREY = '\x1b[90m'

    BOLD = '\x1b[1m'
    BOLD_BLACK = '\x1b[1;30m'
    BOLD_RED = '\x1b[1;31m'
    BOLD_GREEN = '\x1b[1;32m'
    BOLD_YELLOW = '\x1b[1;33m'
    BOLD_BLUE = '\x1b[1;34m'
    BOLD_MAGENTA = '\x1b[1;35m'
    BOLD_CYAN = '\x1b[1;36m'
    BOLD_WHITE = '\x1b[1;37m'

    INTENSE_BLACK = '\x1b[90m'
    INTENSE_RED = '\x1b[91m'
    INTENSE_GREEN = '\x1b[92m'
    INTENSE_YELLOW = '\x1b[93m'
    INTENSE_BLUE = '\x1b[94m'
    INTENSE_MAGENTA = '\x1b[95m'
    INTENSE_CYAN = '\x1b[96m'
    INTENSE_WHITE = '\x1b[97m'

    BACKGROUND_BLACK = '\x1b[40m'
    BACKGROUND_RED = '\x1b[41m'
    BACKGROUND_GREEN = '\x1b[42m'
    BACKGROUND_YELLOW = '\x1b[43m'
    BACKGROUND_BLUE = '\x1b[44m'
    BACKGROUND_MAGENTA = '\x1b[45m'
    BACKGROUND_CYAN = '\x1b[46m'
    BACKGROUND_WHITE = '\x1b[47m'

    INTENSE_BACKGROUND_BLACK = '\x1b[100m'
    INTENSE_BACKGROUND_RED = '\x1b[101m'
    INTENSE_BACKGROUND_GREEN = '\x1b[102m'
    INTENSE_BACKGROUND_YELLOW = '\x1b[103m'
    INTENSE_BACKGROUND_BLUE = '\x1b[104m'
    INTENSE_BACKGROUND_MAGENTA = '\x1b[105m'
    INTENSE_BACKGROUND_CYAN = '\x1b[106m'
    INTENSE_BACKGROUND_WHITE = '\x1b[107m'


_CODES = {name: code for name, code in vars(ANSIColors).items() if not name.startswith('__')}
ColorCodes = set(_CODES.values())
NoColors = ANSIColors()
vars(NoColors).update(dict.fromkeys(_CODES, ''))


class _OfDataclass:
    """What `dataclasses` keeps in a class, made when it is asked for."""

    def __set_name__(self, owner, name):
        self._name = name

    def __get__(self, instance, owner):
        for cls in owner.__mro__:
            if '_defaults' in vars(cls):
                return getattr(_twin(cls), self._name)
        raise AttributeError(f'type object {owner.__name__!r} has no attribute {self._name!r}')


_twins = {}


def _twin(cls):
    """A data class with the fields of this one."""
    if cls not in _twins:
        import dataclasses

        fields = [
            (name, str, default) if isinstance(default, str)
            else (name, default, dataclasses.field(default_factory=default))
            for name, default in cls._defaults.items()
        ]
        _twins[cls] = dataclasses.make_dataclass(cls.__name__, fields, frozen=True, kw_only=cls._kw_only)
    return _twins[cls]


class _Frozen:
    """Instances have the fields in `_defaults`, a dictionary of the class, and keep what they were given."""

    _kw_only = False

    __dataclass_fields__ = _OfDataclass()
    __dataclass_params__ = _OfDataclass()

    def __init__(self, *values, **named):
        defaults = self._defaults
        if values:
            self._name_values(values, named)
        state = vars(self)
        for name, default in defaults.items():
            state[name] = named.pop(name) if name in named else default if isinstance(default, str) else default()
        for name in named:
            raise TypeError(f'{type(self).__name__}.__init__() got an unexpected keyword argument {name!r}')

    def _name_values(self, values, named):
        known = () if self._kw_only else tuple(self._defaults)
        if len(values) > len(known):
            most = f'from 1 to {len(known) + 1} positional arguments' if known else '1 positional argument'
            raise TypeError(f'{type(self).__name__}.__init__() takes {most} but {len(values) + 1} were given')
        for name, value in zip(known, values):
            if name in named:
                raise TypeError(f'{type(self).__name__}.__init__() got multiple values for argument {name!r}')
            named[name] = value

    def __setattr__(self, name, value):
        self._refuse('assign to', name)
        super().__setattr__(name, value)

    def __delattr__(self, name):
        self._refuse('delete', name)
        super().__delattr__(name)

    def _refuse(self, what, name):
        # A class derived from one of these may add what it wants to, as with data classes.
        if name in self._defaults or '_defaults' in vars(type(self)):
            from dataclasses import FrozenInstanceError

            raise FrozenInstanceError(f'cannot {what} field {name!r}')

    def _values(self):
        return tuple([getattr(self, name) for name in self._defaults])

    def __eq__(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self is other or self._values() == other._values()

    def __hash__(self):
        return hash(self._values())

    def __repr__(self):
        fields = ', '.join([f'{name}={getattr(self, name)!r}' for name in self._defaults])
        return f'{type(self).__qualname__}({fields})'


class ThemeSection(Mapping):
    """Colors by name, as attributes and as a mapping.

    For data classes: those of this module have the same without being any.
    """

    def __post_init__(self):
        colors = {name: getattr(self, name) for name in self.__dataclass_fields__}
        super().__setattr__('_name_to_value', colors.__getitem__)

    def copy_with(self, **colors):
        """The same with other colors in these places."""
        return type(self)(**{**self, **colors})

    @classmethod
    def no_colors(cls):
        """The same names without colors."""
        return cls(**dict.fromkeys(cls.__dataclass_fields__, ''))

    def __getitem__(self, key):
        return self._name_to_value(key)

    def __len__(self):
        return len(self.__dataclass_fields__)

    def __iter__(self):
        return iter(self.__dataclass_fields__)


class _Section(_Frozen, ThemeSection):
    """One of this module's sections."""

    def __init__(self, *values, **named):
        super().__init__(*values, **named)
        state = vars(self)
        state['_name_to_value'] = dict(state).__getitem__

    @classmethod
    def no_colors(cls):
        return cls(**dict.fromkeys(_names(cls), ''))

    def __len__(self):
        return len(_names(type(self)))

    def __iter__(self):
        return iter(_names(type(self)))


def _names(cls):
    # Data classes may be derived from sections.
    for base in cls.__mro__:
        known = vars(base)
        names = known.get('_defaults') or known.get('__dataclass_fields__')
        if names is not None:
            return names


def _section(cls):
    cls._defaults = {name: color for name, color in vars(cls).items() if not name.startswith('_')}
    cls.__match_args__ = () if cls._kw_only else tuple(cls._defaults)
    return cls


@_section
class Argparse(_Section):
    """Of `argparse`: help and usage."""

    _kw_only = True

    usage: str = ANSIColors.BOLD_BLUE
    prog: str = ANSIColors.BOLD_MAGENTA
    prog_extra: str = ANSIColors.MAGENTA
    heading: str = ANSIColors.BOLD_BLUE
    summary_long_option: str = ANSIColors.CYAN
    summary_short_option: str = ANSIColors.GREEN
    summary_label: str = ANSIColors.YELLOW
    summary_action: str = ANSIColors.GREEN
    long_option: str = ANSIColors.BOLD_CYAN
    short_option: str = ANSIColors.BOLD_GREEN
    label: str = ANSIColors.BOLD_YELLOW
    action: str = ANSIColors.BOLD_GREEN
    reset: str = ANSIColors.RESET


@_section
class Syntax(_Section):
    """Of Python code: the interactive shell, `pdb`."""

    prompt: str = ANSIColors.BOLD_MAGENTA
    keyword: str = ANSIColors.BOLD_BLUE
    keyword_constant: str = ANSIColors.BOLD_BLUE
    builtin: str = ANSIColors.CYAN
    comment: str = ANSIColors.RED
    string: str = ANSIColors.GREEN
    number: str = ANSIColors.YELLOW
    op: str = ANSIColors.RESET
    definition: str = ANSIColors.BOLD
    soft_keyword: str = ANSIColors.BOLD_BLUE
    reset: str = ANSIColors.RESET


@_section
class Traceback(_Section):
    """Of tracebacks."""

    type: str = ANSIColors.BOLD_MAGENTA
    message: str = ANSIColors.MAGENTA
    filename: str = ANSIColors.MAGENTA
    line_no: str = ANSIColors.MAGENTA
    frame: str = ANSIColors.MAGENTA
    error_highlight: str = ANSIColors.BOLD_RED
    error_range: str = ANSIColors.RED
    reset: str = ANSIColors.RESET


@_section
class Unittest(_Section):
    """Of `unittest`: what its runner tells."""

    passed: str = ANSIColors.GREEN
    warn: str = ANSIColors.YELLOW
    fail: str = ANSIColors.RED
    fail_info: str = ANSIColors.BOLD_RED
    reset: str = ANSIColors.RESET


class Theme(_Frozen):
    """A section for each part of Python that prints in colors."""

    _defaults = {'argparse': Argparse, 'syntax': Syntax, 'traceback': Traceback, 'unittest': Unittest}
    __match_args__ = tuple(_defaults)

    def copy_with(self, *, argparse=None, syntax=None, traceback=None, unittest=None):
        """The same with other sections in these places."""
        return type(self)(
            argparse=argparse or self.argparse,
            syntax=syntax or self.syntax,
            traceback=traceback or self.traceback,
            unittest=unittest or self.unittest,
        )

    @classmethod
    def no_colors(cls):
        """The same sections without colors."""
        return cls(**{name: section.no_colors() for name, section in cls._defaults.items()})


def get_colors(colorize=False, *, file=None):
    """The codes of colors, or nothing in their places."""
    return ANSIColors() if colorize or can_colorize(file=file) else NoColors


def decolor(text):
    """The text without codes of colors."""
    for code in ColorCodes:
        text = text.replace(code, '')
    return text


def _variable(name):
    try:
        return os.environ.get(name)
    except Exception:
        # Programs put other things in the place of the environment.
        return None


def can_colorize(*, file=None):
    """Whether colors are wanted, and seen by who reads this file (standard output by default)."""
    if not sys.flags.ignore_environment:
        wanted = _variable('PYTHON_COLORS')
        if wanted in ('0', '1'):
            return wanted == '1'
    if _variable('NO_COLOR') or not COLORIZE:
        return False
    if _variable('FORCE_COLOR'):
        return True
    if _variable('TERM') == 'dumb':
        return False
    if file is None:
        file = sys.stdout
    if not hasattr(file, 'fileno') or not _shows_colors():
        return False
    try:
        return os.isatty(file.fileno())
    except OSError:
        return hasattr(file, 'isatty') and file.isatty()


def _shows_colors():
    if sys.platform != 'win32':
        return True
    try:
        import nt

        return nt._supports_virtual_terminal()
    except (ImportError, AttributeError):
        return False


default_theme = Theme()
theme_no_color = default_theme.no_colors()
_theme = default_theme


def get_theme(*, tty_file=None, force_color=False, force_no_color=False):
    """The theme that is set, or one without colors where they are not seen (`can_colorize`)."""
    if force_color or not force_no_color and can_colorize(file=tty_file):
        return _theme
    return theme_no_color


def set_theme(t):
    """Sets the theme that all tools print in."""
    global _theme

    if not isinstance(t, Theme):
        raise ValueError(f'Expected Theme object, found {t}')
    _theme = t
