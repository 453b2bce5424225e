#!/usr/bin/env python3
"""The await rules of the architecture document, section 7: shapes of co_await that g++ 12 compiles correctly, and no others.

Checked are rules 1 to 4 and 6; rule 5 (no reference parameters in spawned coroutines) is a static_assert in base/async.h.
"""

import sys

import cpp_tokens

TRY_MACROS = {"CO_TRY", "CO_TRY_VOID"}
# Where a detached co_spawn is at home: the implementation of base::spawn, and tests.
MAY_DETACH = ("idl/base/", "tests/")

RULE1 = "rule 1: a statement with co_await is `co_await f();`, `auto x = co_await f();`, CO_TRY, `co_return co_await f();` or `if (auto x = co_await f(); …)`"
RULE2 = "rule 2: no co_await in {}: bind the result first"
RULE3 = "rule 3: no {} in a statement with co_await: make a named local and move it"
RULE4 = "rule 4: no structured binding of co_await: bind the result, then destructure it"
RULE6 = "rule 6: start background work with base::spawn and a plain function, {}"


class Statement:
    """The statement around one co_await: token range, and the brackets between its level and the co_await, innermost first."""

    def __init__(self, source, at):
        self.source = source
        self.at = at
        self.enclosures = []
        self.control = None                                        # "if", "while" … when the co_await stands in its brackets
        self.start = self._find_start()
        self.end = self._find_end(at)

    def _find_start(self):
        source = self.source
        at = self.at - 1
        while at >= 0:
            text = source.text(at)
            if text == ";":
                self.control = self._control_keyword(source.parent[at])
                break
            if source.closes_block(at):
                break
            if text == "{":
                if source.is_block.get(at, True):
                    break
                self.enclosures.append(at)
            elif text in ("(", "["):
                self.control = self._control_keyword(at)
                if self.control is not None:
                    break
                self.enclosures.append(at)
            elif text == ")" and self._is_control_header(at):
                break
            elif text in (")", "]", "}"):
                at = source.match.get(at, at)
            elif text in ("else", "do") or (text == ":" and self._ends_label(at)):
                break
            at -= 1
        return at + 1

    def _control_keyword(self, opener):
        """`if`, `while` … when the bracket at `opener` belongs to one."""
        before = self.source.text(opener - 1)
        if self.source.text(opener) == "(" and before == "constexpr":
            before = self.source.text(opener - 2)
        return before if self.source.text(opener) == "(" and before in cpp_tokens.CONTROL else None

    def _is_control_header(self, close):
        return self._control_keyword(self.source.match.get(close, -1)) is not None

    def _ends_label(self, colon):
        at = colon - 1
        while at >= 0 and self.source.text(at) not in (";", "{", "}", "?"):
            if self.source.text(at) in ("case", "default"):
                return True
            at -= 1
        return False

    def _find_end(self, at):
        source = self.source
        while at < len(source.tokens):
            text = source.text(at)
            if text == ";" and not self._inside_enclosure(at):
                return at
            if text in ("(", "[", "{"):
                at = source.match.get(at, at)
            elif text in (")", "]", "}") and source.match.get(at) not in self.enclosures:
                return at
            at += 1
        return at

    def _inside_enclosure(self, at):
        return any(opener < at < self.source.match.get(opener, at) for opener in self.enclosures)

    def level(self, opener):
        """Token indices directly inside `opener` (or directly in the statement, for None); nested brackets are left out."""
        first = self.start if opener is None else opener + 1
        last = self.end if opener is None else self.source.match.get(opener, self.end)
        at = first
        while at < last:
            yield at
            text = self.source.text(at)
            at = self.source.match.get(at, at) + 1 if text in ("(", "[", "{") else at + 1


def operator_problem(statement):
    """co_await as an operand of && || ?: at any level that encloses it."""
    source = statement.source
    for opener in [None] + statement.enclosures:
        indices = list(statement.level(opener))
        for position, at in enumerate(indices):
            text = source.text(at)
            if text in ("?", "||"):
                return RULE2.format(f"an operand of {text}")
            if text == "&&" and not is_reference(source, indices, position):
                return RULE2.format("an operand of &&")
    return None


def is_reference(source, indices, position):
    """`auto&& x =`: a declarator, no operator."""
    following = [source.text(i) for i in indices[position + 1 : position + 3]]
    return len(following) == 2 and following[1] == "=" and source.text(indices[position] - 1) in ("auto", ">", "const")


