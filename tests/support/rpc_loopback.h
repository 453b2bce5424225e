// An RPC server on loop-back addresses with two accounts, and clients for it. Used by unit tests of dcerpc and by tests/support programs.
#pragma once

#include "base/clock.h"
#include "dcerpc/client/client.h"
#include "dcerpc/server/server.h"
#include "tests/support/run_task.h"

#include <map>
#include <memory>
#include <string>

namespace test_support {

// admin (Administrators) and alice (Users), password "Secret123!" both, in every domain. Anonymous logons are allowed.
class TestAccounts final : public dcerpc::AccountSource {
 public:
    TestAccounts();
    [[nodiscard]] base::Result<dcerpc::NtlmVerified> verify_ntlm(const dcerpc::NtlmAttempt& attempt) const override;
    [[nodiscard]] base::Result<base::TokenPtr> find_user(std::string_view domain, std::string_view user) const override;

 private:
    std::map<std::string, base::TokenPtr, std::less<>> tokens_;
    dcerpc::Secret16 hash_;
};

inline constexpr const char* kTestPassword = "Secret123!";

// A server with a mapper endpoint and a service endpoint, both on chosen ports of 127.0.0.1 and ::1.
class RpcLoopback {
 public:
    explicit RpcLoopback(dcerpc::ServerSettings settings = {}, std::uint16_t mapper_port = 0, std::uint16_t service_port = 0);
    ~RpcLoopback();                                                                // stops the server
    RpcLoopback(const RpcLoopback&) = delete;
    RpcLoopback& operator=(const RpcLoopback&) = delete;

    // Register on service_endpoint, then begin.
    [[nodiscard]] dcerpc::Server& server() { return *server_; }
    [[nodiscard]] dcerpc::EndpointId service_endpoint() const { return service_; }
    void begin();
    [[nodiscard]] std::uint16_t mapper_port() const { return server_->port(mapper_); }
    [[nodiscard]] std::uint16_t port() const { return server_->port(service_); }
    [[nodiscard]] Threads& threads() { return threads_; }
    [[nodiscard]] base::Metrics& metrics() { return metrics_; }
    bool stop(std::chrono::milliseconds deadline = std::chrono::seconds(5));

    // "ncacn_ip_tcp:127.0.0.1[port,options]" opened as `user` (empty: anonymous).
    base::Task<base::Result<std::shared_ptr<dcerpc::ClientContext>>> open(std::string options, dcerpc::SyntaxId interface,
                                                                          std::string user = "admin", std::uint32_t group_id = 0);

 private:
    TestAccounts accounts_;
    base::Metrics metrics_;
    Threads threads_;
    std::unique_ptr<dcerpc::Server> server_;
    dcerpc::EndpointId mapper_ = 0, service_ = 0;
    bool running_ = false;
};

}  // namespace test_support
