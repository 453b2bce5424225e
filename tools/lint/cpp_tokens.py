"""C++ text cut into tokens, with matched brackets and blocks told from brace initialisers. Shared by the checks in this directory.

Not a parser: it knows exactly as much as the checks need, and takes no notice of macros and templates.
"""

import os
import re

SOURCE_DIRECTORIES = ("idl", "dcerpc", "spooler", "storage", "server", "tools", "tests")
CPP_SUFFIXES = (".h", ".cpp", ".c")

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>//(?:\\\r?\n|[^\n])*|/\*.*?\*/)
  | (?P<raw>(?:u8|[uUL])?R"(?P<delimiter>[^\s()\\]{0,16})\(.*?\)(?P=delimiter)")
  | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
  | (?P<char>(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')
  | (?P<number>\.?\d(?:'?[\w.]|[eEpP][+-])*)
  | (?P<word>[A-Za-z_$]\w*)
  | (?P<operator>->\*?|::|&&|\|\||<<=|>>=|<=>|[-+*/%&|^=!<>]=|\+\+|--|\.\.\.|\[\[|\]\]|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\r?\n|/\*.*?\*/|[^\n])*", re.MULTILINE | re.DOTALL)

CONTROL = {"if", "for", "while", "switch", "catch"}
_OPENERS = {"(": ")", "[": "]", "{": "}"}
_TYPE_KEYWORDS = {"class", "struct", "union", "enum", "namespace", "extern"}
_AFTER_PARAMETERS = {"const", "noexcept", "override", "final", "mutable", "constexpr", "try"}


class Token:
    __slots__ = ("text", "kind", "line")

    def __init__(self, text, kind, line):
        self.text = text
        self.kind = kind
        self.line = line


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def tokenize(text):
    """Tokens without comments, white space and preprocessor directives; literals keep their kind, not their content."""
    tokens = []
    line = 1
    position = 0
    at_line_start = True
    while position < len(text):
        if at_line_start:
            directive = _DIRECTIVE.match(text, position)
            if directive:
                line += directive.group().count("\n")
                position = directive.end()
                at_line_start = False
                continue
        match = _TOKEN.match(text, position)
        kind = match.lastgroup if match.lastgroup != "delimiter" else "raw"
        value = match.group()
        if kind not in ("space", "comment"):
            if kind in ("raw", "string", "char"):
                tokens.append(Token('""', "literal", line))
            elif value in ("[[", "]]"):
                # Also the two brackets of a[b[0]]: split, and let the reader look for two in a row.
                tokens.append(Token(value[0], kind, line))
                tokens.append(Token(value[0], kind, line))
            else:
                tokens.append(Token(value, kind, line))
        newlines = value.count("\n")
        line += newlines
        position = match.end()
        if kind == "space":
            at_line_start = at_line_start or newlines > 0
        elif kind != "comment":
            at_line_start = False
    return tokens


class Source:
    """One file: tokens, `match` (index of the other bracket), `parent` (index of the enclosing opener) and `is_block` of braces."""

    def __init__(self, text):
        self.tokens = tokenize(text)
        self.match = {}
        self.parent = []
        self.is_block = {}
        self._match_brackets()
        for index, token in enumerate(self.tokens):
            if token.text == "{" and index in self.match:
                self.is_block[index] = self._classify(index)

    def text(self, index):
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def _match_brackets(self):
        stack = []
        for index, token in enumerate(self.tokens):
            self.parent.append(stack[-1] if stack else -1)
            if token.kind == "literal":
                continue
            if token.text in _OPENERS:
                stack.append(index)
            elif token.text in _OPENERS.values():
                # Unbalanced text (an #if with two halves): give up on what is open down to the bracket that fits.
                while stack and _OPENERS[self.text(stack[-1])] != token.text:
                    stack.pop()
                if stack:
                    opener = stack.pop()
                    self.match[opener] = index
                    self.match[index] = opener

    def closes_block(self, index):
        return self.text(index) == "}" and self.is_block.get(self.match.get(index, -1), True)

    def header_of(self, index):
        """Indices at the level of the brace at `index`, from the start of its statement; and the index of what stands before."""
        header = []
        at = index - 1
        while at >= 0:
            text = self.text(at)
            if text in (";", "(", "[", "{") or self.closes_block(at):
                break
            header.append(at)
            at = self.match.get(at, at) - 1 if text in (")", "]", "}") else at - 1
        header.reverse()
        return header, at

    def is_lambda_introducer(self, index):
        """True for the `[` of a lambda; false for subscripts, attributes and structured bindings."""
        if self.text(index) != "[" or self.text(index + 1) == "[" or self.text(index - 1) == "[":
            return False
        close = self.match.get(index)
        if close is None or self.text(close + 1) not in ("(", "{", "<", "mutable", "->", "noexcept"):
            return False
        before = self.tokens[index - 1] if index > 0 else None
        if before is None:
            return True
        if before.text in ("return", "co_return", "co_await", "co_yield", "case", "else"):
            return True
        return before.kind not in ("word", "number", "literal") and before.text not in (")", "]", ">", "&", "&&", "*")

    def _classify(self, index):
        header, boundary = self.header_of(index)
        if not header:
            before = self.text(boundary)
            if before in ("(", "["):
                return False
            return before != "{" or self.is_block.get(boundary, True)
        words = [self.text(i) for i in header]
        last = words[-1]
        if last in (")", "else", "do", "try"):
            return True
        if last == "}":
            return ")" in words and ":" in words                   # after the last member initialiser of a constructor
        if last == "]":
            return self.is_lambda_introducer(self.match[header[-1]])
        if last in _AFTER_PARAMETERS:
            return ")" in words or last == "mutable"
        if last == ":" and words[0] in ("case", "default"):
            return True
        if "->" in words and self._is_trailing_return(header, words):
            return True
        return "=" not in words and any(word in _TYPE_KEYWORDS for word in words) and ")" not in words

    def _is_trailing_return(self, header, words):
        at = len(words) - 1 - words[::-1].index("->")
        previous = header[at] - 1
        while self.text(previous) in _AFTER_PARAMETERS:
            previous -= 1
        if self.text(previous) != ")":
            return False
        before_parameters = self.text(self.match[previous] - 1)
        return before_parameters == "]" or words[0] in ("auto", "static", "inline", "template", "virtual", "constexpr")


def strip_comments(text):
    """The text with comments and raw strings (text for generated code, say) blanked out and its line structure kept."""
    out = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        is_raw = match.lastgroup in ("raw", "delimiter")
        out.append(_blank(match) if is_raw or match.lastgroup == "comment" else match.group())
        position = match.end()
    return "".join(out)


def source_files(root, suffixes=CPP_SUFFIXES, directories=SOURCE_DIRECTORIES):
    """Paths relative to `root`, sorted. A root without any of the directories (generated code) is searched as a whole."""
    starts = [os.path.join(root, name) for name in directories if os.path.isdir(os.path.join(root, name))] or [root]
    found = []
    for start in starts:
        for directory, names, files in os.walk(start):
            names[:] = [name for name in names if not name.startswith(".") and name != "__pycache__"]
            found += [os.path.relpath(os.path.join(directory, name), root) for name in files if name.endswith(suffixes)]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def run(check, arguments):
    """Runs check(root) → ["file:line: message"], prints them and returns the exit code."""
    if len(arguments) != 2 or not os.path.isdir(arguments[1]):
        print(f"usage: {os.path.basename(arguments[0])} ROOT")
        return 2
    messages = check(arguments[1])
    for message in messages:
        print(message)
    return 1 if messages else 0
