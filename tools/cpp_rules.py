"""The house rules for C++ files and their CMake lists. Each is f(tree) -> findings."""

import os
import re

from cpp_source import comments_of, functions_of, includes_of, line_of
from cpp_source import without_comments_and_literals
from tree import Finding

FUNCTION_LINES_MAX = 70
PARAMETERS_MAX = 5

# The folders that each folder may include: ARCHITECTURE.md has the reasons. `store` is also allowed
# to its own stores.
FOLDERS = {
    'base': set(),
    'json': {'base'},
    'domain': {'base'},
    'http': {'base'},
    'wire': {'base', 'json', 'domain'},
    'matrix': {'base', 'domain'},
    'store': {'base', 'json', 'domain'},
    'store/sqlite': {'base', 'domain', 'store'},
    'store/postgres': {'base', 'domain', 'store'},
    'store/contract': {'base', 'domain', 'store'},
    'store/tools': {'base', 'store'},
    'store/sqlite/tools': {'base', 'domain', 'store', 'store/tools', 'store/sqlite'},
    'store/postgres/tools': {'base', 'store', 'store/tools', 'store/postgres'},
    'intake': {'base', 'domain', 'store', 'matrix'},
    'auth': {'base', 'domain'},
    'api': {'base', 'json', 'domain', 'wire', 'matrix', 'store', 'intake', 'auth', 'http'},
    'app': {'base', 'json', 'domain', 'wire', 'matrix', 'store', 'store/sqlite', 'store/postgres',
            'store/tools', 'store/sqlite/tools', 'store/postgres/tools', 'intake', 'auth', 'api',
            'http'},
}
# A real SQLite in a temporary folder is cheap: tests and benchmarks of these folders open one.
STORES = {folder for folder in FOLDERS if folder.startswith('store')}
TESTS_OPEN_A_STORE = {'matrix', 'intake', 'auth', 'api', 'app'} | STORES

# Third-party headers and the folders that may see them. The standard library, the kernel's headers
# and fmt are free to all.
THIRD_PARTY = [
    (r'spdlog/', {'base'}),
    (r'prometheus/', {'base'}),
    (r'boost/(?:asio|beast|url)', {'http'}),
    (r'boost/json', {'wire'}),
    (r'boost/', {'http', 'wire'}),
    (r'openssl/', {'http', 'auth', 'store'}),
    (r'(?:zlib|zstd)\.h', {'http'}),
    (r'simdjson\.h', {'json', 'wire'}),
    (r'yaml-cpp/', {'wire'}),
    (r'expat\.h', {'wire'}),
    (r'gumbo\.h', {'wire'}),
    (r'sqlite3\.h', {'store/sqlite'}),
    (r'(?:libpq-fe|libpq/.*)', {'store/postgres'}),
    (r'(?:CLI/|toml\+\+/|curl/)', {'app'}),
]
FOR_TESTS = re.compile(r'^(?:gtest|gmock|rapidcheck)[/.]')
FOR_BENCHMARKS = re.compile(r'^benchmark/')
DOMAIN_DOES_NO_IO = {'fstream', 'iostream', 'filesystem', 'thread', 'mutex', 'unistd.h', 'cstdio'}

THROW = r'\bthrow\b(?!\s*\(\s*\))'
ASYNC = r'\bstd::async\b'
FREE_IN_TESTS = {THROW, ASYNC}  # a test may play a library that throws
# Patterns that do not occur in our code at all, with the reason that is printed.
FORBIDDEN_CODE = [
    (r'\busing\s+namespace\b(?!\s+std::(?:\w+::)?\w*literals;)', 'no using-directives'),
    (r'\bco_(?:await|return|yield)\b', 'no coroutines: docs/decisions/0002'),
    (r'\bstd::(?:format|print|println|vformat)\b', 'this libstdc++ has no std::format: use fmt'),
    (THROW, 'we never throw: return an Error'),
    (r'\.detach\s*\(\s*\)', 'a thread has an owner that joins it'),
    (ASYNC, 'a thread has an owner that is named'),
    (r'\bstd::(?:regex|rand)\b', 'slow or unbounded: write it plainly'),
    (r'\b(?:strcpy|strcat|sprintf|gets|strtok)\s*\(', 'unbounded C string function'),
]
CATCHING_FOLDERS = {'http', 'app', 'intake', 'store/sqlite', 'store/postgres', 'base'}
# Where a library that throws is wrapped once, in a folder that else never catches.
CATCHING_FILES = {'src/wire/yaml_reader.cpp'}
FORBIDDEN_SUFFIX = re.compile(
    r'\b(?:class|struct|enum\s+class|enum|concept)\s+(?:\[\[\w+\]\]\s+)?'
    r'(?:THREAD_ANNOTATION\s*\((?:[^()]|\([^()]*\))*\)\s+)?'
    r'(\w*(?:Manager|Helper|Helpers|Util|Utils|Processor|Impl|Data|Info))\b')
