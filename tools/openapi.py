#!/usr/bin/env python3
"""Makes one OpenAPI document of its parts: tools/openapi.py FOLDER OUTPUT [--version VERSION]

FOLDER holds JSON files; each is a piece of the document, and the pieces are put together member by
member. Things that would be said a hundred times are said once, in sets.json, which is no part
of the document:

    "description": ["one", "two"]   lines of one text, joined by a space, in any object
    "access": "read"                of an operation: a name under "access" in sets.json, which gives
                                    its security, error responses, headers of its success
                                    and parameters
    "errors": {"404": "NotFound"}   of an operation: responses by the names of components
    "error_strings": true           of an operation: its errors can also be strings (the schema
                                    ErrorStrings)

The members of "every" in sets.json are given to each operation. Responses that are written out win.
A member that two parts have, and a reference that leads nowhere, are errors. Only Python's standard
library is needed: this runs in the build.

tools/openapi.py --format FILES… writes parts anew: what fits in a line on one line, and long
descriptions as lists of lines.
"""

import copy
import json
import sys
import textwrap
from pathlib import Path

# Errors that are answered once the route is known: it cannot choose the form of the others.
STATUSES_OF_ROUTES = ('400', '401', '403', '404', '408', '409', '413', '415', '500', '503')
METHODS = ('get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace')
SETS = 'sets.json'
ORDER = ('openapi', 'info', 'servers', 'tags', 'paths', 'components')
WIDTH = 100


class Malformed(Exception):
    """The parts do not make a document."""


def unique(pairs):
    """An object, whose names must differ: json.loads alone keeps the last one."""
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        raise Malformed(f'member {max(names, key=names.count)!r} is written twice')
    return members


def read(path):
    try:
        return json.loads(path.read_text('utf-8'), object_pairs_hook=unique)
    except (ValueError, Malformed) as error:
        raise Malformed(f'{path.name}: {error}') from error


def merge(into, part, where=''):
    """Adds the members of `part`; objects of the same name become one, anything else must be
    new."""
    for name, value in part.items():
        place = f'{where}/{name}'
        if name not in into:
            into[name] = value
        elif isinstance(into[name], dict) and isinstance(value, dict):
            merge(into[name], value, place)
        else:
            raise Malformed(f'{place} is in two parts')
    return into


def join_lines(value):
    """Every description that is a list of lines becomes one text."""
    if isinstance(value, list):
        for element in value:
            join_lines(element)
    elif isinstance(value, dict):
        for name, member in value.items():
            if name == 'description' and isinstance(member, list):
                value[name] = ' '.join(member)
            else:
                join_lines(member)


def response_of(name):
    return {'$ref': f'#/components/responses/{name}'}


def headers_of(names):
    return {header: {'$ref': f'#/components/headers/{name}'} for header, name in names.items()}


def with_strings(response):
    """A copy of an error's response that can also be of the schema ErrorStrings."""
    response = copy.deepcopy(response)
    errors = response['content']['application/vnd.api+json']['example']['errors']
    response['content']['application/json'] = {
        'schema': {'$ref': '#/components/schemas/ErrorStrings'},
        'example': {'errors': [': '.join(filter(None, (error['title'], error.get('detail'))))
                               for error in errors]}}
    return response


def expand_error_strings(operation, components):
    """Where the operation says so, copies of the components take the place of references to
    them."""
    if not operation.pop('error_strings', False):
        return
    for status, response in operation['responses'].items():
        component = components.get(response.get('$ref', '').rpartition('/')[2], {})
        objects = 'application/vnd.api+json' in component.get('content', {})
        if objects and status in STATUSES_OF_ROUTES:
            operation['responses'][status] = with_strings(component)


