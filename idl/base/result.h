// Error, Result<T> and the TRY macros: how every function that can fail says so. Member names follow std::expected.
#pragma once

#include "base/win32_error.h"

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace base {

// A Win32 code and a text for the log (never sent to a client), or an RPC fault status (made by dcerpc and generated code only).
class [[nodiscard]] Error {
 public:
    Error() : code_(Win32::gen_failure) {}
    // A constructor on purpose: aggregates in statements with co_await are miscompiled by g++ 12.
    explicit Error(Win32 code) : code_(code) {}
    Error(Win32 code, std::string text) : code_(code), text_(std::move(text)) {}

    // `status` is a fault status of [C706] E.1 / [MS-RPCE] 2.2.2.
    static Error fault(std::uint32_t status, std::string text = {}) {
        Error error(Win32::gen_failure, std::move(text));
        error.fault_ = status;
        return error;
    }

    [[nodiscard]] Win32 code() const { return code_; }
    [[nodiscard]] bool is_fault() const { return fault_ != 0; }
    [[nodiscard]] std::uint32_t fault_status() const { return fault_; }
    [[nodiscard]] const std::string& text() const { return text_; }
    // "ERROR_INVALID_LEVEL: text" or "fault 0x1c00001a: text".
    [[nodiscard]] std::string to_string() const;

 private:
    Win32 code_;
    std::uint32_t fault_ = 0;
    std::string text_;
};

// Default-constructible (as an unspecified failure) because co_spawn requires that.
template <class T>
class [[nodiscard]] Result {
 public:
    using value_type = T;
    Result() : error_(Error()) {}
    Result(T value) : value_(std::move(value)) {}             // NOLINT: conversion is the point
    Result(Error error) : error_(std::move(error)) {}         // NOLINT

    [[nodiscard]] bool has_value() const { return value_.has_value(); }
    explicit operator bool() const { return has_value(); }
    T& value() & { return *value_; }
    const T& value() const& { return *value_; }
    T&& value() && { return std::move(*value_); }
    T& operator*() & { return *value_; }
    const T& operator*() const& { return *value_; }
    T&& operator*() && { return std::move(*value_); }
    T* operator->() { return &*value_; }
    const T* operator->() const { return &*value_; }
    Error& error() & { return *error_; }
    const Error& error() const& { return *error_; }
    Error&& error() && { return std::move(*error_); }
    template <class U>
    T value_or(U&& other) const& {
        return has_value() ? *value_ : static_cast<T>(std::forward<U>(other));
    }

 private:
    std::optional<T> value_;
    std::optional<Error> error_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
    using value_type = void;
    Result() = default;                                       // success
    Result(Error error) : error_(std::move(error)) {}         // NOLINT

    [[nodiscard]] bool has_value() const { return !error_.has_value(); }
    explicit operator bool() const { return has_value(); }
    void value() const {}
    Error& error() & { return *error_; }
    const Error& error() const& { return *error_; }
    Error&& error() && { return std::move(*error_); }

 private:
    std::optional<Error> error_;
};

// The code of a result: success or the error's.
template <class T>
[[nodiscard]] Win32 code_of(const Result<T>& result) {
    return result ? Win32::success : result.error().code();
}

}  // namespace base

#define WSP_CONCAT2(a, b) a##b
#define WSP_CONCAT(a, b) WSP_CONCAT2(a, b)
// TRY(auto x, f()); in functions. Several statements: keep it inside braces.
#define TRY_IMPL(tmp, decl, expr)                        \
    auto tmp = expr;                                     \
    if (!tmp) return std::move(tmp).error();             \
    decl = std::move(tmp).value()
#define TRY(decl, ...) TRY_IMPL(WSP_CONCAT(try_result_, __LINE__), decl, (__VA_ARGS__))
#define TRY_VOID_IMPL(tmp, expr) \
    auto tmp = expr;             \
    if (!tmp) return std::move(tmp).error()
#define TRY_VOID(...) TRY_VOID_IMPL(WSP_CONCAT(try_result_, __LINE__), (__VA_ARGS__))
// CO_TRY(auto x, co_await f()); in coroutines.
#define CO_TRY_IMPL(tmp, decl, expr)                     \
    auto tmp = expr;                                     \
    if (!tmp) co_return std::move(tmp).error();          \
    decl = std::move(tmp).value()
#define CO_TRY(decl, ...) CO_TRY_IMPL(WSP_CONCAT(try_result_, __LINE__), decl, __VA_ARGS__)
#define CO_TRY_VOID_IMPL(tmp, expr) \
    auto tmp = expr;                \
    if (!tmp) co_return std::move(tmp).error()
#define CO_TRY_VOID(...) CO_TRY_VOID_IMPL(WSP_CONCAT(try_result_, __LINE__), __VA_ARGS__)
