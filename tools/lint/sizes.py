#!/usr/bin/env python3
"""Files of at most 600 lines, functions of at most 70 (architecture document, section 1)."""

import ast
import sys

import cpp_tokens

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 70


def cpp_functions(source):
    """(name, first line, last line) of every function body, lambdas included."""
    for opener, is_block in source.is_block.items():
        if not is_block:
            continue
        header, _ = source.header_of(opener)
        words = [source.text(i) for i in header]
        if not words or words[0] in cpp_tokens.CONTROL | {"else", "do", "try", "case", "default"}:
            continue
        parameters = [i for i in header if source.text(i) == ")"]
        is_lambda = any(source.is_lambda_introducer(source.match[i]) for i in header if source.text(i) == "]" and i in source.match)
        if not parameters and not is_lambda:
            continue
        name = "lambda"
        if not is_lambda:
            name = source.text(source.match[parameters[0]] - 1)
            if name in cpp_tokens.CONTROL:
                continue                                           # a label or attribute in front of a statement
        first = source.tokens[source.match.get(header[0], header[0])].line
        yield name, first, source.tokens[source.match[opener]].line


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno


def check_text(path, text):
    messages = []
    lines = text.count("\n") + (0 if text.endswith("\n") or not text else 1)
    if lines > MAX_FILE_LINES:
        messages.append(f"{path}:{MAX_FILE_LINES + 1}: file has {lines} lines, at most {MAX_FILE_LINES}")
    if path.endswith(".py"):
        functions = python_functions(text)
    elif path.endswith(cpp_tokens.CPP_SUFFIXES):
        functions = cpp_functions(cpp_tokens.Source(text))
    else:
        functions = ()
    for name, first, last in functions:
        length = last - first + 1
        if length > MAX_FUNCTION_LINES:
            messages.append(f"{path}:{first}: function {name} has {length} lines, at most {MAX_FUNCTION_LINES}")
    return messages


def check(root):
    messages = []
    for path in cpp_tokens.source_files(root, cpp_tokens.CPP_SUFFIXES + (".py", ".cmake", ".sql", ".def")):
        messages += check_text(path, cpp_tokens.read(root, path))
    return messages


if __name__ == "__main__":
    sys.exit(cpp_tokens.run(check, sys.argv))
