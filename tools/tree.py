"""The project's files as the house rules see them, and what a rule reports."""

import os
import subprocess
from dataclasses import dataclass
from functools import cached_property

_NOT_OURS = {'.git', 'build', '.deps', 'node_modules', '__pycache__', '.venv', 'scorekeeper-data'}
# Bytes made to be strange: inputs of tests and fuzzers.
_INPUT_FOLDERS = ('fuzz/corpus/', 'fuzz/corpora/', 'tests/api/')
_CPP = ('.cpp', '.h')


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f'{self.path}:{self.line}: {self.message} [{self.rule}]'


class Tree:
    """Paths relative to the project's root, with their text; files that are not text have None."""

    def __init__(self, files):
        self.files = dict(files)

    @classmethod
    def read(cls, root):
        files = {}
        for path in _paths(root):
            try:
                with open(os.path.join(root, path), encoding='utf-8', newline='') as file:
                    files[path] = file.read()
            except UnicodeDecodeError:
                files[path] = None
            except (FileNotFoundError, IsADirectoryError):
                continue  # deleted but not committed yet, or a link
        return cls(files)

    @cached_property
    def texts(self):
        """(path, text) of every text file that people write and read."""
        return [
            (path, text)
            for path, text in sorted(self.files.items())
            if text is not None
            and (not path.startswith(_INPUT_FOLDERS) or path.endswith(('.py', '.md', '/run')))
        ]

    @cached_property
    def cpp(self):
        return [(path, text) for path, text in self.texts if path.endswith(_CPP)]

    @cached_property
    def python(self):
        return [(path, text) for path, text in self.texts if _is_script(path, text, 'python')]

    @cached_property
    def shell(self):
        return [(path, text) for path, text in self.texts if _is_script(path, text, 'sh')]

    @cached_property
    def markdown(self):
        return [(path, text) for path, text in self.texts if path.endswith('.md')]

    @cached_property
    def code(self):
        return self.cpp + self.python + self.shell


def _is_script(path, text, language):
    suffix = {'python': '.py', 'sh': '.sh'}[language]
    first = text.split('\n', 1)[0]
    return path.endswith(suffix) or (first.startswith('#!') and language in first)


def _paths(root):
    try:
        listed = subprocess.run(
            ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
            cwd=root, capture_output=True, check=True).stdout.decode()
        if listed:
            return [path for path in listed.split('\0') if path]
    except (OSError, subprocess.CalledProcessError):
        pass  # not a checkout: a released archive
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _NOT_OURS]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return found