# Secrets are compared by one function, which takes as long for a wrong one as for a right one.
CONSTANT_TIME = 'src/base/constant_time'
FOLDERS_WITH_SECRETS = {'auth', 'api', 'app'}
FILES_WITH_SECRETS = {'src/wire/request_id.cpp', 'src/wire/entity_id.cpp',
                      'src/store/sqlite/keys.cpp', 'src/store/postgres/keys.cpp'}
OTHER_CONSTANT_TIME = re.compile(r'\b(?:CRYPTO_memcmp|timingsafe_\w+|OPENSSL_memcmp)\b'
                                 r'|\bbool\s+equal_in_constant_time\b')
OTHER_COMPARISON = re.compile(r'\b(?:memcmp|strn?cmp|bcmp|std::equal|std::ranges::equal)\s*\(')
_SECRET = r'\w*(?:hash|secret|signature|digest|mac)(?:es|s|_)?'
SECRET_BEFORE = re.compile(rf'\b{_SECRET}\s*[!=]=(?!=)(?!\s*nullptr)')
SECRET_BEHIND = re.compile(rf'[!=]=\s*(?:\w+(?:\.|->|::))*{_SECRET}\b(?!\s*(?:\.|->))')
SLEEP = re.compile(r'\b(?:sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(')


def folder_of(path):
    """The module that a path under src/ belongs to; None elsewhere."""
    parts = path.split('/')
    if parts[0] != 'src' or len(parts) < 3:
        return None
    return '/'.join(parts[1:-1]) if parts[1] == 'store' else parts[1]


def face_of(path):
    """'test', 'fuzz', 'bench' or '' of a C++ file; fixtures, fakes and tests/ are tests too."""
    stem = os.path.splitext(os.path.basename(path))[0]
    if stem.endswith(('_fixture', '_contract')) or stem.startswith('fake_'):
        return 'test'
    if path.startswith('src/store/contract/'):
        return 'test'
    for face in ('test', 'fuzz', 'bench'):
        if stem.endswith('_' + face):
            return face
    return path.split('/')[0] if path.split('/')[0] in ('tests', 'fuzz', 'bench') else ''


def included_folder(name):
    """The module that an include of ours names: 'store/sqlite/store.h' -> 'store/sqlite'."""
    folder = os.path.dirname(name)
    return folder if folder in FOLDERS else folder.split('/')[0]


def includes_keep_to_the_table(tree):
    for path, text in tree.cpp:
        folder = folder_of(path)
        if folder is None:
            continue
        if folder not in FOLDERS:
            yield Finding(path, 1, 'includes', f'src/{folder} is not a folder of the design')
            continue
        allowed = FOLDERS[folder] | {folder}
        if face_of(path) and folder in TESTS_OPEN_A_STORE:
            allowed = allowed | STORES
        for line, form, name in includes_of(text):
            if form == '"':
                if included_folder(name) not in allowed:
                    yield Finding(path, line, 'includes', f'{folder} may not include {name}')
            else:
                yield from _third_party(path, line, folder, name)


def _third_party(path, line, folder, name):
    face = face_of(path)
    if folder == 'domain' and not face and name in DOMAIN_DOES_NO_IO:
        yield Finding(path, line, 'includes', f'domain does no I/O: <{name}>')
    if FOR_TESTS.match(name) and face != 'test':
        yield Finding(path, line, 'includes', f'<{name}> belongs into *_test.cpp')
    if FOR_BENCHMARKS.match(name) and face != 'bench':
        yield Finding(path, line, 'includes', f'<{name}> belongs into *_bench.cpp')
    for pattern, folders in THIRD_PARTY:
        if re.match(pattern, name):
            if folder not in folders:
                where = ', '.join(sorted(folders))
                yield Finding(path, line, 'includes', f'<{name}> is allowed in {where} only')
            return


def own_header_comes_first(tree):
    for path, text in tree.cpp:
        header = path[:-len('.cpp')] + '.h'
        if not path.endswith('.cpp') or header not in tree.files or folder_of(path) is None:
            continue
        first = next(includes_of(text), None)
        wanted = header[len('src/'):]
        if first is None or first[2] != wanted:
            yield Finding(path, first[0] if first else 1, 'own-header', f'include {wanted} first')


def headers_begin_with_what_they_are(tree):
    for path, text in tree.cpp:
        if not path.endswith('.h'):
            continue
        if not text.startswith('//'):
            yield Finding(path, 1, 'header', 'the first comment says what, owner, thread')
        if not re.search(r'^#pragma once$', text, re.M):
            yield Finding(path, 1, 'header', '#pragma once is missing')