def expand(operation, sets, where):
    """Replaces the words that only sets.json knows by what they stand for."""
    access = operation.pop('access', None)
    if access not in sets['access']:
        raise Malformed(f"{where}: access must be one of {', '.join(sets['access'])}")
    given = [operation.pop('errors', {}), sets['access'][access].get('errors', {}),
             sets['every']['errors']]
    operation['security'] = sets['access'][access]['security']
    for name in sets['access'][access].get('parameters', []):
        operation.setdefault('parameters', []).append({'$ref': f'#/components/parameters/{name}'})
    responses = operation.setdefault('responses', {})
    for errors in given:
        for status, name in errors.items():
            responses.setdefault(status, response_of(name))
    headers = {**sets['every']['headers'], **sets['access'][access].get('headers', {})}
    for status, response in responses.items():
        if status.startswith('2'):
            response['headers'] = {**headers_of(headers), **response.get('headers', {})}
    operation['responses'] = dict(sorted(responses.items()))


def references(value):
    """Every $ref below the value."""
    if isinstance(value, list):
        for element in value:
            yield from references(element)
    elif isinstance(value, dict):
        if isinstance(value.get('$ref'), str):
            yield value['$ref']
        for member in value.values():
            yield from references(member)


def check_references(document):
    for reference in sorted(set(references(document))):
        found = document
        for name in reference.removeprefix('#/').split('/'):
            found = found.get(name) if isinstance(found, dict) else None
        if not reference.startswith('#/') or found is None:
            raise Malformed(f'{reference} leads nowhere')


def make(parts, sets, version):
    """The document of the parts (name -> object)."""
    document = {}
    for name, part in parts.items():
        try:
            merge(document, part)
        except Malformed as error:
            raise Malformed(f'{name}: {error}') from error
    for name in document.keys() - set(ORDER):
        raise Malformed(f'{name} is no member of a document')
    join_lines(document)
    for path, item in document['paths'].items():
        for method in METHODS:
            if method in item:
                expand(item[method], sets, f'{method.upper()} {path}')
    components = document['components']['responses']
    for response in components.values():
        merge(response.setdefault('headers', {}), headers_of(sets['every']['headers']))
    for item in document['paths'].values():
        for method in METHODS:
            if method in item:
                expand_error_strings(item[method], components)
    document['info']['version'] = version
    document['paths'] = dict(sorted(document['paths'].items()))
    check_references(document)
    return {name: document[name] for name in sorted(document, key=ORDER.index)}


def wrap(text, width):
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def layout(value, indent=0, before=0):
    """JSON as people write it: what fits in a line stands on one; `before` columns stand before
    it."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or not value or indent + before + len(flat) < WIDTH:
        return flat
    inner = ' ' * (indent + 2)
    if isinstance(value, dict):
        lines = []
        for name, member in value.items():
            head = json.dumps(name, ensure_ascii=False) + ': '
            if name == 'description' and isinstance(member, str):
                room = WIDTH - indent - 2 - len(head) - len(', ""')
                member = member if len(member) < room else wrap(member, WIDTH - indent - 8)
            lines.append(inner + head + layout(member, indent + 2, len(head)))
        return '{\n' + ',\n'.join(lines) + '\n' + ' ' * indent + '}'
    lines = [inner + layout(element, indent + 2) for element in value]
    return '[\n' + ',\n'.join(lines) + '\n' + ' ' * indent + ']'


def main(arguments):
    try:
        if arguments[:1] == ['--format']:
            for path in map(Path, arguments[1:]):
                part = read(path)
                join_lines(part)
                path.write_text(layout(part) + '\n', 'utf-8')
            return 0
        if len(arguments) not in (2, 4) or arguments[2:3] not in ([], ['--version']):
            print(__doc__)
            return 2
        folder, output = map(Path, arguments[:2])
        parts = {path.name: read(path) for path in sorted(folder.glob('*.json'))}
        sets = parts.pop(SETS)
        document = make(parts, sets, arguments[3] if len(arguments) == 4 else '0')
        output.write_text(json.dumps(document, ensure_ascii=False, separators=(',', ':')), 'utf-8')
    except Malformed as error:
        print(f'{arguments[0]}: {error}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
