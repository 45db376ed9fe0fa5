"""The house rules for every file, whatever its language. Each is f(tree) -> findings."""

import ast
import os
import re

from cpp_source import line_of
from tree import Finding

FILE_LINES_MAX = 500
LINE_COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70
FORBIDDEN_FOLDERS = {'utils', 'util', 'common', 'helpers', 'impl', 'include', 'misc', 'shared'}

# Written in parts, so that this file does not contain what it looks for.
UNFINISHED = re.compile(
    r'\b(?:' + '|'.join(['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK']) + r')\b')
HOSTS = re.compile('|'.join(re.escape('.'.join(parts)) for parts in [
    ('npmjs', 'com'), ('npmjs', 'org'), ('pypi', 'org'), ('pythonhosted', 'org'), ('crates', 'io'),
    ('proxy', 'golang', 'org'), ('sum', 'golang', 'org'), ('maven', 'apache', 'org'),
    ('maven', 'org'), ('rubygems', 'org'), ('deb', 'debian', 'org'), ('security', 'debian', 'org'),
]), re.I)
MACHINE_PATHS = re.compile(
    r'(?<![\w.$}~:-])/(?:' + '|'.join(['wo' + 'rk', 'ro' + 'ot', 'ho' + 'me']) + r')/[\w.]')
WORDING = [
    ('obvious' + 'ly', 'say why instead'),
    ('blaz' + 'ing', 'say how fast, with a number'),
    ('lever' + 'age', 'use'),
    ('util' + 'i[sz]e', 'use'),
    ('seam' + 'less', 'say what works'),
    ('for' + ' now', 'say what holds, not since when'),
    ('not yet' + ' implemented', 'say what there is'),
    ('bits and ' + 'bobs', 'name the things'),
]


def files_stay_short(tree):
    for path, text in tree.code:
        lines = text.count('\n')
        if lines > FILE_LINES_MAX:
            yield Finding(path, lines, 'length', f'{lines} lines, over {FILE_LINES_MAX}')


def lines_stay_short(tree):
    """Only a recorded document or an address may be longer: neither can be broken."""
    for path, text in tree.code:
        for number, line in enumerate(text.split('\n'), 1):
            if len(line) > LINE_COLUMNS_MAX and not re.search(r'\bR"|https://', line):
                yield Finding(path, number, 'length', f'{len(line)} columns')


def text_is_clean(tree):
    endings = ('.md', '.cmake', '.txt', '.sql', '.toml', '.json', '.yaml', '.yml', '.ts', '.js')
    clean = dict(tree.code)
    clean.update((path, text) for path, text in tree.texts if path.endswith(endings))
    for path, text in clean.items():
        if not text:
            continue
        if not text.endswith('\n') or text.endswith('\n\n'):
            yield Finding(path, text.count('\n') + 1, 'text', 'ends with one newline')
        for number, line in enumerate(text.split('\n'), 1):
            if line.endswith((' ', '\t', '\r')):
                yield Finding(path, number, 'text', 'white space at the end of a line')
            if '\t' in line and not path.endswith('.md'):
                yield Finding(path, number, 'text', 'a tab')


def nothing_is_left_unfinished(tree):
    yield from _search(tree.texts, UNFINISHED, 'unfinished', 'finish it or file an issue')


def no_registry_is_named(tree):
    yield from _search(tree.texts, HOSTS, 'hosts', 'names the host of a package registry')


def no_path_of_one_machine(tree):
    yield from _search(tree.texts, MACHINE_PATHS, 'paths', 'a path of one machine')


def words_are_plain(tree):
    for word, instead in WORDING:
        yield from _search(tree.texts, re.compile(r'\b' + word + r'\b', re.I), 'wording', instead)


def _search(texts, pattern, rule, message):
    for path, text in texts:
        if path == 'LICENSE':
            continue
        for match in pattern.finditer(text):
            yield Finding(path, line_of(text, match.start()), rule, f'{match.group()!r}: {message}')


def folders_are_nouns_of_the_product(tree):
    seen = set()
    for path in tree.files:
        for folder in os.path.dirname(path).split('/'):
            if folder in FORBIDDEN_FOLDERS and folder not in seen:
                seen.add(folder)
                yield Finding(path, 1, 'names', f'a folder named {folder} says nothing')


def scripts_say_what_they_are(tree):
    for path, text in tree.python:
        if not text.strip():
            continue
        try:
            if not ast.get_docstring(ast.parse(text)):
                yield Finding(path, 1, 'header', 'the first docstring says what the script is')
        except SyntaxError as error:
            yield Finding(path, error.lineno or 1, 'syntax', str(error))
    for path, text in tree.shell:
        if not re.match(r'#![^\n]+\n# \w', text):
            yield Finding(path, 1, 'header', 'the first comment says what the script is')