def functions_stay_small(tree):
    for path, text in tree.cpp:
        for function in functions_of(text):
            lines = function.last_line - function.first_line + 1
            if lines > FUNCTION_LINES_MAX:
                yield Finding(path, function.first_line, 'function',
                              f'{function.name} has {lines} lines, over {FUNCTION_LINES_MAX}')
            # A callback that a C library calls gets its context as void*: its shape is not ours.
            if function.parameters > PARAMETERS_MAX and 'void*' not in function.head:
                yield Finding(path, function.first_line, 'function',
                              f'{function.name} has {function.parameters} parameters, '
                              f'over {PARAMETERS_MAX}: pass a struct')


def code_keeps_to_the_language_we_use(tree):
    for path, text in tree.cpp:
        code = without_comments_and_literals(text)
        for pattern, reason in FORBIDDEN_CODE:
            if face_of(path) and pattern in FREE_IN_TESTS:
                continue
            for match in re.finditer(pattern, code):
                yield Finding(path, line_of(code, match.start()), 'code', reason)
        folder = folder_of(path)
        catches = folder in CATCHING_FOLDERS or path in CATCHING_FILES
        if folder and not catches and not face_of(path):
            for match in re.finditer(r'\bcatch\s*\(', code):
                yield Finding(path, line_of(code, match.start()), 'code',
                              'catch only in route dispatch, thread bodies and main')


def type_names_say_what_they_are(tree):
    for path, text in tree.cpp:
        code = without_comments_and_literals(text)
        for match in FORBIDDEN_SUFFIX.finditer(code):
            yield Finding(path, line_of(code, match.start()), 'names',
                          f'{match.group(1)}: the suffix says nothing')


def secrets_are_compared_in_one_place(tree):
    """equal_in_constant_time() is the one comparison of hashes, seals and signatures."""
    for path, text in tree.cpp:
        if face_of(path) or path.startswith(CONSTANT_TIME):
            continue
        code = without_comments_and_literals(text)
        patterns = [OTHER_CONSTANT_TIME]
        if folder_of(path) in FOLDERS_WITH_SECRETS or path in FILES_WITH_SECRETS:
            patterns += [OTHER_COMPARISON, SECRET_BEFORE, SECRET_BEHIND]
        for pattern in patterns:
            for match in pattern.finditer(code):
                yield Finding(path, line_of(code, match.start()), 'secrets',
                              f'compare secrets with the function of {CONSTANT_TIME}.h')


def tests_are_never_switched_off(tree):
    for path, text in tree.cpp:
        for match in re.finditer(r'\bDISABLED_\w+', without_comments_and_literals(text)):
            yield Finding(path, line_of(text, match.start()), 'tests', 'a disabled test')


def cpp_tests_never_sleep(tree):
    """A loop with a deadline may pause, in a function that is named wait_…"""
    for path, text in tree.cpp:
        if face_of(path) not in ('test', 'tests'):
            continue
        code = without_comments_and_literals(text)
        waits = [f for f in functions_of(text) if f.name.split('::')[-1].startswith('wait_')]
        for match in SLEEP.finditer(code):
            line = line_of(code, match.start())
            if not any(f.first_line <= line <= f.last_line for f in waits):
                yield Finding(path, line, 'sleep', 'wait on a condition with a deadline (wait_…)')


def comments_are_plain(tree):
    for path, text in tree.cpp:
        for line, comment in comments_of(text):
            if re.match(r'//\s*[-=*/#]{4,}', comment) or re.match(r'/\*[*=-]{3,}', comment):
                yield Finding(path, line, 'comments', 'no banners')
            if re.match(r'//\s*(?:if|for|while|return)\b[^.]*[;{]\s*$', comment):
                yield Finding(path, line, 'comments', 'no commented-out code')


def cmake_links_what_the_table_allows(tree):
    for path, text in tree.files.items():
        folder = folder_of(path)
        if not path.endswith('/CMakeLists.txt') or folder not in FOLDERS or text is None:
            continue
        match = re.search(r'(?<!_)DEPS\s+([\w\s]+?)(?=\s+[A-Z_]+\b|\s*\))', text)
        for name in match.group(1).split() if match else []:
            module = name.replace('_', '/')
            if module not in FOLDERS[folder]:
                yield Finding(path, line_of(text, match.start()), 'includes',
                              f'{folder} may not link {name}')


RULES = [
    includes_keep_to_the_table,
    own_header_comes_first,
    headers_begin_with_what_they_are,
    functions_stay_small,
    code_keeps_to_the_language_we_use,
    type_names_say_what_they_are,
    secrets_are_compared_in_one_place,
    tests_are_never_switched_off,
    cpp_tests_never_sleep,
    comments_are_plain,
    cmake_links_what_the_table_allows,
]
