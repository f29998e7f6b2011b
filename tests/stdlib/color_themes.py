# Themes of `_colorize`: what tools and start-up files of users do with them.
import copy
import dataclasses
import os
import pickle
from collections.abc import Mapping

import _colorize
from _colorize import ANSIColors, Argparse, Syntax, Theme, Traceback, Unittest


def attempt(what, work):
    try:
        print(what, '->', work())
    except Exception as error:
        print(what, '->', type(error).__name__, error)


def section(cls):
    one = cls()
    print(cls.__name__, len(one), ascii(one))
    print(sorted(ascii(item) for item in dict(one).items()))
    attempt('equal', lambda: (one == cls(), one == cls(reset='x'), one == dict(one), hash(one) == hash(cls())))
    attempt('item', lambda: (ascii(one['reset']), 'reset' in one, 'nothing' in one, one.get('nothing', 3)))
    attempt('no item', lambda: one['nothing'])
    attempt('other colors', lambda: ascii(one.copy_with(reset='q')['reset']))
    attempt('unknown color', lambda: one.copy_with(nothing='q'))
    attempt('no colors', lambda: set(cls.no_colors().values()))
    attempt('positions', lambda: ascii(cls('first')) if cls is not Argparse else 'by name only')
    attempt('twice', lambda: cls('first', **{next(iter(one)): 'again'}) if cls is not Argparse else 'by name only')
    attempt('assign', lambda: setattr(one, 'reset', ''))
    attempt('new attribute', lambda: setattr(one, 'other', ''))
    attempt('delete', lambda: delattr(one, 'reset'))
    attempt('fields', lambda: [(field.name, field.kw_only) for field in dataclasses.fields(cls)])
    attempt('replace', lambda: ascii(dataclasses.replace(one, reset='r').reset))
    attempt('dictionary', lambda: dataclasses.asdict(one) == dict(one))
    attempt('match', lambda: cls.__match_args__)
    attempt('copies', lambda: (copy.copy(one) == one, copy.deepcopy(one) == one, pickle.loads(pickle.dumps(one)) == one))


for cls in (Argparse, Syntax, Traceback, Unittest):
    section(cls)
print(issubclass(Syntax, Mapping), issubclass(Theme, Mapping), dataclasses.is_dataclass(Theme))

dim = _colorize.default_theme.copy_with(syntax=Syntax(op=ANSIColors.INTENSE_BLACK))
attempt('theme', lambda: (ascii(dim.syntax.op), dim.argparse is _colorize.default_theme.argparse, dim == Theme()))
attempt('theme without colors', lambda: set(Theme.no_colors().traceback.values()))
attempt('theme is frozen', lambda: setattr(dim, 'syntax', None))
attempt('sections have no default in the class', lambda: Theme.argparse)
attempt('not a theme', lambda: _colorize.set_theme(3))
_colorize.set_theme(dim)
attempt('set', lambda: ascii(_colorize.get_theme(force_color=True).syntax.op))
_colorize.set_theme(_colorize.default_theme)


@dataclasses.dataclass(frozen=True)
class Mine(_colorize.ThemeSection):
    one: str = '1'
    two: str = '2'


@dataclasses.dataclass(frozen=True)
class More(Unittest):
    extra: str = 'E'


attempt('own section', lambda: (dict(Mine(two='3')), Mine().copy_with(one='9'), Mine.no_colors()))
attempt('derived section', lambda: ascii((dict(More(extra='4')), len(More()), More.no_colors())))

for settings in ({}, {'PYTHON_COLORS': '1'}, {'PYTHON_COLORS': '0', 'FORCE_COLOR': '1'}, {'PYTHON_COLORS': '2'},
                 {'NO_COLOR': '1', 'FORCE_COLOR': '1'}, {'FORCE_COLOR': '1'}, {'TERM': 'dumb'}):
    for name in ('PYTHON_COLORS', 'NO_COLOR', 'FORCE_COLOR', 'TERM'):
        os.environ.pop(name, None)
    os.environ.update(settings)
    print(settings, _colorize.can_colorize(), _colorize.can_colorize(file=3),
          ascii(_colorize.get_colors().RED), ascii(_colorize.get_colors(True).RED))
print(_colorize.decolor(f'{ANSIColors.BOLD_RED}plain{ANSIColors.RESET}'))
print(len(_colorize.ColorCodes), len(vars(ANSIColors)) > 40, set(vars(_colorize.NoColors).values()))
