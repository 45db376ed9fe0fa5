"""The house rules for comments and documents. Each is f(tree) -> findings."""

import ast
import io
import os
import re
import tokenize

from cpp_source import comments_of, line_of
from tree import Finding

# Working papers that a reader of the repository does not have. Written in parts, so that this file
# does not contain what it looks for.
PAPERS = re.compile('|'.join([
    r'\b(?:design|decisions|contract|limits|peers)\.md\b',
    r'\b(?:design|decisions|contract|limits|peers)\s+' + '§',
    r'(?<!\[)\bdecisions?\s+\d+',
    r'\bquestions?\s+\d+',
    r'\b[QG]\d{1,2}\b',
    r'\.\./' + r'shar' + r'ed\b', r'\bshar' + r'ed/(?:design|decisions|contract|limits|peers)',
]), re.I)
SECTION = re.compile('§')
STANDARD = re.compile(r'RFC|OpenID|\.html')  # whose sections may be named: everybody can read it
HEADLESS = re.compile(r'(?:\A|\n *\n|\.\s)\s*(What|Whatever|Whoever|Whom|Who|Of|Those|Ours)'
                      r'(?=\s)(?![^.:;]*\?)')
PAGE = re.compile(r'(?<![\w./-])(docs/[\w./-]+\.md)(#[\w-]+)?')
DECISION = re.compile(r'docs/decisions/\d{4}(?![\w-])')  # a page by its number alone
MARKDOWN_LINK = re.compile(r'\]\(([^)\s#]*)(#[^)\s]+)?\)')
MADE_UP = 'tools/tidy_test.py'  # its examples name pages that do not exist
FENCE = re.compile(r'^```.*?^```', re.M | re.S)


def papers_are_not_cited(tree):
    instead = 'say the reason in place, or name a page of docs/'
    for path, text in _prose(tree):
        for match in PAPERS.finditer(text):
            what = ' '.join(match.group().split())
            yield Finding(path, line_of(text, match.start()), 'papers', f'{what!r}: {instead}')
        for match in SECTION.finditer(text):
            if not STANDARD.search(text[max(0, match.start() - 80):match.start()]):
                yield Finding(path, line_of(text, match.start()), 'papers',
                              f'a section of no public standard: {instead}')


def comments_name_their_subject(tree):
    """"The rules of a scorecard.", not "What a scorecard has.": a sentence has a subject."""
    for path, text in _prose(tree):
        if path.endswith('.md'):
            continue
        for match in HEADLESS.finditer(text):
            yield Finding(path, line_of(text, match.start(1)), 'wording',
                          f'a sentence that begins with {match.group(1)!r}: name the thing')


def pages_that_are_named_exist(tree):
    """docs/….md#heading in comments, documents and messages; headings of links in documents."""
    anchors = {path: _anchors(text) for path, text in tree.markdown}
    for path, text in tree.texts + _api_files(tree):
        if path == MADE_UP:
            continue
        for match in PAGE.finditer(text):
            page, anchor = match.groups()
            yield from _missing(anchors, path, line_of(text, match.start()), page, anchor)
        for match in DECISION.finditer(text):
            if not any(page.startswith(match.group() + '-') for page in anchors):
                line = line_of(text, match.start())
                yield Finding(path, line, 'pages', f'no page {match.group()}')
    for path, text in tree.markdown:
        for match in MARKDOWN_LINK.finditer(text):
            target, anchor = match.groups()
            page = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
            if anchor and page in anchors:
                yield from _missing(anchors, path, line_of(text, match.start()), page, anchor)


def _missing(anchors, path, line, page, anchor):
    if page not in anchors:
        yield Finding(path, line, 'pages', f'no page {page}')
    elif anchor and anchor[1:] not in anchors[page]:
        yield Finding(path, line, 'pages', f'no heading {anchor} in {page}')


def _anchors(text):
    """The anchors of a document's headings, as the viewers of Markdown make them."""
    found = set()
    for heading in re.findall(r'^#+ +(.+?)\s*$', FENCE.sub('', text), re.M):
        plain = re.sub(r'\[([^]]*)\]\([^)]*\)', r'\1', heading)
        name = re.sub(r'[^\w\- ]', '', plain.lower()).replace(' ', '-')
        again = (f'{name}-{number}' for number in range(1, 100))
        found.add(name if name not in found else next(one for one in again if one not in found))
    return found


def _api_files(tree):
    return [(path, text) for path, text in sorted(tree.files.items())
            if path.endswith('.api') and text is not None]


def _prose(tree):
    """(path, text) of documents, and of code with all blanked but comments and their line ends."""
    for path, text in tree.texts:
        if path.endswith(('.cpp', '.h', '.java', '.ts', '.rs', '.go', '.pml')):
            yield path, _comments_alone(text, list(comments_of(text)))
        elif path.endswith('.md'):
            yield path, text
    for path, text in tree.python:
        yield path, _comments_alone(text, list(_python_comments(text)))
    endings = ('.cmake', 'CMakeLists.txt', '.yaml', '.yml', '.toml', '.service', '.sql')
    scripts = [(path, text) for path, text in tree.texts if path.endswith(endings)]
    for path, text in tree.shell + scripts + _api_files(tree):
        yield path, _comments_alone(text, [(line_of(text, match.start()), match.group())
                                           for match in re.finditer(r'(?m)^\s*(?:#|--).*$', text)])


def _comments_alone(text, comments):
    """Comments on their own lines, without their marks: a sentence may go on in the next line."""
    lines = [''] * (text.count('\n') + 1)
    for first, comment in comments:
        leading = len(comment) - len(comment.lstrip('\n'))
        for number, line in enumerate(comment.lstrip('\n').split('\n'), first + leading - 1):
            lines[number] += ' ' + re.sub(r'^\s*(?://[/!]?|#|--|/?\*+)', '', line)
    return '\n'.join(lines)


def _python_comments(text):
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                if ast.get_docstring(node):
                    yield node.body[0].lineno, node.body[0].value.value
    except (SyntaxError, tokenize.TokenError):
        return  # scripts_say_what_they_are says so


RULES = [papers_are_not_cited, comments_name_their_subject, pages_that_are_named_exist]
