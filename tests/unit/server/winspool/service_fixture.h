// The printing service on a real spooler (memory storage, fake ports), called through the generated client and the generated dispatch
// tables in the same process: no sockets. A Session is one client: identity, interface, transfer syntax, association group.
#pragma once

#include "base/utf.h"
#include "dcerpc/client/client_call.h"
#include "dcerpc/server/call.h"
#include "server/winspool/service.h"
#include "spooler/notify/bus.h"
#include "tests/support/spooler_fixture.h"
#include "wire/winspool/client.h"
#include "wire/winspool/dispatch.h"

#include <gmock/gmock.h>

namespace service_test {

namespace op = wire::winspool;
using base::Win32;
using server::Outcome;

inline const base::Sid kAliceSid = *base::parse_sid("S-1-5-21-1-2-3-1001");
inline const base::Sid kBobSid = *base::parse_sid("S-1-5-21-1-2-3-1002");
inline const base::Sid kAdminSid = *base::parse_sid("S-1-5-21-1-2-3-500");
inline const base::Sid kOperatorSid = *base::parse_sid("S-1-5-21-1-2-3-1003");

inline base::TokenPtr token(const std::string& user, const base::Sid& sid, std::vector<base::Sid> more = {}) {
    auto made = std::make_shared<base::Token>();
    made->user = user;
    made->user_sid = sid;
    made->groups = {base::well_known::everyone(), base::well_known::authenticated_users(), base::well_known::network(), base::well_known::users()};
    made->groups.insert(made->groups.end(), more.begin(), more.end());
    return made;
}

class Session final : public dcerpc::ClientCall {
 public:
    Session(server::WinspoolService& service, base::TokenPtr who, op::Via via) : service_(service), via_(via) {
        auto caller = std::make_shared<dcerpc::Caller>();
        caller->token = std::move(who);
        caller->auth_level = dcerpc::kAuthLevelPrivacy;
        caller->peer_address = "192.0.2.9";
        caller->workstation = "PC7";
        caller_ = std::move(caller);
    }

    base::Task<base::Result<base::ByteBuffer>> call(std::uint16_t opnum, base::ByteView stub) override {
        const base::ByteBuffer request_bytes(stub.begin(), stub.end());
        const dcerpc::Interface& interface = via_ == op::Via::par ? op::par_interface() : op::rprn_interface();
        dcerpc::Call::Setup setup;
        setup.id = ++calls_;
        setup.interface = &interface;
        setup.operation = &interface.operations[opnum];
        setup.opnum = opnum;
        setup.caller = caller_;
        setup.handles = handles_;
        setup.group_slot = group_;
        setup.cancel = cancel;
        dcerpc::Call rpc(std::move(setup));
        dcerpc::RequestStub request;
        request.bytes = request_bytes;
        request.syntax = syntax_;
        auto* target = static_cast<op::Service*>(&service_);
        dcerpc::ReplyStub reply = co_await interface.operations[opnum].run(target, rpc, request);
        if (reply.fault != 0) co_return base::Error::fault(reply.fault);
        co_return std::move(reply.bytes);
    }
    [[nodiscard]] ndr::Syntax syntax() const override { return syntax_; }
    void use(ndr::Syntax syntax) { syntax_ = syntax; }
    [[nodiscard]] op::Via via() const { return via_; }
    [[nodiscard]] ndr::Arena& arena() { return arena_; }
    [[nodiscard]] dcerpc::HandleTable& handles() { return *handles_; }

    base::CancelSignal cancel;
    std::uint32_t fault = 0;                                       // of the last call; 0: there was a reply

 private:
    server::WinspoolService& service_;
    op::Via via_;
    ndr::Syntax syntax_ = ndr::Syntax::ndr20;
    std::shared_ptr<const dcerpc::Caller> caller_;
    std::shared_ptr<dcerpc::HandleTable> handles_ = std::make_shared<dcerpc::HandleTable>();
    std::shared_ptr<dcerpc::GroupSlot> group_ = std::make_shared<dcerpc::GroupSlot>();
    ndr::Arena arena_;
    std::uint64_t calls_ = 0;
};

class ServiceFixture : public test_support::SpoolerFixture {
 protected:
    void SetUp() override {
        start();
        service_ = std::make_unique<server::WinspoolService>(*spooler_, bus_);
        admin_ = session(token("admin", kAdminSid, {base::well_known::administrators()}));
        alice_ = session(token("WORK\\alice", kAliceSid));
    }
    void TearDown() override {
        for (auto& one : sessions_) {
            for (const auto& object : one->handles().take_all()) run_void(object->rundown());
        }
        settle();
        sessions_.clear();
        service_.reset();
    }

