"""C++ text as the house rules need it: code without comments and strings, and functions.

No parser: a mask over comments, literals and preprocessor lines, then a matcher of braces. Good
for code that clang-format has laid out; it has to be right on this project, not on all of C++.
"""

import re
from dataclasses import dataclass

_LITERAL = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|(?<!\w)(?:u8|[uUL])?R"(?P<raw>[^\s()\\]{0,16})\(.*?\)(?P=raw)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'",
    re.S,
)
_DIRECTIVE = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.M)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)
_TYPE_HEAD = re.compile(r'^(?:typedef\s+)?(?:class|struct|union|enum|namespace|extern)\b')
_LABEL = re.compile(r'\s*(?:(?:public|private|protected)\s*:\s*)*')
_TEMPLATE = re.compile(r'^template\s*<')


def _blank(match):
    return re.sub(r'[^\n]', ' ', match.group())


def without_comments_and_literals(text):
    """The same text, each comment and literal blanked out; lines and columns stay."""

    def keep_quotes(match):
        token = match.group()
        if token.startswith('/'):
            return _blank(match)
        return token[0] + re.sub(r'[^\n]', ' ', token[1:-1]) + token[-1]

    return _LITERAL.sub(keep_quotes, text)


def comments_of(text):
    """(line, text) of each comment."""
    for match in _LITERAL.finditer(text):
        if match.group().startswith('/'):
            yield line_of(text, match.start()), match.group()


def messages_of(text):
    """(offset, text) of each string literal; literals that follow each other are one text."""
    end, start, message = None, 0, ''
    for match in _LITERAL.finditer(text):
        token = match.group()
        if not token.startswith('"'):
            continue
        if end is None or text[end:match.start()].strip():
            if message:
                yield start, message
            start, message = match.start(), ''
        message += token[1:-1]
        end = match.end()
    if message:
        yield start, message


def includes_of(text):
    """(line, form, name) of each include; form is '"' or '<'."""
    commented = re.compile(r'//[^\n]*|/\*.*?\*/', re.S).sub(_blank, text)
    for match in _INCLUDE.finditer(commented):
        yield line_of(text, match.start(2)), match.group(1), match.group(2)


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


@dataclass
class Function:
    """One function definition: its name, its lines, and how many parameters it names."""

    name: str
    head: str
    first_line: int
    last_line: int
    parameters: int


def functions_of(text):
    """Every function definition outside of other functions (lambdas count as part of theirs)."""
    code = _DIRECTIVE.sub(_blank, without_comments_and_literals(text))
    found = []
    # For each open brace: (start of the head, head) of a function, False for a value in braces
    # (the head goes on behind it), None for anything else.
    braces = []
    head_start = 0
    parens = 0
    for match in re.finditer(r'[{}();]', code):
        token, at = match.group(), match.start()
        in_value = bool(braces) and braces[-1] is False
        if token in '()':
            parens += 1 if token == '(' else -1
        elif token == '{':
            head = code[head_start:at]
            if in_value or (not any(braces) and parens == 0 and _is_initialiser(head)):
                braces.append(False)
            elif any(braces) or parens > 0 or not _is_function(head):
                braces.append(None)
            else:
                label = _LABEL.match(head)
                braces.append((head_start + label.end(), head[label.end():].strip()))
        elif token == '}' and braces:
            closed = braces.pop()
            if closed:
                found.append(_function(code, closed, at))
        if token in '{};' and parens == 0 and not in_value and not (braces and braces[-1] is False):
            head_start = at + 1
    return found


def _is_initialiser(head):
    """`Type::Type() : first_(1), second_` before its brace: a member's value, not a body."""
    flat = without_parentheses(head)
    if re.search(r'\)\s*(?:noexcept\s*)?:(?!:)', flat) and re.search(r'[\w>]\s*$', head):
        return not re.search(r'(?:\bconst|\boverride|\bnoexcept|\bfinal|\btry)\s*$', head)
    return bool(re.search(r'=\s*$', head)) or bool(re.search(r'=\s*[\w:<>]+\s*$', flat))


def _is_function(head):
    flat = without_parentheses(_LABEL.sub('', head, count=1)).strip()
    while _TEMPLATE.match(flat):
        flat = _after_angles(flat[flat.index('<'):]).strip()
    flat = re.sub(r'^(?:\[\[[^\]]*\]\]\s*)+', '', flat)
    if ')' not in flat or _TYPE_HEAD.match(flat):
        return False
    plain = re.sub(r'operator\s*(?:[=!<>+\-*/%&|^~]+|\(\)|\[\])', 'operator', flat)
    plain = re.sub(r'\brequires\b.*', '', plain)
    return '=' not in plain


def without_parentheses(text):
    """The text with what is inside parentheses taken out; the parentheses stay."""
    kept = []
    depth = 0
    for letter in text:
        if letter == ')':
            depth -= 1
        if depth <= 0:
            kept.append(letter)
        if letter == '(':
            depth += 1
    return ''.join(kept)


def _after_angles(text):
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter == '<') - (letter == '>')
        if depth == 0:
            return text[at + 1:]
    return ''


def _function(code, opened, end):
    start, head = opened
    name = re.search(r'([\w:~]+|operator[^(]*)\s*\(', head)
    return Function(
        name=name.group(1).strip() if name else '?',
        head=head,
        first_line=line_of(code, start),
        last_line=line_of(code, end),
        parameters=_parameters(head),
    )


def _parameters(head):
    """How many parameters the first parameter list of a head has."""
    angles = parens = commas = 0
    content = False
    for at, letter in enumerate(head):
        if letter == '<':
            angles += 1
        elif letter == '>' and head[at - 1] != '-':
            angles = max(0, angles - 1)
        elif letter in '({[':
            parens += 1
        elif letter in ')}]':
            parens -= 1
            if parens == 0 and letter == ')' and angles == 0:
                return commas + 1 if content else 0
        elif parens == 1 and angles == 0:
            commas += letter == ','
        if parens >= 1 and letter not in '( \n':
            content = True
    return 0
