#include "tests/support/rpc_loopback.h"

#include "base/utf.h"

namespace test_support {

using namespace dcerpc;

namespace {

base::TokenPtr make_token(std::string user, std::uint32_t rid, const base::Sid& group) {
    auto token = std::make_shared<base::Token>();
    token->user = std::move(user);
    token->user_sid = base::parse_sid("S-1-5-21-1-2-3").value().child(rid);
    token->groups = {base::well_known::everyone(), base::well_known::authenticated_users(), group};
    return token;
}

}  // namespace

TestAccounts::TestAccounts() : hash_(nt_hash_from_password(base::to_utf16(kTestPassword))) {
    tokens_["admin"] = make_token("admin", 1000, base::well_known::administrators());
    tokens_["alice"] = make_token("alice", 1001, base::well_known::users());
}

base::Result<NtlmVerified> TestAccounts::verify_ntlm(const NtlmAttempt& attempt) const {
    const auto found = tokens_.find(base::to_utf8(attempt.user));
    NtlmVerified verified;
    if (!verify_ntlmv2_with_hash(hash_, attempt, verified.session_base_key) || found == tokens_.end()) {
        return base::Error(base::Win32::logon_failure, "unknown user or wrong password");
    }
    verified.token = found->second;
    return verified;
}

base::Result<base::TokenPtr> TestAccounts::find_user(std::string_view /*domain*/, std::string_view user) const {
    const auto found = tokens_.find(user);
    if (found == tokens_.end()) return base::Error(base::Win32::logon_failure, "unknown user");
    return found->second;
}

RpcLoopback::RpcLoopback(ServerSettings settings, std::uint16_t mapper_port, std::uint16_t service_port) {
    settings.host_name = "printhost.example.com";
    settings.acceptors.accounts = &accounts_;
    settings.acceptors.clock = &base::system_clock();
    server_ = std::make_unique<Server>(threads_.io(), std::move(settings), metrics_);
    mapper_ = server_->add_mapper_endpoint({"127.0.0.1", "::1"}, mapper_port);
    service_ = server_->add_endpoint({"127.0.0.1", "::1"}, service_port);
}

RpcLoopback::~RpcLoopback() { (void)stop(); }

void RpcLoopback::begin() {
    const base::Result<void> opened = server_->open();
    if (!opened) throw std::runtime_error(opened.error().to_string());
    server_->start();
    running_ = true;
}

bool RpcLoopback::stop(std::chrono::milliseconds deadline) {
    if (!running_) return true;
    running_ = false;
    return threads_.run(server_->stop(deadline));
}

base::Task<base::Result<std::shared_ptr<ClientContext>>> RpcLoopback::open(std::string options, SyntaxId interface, std::string user,
                                                                           std::uint32_t group_id) {
    std::string text = "ncacn_ip_tcp:127.0.0.1[" + std::to_string(port());
    if (!options.empty()) text += "," + options;
    text += "]";
    CO_TRY(Binding binding, parse_binding(text));
    OpenOptions with;
    with.credentials = user.empty() ? Credentials{} : make_credentials("", user, kTestPassword);
    with.mapper_port = mapper_port();
    with.group_id = group_id;
    co_return co_await open_context(std::move(binding), interface, std::move(with));
}

}  // namespace test_support
