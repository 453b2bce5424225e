// Values to readable text, one member per line: for trace logs and for tests that compare values.
#pragma once

#include "dcerpc/ndr/mapper.h"

#include <string>

namespace ndr {

class Dumper final : public Mapper {
 public:
    // Byte arrays are cut after `most_bytes`.
    explicit Dumper(std::size_t most_bytes = 4096) : Mapper(nullptr), most_bytes_(most_bytes) {}
    [[nodiscard]] const std::string& text() const { return text_; }

 private:
    void on_number(const char* name, Number& v) override;
    void on_f32(const char* name, float& v) override;
    void on_f64(const char* name, double& v) override;
    void on_guid(const char* name, base::Guid& v) override { line(name, base::to_string(v)); }
    void on_context(const char* name, ContextHandle& v) override;
    void on_fixed_bytes(const char* name, std::span<std::uint8_t> v) override;
    void on_fixed_chars(const char* name, std::span<char16_t> v) override { line(name, quoted({v.data(), v.size()})); }
    void on_fixed_string(const char* name, std::span<char> v) override;
    void on_string(const char* name, WStr& v) override { line(name, quoted(v.view())); }
    void on_string(const char* name, AStr& v) override { line(name, quoted(v.view())); }
    void on_bytes(const char* name, Bytes& v) override;
    void on_numbers(const char* name, std::vector<std::uint64_t>& values, bool characters) override;
    void on_list(const char* name, std::uint32_t& count) override { line(name, count_text(count)); }
    void on_presence(const char* name, bool& present) override { line(name, present ? "present" : "NULL"); }
    void on_enter(const char* name) override;
    void on_leave() override { --depth_; }
    void on_tag(std::uint64_t value) override { line("tag", std::to_string(value)); }
    void on_no_arm(const char* what) override { line("arm", what); }

    void line(const char* name, const std::string& value);
    static std::string count_text(std::size_t count) { return "[" + std::to_string(count) + "]"; }
    static std::string quoted(std::u16string_view text);
    static std::string quoted(std::string_view text);

    std::string text_;
    std::size_t most_bytes_;
    int depth_ = 0;
};

}  // namespace ndr
