#!/usr/bin/env python3
"""Tests of the checks in tools/lint: what they reject, with line numbers, and what they must leave alone."""

import os
import subprocess
import sys
import tempfile
import unittest

LINT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "lint")
sys.path.insert(0, LINT)

import awaits  # noqa: E402
import cpp_tokens  # noqa: E402
import includes  # noqa: E402
import sizes  # noqa: E402


def body(statements):
    return "Task<int> f(A a) {\n" + statements + "\n}\n"


class Tokens(unittest.TestCase):
    def test_literals_comments_and_directives_vanish(self):
        text = 'a("co_await {"); // co_await\n/* { \n */ R"x(co_await ) } )x" \'{\' 1\'000\n#define M { \\\n co_await\nb'
        tokens = cpp_tokens.tokenize(text)
        self.assertEqual([t.text for t in tokens], ["a", "(", '""', ")", ";", '""', '""', "1'000", "b"])
        self.assertEqual(tokens[-1].line, 6)

    def test_strip_comments_keeps_lines(self):
        self.assertEqual(cpp_tokens.strip_comments('a // x\n/* y\n */ "//" R"(z\n)"'), 'a     \n    \n    "//"     \n  ')

    def test_blocks_and_initialisers(self):
        blocks = ["void f() {", "void f() const noexcept {", "if (a) {", "else {", "struct S {", "namespace a::b {", "x = [a] {", "x = [](int i) {",
                  "x = [a]() mutable -> Task<int> {", "auto f() -> int {", "switch (x) { case 1: {", "do {", "class A final : public B {",
                  "enum class E : int {", "A::A() : b(1) {", "template <class T> void f(T t) {", "try {", "{", "; {", 'extern "C" {']
        initialisers = ["x = {", "A a{", "A a = A{", "f({", "f(A{", "return {", "std::vector<int> v{", "f(a, {", "int a[3]{", "co_return A{", "a = b ? A{"]
        for expected, texts in ((True, blocks), (False, initialisers)):
            for text in texts:
                source = cpp_tokens.Source(text + "}" * text.count("{") + ")" * (text.count("(") - text.count(")")))
                last = max(i for i, t in enumerate(source.tokens) if t.text == "{")
                self.assertEqual(source.is_block.get(last), expected, text)


