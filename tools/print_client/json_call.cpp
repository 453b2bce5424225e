#include "tools/print_client/json_call.h"

#include "base/utf.h"
#include "wire/winspool/operations.h"

namespace print_client {
namespace {

// Lists what is at the top level, for help and for telling parameters from members of structures.
class ParameterLister final : public ndr::Mapper {
 public:
    ParameterLister() : Mapper(nullptr) {}
    std::vector<Parameter> found;

 private:
    using Kind = Parameter::Kind;
    void note(const char* name, Kind kind) {
        if (depth_ > 0) return;
        for (const Parameter& parameter : found) {
            if (parameter.name == name) return;
        }
        found.push_back({name, kind});
    }
    void on_number(const char* name, Number& /*v*/) override { note(name, Kind::number); }
    void on_f32(const char* name, float& /*v*/) override { note(name, Kind::number); }
    void on_f64(const char* name, double& /*v*/) override { note(name, Kind::number); }
    void on_guid(const char* name, base::Guid& /*v*/) override { note(name, Kind::text); }
    void on_context(const char* name, ndr::ContextHandle& /*v*/) override { note(name, Kind::handle); }
    void on_fixed_bytes(const char* name, std::span<std::uint8_t> /*v*/) override { note(name, Kind::bytes); }
    void on_fixed_chars(const char* name, std::span<char16_t> /*v*/) override { note(name, Kind::text); }
    void on_fixed_string(const char* name, std::span<char> /*v*/) override { note(name, Kind::text); }
    void on_string(const char* name, ndr::WStr& /*v*/) override { note(name, Kind::text); }
    void on_string(const char* name, ndr::AStr& /*v*/) override { note(name, Kind::text); }
    void on_bytes(const char* name, ndr::Bytes& /*v*/) override { note(name, Kind::bytes); }
    void on_numbers(const char* name, std::vector<std::uint64_t>& /*v*/, bool /*characters*/) override { note(name, Kind::structure); }
    void on_list(const char* name, std::uint32_t& /*count*/) override { note(name, Kind::structure); }
    // Pointers at the top level lead to texts, buffers or structures; which, an absent one does not tell.
    void on_presence(const char* name, bool& /*present*/) override { note(name, Kind::text); }
    void on_enter(const char* name) override {
        note(name, Kind::structure);
        ++depth_;
    }
    void on_leave() override { --depth_; }
    void on_tag(std::uint64_t /*value*/) override {}
    void on_no_arm(const char* /*what*/) override {}

    int depth_ = 0;
};

}  // namespace

const ndr::ContextHandle* Handles::find(const std::string& name) const {
    const auto found = handles_.find(name);
    return found == handles_.end() ? nullptr : &found->second;
}

std::string Handles::add(const ndr::ContextHandle& handle, const std::string& wanted) {
    for (const auto& [name, known] : handles_) {
        if (known == handle) return name;
    }
    const std::string name = wanted.empty() ? "h" + std::to_string(++made_) : wanted;
    handles_[name] = handle;
    return name;
}

const ndr::OperationInfo* find_operation(std::string_view name) {
    for (const ndr::OperationInfo& operation : wire::winspool::operations()) {
        if (base::equal_names(operation.codec->name, name)) return &operation;
    }
    return nullptr;
}

std::vector<Parameter> parameters_of(const ndr::OperationInfo& operation) {
    ndr::Arena arena;
    ParameterLister lister;
    operation.codec->in.map(lister, nullptr, operation.codec->in.make(arena));
    return lister.found;
}

Task<Result<json>> call_operation(std::shared_ptr<Session> session, const ndr::OperationInfo& operation, json in,
                                  std::shared_ptr<Handles> handles, std::string as) {
    ndr::Arena arena;
    void* request = operation.codec->in.make(arena);
    JsonReader reader(in, arena, [&handles](const std::string& name) { return handles->find(name); });
    operation.codec->in.map(reader, nullptr, request);
    CO_TRY_VOID(reader.finish());
    void* reply = operation.codec->out.make(arena);
    wire::winspool::Client client(session->context(), arena, session->interface());
    CO_TRY_VOID(co_await client.call(operation, request, reply));
    JsonWriter writer([&](const ndr::ContextHandle& handle) { return handles->add(handle, as); });
    operation.codec->out.map(writer, request, reply);
    co_return writer.value();
}

}  // namespace print_client
