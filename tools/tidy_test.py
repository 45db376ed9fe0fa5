#!/usr/bin/env python3
"""Shows that each house rule catches what it is for and lets good code pass (ctest `tidy_test`)."""

import os
import sys
import tempfile
import unittest

import cpp_rules
import cpp_source
import house_rules
import prose_rules
import tidy
import wording_rules
from tree import Tree

LONG_FUNCTION = 'void f() {\n' + '  g();\n' * 80 + '}\n'

# For each rule: files in which it finds something, and files in which it finds nothing.
CASES = {
    cpp_rules.includes_keep_to_the_table: (
        [{'src/domain/rule.cpp': '#include "wire/rules.h"\n'},
         {'src/wire/rules.cpp': '#include "store/ledger.h"\n'},
         {'src/api/rules.cpp': '#include "store/sqlite/store.h"\n'},
         {'src/store/sqlite/store.cpp': '#include "store/sqlite/tools/verify.h"\n'},
         {'src/api/rules.cpp': '#include <boost/asio.hpp>\n'},
         {'src/http/tls.cpp': '#include <sqlite3.h>\n'},
         {'src/domain/rule.cpp': '#include <fstream>\n'},
         {'src/wire/rules.cpp': '#include <gtest/gtest.h>\n'},
         {'src/utilities/rules.cpp': '#include <string>\n'}],
        [{'src/api/rules.cpp': '#include "store/ledger.h"\n#include <string>\n'},
         {'src/api/rules_test.cpp': '#include "store/sqlite/store.h"\n#include <gtest/gtest.h>\n'},
         {'src/store/sqlite/store.cpp': '#include <sqlite3.h>\n#include "store/ledger.h"\n'},
         {'src/domain/rule.cpp': '// #include "wire/rules.h"\n'}]),
    cpp_rules.own_header_comes_first: (
        [{'src/wire/a.h': '', 'src/wire/a.cpp': '#include <string>\n#include "wire/a.h"\n'}],
        [{'src/wire/a.h': '', 'src/wire/a.cpp': '#include "wire/a.h"\n#include <string>\n'},
         {'src/app/main.cpp': '#include <string>\n'}]),
    cpp_rules.headers_begin_with_what_they_are: (
        [{'src/wire/a.h': '#pragma once\n'}, {'src/wire/a.h': '// What.\nint a;\n'}],
        [{'src/wire/a.h': '// What.\n#pragma once\n'}]),
    cpp_rules.functions_stay_small: (
        [{'src/wire/a.cpp': LONG_FUNCTION},
         {'src/wire/a.cpp': f'namespace x {{\n{LONG_FUNCTION}}}\n'},
         {'src/wire/a.cpp': 'A::A() : a_(1), b_{2} {\n' + '  g();\n' * 80 + '}\n'},
         {'src/wire/a.cpp': 'int f(int a, int b, int c, int d, int e, int f) { return a; }\n'}],
        [{'src/wire/a.cpp': 'namespace x {\n' + 'void f() {}\n' * 90 + '}\n'},
         {'src/http/a.cpp': 'int f(int a, int b, int c, int d, int e, void* f) { return a; }\n'},
         {'src/wire/a.cpp': 'const A table[] = {\n' + '  {1, 2},\n' * 90 + '};\n'},
         {'src/wire/a.cpp': 'int f(int a, std::map<int, std::map<int, int>> b = {}, int c = 1,\n'
                            '      int d = 2, int e = 3) { return g(1, 2, 3, 4, 5, 6, 7); }\n'}]),
    cpp_rules.code_keeps_to_the_language_we_use: (
        [{'src/app/a.cpp': 'using namespace std;\n'}, {'src/app/a.cpp': 'co_return 1;\n'},
         {'src/app/a.cpp': 'throw Error{};\n'}, {'src/app/a.cpp': 'std::format("{}", 1);\n'},
         {'src/domain/a.cpp': 'try { f(); } catch (...) {}\n'},
         {'src/app/a.cpp': 'std::async(f);\n'}, {'src/app/a.cpp': 'thread.detach();\n'},
         {'src/app/a.cpp': 'sprintf(a, b);\n'}],
        [{'src/app/a.cpp': '// we never throw\nauto a = "using namespace std";\n'},
         {'src/http/a.cpp': 'try { f(); } catch (const std::exception& e) {}\n',
          'src/wire/yaml_reader.cpp': 'try { f(); } catch (const std::exception& e) {}\n'},
         {'src/app/a_test.cpp': 'throw std::bad_alloc();\n'},
         {'src/app/a_test.cpp': 'using namespace std::chrono_literals;\n'}]),
    cpp_rules.type_names_say_what_they_are: (
        [{'src/app/a.h': 'class RuleManager {};\n'}, {'src/app/a.h': 'struct StoreImpl;\n'},
         {'src/app/a.h': 'class THREAD_ANNOTATION(capability("mutex")) LockHelper {};\n'}],
        [{'src/app/a.h': 'class Rule {};\n// class RuleManager\nstruct Database;\n'}]),
    cpp_rules.secrets_are_compared_in_one_place: (
        [{'src/auth/a.cpp': 'CRYPTO_memcmp(a, b, c);\n'},
         {'src/http/a.h': 'bool equal_in_constant_time(const H& a, const H& b);\n'},
         {'src/auth/a.cpp': 'if (std::memcmp(a, b, 32) == 0) {}\n'},
         {'src/auth/a.cpp': 'if (std::ranges::equal(a, b)) {}\n'},
         {'src/auth/a.cpp': 'if (key.hash == wanted) {}\n'},
         {'src/auth/a.cpp': 'if (wanted != found->hash) {}\n'},
         {'src/api/a.cpp': 'return hash_ == b;\n'},
         {'src/app/a.cpp': 'return token == pair.secret;\n'},
         {'src/auth/a.cpp': 'return a == token.signature;\n'},
         {'src/wire/request_id.cpp': 'if (mac_of(key, number) != mac) {}\n'}],
        [{'src/base/constant_time.h': 'bool equal_in_constant_time(A a, A b);\n'},
         {'src/auth/a.cpp': 'if (equal_in_constant_time(key.hash, hash)) {}\n'},
         {'src/auth/a.cpp': 'if (signature.size() != 64 || 32 == hash.size()) {}\n'},
         {'src/auth/a.cpp': 'ASSERT(digest != nullptr);\n'},
         {'src/auth/a.cpp': '// hash == hash\nSecretHash hash = hash_of(secret);\n'},
         {'src/auth/a_test.cpp': 'EXPECT_TRUE(a.hash == b.hash);\n'},
         {'src/intake/group.cpp': 'if (cell->hash == work.hashes[result]) {}\n'}]),
    cpp_rules.tests_are_never_switched_off: (
        [{'src/app/a_test.cpp': 'TEST(A, ' + 'DISABLED_B) {}\n'}],
        [{'src/app/a_test.cpp': 'TEST(A, B) {}\n'}]),
    cpp_rules.cpp_tests_never_sleep: (
        [{'src/app/a_test.cpp': 'void f() { std::this_thread::sleep_for(1ms); }\n'},
         {'src/app/a_test.cpp': 'void wait_for() {}\nvoid f() { ::usleep(1); }\n'}],
        [{'src/app/a_test.cpp': 'bool wait_until(F f) {\n  std::this_thread::sleep_for(1ms);\n}\n'},
         {'src/app/a.cpp': 'void f() { std::this_thread::sleep_for(1ms); }\n'}]),
    cpp_rules.comments_are_plain: (
        [{'src/app/a.h': '// ---------- rules\n'}, {'src/app/a.h': '/******* rules */\n'},
         {'src/app/a.h': '// return f(a);\n'}],
        [{'src/app/a.h': '// Rules.\n// --- requests\n// if it fails, the caller says so.\n'}]),
    cpp_rules.cmake_links_what_the_table_allows: (
        [{'src/wire/CMakeLists.txt': 'scorekeeper_module(wire\n  DEPS base store)\n'}],
        [{'src/wire/CMakeLists.txt': 'scorekeeper_module(wire\n  DEPS base domain\n'
                                     '  PRIVATE_LIBS store\n  TEST_DEPS store_sqlite)\n'},
         {'src/store/sqlite/CMakeLists.txt': 'scorekeeper_module(sqlite DEPS base store)\n'}]),
    house_rules.files_stay_short: (
        [{'src/app/a.cpp': ';\n' * 501}, {'dev': '#!/bin/bash\n' * 501}],
        [{'src/app/a.cpp': ';\n' * 500}, {'docs/a.md': 'a\n' * 501}]),
    house_rules.lines_stay_short: (
        [{'src/app/a.cpp': 'a' * 101 + '\n'}, {'tools/a.py': 'a' * 101 + '\n'}],
        [{'src/app/a.cpp': 'ä' * 100 + '\n'}, {'docs/a.md': 'a' * 101 + '\n'},
         {'src/app/a_test.cpp': 'R"({' + 'a' * 100 + '})"\n'}]),
    house_rules.text_is_clean: (
        [{'src/app/a.cpp': 'a;'}, {'docs/a.md': 'a \n'}, {'src/app/a.cpp': '\ta;\n'},
         {'src/app/a.cpp': 'a;\r\n'}, {'src/app/a.cpp': 'a;\n\n'}],
        [{'src/app/a.cpp': 'a;\n'}, {'tests/api/a.api': 'GET / \n'}]),
    house_rules.nothing_is_left_unfinished: (
        [{'src/app/a.cpp': '// TO' + 'DO: more\n'}, {'docs/a.md': 'FIX' + 'ME\n'}],
        [{'src/app/a.cpp': '// To do this, call f.\n'}]),
    house_rules.no_registry_is_named: (
        [{'dev': 'curl https://registry.npmjs' + '.org/a\n'}, {'a.json': '"pypi' + '.org"\n'}],
        [{'dev': 'npm pack a\n'}]),
    house_rules.no_path_of_one_machine: (
        [{'dev': 'cd /wo' + 'rk/main\n'}, {'src/app/a.cpp': '"/ho' + 'me/a/b"\n'}],
        [{'dev': 'cd "$folder/work/main"\n'}, {'docs/a.md': 'https://a.example/home/b\n'}]),
    house_rules.words_are_plain: (
        [{'README.md': 'Obvious' + 'ly fast\n'}, {'README.md': 'not yet' + ' implemented\n'}],
        [{'README.md': 'Fast.\n'}]),
    house_rules.folders_are_nouns_of_the_product: (
        [{'src/utils/a.cpp': ''}, {'tests/helpers/a.py': ''}],
        [{'src/store/a.cpp': ''}]),
    house_rules.scripts_say_what_they_are: (
        [{'tools/a.py': 'import os\n'}, {'dev': '#!/bin/bash\nset -e\n'},
         {'tools/a.py': '"""A."""\n(\n'}],
        [{'tools/a.py': '"""What."""\n'}, {'dev': '#!/bin/bash\n# What.\n'}]),
    house_rules.python_functions_stay_small: (
        [{'tools/a.py': 'def f():\n' + '    g()\n' * 70}],
        [{'tools/a.py': 'def f():\n' + '    g()\n' * 69}]),
    house_rules.script_tests_never_sleep: (
        [{'tests/api/run.py': 'import time\ndef f():\n    time.' + 'sleep(1)\n'},
         {'tests/api/run': '#!/bin/bash\nstart\n  sleep 1\n'}],
        [{'tests/api/run.py': 'def wait_until_ready():\n    time.' + 'sleep(1)\n'},
         {'tests/api/run': '#!/bin/bash\nwait_for() {\n  sleep 1\n}\n'}]),
    house_rules.every_dependency_is_explained: (
        [{'cmake/third_party.cmake': 'find_package(OpenSSL REQUIRED)\n'},
         {'dev': 'TEST_PACKAGES=(\n  wrk\n)\n', 'docs/dependencies.md': '| wrk |\n'}],
        [{'cmake/third_party.cmake': 'find_package(Threads)\npkg_check_modules(zstd REQUIRED)\n',
          'dev': 'BUILD_PACKAGES=(libzstd-dev)\n',
          'docs/dependencies.md': '| `zstd`, `libzstd-dev` |\n'}]),
    house_rules.links_lead_somewhere: (
        [{'docs/a.md': '[b](b.md)\n'}, {'README.md': '[b](docs/b.md#x)\n'}],
        [{'docs/a.md': '[b](../b.md) [c](#here) [d](https://d.example) [e](../docs)\n',
          'b.md': ''}]),
    house_rules.decisions_are_numbered_once: (
        [{'docs/decisions/sqlite.md': ''},
         {'docs/decisions/0001-a.md': '', 'docs/decisions/0001-b.md': ''}],
        [{'docs/decisions/0001-a.md': '', 'docs/decisions/0002-b.md': ''}]),
    house_rules.fuzz_targets_have_a_corpus: (
        [{'src/wire/outcomes_fuzz.cpp': ''}],
        [{'src/wire/outcomes_fuzz.cpp': '', 'fuzz/corpus/outcomes/a': ''}]),
    prose_rules.papers_are_not_cited: (
        [{'docs/a.md': 'see ../shar' + 'ed/x\n'}, {'docs/a.md': 'see shar' + 'ed/design.md\n'},
         {'src/wire/a.h': '// Rules (contract §3).\n'}, {'docs/a.md': 'As decision 12 says.\n'},
         {'src/wire/a.h': '// As settled (decisions\n// 12).\n'},
         {'src/wire/a.cpp': 'int a = 1;  // question 38\n'}, {'src/wire/a.h': '/* Q38 */\n'},
         {'tools/a.py': '"""A.\n\nGoals are those of limits §3."""\n'},
         {'tools/a.py': '"""A."""\nA = 1  # the goal G11\n'},
         {'tests/api/a.api': '# §9 line 8: odd forms.\nGET /\n'},
         {'tests/go/a.go': '// Paging (contract §9).\n'}, {'dev': '#!/bin/bash\n# design §4\n'},
         {'src/store/a.sql': '-- Keys (decisions 3).\n'}],
        [{'docs/a.md': 'See [decision 7](decisions/0007-one-log.md).\n'},
         {'src/wire/a.h': '// Base64 (RFC 4648 §4), base64url (§5 there).\nauto a = "Q1";\n'},
         {'tools/a.py': '"""A."""\nA = "Q1 decisions 12"\n'},
         {'tests/api/a.api': 'GET /\n\n{"name":"Q1"}\n'}]),
    prose_rules.comments_name_their_subject: (
        [{'src/wire/a.h': '// What a rule says.\n'},
         {'src/wire/a.h': 'int a;\n// A rule. Whoever\n// writes it locks it.\n'},
         {'src/wire/a.h': '// Of the pieces, as if they were one text.\n'},
         {'src/wire/a.h': '// A list. Those of one org.\n'},
         {'dev': '#!/bin/bash\n# A page. Ours too.\n'},
         {'tools/a.py': '"""What it has."""\n'}, {'tests/api/a.api': 'GET /\n\n# Who may.\n'}],
        [{'src/wire/a.h': '// The text of a rule: what it says, and to whom.\nf("What.");\n'},
         {'src/wire/a.h': '// What if it is not there? Then none.\n'},
         {'src/wire/a.h': '// A hash of texts: those of one org.\nint a;  // of rules\n'},
         {'docs/a.md': 'What a store keeps.\n'}]),
    prose_rules.pages_that_are_named_exist: (
        [{'src/wire/a.h': '// See docs/b.md.\n'}, {'tests/api/a.api': '# docs/b.md\n'},
         {'src/wire/a.cpp': 'f("see docs/b.md#there");\n', 'docs/b.md': '# Here\n'},
         {'src/wire/a.h': '// docs/b.md#it\n', 'docs/b.md': '# A\n```\n# it\n```\n'},
         {'docs/a.md': '[b](b.md#there)\n', 'docs/b.md': '# Here\n'},
         {'docs/a.md': '# A\n[b](#there)\n'}, {'src/wire/a.h': '// docs/decisions/0009.\n'}],
        [{'src/wire/a.h': '// See docs/b.md#the-way-of-a-batch.\n',
          'docs/b.md': '# B\n## The way of a `batch`\n', 'docs/a.md': '[b](b.md#b) [c](c)\n'},
         {'src/wire/a.h': '// https://a.example/docs/b.md\n'},
         {'src/wire/a.h': '// docs/decisions/0009.\n', 'docs/decisions/0009-a.md': ''}]),
    wording_rules.phrases_are_plain: (
        [{'docs/a.md': 'It answers what holds n' + 'ow.\n'},
         {'docs/a.md': 'It tells what\nbe' + 'came of it.\n'},
         {'docs/a.md': 'The member is ou' + 'rs.\n'},
         {'README.md': 'Is this key still g' + 'ood?\n'},
         {'docs/a.md': 'A time is written a' + 's text.\n'}, {'docs/a.md': 'Never a c' + 'ut.\n'},
         {'docs/a.md': '3 ms in the mid' + 'dle, 9 ms at most.\n'},
         {'src/app/a.cpp': 'f("the query is aske' + 'd "\n  "of entities");\n'},
         {'src/wire/a.cpp': 'invalid("must not be of blanks on' + 'ly");\n'},
         {'src/app/openapi/a.json': '{"description": ["It is ou' + 'rs,", "too."]}\n'},
         {'deploy/a.yaml': '# ten, unless t' + 'old\n'}],
        [{'docs/a.md': 'It returns the current state. Hours, in the middle of it.\n'},
         {'docs/a.md': 'Run\n\n    echo what holds n' + 'ow\n'}, {'docs/style.md': 'ou' + 'rs\n'},
         {'src/app/a_test.cpp': 'f("ou' + 'rs");\n'}, {'src/app/a.cpp': '// ou' + 'rs\n'}]),
    wording_rules.sentences_have_a_subject: (
        [{'docs/a.md': '# A\n\nWhat it keeps is small.\n'}, {'docs/a.md': '# What it keeps\n'},
         {'docs/a.md': 'It ends. Whoever asks waits. Who asks waits.\n'},
         {'docs/a.md': '* Those of one org stay.\n'}, {'docs/a.md': '| a | Whom it knows |\n'},
         {'src/app/openapi/a.json': '{"summary": "A list. What it has."}\n'},
         {'src/app/a.cpp': 'f("What it keeps.");\n'}],
        [{'docs/a.md': 'What does it keep? It keeps all. What then? See v2.1, or\nask.\n'},
         {'docs/a.md': 'Run\n\n    # What it keeps.\n\n```\nWhat.\n```\n'},
         {'src/app/a.cpp': '// What.\nenum class What {};\n'},
         {'src/app/openapi/a.json': '{"properties": {"description": {"type": "string"}}}\n'}]),
}