class Awaits(unittest.TestCase):
    def problems(self, text, path="server/x.cpp"):
        return awaits.check_text(path, text)

    def assert_fine(self, statements):
        self.assertEqual(self.problems(body(statements)), [], statements)

    def assert_refused(self, statements, rule, line=2):
        found = self.problems(body(statements))
        self.assertEqual(len(found), 1, f"{statements}: {found}")
        self.assertTrue(found[0].startswith(f"server/x.cpp:{line}: {rule}:"), found[0])

    def test_legal_shapes(self):
        for statements in (
            "co_await f();",
            "co_await a.b->c(1, x ? y : z);",
            "auto x = co_await f();",
            "const Result<std::map<int, A*>> x = co_await f(std::move(a));",
            "const auto& x = co_await f();",
            "auto&& x = co_await f();",
            "std::unique_ptr<A> x = co_await run<std::unique_ptr<A>, 3>(pool, a);",
            "int* p = co_await f();",
            "const asio::any_io_executor e = co_await asio::this_coro::executor;",
            "CO_TRY(auto x, co_await f(a[1], b));",
            "CO_TRY(const std::size_t count, co_await source.read(room));",
            "CO_TRY(state.file, co_await files.create(id));",
            "CO_TRY_VOID(co_await f());",
            "co_return co_await f();",
            "if (auto x = co_await f(); x > 3 && y) g();",
            "if (a) co_await f();",
            "if (a && b || c) {\n co_await f();\n} else co_await g();",
            "for (auto& x : list) co_await x.f();",
            "while (a && b) { co_await f(); }",
            "do co_await f(); while (a);",
            "switch (a) { case 1: co_await f(); break; default: co_return co_await g(); }",
            "switch (a) { case A::b: { auto x = co_await f(); } }",
            "A named{1, 2}; co_await f(std::move(named));",
            "auto g = [](int v) -> Task<int> { co_return co_await h(v); }; co_await g(1);",
            "static_assert(x); co_await f(); auto y = a ? b : c;",
            "f([] { return 1; }); co_await g();",
            "auto r = co_await f(); auto& [ec, n] = r;",
        ):
            self.assert_fine(statements)

    def test_rule_1_shapes(self):
        for statements in ("x = co_await f();", "a->b = co_await f();", "f(co_await g());", "auto x = f(co_await g());", "(co_await f());",
                           "auto x = (co_await f()).value();", "auto x = 1 + co_await f();", "auto x = co_await f() + 1;", "auto x = !co_await f();",
                           "auto x = *co_await f();", "co_await (a + b);", "return co_await f();", "auto x(co_await f());", "x += co_await f();",
                           "TRY(auto x, co_await f());", "CO_TRY(auto x, g(co_await f()));", "CO_TRY(auto x, *co_await f());",
                           "x[co_await f()] = 1;", "co_await f(), g();", "co_return 1 + co_await f();", "int y = 0, x = co_await f();"):
            self.assert_refused(statements, "rule 1")

    def test_rule_2_conditions_and_operands(self):
        for statements in ("if (co_await f()) g();", "if (!co_await f()) g();", "if (auto x = co_await f()) g();", "if (a; co_await f()) g();",
                           "if constexpr (co_await f()) g();", "while (co_await f()) {}", "for (; co_await f();) {}", "for (auto x : co_await f()) {}",
                           "switch (co_await f()) {}", "do {} while (co_await f());", "auto x = a && co_await f();", "auto x = co_await f() || b;",
                           "auto x = a ? co_await f() : b;", "co_return a || co_await f();", "g(a ? 1 : co_await f());"):
            self.assert_refused(statements, "rule 2")

    def test_rule_2_braces(self):
        for statements in ("A x{co_await f()};", "auto x = A{co_await f()};", "g({co_await f()});", "co_return A{1, co_await f()};", "auto x = {co_await f()};"):
            self.assert_refused(statements, "rule 2")

    def test_rule_3_temporaries(self):
        for statements in ("co_await f(A{1});", "co_await f({1, 2});", "co_await f({});", "auto x = co_await f({.a = 1});", "co_await f([] { return 1; });",
                           "co_await f([a](int x) { return a + x; });", "CO_TRY(auto x, co_await f(A{}));", "co_return co_await f(g(A{1}));",
                           "if (auto x = co_await f(A{1}); x) g();"):
            self.assert_refused(statements, "rule 3")

    def test_rule_4_bindings(self):
        self.assert_refused("auto [a, b] = co_await f();", "rule 4")
        self.assert_refused("auto& [a, b] = co_await f();", "rule 4")
        self.assert_refused("CO_TRY(auto [a, b], co_await f());", "rule 4")

    def test_rule_6_spawning(self):
        for statements in ('base::spawn(e, "n", [x](int) -> Task<void> { co_return; });', 'spawn(e, "n", [&] { return f(); });',
                           "asio::co_spawn(e, [x]() -> Task<void> { co_await f(); }, token);", "asio::co_spawn(e, f(), asio::detached);"):
            self.assert_refused(statements, "rule 6")
        for statements in ('base::spawn(e, "n", f, x);', 'base::spawn(e, "n", [](int) -> Task<void> { co_return; }, 1);',
                           "asio::co_spawn(e, f(), [x](std::exception_ptr p) { x->done(p); });", "asio::co_spawn(e, f(), asio::use_future).get();"):
            self.assert_fine(statements)
        self.assertEqual(self.problems(body("asio::co_spawn(e, f(), asio::detached);"), "tests/unit/x_test.cpp"), [])

    def test_lines_and_nesting(self):
        self.assert_refused("co_await f();\nif (a) {\n  g(\n    co_await f());\n}\nco_await h();", "rule 1", line=5)
        self.assert_refused("auto g = [x]() -> Task<int> {\n  auto y = co_await h() + 1;\n  co_return y;\n};", "rule 1", line=3)

    def test_text_and_macros_are_not_code(self):
        self.assert_fine('// if (co_await f())\nauto s = "if (co_await f())"; auto r = R"(\nco_await {} + 1;)";\n#define X if (co_await f())')


