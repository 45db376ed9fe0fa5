"""The house rules for the words of documents, OpenAPI descriptions, messages and help texts.

docs/style.md tells how this project writes. Each rule is f(tree) -> findings.
"""

import json
import re

from cpp_source import line_of, messages_of
from tree import Finding

# (phrase, the words to use). Written in parts, so that this file does not contain what it refuses.
PHRASES = [
    (r'what be' + r'came of', 'say "the result of"'),
    (r'what holds n' + r'ow', 'say "the current state"'),
    (r'is this [\w]+(?: [\w]+){0,4} g' + r'ood', 'ask whether it "is valid"'),
    (r'ou' + r'rs', 'name the owner: "the server\'s", "a Scorekeeper extension"'),
    (r'(?:is|are) written a' + r's', 'say "has the form" or "is stored as"'),
    (r'never a c' + r'ut', 'say "never truncated"'),
    (r'what is o' + r'ver', 'name it: "the rest", "the excess"'),
    (r'in the mid' + r'dle(?! of)', 'say "median"'),
    (r'what we a' + r'im at|we a' + r'im at', 'say "the goal is"'),
    (r'who may come i' + r'n', 'say "authentication" or "access"'),
    (r'(?:is|are|be|was|were) aske' + r'd of (?!it\b)', 'a query "is evaluated for" entities'),
    (r'unless t' + r'old|unless it says s' + r'o', 'say "the default is"'),
    (r'as it was t' + r'old', 'say "as given"'),
    (r'never hear' + r'd of', 'say "does not know"'),
    (r'as e' + r'ver', 'say "as before"'),
    (r'in silen' + r'ce', 'say "without a message"'),
    (r'in ea' + r'rnest', 'say "in production"'),
    (r'one behind the oth' + r'er', 'say "one after the other"'),
    (r'of blanks on' + r'ly', 'say "blank"'),
    (r'not what (?:its|the) logs? s' + r'ays?', 'say "differs from the log"'),
]
_PHRASE = re.compile('|'.join(
    rf'(?P<p{number}>\b(?:{phrase})\b)'.replace(' ', r'\s+')
    for number, (phrase, _) in enumerate(PHRASES)), re.I)
GUIDE = 'docs/style.md'  # quotes what it advises against
# A sentence, a heading, an item of a list or a cell of a table that begins with a relative clause.
_HEADLESS = re.compile(
    r'(?:\A|\n\s*\n|(?:\A|\n)\s*(?:[-*#>|]+|\d+\.)\s+|\|[ ]|[.!?]["”)*]*\s+)'
    r'(?:\*\*)?(?P<head>What|Whom|Those|Who|Whose)\b(?P<rest>.*?)'
    r'(?P<end>[.!?](?=["”)*]*(?:\s|\Z))|\||\n\s*\n|\n\s*[-*#>|]|\Z)', re.S)
_CODE = re.compile(r'^```.*?^```|(?<=\n\n)(?: {4,}[^\n]*\n?|\n(?= {4}))+', re.M | re.S)


def phrases_are_plain(tree):
    for path, line, text in [*_texts(tree), *_messages(tree)]:
        for match in _PHRASE.finditer(text):
            instead = PHRASES[int(match.lastgroup[1:])][1]
            said = ' '.join(match.group().split())
            yield Finding(path, line + text.count('\n', 0, match.start()), 'wording',
                          f'{said!r}: {instead}')


def sentences_have_a_subject(tree):
    """A question may begin with these words, a sentence may not."""
    for path, line, text in [*_texts(tree), *_messages(tree)]:
        at = 0
        while match := _HEADLESS.search(text, at):
            at = match.end('head')
            if match['end'] != '?':
                yield Finding(path, line + text.count('\n', 0, match.start('head')), 'wording',
                              f'a sentence begins with {match["head"]!r}: begin with its subject')


def _texts(tree):
    """(path, first line, text) of each document, OpenAPI description and file to start from."""
    for path, text in tree.markdown:
        if path == GUIDE:
            continue
        yield path, 1, _CODE.sub(lambda match: re.sub(r'[^\n]', ' ', match.group()), text)
    for path, text in tree.texts:
        if path.startswith('src/app/openapi/') and path.endswith('.json'):
            for description in _descriptions(json.loads(text)):
                yield path, _line_in_json(text, description), description
        elif path.startswith(('deploy/', 'examples/')) and not path.endswith('.md'):
            yield path, 1, text


def _messages(tree):
    """(path, line, text) of each message and help text of the program."""
    for path, text in tree.cpp:
        if re.search(r'_(?:test|fuzz|bench|fixture|contract|model)\.', path):
            continue
        for offset, message in messages_of(text):
            yield path, line_of(text, offset), message


def _descriptions(value):
    if isinstance(value, list):
        for item in value:
            yield from _descriptions(item)
    elif isinstance(value, dict):
        for name, member in value.items():
            if name in ('description', 'summary') and not isinstance(member, dict):
                yield member if isinstance(member, str) else ' '.join(member)
            else:
                yield from _descriptions(member)


def _line_in_json(text, description):
    """Where it begins: a long one has several lines."""
    return line_of(text, max(text.find(json.dumps(description[:30], ensure_ascii=False)[:-1]), 0))


RULES = [phrases_are_plain, sentences_have_a_subject]
