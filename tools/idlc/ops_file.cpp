#include "tools/idlc/ops_file.h"

#include "tools/idlc/lexer.h"
#include "tools/idlc/signature.h"

#include <set>

namespace idlc {

namespace {

class OpsReader {
 public:
    OpsReader(const Source& source, const Model& model) : tokens_(tokenize(source)), model_(model) {}

    Service run() {
        expect_word("service");
        service_.name = name("the name of the service");
        expect("{");
        while (!is("}")) item();
        expect("}");
        if (peek().kind != TokenKind::end) fail(peek().at, "unexpected text after the service");
        check_complete();
        return std::move(service_);
    }

 private:
    struct Reference {
        std::size_t interface = 0;
        std::size_t opnum = 0;
        Location at;
    };

    [[nodiscard]] const Token& peek() const { return tokens_[next_]; }
    const Token& take() {
        const Token& token = tokens_[next_];
        if (next_ + 1 < tokens_.size()) ++next_;
        return token;
    }
    [[nodiscard]] bool is(std::string_view text) const { return peek().kind == TokenKind::punctuation && peek().text == text; }
    void expect(std::string_view text) {
        if (!is(text)) fail(peek().at, "expected '" + std::string(text) + "'");
        take();
    }
    std::string name(const char* what) {
        if (peek().kind != TokenKind::identifier) fail(peek().at, std::string("expected ") + what);
        return take().text;
    }
    void expect_word(const char* word) {
        if (peek().kind != TokenKind::identifier || peek().text != word) fail(peek().at, std::string("expected '") + word + "'");
        take();
    }

    void item() {
        const Location at = peek().at;
        const std::string keyword = name("'interface', 'op', 'unserved' or 'unused'");
        if (keyword == "interface") {
            interface();
        } else if (keyword == "op") {
            operation();
        } else if (keyword == "unserved" || keyword == "unused") {
            references();
        } else {
            fail(at, "unknown keyword '" + keyword + "'");
        }
        expect(";");
    }

    void interface() {
        ServiceInterface result;
        const Location at = peek().at;
        result.alias = name("a short name");
        for (const ServiceInterface& other : service_.interfaces) {
            if (other.alias == result.alias) fail(at, "second interface '" + result.alias + "'");
        }
        expect("=");
        const Location where = peek().at;
        const std::string wanted = name("the name of an interface");
        result.interface = model_.find_interface(wanted);
        if (result.interface == nullptr) fail(where, "unknown interface '" + wanted + "'");
        service_.interfaces.push_back(result);
    }

    Reference reference() {
        Reference result;
        result.at = peek().at;
        const std::string alias = name("the short name of an interface");
        bool found = false;
        for (std::size_t i = 0; i < service_.interfaces.size() && !found; ++i) {
            found = service_.interfaces[i].alias == alias;
            if (found) result.interface = i;
        }
        if (!found) fail(result.at, "unknown interface '" + alias + "'");
        expect(".");
        const Location at = peek().at;
        const std::string wanted = name("the name of a function");
        const std::vector<Function>& functions = service_.interfaces[result.interface].interface->functions;
        while (result.opnum < functions.size() && functions[result.opnum].name != wanted) ++result.opnum;
        if (result.opnum == functions.size()) fail(at, "interface '" + alias + "' has no function '" + wanted + "'");
        if (!mentioned_.insert({result.interface, result.opnum}).second) fail(at, "'" + alias + "." + wanted + "' is mentioned twice");
        return result;
    }

    std::vector<Reference> references() {
        std::vector<Reference> result;
        while (true) {
            result.push_back(reference());
            if (!is(",")) return result;
            take();
        }
    }

    void operation() {
        Operation result;
        const Location at = peek().at;
        result.name = name("the name of the operation");
        result.method = snake_case(result.name);
        for (const Operation& other : service_.operations) {
            if (other.method == result.method) fail(at, "second operation '" + result.name + "'");
        }
        expect("=");
        result.uses.resize(service_.interfaces.size());
        const Function* first = nullptr;
        for (const Reference& one : references()) {
            const Function& function = service_.interfaces[one.interface].interface->functions[one.opnum];
            OperationUse& use = result.uses[one.interface];
            if (use.function != nullptr) fail(one.at, "operation '" + result.name + "' has two functions of one interface");
            use.function = &function;
            use.opnum = static_cast<std::uint16_t>(one.opnum);
            if (first == nullptr) {
                first = &function;
            } else if (const std::string what = difference(*first, function); !what.empty()) {
                fail(one.at, what);
            }
        }
        if (is("[")) {
            take();
            const Location where = peek().at;
            const std::string flag = name("'waits'");
            if (flag != "waits") fail(where, "unknown flag '" + flag + "'");
            expect("]");
            result.waits = true;
        }
        service_.operations.push_back(std::move(result));
    }

    void check_complete() const {
        for (std::size_t i = 0; i < service_.interfaces.size(); ++i) {
            const ServiceInterface& item = service_.interfaces[i];
            for (std::size_t opnum = 0; opnum < item.interface->functions.size(); ++opnum) {
                if (mentioned_.count({i, opnum}) != 0) continue;
                const Function& function = item.interface->functions[opnum];
                fail(function.at, "function '" + function.name + "' has no operation and is not listed as unserved or unused");
            }
        }
    }

    std::vector<Token> tokens_;
    const Model& model_;
    std::size_t next_ = 0;
    Service service_;
    std::set<std::pair<std::size_t, std::size_t>> mentioned_;
};

}  // namespace

Service read_ops_file(Sources& sources, const std::string& path, const Model& model) { return OpsReader(sources.read(path), model).run(); }

Service service_of_interface(const std::string& name, const Model& model) {
    if (model.interfaces.size() != 1)
        fail({}, "service '" + name + "' needs a .ops file: it has " + std::to_string(model.interfaces.size()) + " interfaces");
    const Interface& interface = model.interfaces.front();
    Service result;
    result.name = name;
    result.interfaces.push_back({name, &interface});
    for (std::size_t opnum = 0; opnum < interface.functions.size(); ++opnum) {
        Operation operation;
        operation.name = pascal_case(interface.functions[opnum].name);
        operation.method = snake_case(operation.name);
        operation.uses.push_back({&interface.functions[opnum], static_cast<std::uint16_t>(opnum)});
        result.operations.push_back(std::move(operation));
    }
    return result;
}

}  // namespace idlc