class Sizes(unittest.TestCase):
    def test_files(self):
        self.assertEqual(sizes.check_text("a.cpp", "\n" * 600), [])
        self.assertEqual(sizes.check_text("a.cpp", "\n" * 600 + "int a;"), ["a.cpp:601: file has 601 lines, at most 600"])
        self.assertEqual(len(sizes.check_text("a.sql", "\n" * 601)), 1)

    def function(self, head, lines, tail="}"):
        return "\n\n" + head + "\n" + ";\n" * (lines - 2) + tail + "\n"

    def test_functions(self):
        for head in ("void A::f(int x) {", "A::A(int x) : b_(x), c_{x} {", "auto f() -> int {", "TEST(Suite, Name) {", "template <class T>\nvoid f() {",
                     "auto f = [x] {", "auto f = [x](int y) -> int {", "Task<Result<void>>\nA::f(Call& call,\n        int b) const {"):
            extra = head.count("\n")
            self.assertEqual(sizes.check_text("a.cpp", self.function(head, 70 - extra)), [], head)
            found = sizes.check_text("a.cpp", self.function(head, 71 - extra))
            self.assertEqual(len(found), 1, head)
            self.assertRegex(found[0], r"^a.cpp:3: function \S+ has 71 lines, at most 70$")

    def test_what_is_no_function(self):
        for head, tail in (("namespace a {", "}"), ("struct A {", "};"), ("class A : public B {", "};"), ("const int a[] = {", "};"),
                           ("std::vector<int> v{", "};"), ('extern "C" {', "}"), ("enum class E {", "};")):
            self.assertEqual(sizes.check_text("a.cpp", self.function(head, 100, tail)), [], head)

    def test_name_is_reported(self):
        self.assertIn("function check_it has", sizes.check_text("a.cpp", self.function("bool check_it(int a, B (*c)(int)) {", 80))[0])

    def test_long_block_counts_for_its_function_only(self):
        text = "void f() {\n" + self.function("if (a) {", 80) + "}\n"
        self.assertEqual(len(sizes.check_text("a.cpp", text)), 1)

    def test_python(self):
        self.assertEqual(len(sizes.check_text("a.py", "def f():\n" + "    pass\n" * 70)), 1)
        self.assertEqual(sizes.check_text("a.py", "def f():\n" + "    pass\n" * 69), [])


class Includes(unittest.TestCase):
    def problems(self, path, line, **options):
        text = ("#pragma once\n" if path.endswith(".h") else "\n") + "#include " + line + "\n"
        return includes.check_file(path, text, **options)

    def test_layer_table(self):
        for path, line, fine in (
            ("idl/base/a.cpp", '"base/b.h"', True), ("idl/base/a.cpp", '"dcerpc/fault.h"', False), ("idl/base/a.cpp", '"spooler/queue.h"', False),
            ("dcerpc/a.cpp", '"base/b.h"', True), ("dcerpc/a.cpp", '"dcerpc/ndr/arena.h"', True), ("dcerpc/a.cpp", '"wire/epm/types.h"', True),
            ("dcerpc/a.cpp", '"wire/mgmt/service.h"', True), ("dcerpc/a.cpp", '"wire/winspool/types.h"', False),
            ("dcerpc/a.cpp", '"spooler/queue.h"', False), ("dcerpc/a.cpp", '"storage/x.h"', False), ("dcerpc/a.cpp", '"server/x.h"', False),
            ("dcerpc/ndr/a.cpp", '"dcerpc/pdu/header.h"', False), ("dcerpc/ndr/a.cpp", '"base/bytes.h"', True),
            ("spooler/a.cpp", '"spooler/b.h"', True), ("spooler/a.cpp", '"dcerpc/fault.h"', False), ("spooler/a.cpp", '"dcerpc/ndr/types.h"', False),
            ("spooler/a.cpp", '"wire/winspool/types.h"', False), ("spooler/a.cpp", '"storage/x.h"', False), ("spooler/a.cpp", '"server/x.h"', False),
            ("storage/a.cpp", '"spooler/store.h"', True), ("storage/a.cpp", '"dcerpc/fault.h"', False), ("storage/a.cpp", '"server/x.h"', False),
            ("server/a.cpp", '"storage/x.h"', True), ("server/a.cpp", '"wire/winspool/types.h"', True), ("server/a.cpp", '"tools/x.h"', False),
            ("server/a.cpp", '"tests/support/x.h"', False), ("tools/idlc/a.cpp", '"tools/idlc/b.h"', True), ("tools/idlc/a.cpp", '"base/b.h"', False),
            ("tools/idlc/a.cpp", '"tools/probe/b.h"', False), ("tools/probe/a.cpp", '"dcerpc/client/client.h"', True),
            ("tests/unit/x/a_test.cpp", '"server/app.h"', True), ("tests/unit/x/a_test.cpp", '"support.h"', True),
            ("server/a.cpp", '"app.h"', False), ("server/a.cpp", '"../app.h"', False), ("tools/probe/a.cpp", '"verbs.h"', False),
        ):
            self.assertEqual(self.problems(path, line) == [], fine, f"{path} {line}")

    def test_libraries(self):
        for path, line, fine in (
            ("idl/base/a.cpp", "<spdlog/logger.h>", True), ("idl/base/a.h", "<spdlog/logger.h>", False), ("server/a.cpp", "<spdlog/logger.h>", False),
            ("idl/base/a.cpp", "<boost/asio/post.hpp>", True), ("idl/base/a.cpp", "<boost/asio.hpp>", False), ("server/a.cpp", "<boost/asio.hpp>", False),
            ("tests/unit/a.cpp", "<boost/asio.hpp>", False), ("idl/base/a.cpp", "<openssl/evp.h>", False), ("dcerpc/a.cpp", "<openssl/evp.h>", True),
            ("dcerpc/a.cpp", "<gssapi/gssapi.h>", True), ("spooler/a.cpp", "<openssl/evp.h>", False), ("spooler/ports/a.cpp", "<openssl/ssl.h>", True),
            ("spooler/ports/a.cpp", "<libusb-1.0/libusb.h>", True), ("spooler/a.cpp", "<libusb-1.0/libusb.h>", False),
            ("spooler/ports/a.cpp", "<sqlite3.h>", False), ("storage/a.cpp", "<sqlite3.h>", True), ("server/a.cpp", "<sqlite3.h>", False),
            ("server/a.cpp", "<nlohmann/json.hpp>", True), ("server/a.h", "<nlohmann/json.hpp>", False), ("server/a.h", "<nlohmann/json_fwd.hpp>", True),
            ("storage/a.cpp", "<nlohmann/json.hpp>", False), ("tools/idlc/a.cpp", "<boost/asio/post.hpp>", False), ("tools/idlc/a.cpp", "<map>", True),
            ("dcerpc/ndr/a.cpp", "<boost/asio/post.hpp>", False), ("spooler/a.cpp", "<sys/stat.h>", True), ("tests/unit/a.cpp", "<gtest/gtest.h>", True),
            ("server/a.cpp", "<gtest/gtest.h>", False),
        ):
            self.assertEqual(self.problems(path, line) == [], fine, f"{path} {line}")

    def test_private_headers_may_use_json(self):
        self.assertEqual(self.problems("server/admin/helpers.h", "<nlohmann/json.hpp>", is_public=False), [])
        self.assertEqual(len(self.problems("server/admin/helpers.h", "<spdlog/logger.h>", is_public=False)), 1)

    def test_public_means_included_from_another_directory(self):
        texts = {"server/admin/a.cpp": '#include "server/admin/private.h"\n#include "server/config.h"\n', "tests/unit/t.cpp": '#include "server/admin/private.h"\n',
                 "idl/base/a.cpp": '#include "base/bytes.h"\n'}
        self.assertEqual(includes.public_headers(texts), {"server/config.h"})

    def test_form(self):
        self.assertEqual(includes.check_file("server/a.h", "int a;\n"), ["server/a.h:1: a header starts with #pragma once"])
        self.assertEqual(len(includes.check_file("server/a.cpp", '#include <map>\n#include "server/a.h"\n', "server/a.h")), 1)
        self.assertEqual(includes.check_file("server/a.cpp", '\n#include "server/a.h"\n#include <map>\n', "server/a.h"), [])

    def test_message_has_file_and_line(self):
        found = includes.check_file("spooler/a.cpp", '\n\n  #  include "dcerpc/fault.h"\n')
        self.assertEqual(found, ['spooler/a.cpp:3: "dcerpc/fault.h": spooler must not include dcerpc'])


