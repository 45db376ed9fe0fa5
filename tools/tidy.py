#!/usr/bin/env python3
"""The house rules, checked: dependencies, sizes, names and wording (ctest `tidy`).

Usage: tools/tidy.py [ROOT]. Prints one line for each finding and exits 1 when there is any.
The rules are the functions of cpp_rules.py, house_rules.py, prose_rules.py and wording_rules.py.
tidy_test.py shows that each one catches what it is for. Needs Python's standard library alone.
"""

import os
import sys

import cpp_rules
import house_rules
import prose_rules
import wording_rules
from tree import Tree

RULES = cpp_rules.RULES + house_rules.RULES + prose_rules.RULES + wording_rules.RULES


def check(tree):
    """Every finding of every rule, in the order of the files."""
    found = [finding for rule in RULES for finding in rule(tree)]
    return sorted(found, key=lambda finding: (finding.path, finding.line, finding.rule))


def main(arguments):
    tools = os.path.dirname(os.path.abspath(__file__))
    root = arguments[0] if arguments else os.path.dirname(tools)
    tree = Tree.read(root)
    findings = check(tree)
    for finding in findings:
        print(finding)
    print(f'tidy: {len(tree.files)} files, {len(RULES)} rules, {len(findings)} findings')
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