def shape_problem(statement):
    """Rule 1: what stands before the co_await and after it."""
    source, at = statement.source, statement.at
    if not is_plain_call(statement):
        return RULE1
    words = [source.text(i) for i in range(statement.start, at)]
    if not statement.enclosures:
        if words in ([], ["co_return"]):
            return None if statement.control is None else RULE1
        if words[-1] == "=":
            return declaration_problem(statement, words[:-1])
        return RULE1
    macro = words[0] if words else ""
    if len(statement.enclosures) == 1 and macro in TRY_MACROS and statement.enclosures[0] == statement.start + 1:
        if words[-1] == ("," if macro == "CO_TRY" else "("):
            return RULE4 if words[-2] == "]" and macro == "CO_TRY" else None
    return RULE1


def declaration_problem(statement, words):
    if not words:
        return RULE1
    if words[-1] == "]" and "[" in words and words[words.index("[") - 1] in ("auto", "&", "&&"):
        return RULE4
    declares = len(words) >= 2 and words[-1].isidentifier() and (words[-2].isidentifier() or words[-2] in (">", "&", "*", "&&"))
    return None if declares and not {".", "->", "="} & set(words) else RULE1


def is_plain_call(statement):
    """After co_await: names, member access, template arguments and calls; nothing else up to the end."""
    source = statement.source
    at = statement.at + 1
    last = statement.end
    for opener in statement.enclosures[:1]:
        last = source.match.get(opener, last)
    if source.text(at) == "(" or at >= last:
        return False
    depth = 0                                                      # of template brackets
    while at < last:
        token = source.tokens[at]
        if token.text == "<":
            depth += 1
        elif token.text == ">":
            depth -= 1
        elif token.text in ("(", "["):
            at = source.match.get(at, at)
        elif token.kind == "word" or token.text in ("::", ".", "->") or (depth > 0 and (token.text in (",", "*", "&") or token.kind == "number")):
            pass
        else:
            return False
        at += 1
    return depth == 0


def content_problem(statement):
    """Rule 3: anything in the statement that makes an aggregate, an initializer list or a closure."""
    source = statement.source
    for at in range(statement.start, min(statement.end, len(source.tokens))):
        if source.is_lambda_introducer(at):
            return RULE3.format("lambda")
        if source.text(at) == "{" and at in source.is_block and not source.is_block[at]:
            return RULE3.format("braces (aggregate temporary or initializer list)")
    return None


def control_problem(statement):
    """Rule 2 for brackets of control statements; the first half of `if (init; condition)` is legal."""
    if statement.control is None:
        return None
    source = statement.source
    in_first_half = source.text(statement.end) == ";" and source.text(statement.start - 1) == "("
    if statement.control == "if" and in_first_half:
        return None
    return RULE2.format(f"the brackets of {statement.control}")


def await_problem(source, at):
    statement = Statement(source, at)
    for opener in statement.enclosures:
        if source.text(opener) == "{":
            return RULE2.format("braces")
    return control_problem(statement) or operator_problem(statement) or content_problem(statement) or shape_problem(statement)


def lambda_body(source, introducer):
    """(opening brace of the body or None, has captures)."""
    close = source.match[introducer]
    at = close + 1
    while at < len(source.tokens):
        text = source.text(at)
        if text == "{" and source.is_block.get(at, False):
            return at, close > introducer + 1
        if text in (";", ")", "]", "}", ","):
            break
        at = source.match.get(at, at) + 1 if text in ("(", "[", "{") else at + 1
    return None, close > introducer + 1


def spawn_problem(source, at, path):
    """Rule 6 at the name of a spawning function. co_spawn itself is legal where somebody takes the outcome."""
    opener = at + 1
    if source.text(opener) != "(" or opener not in source.match:
        return None
    for inner in range(opener + 1, source.match[opener]):
        if source.text(inner) == "detached" and not path.startswith(MAY_DETACH):
            return RULE6.format("not a detached co_spawn")
        if not source.is_lambda_introducer(inner):
            continue
        body, captures = lambda_body(source, inner)
        is_coroutine = body is not None and any(
            source.text(i) in ("co_await", "co_return", "co_yield") for i in range(body, source.match[body])
        )
        if captures and (is_coroutine or source.text(at) == "spawn"):
            return RULE6.format("not a capturing lambda")
    return None


def check_text(path, text):
    source = cpp_tokens.Source(text)
    messages = []
    for at, token in enumerate(source.tokens):
        problem = None
        if token.text == "co_await":
            problem = await_problem(source, at)
        elif token.text in ("spawn", "co_spawn", "spawn_task"):
            problem = spawn_problem(source, at, path)
        if problem:
            messages.append(f"{path}:{token.line}: {problem}")
    return messages


def check(root):
    messages = []
    for path in cpp_tokens.source_files(root):
        messages += check_text(path, cpp_tokens.read(root, path))
    return messages


if __name__ == "__main__":
    sys.exit(cpp_tokens.run(check, sys.argv))
