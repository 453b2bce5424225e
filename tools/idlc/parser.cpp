#include "tools/idlc/parser.h"

#include <algorithm>
#include <set>

namespace idlc {

namespace {

// Words that combine: "unsigned long int". Everything else is a type of one word.
bool is_integer_word(const std::string& word) {
    static const std::set<std::string> kWords = {"unsigned", "signed", "long", "short", "int", "char", "hyper", "small", "__int64"};
    return kWords.count(word) != 0;
}

class Parser {
 public:
    explicit Parser(const Source& source) : tokens_(tokenize(source)) { file_.source = &source; }

    ast::File run() {
        while (peek().kind != TokenKind::end) {
            if (is("[") || is_word("interface")) {
                file_.interfaces.push_back(interface());
            } else {
                file_.declarations.push_back(declaration());
            }
        }
        return std::move(file_);
    }

 private:
    // ---- tokens
    [[nodiscard]] const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(next_ + ahead, tokens_.size() - 1)]; }
    const Token& take() {
        const Token& token = peek();
        if (next_ + 1 < tokens_.size()) ++next_;
        return token;
    }
    [[nodiscard]] bool is(std::string_view punctuation) const {
        return peek().kind == TokenKind::punctuation && peek().text == punctuation;
    }
    [[nodiscard]] bool is_word(std::string_view word) const { return peek().kind == TokenKind::identifier && peek().text == word; }
    bool accept(std::string_view punctuation) {
        if (!is(punctuation)) return false;
        take();
        return true;
    }
    static std::string shown(const Token& token) {
        if (token.kind == TokenKind::end) return "end of file";
        if (token.kind == TokenKind::end_define) return "end of line";
        if (token.kind == TokenKind::define) return "#define";
        return "'" + token.text + "'";
    }
    void expect(std::string_view punctuation) {
        if (!accept(punctuation)) fail(peek().at, "expected '" + std::string(punctuation) + "' but found " + shown(peek()));
    }
    std::string name(const char* what) {
        if (peek().kind != TokenKind::identifier) fail(peek().at, std::string("expected ") + what + " but found " + shown(peek()));
        return take().text;
    }

    // ---- expressions: | below & below + - below * /
    ExprPtr binary(char op, ExprPtr left, ExprPtr right, const Location& at) {
        Expr expr;
        expr.kind = ExprKind::binary;
        expr.at = at;
        expr.op = op;
        expr.left = std::move(left);
        expr.right = std::move(right);
        return std::make_shared<Expr>(std::move(expr));
    }
    ExprPtr expression(std::size_t level = 0) {
        static const std::vector<std::string> kOperators = {"|", "&", "+-", "*/"};
        if (level == kOperators.size()) return primary();
        ExprPtr left = expression(level + 1);
        while (peek().kind == TokenKind::punctuation && kOperators[level].find(peek().text) != std::string::npos) {
            const Token& op = take();
            left = binary(op.text[0], left, expression(level + 1), op.at);
        }
        return left;
    }
    ExprPtr primary() {
        Expr expr;
        expr.at = peek().at;
        if (accept("(")) {
            ExprPtr inner = expression();
            expect(")");
            return inner;
        }
        if (accept("*")) {
            expr.kind = ExprKind::dereference;
            expr.name = name("the name of a pointer");
        } else if (peek().kind == TokenKind::number) {
            expr.number = take().number;
        } else if (is_word("sizeof")) {
            take();
            expect("(");
            expr.kind = ExprKind::size_of;
            expr.name = type_name().name;
            expect(")");
        } else {
            expr.kind = ExprKind::name;
            expr.name = name("an expression");
        }
        return std::make_shared<Expr>(std::move(expr));
    }

    // ---- attributes
    ast::Attributes attributes() {
        ast::Attributes result;
        while (accept("[")) {  // several brackets in a row are one list
            do {
                result.push_back(attribute());
            } while (accept(","));
            expect("]");
        }
        return result;
    }
    ast::Attribute attribute() {
        ast::Attribute result;
        result.at = peek().at;
        result.name = name("an attribute");
        if (!accept("(")) return result;
        if (result.name == "uuid") {
            if (peek().kind != TokenKind::uuid) fail(peek().at, "expected a UUID");
            result.text = take().text;
        } else if (result.name == "switch_type") {
            Expr type;
            type.kind = ExprKind::name;
            type.at = peek().at;
            type.name = type_name().name;
            result.arguments.push_back(std::make_shared<Expr>(std::move(type)));
        } else if (result.name == "version") {
            // "1.0": number, dot, number
            while (!is(")") && peek().kind != TokenKind::end) result.text += take().text;
        } else {
            do {
                if (peek().kind == TokenKind::string) {  // endpoint("..."): sema will refuse it by its name
                    result.text = take().text;
                    continue;
                }
                const bool omitted = is(",") || is(")");
                result.arguments.push_back(omitted ? nullptr : expression());
            } while (accept(","));
        }
        expect(")");
        return result;
    }