class EachRule(unittest.TestCase):
    def test_has_a_case_of_its_own(self):
        self.assertEqual([rule.__name__ for rule in tidy.RULES],
                         [rule.__name__ for rule in CASES])

    def test_catches_what_it_is_for(self):
        for rule, (violations, _) in CASES.items():
            for files in violations:
                with self.subTest(rule=rule.__name__, files=files):
                    self.assertNotEqual(list(rule(Tree(files))), [])

    def test_lets_good_files_pass(self):
        for rule, (_, good) in CASES.items():
            for files in good:
                with self.subTest(rule=rule.__name__, files=files):
                    self.assertEqual([str(finding) for finding in rule(Tree(files))], [])


class TheBraceMatcher(unittest.TestCase):
    def check(self, text, *expected):
        found = [(f.name, f.first_line, f.last_line, f.parameters)
                 for f in cpp_source.functions_of(text)]
        self.assertEqual(found, list(expected))

    def test_finds_functions_in_types_and_namespaces(self):
        self.check('namespace a {\nclass B final : C {\n public:\n  int d(int e) const {\n'
                   '    return e;\n  }\n};\n}\n', ('d', 4, 6, 1))

    def test_sees_through_initialiser_lists(self):
        self.check('A::A(int a)\n    : B{a}, c_(a), d_{[] { return 1; }()} {\n  f();\n}\n'
                   'int g() {}\n',
                   ('A::A', 1, 4, 1), ('g', 5, 5, 0))

    def test_counts_a_lambda_as_part_of_its_function(self):
        self.check('void f() {\n  auto g = [](int a) {\n    return a;\n  };\n}\n', ('f', 1, 5, 0))

    def test_is_not_misled_by_literals_comments_and_macros(self):
        self.check('#define M(x) \\\n  do { \\\n  } while (0)\n'
                   'const char* a = R"x({ " )x";\nchar b = \'{\';\nint c = 1\'000; // {\n'
                   'TEST(A, B) {\n  f("}");\n}\n', ('TEST', 7, 9, 2))

    def test_knows_tables_from_functions(self):
        self.check('constexpr std::array<A, 2> table = {{\n  {f(1)}, {f(2)},\n}};\n'
                   'std::vector<int> g(int a) {\n}\n', ('g', 4, 5, 1))

    def test_knows_operators_and_templates(self):
        self.check('template <class A, int B = 1>\nbool operator==(const A& a, const A& b) {\n}\n',
                   ('operator==', 1, 3, 2))


class TheTree(unittest.TestCase):
    def test_is_read_from_a_folder_that_is_no_checkout(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, 'src/utils'))
            os.makedirs(os.path.join(root, 'build'))
            for path in ('src/utils/a.cpp', 'build/b.cpp'):
                with open(os.path.join(root, path), 'w', encoding='utf-8') as file:
                    file.write('int a;\n')
            tree = Tree.read(root)
            self.assertEqual(list(tree.files), ['src/utils/a.cpp'])
            self.assertEqual([finding.rule for finding in tidy.check(tree)], ['includes', 'names'])


if __name__ == '__main__':
    sys.exit(unittest.main())