def python_functions_stay_small(tree):
    for path, text in tree.python:
        for function in _python_functions(text):
            lines = function.end_lineno - function.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield Finding(path, function.lineno, 'function',
                              f'{function.name} has {lines} lines, over {FUNCTION_LINES_MAX}')


def _python_functions(text):
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    return [node for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def script_tests_never_sleep(tree):
    """A loop with a deadline may pause, in a function named wait_…; a random moment is let_pass."""
    for path, text in tree.python:
        if not path.startswith(('tests/', 'examples/')) and not path.endswith('_test.py'):
            continue
        waits = [f for f in _python_functions(text)
                 if f.name.lstrip('_').startswith(('wait_', 'let_pass'))]
        for match in re.finditer(r'\b(?:time|asyncio)\.sleep\s*\(', text):
            line = line_of(text, match.start())
            if not any(f.lineno <= line <= f.end_lineno for f in waits):
                yield Finding(path, line, 'sleep', 'wait on a condition with a deadline (wait_…)')
    instead = 'wait on a condition with a deadline (wait_…)'
    for path, text in tree.shell:
        function = ''
        for number, line in enumerate(text.split('\n'), 1):
            opened = re.match(r'(\w+)\s*\(\)\s*[{(]', line)
            if opened:
                function = opened.group(1)
            elif line.startswith(('}', ')')):
                function = ''
            if re.match(r'\s*sleep\s', line) and not function.startswith('wait_'):
                yield Finding(path, number, 'sleep', instead)


def every_dependency_is_explained(tree):
    """Each package of cmake/third_party.cmake and of ./dev has a line in docs/dependencies.md."""
    document = tree.files.get('docs/dependencies.md') or ''
    known = {name.lower() for name in re.findall(r'`([^`\n]+)`', document)}
    cmake = tree.files.get('cmake/third_party.cmake') or ''
    found = r'(?:find_package|find_library|pkg_check_modules)\(\s*(\w[\w-]*)'
    for match in re.finditer(found, cmake):
        name = match.group(1)
        if name in ('Threads', 'PkgConfig'):
            continue
        if name.removesuffix('_LIBRARY').lower() not in known:
            yield Finding('cmake/third_party.cmake', line_of(cmake, match.start()), 'dependencies',
                          f'{name} has no line in docs/dependencies.md')
    script = tree.files.get('dev') or ''
    for match in re.finditer(r'^(?:BUILD|TEST)_PACKAGES=\(([^)]*)\)', script, re.M):
        for name in match.group(1).split():
            if name.lower() not in known:
                yield Finding('dev', line_of(script, match.start()), 'dependencies',
                              f'{name} has no line in docs/dependencies.md')


def links_lead_somewhere(tree):
    folders = {''}
    for path in tree.files:
        while path := os.path.dirname(path):
            folders.add(path)
    for path, text in tree.markdown:
        for match in re.finditer(r'\]\(([^)\s#]+)[^)]*\)', text):
            target = match.group(1)
            if '://' in target or target.startswith('mailto:'):
                continue
            wanted = os.path.normpath(os.path.join(os.path.dirname(path), target))
            if wanted not in tree.files and wanted not in folders:
                yield Finding(path, line_of(text, match.start()), 'links', f'no file {target}')


def decisions_are_numbered_once(tree):
    seen = {}
    for path in sorted(tree.files):
        if not path.startswith('docs/decisions/') or path.endswith('README.md'):
            continue
        match = re.fullmatch(r'docs/decisions/(\d{4})-[a-z0-9-]+\.md', path)
        if not match:
            yield Finding(path, 1, 'decisions', 'is not named NNNN-title.md')
        elif match.group(1) in seen:
            yield Finding(path, 1, 'decisions', f'has the number of {seen[match.group(1)]}')
        else:
            seen[match.group(1)] = path


def fuzz_targets_have_a_corpus(tree):
    for path in tree.files:
        match = re.fullmatch(r'src/.*?(\w+)_fuzz\.cpp', path)
        name = os.path.basename(path)[:-len('_fuzz.cpp')]
        if match and not any(other.startswith(f'fuzz/corpus/{name}/') for other in tree.files):
            yield Finding(path, 1, 'fuzz', f'fuzz/corpus/{name}/ is empty')


RULES = [
    files_stay_short,
    lines_stay_short,
    text_is_clean,
    nothing_is_left_unfinished,
    no_registry_is_named,
    no_path_of_one_machine,
    words_are_plain,
    folders_are_nouns_of_the_product,
    scripts_say_what_they_are,
    python_functions_stay_small,
    script_tests_never_sleep,
    every_dependency_is_explained,
    links_lead_somewhere,
    decisions_are_numbered_once,
    fuzz_targets_have_a_corpus,
]