    // ---- types and declarators
    ast::TypeName type_name() {
        while (is_word("const")) take();
        ast::TypeName result{"", peek().at};
        if (peek().kind != TokenKind::identifier) fail(peek().at, "expected a type but found " + shown(peek()));
        if (is_word("struct") || is_word("union") || is_word("enum")) {
            fail(peek().at, "'" + peek().text + "' cannot be used here; give the type a name with typedef");
        }
        if (!is_integer_word(peek().text)) {
            result.name = take().text;
        } else {
            result.name = integer_name();
        }
        while (is_word("const")) take();
        return result;
    }
    std::string integer_name() {
        std::vector<std::string> words;
        while (peek().kind == TokenKind::identifier && is_integer_word(peek().text)) words.push_back(take().text);
        std::string base;
        std::string sign;
        for (const std::string& word : words) {
            if (word == "unsigned" || word == "signed") {
                sign = word == "unsigned" ? "unsigned " : sign;
            } else if (base.empty() || base == "int") {
                base = word;
            } else if (word != "int") {
                base += " " + word;
            }
        }
        return sign + (base.empty() ? "int" : base);
    }
    ast::Declarator declarator(bool name_needed) {
        ast::Declarator result;
        while (accept("*")) {
            ++result.pointers;
            while (is_word("const")) take();
        }
        result.at = peek().at;
        if (name_needed || peek().kind == TokenKind::identifier) result.name = name("a name");
        while (accept("[")) {
            if (accept("*")) {
                result.dimensions.push_back(nullptr);
            } else {
                result.dimensions.push_back(is("]") ? nullptr : expression());
            }
            expect("]");
        }
        return result;
    }
    ast::Member member() {
        ast::Member result;
        result.attributes = attributes();
        result.type = type_name();
        result.declarator = declarator(true);
        return result;
    }

    // ---- definitions
    ast::Definition definition() {
        ast::Definition result;
        const std::string keyword = take().text;
        result.at = peek().at;
        if (peek().kind == TokenKind::identifier) take();  // the tag names nothing outside of C
        if (!is("{")) fail(peek().at, "expected the body of the " + keyword);
        if (keyword == "enum") {
            result.kind = ast::DefinitionKind::enumeration;
            enumerators(result);
            return result;
        }
        result.kind = keyword == "union" ? ast::DefinitionKind::union_ : ast::DefinitionKind::structure;
        expect("{");
        while (!accept("}")) {
            if (peek().kind == TokenKind::end) fail(peek().at, "expected '}' but found end of file");
            if (result.kind == ast::DefinitionKind::union_) {
                result.arms.push_back(arm());
            } else {
                result.members.push_back(member());
            }
            expect(";");
        }
        return result;
    }
    void enumerators(ast::Definition& result) {
        expect("{");
        while (!is("}")) {
            ast::Enumerator item;
            item.at = peek().at;
            item.name = name("an enumerator");
            if (accept("=")) item.value = expression();
            result.enumerators.push_back(std::move(item));
            if (!accept(",")) break;
        }
        expect("}");
    }
    ast::Arm arm() {
        ast::Arm result;
        result.at = peek().at;
        ast::Attributes all = attributes();
        ast::Attributes rest;
        for (ast::Attribute& attribute : all) {
            if (attribute.name == "case") {
                for (const ExprPtr& value : attribute.arguments) result.cases.push_back(value);
            } else if (attribute.name == "default") {
                result.is_default = true;
            } else {
                rest.push_back(std::move(attribute));
            }
        }
        if (result.cases.empty() && !result.is_default) fail(result.at, "a union arm needs case(...) or default");
        if (is(";")) return result;
        ast::Member member;
        member.attributes = std::move(rest);
        member.type = type_name();
        member.declarator = declarator(true);
        result.member = std::move(member);
        return result;
    }

    // ---- declarations
    ast::Declaration declaration() {
        ast::Declaration result;
        if (peek().kind == TokenKind::define) {
            result.constant = constant();
        } else if (is_word("import")) {
            take();
            result.import = ast::Import{peek().text, peek().at};
            if (peek().kind != TokenKind::string) fail(peek().at, "expected a file name in quotes");
            take();
            expect(";");
        } else if (is_word("typedef")) {
            result.type = type_definition();
        } else if (is_word("struct") || is_word("union") || is_word("enum")) {
            fail(peek().at, "'" + peek().text + "' outside of a typedef is not supported");
        } else {
            result.function = function();
        }
        return result;
    }
    ast::Constant constant() {
        ast::Constant result;
        const Token& define = take();
        result.name = define.text;
        result.at = define.at;
        if (peek().kind == TokenKind::string) {
            result.text = take().text;
            result.is_text = true;
        } else if (peek().kind != TokenKind::end_define) {
            result.number = expression();
        }
        if (peek().kind != TokenKind::end_define) fail(peek().at, "only a number or a string can be defined");
        take();
        return result;
    }
    ast::Typedef type_definition() {
        take();
        ast::Typedef result;
        result.attributes = attributes();
        if (is_word("struct") || is_word("union") || is_word("enum")) {
            result.definition = definition();
        } else {
            result.type = type_name();
        }
        result.declarator = declarator(true);
        if (accept(",")) fail(peek().at, "a typedef with several names is not supported");
        expect(";");
        return result;
    }
    ast::Function function() {
        ast::Function result;
        if (is("[")) fail(peek().at, "attributes of functions are not supported");
        result.result = type_name();
        result.at = peek().at;
        if (is("*")) fail(peek().at, "a function cannot return a pointer");
        result.name = name("the name of a function");
        expect("(");
        if (accept(")")) {
            expect(";");
            return result;
        }
        if (is_word("void") && peek(1).text == ")") {
            take();
        } else {
            do {
                result.parameters.push_back(member());
            } while (accept(","));
        }
        expect(")");
        expect(";");
        return result;
    }
    ast::Interface interface() {
        ast::Interface result;
        result.attributes = attributes();
        result.at = peek().at;
        if (!is_word("interface")) fail(peek().at, "expected 'interface' but found " + shown(peek()));
        take();
        result.name = name("the name of the interface");
        expect("{");
        while (!accept("}")) {
            if (peek().kind == TokenKind::end) fail(peek().at, "expected '}' but found end of file");
            result.declarations.push_back(declaration());
        }
        return result;
    }

    std::vector<Token> tokens_;
    std::size_t next_ = 0;
    ast::File file_;
};

}  // namespace

ast::File parse(const Source& source) { return Parser(source).run(); }

}  // namespace idlc