    Session* session(base::TokenPtr who, op::Via via = op::Via::par) {
        sessions_.push_back(std::make_unique<Session>(*service_, std::move(who), via));
        return sessions_.back().get();
    }
    // The spooler of the fixture publishes into a log; the bus hears of it here.
    void pump() {
        for (spooler::Event& event : events_.take()) bus_.publish(std::move(event));
        settle();
    }

    template <class In, class Out>
    Out call(Session* who, base::Task<base::Result<void>> (op::Client::*method)(const In&, Out&), const In& in) {
        op::Client client(*who, who->arena(), who->via());
        Out out;
        const auto done = run((client.*method)(in, out));
        who->fault = done ? 0 : done.error().is_fault() ? done.error().fault_status() : 0xFFFFFFFFU;
        pump();
        return out;
    }
    template <class Out>
    static Win32 code(const Out& out) {
        return static_cast<Win32>(out.result);
    }

    static ndr::WStr wide(Session* who, std::string_view text) { return who->arena().copy(base::to_utf16(text)); }
    static ndr::Bytes buffer(Session* who, std::uint32_t size) { return size == 0 ? ndr::Bytes() : who->arena().zeroed(size); }

    op::OpenPrinter::In open_request(Session* who, std::string_view name, std::uint32_t access) {
        auto* info = who->arena().alloc<op::SPLCLIENT_INFO_1>();
        info->pMachineName = wide(who, "\\\\CLIENT");
        info->dwBuildNum = 19041;
        op::OpenPrinter::In in;
        in.pPrinterName = wide(who, name);
        in.AccessRequired = access;
        in.pClientInfo.set_pClientInfo1(info);
        return in;
    }
    ndr::ContextHandle open(Session* who, std::string_view name, std::uint32_t access = base::access::kMaximumAllowed,
                            Win32 expected = Win32::success) {
        const auto out = call(who, &op::Client::open_printer, open_request(who, name, access));
        EXPECT_EQ(who->fault, 0U);
        EXPECT_EQ(code(out), expected) << name << " access " << access;
        EXPECT_EQ(out.pHandle.is_null(), expected != Win32::success);
        return out.pHandle;
    }
    Win32 close(Session* who, const ndr::ContextHandle& handle) {
        op::ClosePrinter::In in;
        in.phPrinter = handle;
        const auto out = call(who, &op::Client::close_printer, in);
        if (who->fault == 0) {
            EXPECT_EQ(out.phPrinter.is_null(), code(out) != Win32::invalid_handle);
        }
        return code(out);
    }

    // --- documents ---
    op::StartDocPrinter::Out start_document(Session* who, const ndr::ContextHandle& handle, std::string_view name = "doc",
                                            std::string_view datatype = {}) {
        auto* info = who->arena().alloc<op::DOC_INFO_1>();
        info->pDocName = wide(who, name);
        if (!datatype.empty()) info->pDatatype = wide(who, datatype);
        op::StartDocPrinter::In in;
        in.hPrinter = handle;
        in.pDocInfoContainer.set_pDocInfo1(info);
        return call(who, &op::Client::start_doc_printer, in);
    }
    op::WritePrinter::Out write_document(Session* who, const ndr::ContextHandle& handle, std::string_view data) {
        op::WritePrinter::In in;
        in.hPrinter = handle;
        in.pBuf = who->arena().copy(base::as_bytes(data));
        in.cbBuf = static_cast<std::uint32_t>(data.size());
        return call(who, &op::Client::write_printer, in);
    }
    Win32 end_document(Session* who, const ndr::ContextHandle& handle) {
        op::EndDocPrinter::In in;
        in.hPrinter = handle;
        return code(call(who, &op::Client::end_doc_printer, in));
    }
    // A job that is spooled but does not print, because the printer is paused.
    spooler::JobId spool(Session* who, std::string_view printer, std::string_view data = "data", std::string_view name = "doc") {
        const ndr::ContextHandle handle = open(who, printer, spooler::Access::use);
        const auto started = start_document(who, handle, name);
        EXPECT_EQ(code(started), Win32::success);
        EXPECT_EQ(code(write_document(who, handle, data)), Win32::success);
        EXPECT_EQ(end_document(who, handle), Win32::success);
        EXPECT_EQ(close(who, handle), Win32::success);
        return started.pJobId;
    }
    void pause(const spooler::PrinterQueuePtr& queue) { ASSERT_TRUE(run(queue->pause())); }

    spooler::Bus bus_;
    std::unique_ptr<server::WinspoolService> service_;
    std::vector<std::unique_ptr<Session>> sessions_;
    Session* admin_ = nullptr;
    Session* alice_ = nullptr;
};

}  // namespace service_test
