// The statements that carry one value: the heart of emit_codec. Two passes as NDR wants them: scalars, then what pointers lead to.
#pragma once

#include "tools/idlc/model.h"
#include "tools/idlc/template.h"

#include <functional>
#include <string>

namespace idlc {

class CodecBody {
 public:
    // `resolve` gives the C++ text of a member or parameter named in an expression, nothing for a constant.
    using Resolve = std::function<std::string(const std::string&)>;

    CodecBody(Text& text, const Model& model, Resolve resolve) : text_(text), model_(model), resolve_(std::move(resolve)) {}

    // Counts that only later parameters tell: their expressions go through c.later().
    void set_is_later(std::function<bool(const Expr&)> is_later) { is_later_ = std::move(is_later); }
    // Replies may leave out a sized buffer: [in, out, unique].
    void allow_absent() { absent_allowed_ = true; }

    // `value` is a C++ lvalue, `name` what faults and dumps call it.
    void scalars(const Type& type, const std::string& value, const std::string& name, const ExprPtr& switch_is = nullptr);
    void buffers(const Type& type, const std::string& value, const std::string& name, const ExprPtr& switch_is = nullptr);
    // What a reference pointer leads to: scalars and buffers at once.
    void pointee(const Type& type, const std::string& value, const std::string& name);

    [[nodiscard]] std::string expression(const Expr& expr) const;

 private:
    [[nodiscard]] std::string count(const ExprPtr& expr) const;
    // Counts that are members or parameters of their own, for codecs that make values.
    void derive(const Type& type, const std::string& value);
    void loop(const Type& element, const std::string& value, const std::string& name, bool deferred);
    void array(const Type& type, const std::string& value, const std::string& name);
    void inline_array(const Type& type, const std::string& value, const std::string& name);
    void pointer(const Type& type, const std::string& value, const std::string& name);

    Text& text_;
    const Model& model_;
    Resolve resolve_;
    std::function<bool(const Expr&)> is_later_;
    bool absent_allowed_ = false;
};

// "u32" etc.: the codec's method for a base type.
[[nodiscard]] std::string base_method(Base base);

}  // namespace idlc
