#!/usr/bin/env python3
"""Shows that parts become one document, and that bad ones do not (ctest `openapi_test`)."""

import copy
import json
import pathlib
import tempfile
import unittest

import openapi

SETS = {
    'every': {'headers': {'x-request-id': 'RequestId'}, 'errors': {'400': 'BadRequest'}},
    'access': {
        'open': {'security': []},
        'read': {'security': [{'key': ['read']}], 'errors': {'403': 'Forbidden'},
                 'headers': {'x-limit': 'Limit'}},
    },
}
FRAME = {
    'openapi': '3.1.0',
    'info': {'description': ['Two', 'lines.']},
    'components': {
        'headers': {'RequestId': {}, 'Limit': {}},
        'responses': {'BadRequest': {}, 'Forbidden': {}, 'NotFound': {}},
    },
}
RULES = {'paths': {'/rules': {'get': {
    'access': 'read', 'errors': {'404': 'NotFound'},
    'responses': {'200': {'headers': {'own': {}}}, '400': {'description': 'its own'}},
}}}}


def make(*parts):
    named = {f'{i}.json': part for i, part in enumerate(copy.deepcopy(parts))}
    return openapi.make(named, SETS, '1.2.3')


def with_operation(**members):
    return {'paths': {'/other': {'get': {'access': 'open', **members}}}}


class Documents(unittest.TestCase):
    def test_have_what_the_words_stand_for(self):
        document = make(FRAME, RULES)
        operation = document['paths']['/rules']['get']
        self.assertEqual(operation['security'], [{'key': ['read']}])
        self.assertEqual(list(operation['responses']), ['200', '400', '403', '404'])
        self.assertEqual(operation['responses']['404'],
                         {'$ref': '#/components/responses/NotFound'})
        self.assertEqual(operation['responses']['400'], {'description': 'its own'})
        self.assertEqual(list(operation['responses']['200']['headers']),
                         ['x-request-id', 'x-limit', 'own'])
        self.assertEqual(set(operation), {'security', 'responses'})
        self.assertEqual(document['info'], {'description': 'Two lines.', 'version': '1.2.3'})
        self.assertEqual(list(document), ['openapi', 'info', 'paths', 'components'])

    def test_have_errors_as_strings_where_an_operation_says_so(self):
        frame = copy.deepcopy(FRAME)
        error = {'status': '400', 'title': 'Bad Request', 'detail': 'why'}
        frame['components']['responses']['BadRequest'] = {
            'content': {'application/vnd.api+json': {'example': {'errors': [error]}}}}
        frame['components']['schemas'] = {'ErrorStrings': {}}
        operations = make(frame, with_operation(error_strings=True), RULES)['paths']
        content = operations['/other']['get']['responses']['400']['content']
        self.assertEqual(content['application/vnd.api+json']['example'], {'errors': [error]})
        self.assertEqual(content['application/json'], {
            'schema': {'$ref': '#/components/schemas/ErrorStrings'},
            'example': {'errors': ['Bad Request: why']}})
        self.assertNotIn('error_strings', operations['/other']['get'])

    def test_are_not_made_of_bad_parts(self):
        for part in (RULES,                                      # the same operation twice
                     {'openapi': '3.1.0'},                       # the same member twice
                 {'path': {}},                               # no member of a document
                     with_operation(access='none'),
                     with_operation(errors={'404': 'Missing'}),  # no such component
                     with_operation(requestBody={'$ref': '#/components/requestBodies/Rule'}),
                     with_operation(requestBody={'$ref': 'other.json#/Rule'})):
            with self.assertRaises(openapi.Malformed, msg=str(part)):
                make(FRAME, RULES, part)

    def test_are_not_made_of_members_written_twice(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, 'part.json')
            path.write_text('{"a":{"b":1,"c":2,"b":3}}')
            with self.assertRaisesRegex(openapi.Malformed, "'b' is written twice"):
                openapi.read(path)


class Parts(unittest.TestCase):
    def test_are_laid_out(self):
        """As tools/openapi.py --format does it; nothing is lost."""
        folder = pathlib.Path(__file__).resolve().parents[1] / 'src' / 'app' / 'openapi'
        for path in folder.glob('*.json'):
            part = openapi.read(path)
            openapi.join_lines(part)
            text = openapi.layout(part) + '\n'
            self.assertEqual(path.read_text('utf-8'), text, path.name)
            again = json.loads(text)
            openapi.join_lines(again)
            self.assertEqual(again, part, path.name)


if __name__ == '__main__':
    unittest.main()
