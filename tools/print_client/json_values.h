// JSON ⇄ the parameters of operations, through the generated descriptions: any operation can be called without code of its own. Keys are
// the names of the IDL; on input they may also be written without Hungarian prefix and in any case ("printer-name" for pPrinterName).
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "dcerpc/ndr/mapper.h"

#include <nlohmann/json.hpp>

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace print_client {

using nlohmann::json;

// "pPrinterName" without its prefix; a name that starts with a capital, or has nothing else, stays, and so do counts ("cbBuf").
[[nodiscard]] std::string_view without_prefix(std::string_view name);
// Whether what a user wrote means the member `idl_name`.
[[nodiscard]] bool same_name(std::string_view idl_name, std::string_view written);
// The value under that name; null pointer when there is none.
[[nodiscard]] const json* find_value(const json& object, std::string_view idl_name);

// A number from a JSON number or from text: decimal, 0x…, or names of symbols joined by '|' ("PRINTER_ENUM_LOCAL|PRINTER_ENUM_SHARED").
[[nodiscard]] base::Result<std::uint64_t> to_number(const json& value);
// Bytes: {"zeros": N}, {"hex": "…"}, {"file": "path"}, {"utf16": "text"} (NUL-terminated), {"sddl": "D:…"}, a DEVMODE's members, or plain
// text as UTF-8. `name` tells what a text or object without such a key means (pSecurity: SDDL).
[[nodiscard]] base::Result<base::ByteBuffer> to_bytes_value(std::string_view name, const json& value);

// Fills an Op::In from an object. Absent members stay as they are made. A container's union and the structure behind it may be left out:
// {"Level": 2, "pPrinterName": "x"} does for {"Level": 2, "PrinterInfo": {"pPrinterInfo2": {"pPrinterName": "x"}}}.
class JsonReader final : public ndr::Mapper {
 public:
    using FindHandle = std::function<const ndr::ContextHandle*(const std::string&)>;

    // `find_handle` gives the handle that a name in the JSON stands for, or null.
    JsonReader(const json& values, ndr::Arena& arena, FindHandle find_handle);
    // After the run: invalid_parameter for the first value of the wrong type and for members that no parameter took.
    [[nodiscard]] base::Result<void> finish() const;

 private:
    void on_number(const char* name, Number& v) override;
    void on_f32(const char* name, float& v) override;
    void on_f64(const char* name, double& v) override;
    void on_guid(const char* name, base::Guid& v) override;
    void on_context(const char* name, ndr::ContextHandle& v) override;
    void on_fixed_bytes(const char* name, std::span<std::uint8_t> v) override;
    void on_fixed_chars(const char* name, std::span<char16_t> v) override;
    void on_fixed_string(const char* name, std::span<char> v) override;
    void on_string(const char* name, ndr::WStr& v) override;
    void on_string(const char* name, ndr::AStr& v) override;
    void on_bytes(const char* name, ndr::Bytes& v) override;
    void on_numbers(const char* name, std::vector<std::uint64_t>& values, bool characters) override;
    void on_list(const char* name, std::uint32_t& count) override;
    void on_presence(const char* name, bool& present) override;
    void on_enter(const char* name) override;
    void on_leave() override { scopes_.pop_back(); }
    void on_tag(std::uint64_t /*value*/) override { scopes_.back().is_union = true; }
    void on_no_arm(const char* /*what*/) override {}

    struct Scope {
        const json* object = nullptr;
        bool is_union = false;
    };
    [[nodiscard]] const json* lookup(const char* name);
    [[nodiscard]] const json* scalar(const char* name);
    [[nodiscard]] bool has_unused(const json& object) const;
    void fail(const char* name, const std::string& what);
    void find_unused(const json& value, const std::string& path, std::string& found) const;

    std::vector<Scope> scopes_;
    FindHandle find_handle_;
    std::map<const json*, std::set<std::string>> used_;  // of each object that was looked into
    std::map<const json*, std::size_t> next_;            // element of each array that comes next
    std::deque<json> made_;                              // structures made from a text: times
    std::set<const json*> opaque_;                       // values that are read as a whole
    std::string error_;
};

// An Op::Out (or In) as an object. Context handles become what `name_handle` says.
class JsonWriter final : public ndr::Mapper {
 public:
    using NameHandle = std::function<std::string(const ndr::ContextHandle&)>;
    explicit JsonWriter(NameHandle name_handle) : Mapper(nullptr), name_handle_(std::move(name_handle)) { scopes_.push_back(&root_); }
    [[nodiscard]] const json& value() const { return root_; }

 private:
    void on_number(const char* name, Number& v) override;
    void on_f32(const char* name, float& v) override { put(name, v); }
    void on_f64(const char* name, double& v) override { put(name, v); }
    void on_guid(const char* name, base::Guid& v) override;
    void on_context(const char* name, ndr::ContextHandle& v) override;
    void on_fixed_bytes(const char* name, std::span<std::uint8_t> v) override;
    void on_fixed_chars(const char* name, std::span<char16_t> v) override;
    void on_fixed_string(const char* name, std::span<char> v) override;
    void on_string(const char* name, ndr::WStr& v) override;
    void on_string(const char* name, ndr::AStr& v) override;
    void on_bytes(const char* name, ndr::Bytes& v) override;
    void on_numbers(const char* name, std::vector<std::uint64_t>& values, bool characters) override;
    void on_list(const char* name, std::uint32_t& count) override;
    void on_presence(const char* name, bool& present) override;
    void on_enter(const char* name) override;
    void on_leave() override { scopes_.pop_back(); }
    void on_tag(std::uint64_t /*value*/) override {}
    void on_no_arm(const char* /*what*/) override {}

    // Where the next value of that name goes.
    json& slot(const char* name);
    void put(const char* name, json value);

    json root_ = json::object();
    std::vector<json*> scopes_;
    NameHandle name_handle_;
    std::map<const json*, std::size_t> next_;
    std::set<const json*> pending_;  // announced by a pointer, not written yet
};

}  // namespace print_client
