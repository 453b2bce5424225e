#include "tools/idlc/lexer.h"

#include <cctype>
#include <set>

namespace idlc {

namespace {

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Lexer {
 public:
    explicit Lexer(const Source& source) : source_(source) {}

    std::vector<Token> run() {
        while (true) {
            skip_blank();
            if (done()) break;
            if (peek() == '#') {
                directive();
            } else {
                token();
            }
        }
        if (!conditions_.empty()) fail(conditions_.back().at, "#ifdef without #endif");
        push(TokenKind::end, "", here());
        return std::move(tokens_);
    }

 private:
    struct Condition {
        Location at;
        bool active = true;
        bool seen_else = false;
    };

    [[nodiscard]] bool done() const { return position_ >= source_.text.size(); }
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return position_ + ahead < source_.text.size() ? source_.text[position_ + ahead] : '\0';
    }
    char take() {
        const char c = source_.text[position_++];
        if (c == '\n') {
            ++line_;
            column_ = 1;
        } else {
            ++column_;
        }
        return c;
    }
    [[nodiscard]] Location here() const { return {&source_, line_, column_}; }
    [[nodiscard]] bool active() const {
        for (const Condition& condition : conditions_) {
            if (!condition.active) return false;
        }
        return true;
    }
    void push(TokenKind kind, std::string text, Location at, std::uint64_t number = 0) {
        if (active() || kind == TokenKind::end) tokens_.push_back({kind, std::move(text), number, at});
    }

    // White space and comments; inside a directive the end of the line is a token, so stop there.
    void skip_blank(bool same_line = false) {
        while (!done()) {
            if (peek() == '\n' && same_line) return;
            if (std::isspace(static_cast<unsigned char>(peek())) != 0) {
                take();
            } else if (peek() == '/' && peek(1) == '/') {
                while (!done() && peek() != '\n') take();
            } else if (peek() == '/' && peek(1) == '*') {
                block_comment();
            } else {
                return;
            }
        }
    }

    void block_comment() {
        const Location at = here();
        take();
        take();
        while (!(peek() == '*' && peek(1) == '/')) {
            if (done()) fail(at, "comment without an end");
            take();
        }
        take();
        take();
    }

    std::string name() {
        std::string text;
        while (is_name(peek())) text += take();
        return text;
    }

    void token() {
        const Location at = here();
        if (is_name_start(peek())) {
            if (peek() == 'L' && peek(1) == '"') {
                take();
                return string(at);
            }
            const std::string text = name();
            push(TokenKind::identifier, text, at);
            if (text == "uuid") uuid();
            return;
        }
        if (std::isdigit(static_cast<unsigned char>(peek())) != 0) return number(at);
        if (peek() == '"') return string(at);
        static const std::string kPunctuation = "(){}[],;*=+-/|&<>.:~";
        if (kPunctuation.find(peek()) == std::string::npos) fail(at, std::string("unexpected character '") + peek() + "'");
        push(TokenKind::punctuation, std::string(1, take()), at);
    }

    void uuid() {
        skip_blank();
        const Location open = here();
        if (peek() != '(') return;
        take();
        push(TokenKind::punctuation, "(", open);
        skip_blank();
        const Location at = here();
        std::string text;
        while (std::isxdigit(static_cast<unsigned char>(peek())) != 0 || peek() == '-') text += take();
        push(TokenKind::uuid, text, at);
    }

    void number(const Location& at) {
        std::string text;
        while (is_name(peek())) text += take();
        std::string digits = text;
        while (!digits.empty() && (std::toupper(digits.back()) == 'U' || std::toupper(digits.back()) == 'L')) digits.pop_back();
        const bool hex = digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
        if (!hex && digits.size() > 1 && digits[0] == '0') fail(at, "octal number '" + text + "' is not supported");
        try {
            std::size_t used = 0;
            const std::uint64_t value = std::stoull(digits, &used, hex ? 16 : 10);
            if (used != digits.size()) fail(at, "malformed number '" + text + "'");
            push(TokenKind::number, text, at, value);
        } catch (const std::logic_error&) {
            fail(at, "malformed number '" + text + "'");
        }
    }

    void string(const Location& at) {
        take();
        std::string text;
        while (peek() != '"') {
            if (done() || peek() == '\n') fail(at, "string without an end");
            if (peek() == '\\') fail(here(), "escapes in strings are not supported");
            text += take();
        }
        take();
        push(TokenKind::string, text, at);
    }

    void directive() {
        const Location at = here();
        take();
        skip_blank(true);
        const std::string what = name();
        skip_blank(true);
        if (what == "ifdef" || what == "ifndef") {
            const std::string symbol = name();
            if (symbol.empty()) fail(here(), "#" + what + " needs a name");
            conditions_.push_back({at, (defined_.count(symbol) != 0) == (what == "ifdef"), false});
        } else if (what == "else" || what == "endif") {
            if (conditions_.empty()) fail(at, "#" + what + " without #ifdef");
            if (what == "endif") {
                conditions_.pop_back();
            } else {
                if (conditions_.back().seen_else) fail(at, "second #else");
                conditions_.back().active = !conditions_.back().active;
                conditions_.back().seen_else = true;
            }
        } else if (what == "define") {
            define(at);
        } else {
            fail(at, "directive '#" + what + "' is not supported");
        }
        skip_blank(true);
        if (!done() && peek() != '\n') fail(here(), "unexpected text after #" + what);
    }

    void define(const Location& at) {
        const std::string symbol = name();
        if (symbol.empty()) fail(here(), "#define needs a name");
        if (peek() == '(') fail(here(), "macros with parameters are not supported");
        if (active()) defined_.insert(symbol);
        push(TokenKind::define, symbol, at);
        skip_blank(true);
        while (!done() && peek() != '\n') {
            token();
            skip_blank(true);
        }
        push(TokenKind::end_define, "", here());
    }

    const Source& source_;
    std::size_t position_ = 0;
    int line_ = 1;
    int column_ = 1;
    std::vector<Token> tokens_;
    std::vector<Condition> conditions_;
    std::set<std::string> defined_{"__midl"};
};

}  // namespace

std::vector<Token> tokenize(const Source& source) { return Lexer(source).run(); }

}  // namespace idlc
