#include "tools/probe/script.h"

#include "base/async_event.h"

#include <boost/asio/post.hpp>

#include <deque>
#include <fstream>
#include <iostream>
#include <set>
#include <thread>

namespace probe {
namespace {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

void emit(const json& result) { std::cout << result.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl; }

// Lines as they come. A thread reads: not every input can be waited for asynchronously, and calls of other rows go on meanwhile.
struct Lines {
    std::deque<std::string> ready;
    bool ended = false;
    base::AsyncEvent changed;
};

void read_lines(std::istream& input, const std::shared_ptr<Lines>& lines, const boost::asio::any_io_executor& executor) {
    std::string line;
    while (std::getline(input, line)) {
        boost::asio::post(executor, [lines, line] {
            lines->ready.push_back(line);
            lines->changed.set();
        });
    }
    boost::asio::post(executor, [lines] {
        lines->ended = true;
        lines->changed.set();
    });
}

// False at the end.
Task<bool> next_line(std::shared_ptr<Lines> lines, std::string& line) {
    while (lines->ready.empty() && !lines->ended) {
        lines->changed.reset();
        co_await lines->changed.wait();
    }
    if (lines->ready.empty()) co_return false;
    line = std::move(lines->ready.front());
    lines->ready.pop_front();
    co_return true;
}

struct Script {
    explicit Script(print_client::SessionOptions options) : context(std::make_shared<Context>(std::move(options))) {}

    std::shared_ptr<Context> context;
    std::set<std::string> running;  // ids of asynchronous rows
    base::AsyncEvent ended;         // set whenever one of them ends
    int status = 0;
};

// What probe wanted with the row and what no verb knows.
struct Row {
    json content;
    json id, expect;
    bool async = false;
};

void report(Script& script, const Row& row, json result) {
    int status = exit_status(result);
    if (!row.expect.is_null()) {
        const std::string got = result.value("error", "success");
        const bool good = got == row.expect || got.starts_with(row.expect.get<std::string>() + ":");
        if (!good) result["expected"] = row.expect;
        status = good ? 0 : std::max(status, 1);
    }
    result["id"] = row.id;
    emit(result);
    if (script.status == 0) script.status = status;
}

Task<json> result_of(std::shared_ptr<Script> script, json content) {
    const auto result = co_await invoke(script->context, content);
    co_return result ? *result : failure_json(content, result.error());
}

Task<void> run_aside(std::shared_ptr<Script> script, Row row) {
    json result = co_await result_of(script, row.content);
    report(*script, row, std::move(result));
    script->running.erase(row.id.dump());
    script->ended.set();
}

Task<void> wait_for(std::shared_ptr<Script> script, json id) {
    while (script->running.contains(id.dump())) {
        script->ended.reset();
        co_await script->ended.wait();
    }
}

Row split(json content, std::size_t number) {
    Row row;
    row.id = content.contains("id") ? content["id"] : json(number);
    if (content.contains("expect")) row.expect = content["expect"];
    row.async = content.value("async", false);
    for (const char* key : {"id", "expect", "async"}) content.erase(key);
    row.content = std::move(content);
    return row;
}

Task<void> run_row(std::shared_ptr<Script> script, Row row) {
    if (row.content.value("verb", "") == "wait") {
        co_await wait_for(script, row.content.value("for", json()));
        co_return;
    }
    if (row.async) {
        script->running.insert(row.id.dump());
        const auto executor = co_await boost::asio::this_coro::executor;
        base::spawn(executor, "row", &run_aside, script, row);
        co_return;
    }
    json result = co_await result_of(script, row.content);
    report(*script, row, std::move(result));
}

// Shell-like: blanks part words, quotes keep them together.
std::vector<std::string> words_of(const std::string& line) {
    std::vector<std::string> words;
    bool inside = false;
    char quote = 0;
    for (const char c : line) {
        if (quote == 0 && (c == ' ' || c == '\t')) {
            inside = false;
            continue;
        }
        if (!inside) words.emplace_back();
        inside = true;
        if (quote == 0 && (c == '"' || c == '\''))
            quote = c;
        else if (c == quote)
            quote = 0;
        else
            words.back() += c;
    }
    return words;
}

}  // namespace

Result<json> row_of_words(const std::vector<std::string>& words) {
    json row;
    row["verb"] = words.front();
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (!words[i].starts_with("--")) {
            return Error(Win32::invalid_parameter,
                         "\"" + words[i] + "\" is no option; " + words.front() + " takes\n" + verb_help(words.front()));
        }
        const std::size_t equals = words[i].find('=');
        const std::string key = words[i].substr(2, equals == std::string::npos ? equals : equals - 2);
        if (equals == std::string::npos && i + 1 >= words.size()) return Error(Win32::invalid_parameter, "--" + key + " needs a value");
        row[key] = equals == std::string::npos ? words[++i] : words[i].substr(equals + 1);
    }
    return row;
}

Result<json> row_of_line(const std::string& line) {
    const std::size_t start = line.find_first_not_of(" \t\r");
    if (start == std::string::npos || line[start] == '#') return json();
    if (line[start] != '{') return row_of_words(words_of(line));
    json row = json::parse(line, nullptr, false);
    if (row.is_discarded()) return Error(Win32::invalid_parameter, "not JSON: " + line);
    return row;
}

Task<int> run_one(print_client::SessionOptions options, json row) {
    const auto script = std::make_shared<Script>(std::move(options));
    const json result = co_await result_of(script, std::move(row));
    emit(result);
    script->context->close();
    co_return exit_status(result);
}

Task<int> run_script(print_client::SessionOptions options, std::string file) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto lines = std::make_shared<Lines>();
    const auto script = std::make_shared<Script>(std::move(options));
    std::ifstream opened;
    if (file != "-") opened.open(file);
    if (file != "-" && !opened) {
        emit(failure_json(json(), Error(Win32::file_not_found, file)));
        co_return 2;
    }
    const std::jthread reader([&opened, &file, lines, executor] { read_lines(file == "-" ? std::cin : opened, lines, executor); });
    std::string line;
    for (std::size_t number = 1;; ++number) {
        const bool more = co_await next_line(lines, line);
        if (!more) break;
        auto row = row_of_line(line);
        if (!row) {
            Row bad;
            bad.id = number;
            report(*script, bad, failure_json(json(), row.error()));
        } else if (!row->is_null()) {
            co_await run_row(script, split(std::move(*row), number));
        }
    }
    script->context->close();
    co_return script->status;
}

}  // namespace probe
