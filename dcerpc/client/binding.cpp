#include "dcerpc/client/binding.h"

#include <charconv>

namespace dcerpc {
namespace {

base::Error bad(std::string_view what, std::string_view part) {
    return base::Error(base::Win32::invalid_parameter, std::string(what) + ": \"" + std::string(part) + "\"");
}

struct LevelName {
    std::string_view name;
    std::uint8_t level;
};
constexpr LevelName kLevels[] = {{"connect", 2}, {"call", 3}, {"packet", 4}, {"sign", 5}, {"seal", 6}};

bool apply_level(Binding& binding, std::string_view option) {
    for (const LevelName& row : kLevels) {
        if (row.name != option) continue;
        binding.auth_level = row.level;
        if (binding.auth_type == kAuthTypeNone) binding.auth_type = kAuthTypeSpnego;
        return true;
    }
    return false;
}

bool apply_word(Binding& binding, std::string_view option) {
    if (option == "spnego") binding.auth_type = kAuthTypeSpnego;
    else if (option == "ntlm") binding.auth_type = kAuthTypeNtlm;
    else if (option == "ndr20") binding.syntaxes = OfferedSyntaxes::ndr20;
    else if (option == "ndr64") binding.syntaxes = OfferedSyntaxes::ndr64;
    else if (option == "ndr") binding.syntaxes = OfferedSyntaxes::both;
    else if (option == "bigendian") binding.order = base::ByteOrder::big;
    else if (option == "print") binding.print = true;
    else return false;
    return true;
}

base::Result<void> apply(Binding& binding, std::string_view option) {
    if (option.empty() || apply_level(binding, option) || apply_word(binding, option)) return {};
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(option.data(), option.data() + option.size(), port);
    if (error != std::errc() || end != option.data() + option.size() || port == 0) return bad("unknown option of a binding", option);
    binding.port = port;
    return {};
}

base::Result<void> apply_all(Binding& binding, std::string_view options) {
    while (true) {
        const std::size_t comma = options.find(',');
        TRY_VOID(apply(binding, options.substr(0, comma)));
        if (comma == std::string_view::npos) break;
        options.remove_prefix(comma + 1);
    }
    // A package without a level signs, as other clients do.
    if (binding.auth_type != kAuthTypeNone && binding.auth_level < 2) binding.auth_level = 5;
    return {};
}

// Takes "host" or "[v6]" from the front.
base::Result<std::string> take_host(std::string_view& text) {
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        const std::string_view inside = text.substr(1, close == std::string_view::npos ? 0 : close - 1);
        if (inside.find(':') == std::string_view::npos) return bad("no host in the binding", text);
        text.remove_prefix(close + 1);
        return std::string(inside);
    }
    const std::string_view host = text.substr(0, text.find('['));
    if (host.empty() || host.find_first_of("] \t@") != std::string_view::npos) return bad("no host in the binding", text);
    text.remove_prefix(host.size());
    return std::string(host);
}

}  // namespace

base::Result<Binding> parse_binding(std::string_view text) {
    Binding binding;
    const std::size_t at = text.find('@');
    if (at != std::string_view::npos) {
        binding.object = base::parse_guid(text.substr(0, at));
        if (!binding.object) return bad("not an object UUID", text.substr(0, at));
        text.remove_prefix(at + 1);
    }
    constexpr std::string_view kProtocol = "ncacn_ip_tcp:";
    if (!text.starts_with(kProtocol)) return bad("a binding begins with ncacn_ip_tcp:", text);
    text.remove_prefix(kProtocol.size());
    TRY(binding.host, take_host(text));
    if (text.empty()) return binding;
    if (!text.starts_with('[') || !text.ends_with(']')) return bad("options stand in brackets", text);
    TRY_VOID(apply_all(binding, text.substr(1, text.size() - 2)));
    return binding;
}

std::string to_string(const Binding& binding) {
    std::string text = binding.object ? base::to_string(*binding.object) + "@" : std::string();
    text += "ncacn_ip_tcp:";
    text += binding.host.find(':') == std::string::npos ? binding.host : "[" + binding.host + "]";
    std::string options;
    const auto add = [&options](std::string_view option) {
        if (!options.empty()) options += ',';
        options += option;
    };
    if (binding.port != 0) add(std::to_string(binding.port));
    if (binding.auth_type == kAuthTypeSpnego) add("spnego");
    if (binding.auth_type == kAuthTypeNtlm) add("ntlm");
    for (const LevelName& row : kLevels) {
        if (row.level == binding.auth_level) add(row.name);
    }
    if (binding.syntaxes == OfferedSyntaxes::ndr64) add("ndr64");
    if (binding.syntaxes == OfferedSyntaxes::both) add("ndr");
    if (binding.order == base::ByteOrder::big) add("bigendian");
    if (binding.print) add("print");
    return options.empty() ? text : text + "[" + options + "]";
}

}  // namespace dcerpc