class Programs(unittest.TestCase):
    def run_check(self, name, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            command = [sys.executable, "-B", os.path.join(LINT, name), root]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            return done.returncode, done.stdout.splitlines()

    def test_exit_codes_and_messages(self):
        bad_include = {"spooler/a.cpp": '// "dcerpc/x.h"\n#include "dcerpc/x.h"\n', "idl/base/a.h": "#pragma once\n"}
        self.assertEqual(self.run_check("includes.py", bad_include), (1, ['spooler/a.cpp:2: "dcerpc/x.h": spooler must not include dcerpc']))
        bad_await = {"server/a.cpp": body("if (co_await f()) g();")}
        code, lines = self.run_check("awaits.py", bad_await)
        self.assertEqual((code, len(lines)), (1, 1))
        self.assertTrue(lines[0].startswith("server/a.cpp:2: rule 2:"))
        self.assertEqual(self.run_check("sizes.py", {"server/a.cpp": "\n" * 601})[0], 1)
        good = {"server/a.cpp": '#include "base/b.h"\n' + body("co_await f();")}
        for name in ("includes.py", "awaits.py", "sizes.py"):
            self.assertEqual(self.run_check(name, good), (0, []), name)

    def test_a_directory_of_generated_code_is_searched_as_a_whole(self):
        self.assertEqual(self.run_check("awaits.py", {"anything/client.cpp": body("f(co_await g());")})[0], 1)

    def test_usage(self):
        done = subprocess.run([sys.executable, "-B", os.path.join(LINT, "sizes.py")], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main()
