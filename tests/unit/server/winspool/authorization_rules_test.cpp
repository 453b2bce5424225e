// Rights beside the table: what smbtorture's rpc.spoolss.access asks of a server (it cannot run without SMB and samr), who reads
// descriptors, who sees printers, the limited right of Windows 8.1.
#include "level_specs.h"
#include "service_fixture.h"

namespace {

using namespace service_test;
using spooler::Access;
namespace rights = base::access;

const base::Sid kLimitedSid = *base::parse_sid("S-1-5-21-1-2-3-1201");

// --- rpc.spoolss.access -------------------------------------------------------------------------------------------------------

class RpcSpoolssAccess : public ServiceFixture {
 protected:
    enum class Needs { nothing, server, printer, system };
    struct Check {
        const char* name;  // of the mask
        std::uint32_t mask;
        Needs needs;
    };
    // What a user has besides the rights that everybody has.
    struct User {
        bool server = false, printer = false, system = false;
    };

    void SetUp() override {
        ServiceFixture::SetUp();
        laser_ = add_printer("Laser", "P1", spooler::printer_attribute::kShared);
    }
    void check(const base::TokenPtr& who, const User& user) {
        constexpr std::array server_checks = {
            Check{"0", 0, Needs::nothing},
            Check{"MAXIMUM_ALLOWED", 0x02000000, Needs::nothing},
            Check{"SERVER_ACCESS_ENUMERATE", 0x2, Needs::nothing},
            Check{"SERVER_ACCESS_ADMINISTER", 0x1, Needs::server},
            Check{"SERVER_READ", 0x20002, Needs::nothing},
            Check{"SERVER_WRITE", 0x20003, Needs::server},
            Check{"SERVER_EXECUTE", 0x20002, Needs::nothing},
            Check{"SERVER_ALL_ACCESS", 0xF0003, Needs::server},
        };
        constexpr std::array printer_checks = {
            Check{"0", 0, Needs::nothing},
            Check{"MAXIMUM_ALLOWED", 0x02000000, Needs::nothing},
            Check{"ACCESS_SYSTEM_SECURITY", 0x01000000, Needs::system},
            Check{"SYSTEM_SECURITY, WRITE_OWNER, WRITE_DAC, READ_CONTROL", 0x010E0000, Needs::system},
            Check{"PRINTER_ACCESS_USE", 0x8, Needs::nothing},
            Check{"READ_CONTROL", 0x20000, Needs::nothing},
            Check{"PRINTER_ACCESS_ADMINISTER", 0x4, Needs::printer},
            Check{"WRITE_DAC", 0x40000, Needs::printer},
            Check{"WRITE_OWNER", 0x80000, Needs::printer},
            Check{"PRINTER_READ", 0x20008, Needs::nothing},
            // smbtorture wants this refused to ordinary users; [MS-RPRN] 2.2.3.1 gives it the value of PRINTER_READ.
            Check{"PRINTER_WRITE", 0x20008, Needs::nothing},
            Check{"PRINTER_EXECUTE", 0x20008, Needs::nothing},
            Check{"PRINTER_ALL_ACCESS", 0xF000C, Needs::printer},
        };
        for (const op::Via via : {op::Via::par, op::Via::rprn}) {
            Session* client = session(who, via);
            for (const Check& one : server_checks) attempt(client, "\\\\WINSPOOLD", one, user);
            for (const Check& one : printer_checks) attempt(client, "Laser", one, user);
        }
    }
    void attempt(Session* client, const char* name, const Check& one, const User& user) {
        bool may = true;
        if (one.needs == Needs::server) may = user.server;
        if (one.needs == Needs::printer) may = user.printer;
        if (one.needs == Needs::system) may = user.system;
        SCOPED_TRACE(one.name);
        const ndr::ContextHandle handle = open(client, name, one.mask, may ? Win32::success : Win32::access_denied);
        if (may) {
            EXPECT_EQ(close(client, handle), Win32::success);
        }
    }

    spooler::PrinterQueuePtr laser_;
};

TEST_F(RpcSpoolssAccess, NormalUser) { check(token("WORK\\smbtorture", kAliceSid), {}); }

TEST_F(RpcSpoolssAccess, AdminUser) {
    check(token("WORK\\smbtorture", kAliceSid, {base::well_known::administrators()}), {true, true, true});
}

// On a domain controller Windows gives print operators the server, too; [MS-RPRN] 3.1.1 gives it to administrators alone, and so does
// this server until its descriptor says something else.
TEST_F(RpcSpoolssAccess, PrintOperator) {
    const base::TokenPtr who = token("WORK\\smbtorture", kOperatorSid, {base::well_known::print_operators()});
    check(who, {false, true, false});
    auto wider = std::make_shared<base::SecurityDescriptor>(*spooler::default_server_security());
    wider->dacl->push_back(base::Ace{base::AceType::allow, 0, Access::server_all, base::well_known::print_operators()});
    ASSERT_TRUE(run(spooler_->server().set_security(wider)));
    check(who, {true, true, false});
}

// A queue whose descriptor names the user: PRINTER_ALL_ACCESS for itself, everything for what it contains.
TEST_F(RpcSpoolssAccess, NormalUserWithAnOwnDescriptor) {
    auto wider = std::make_shared<base::SecurityDescriptor>(*laser_->record()->security);
    constexpr std::uint8_t kInherited =
        base::ace_flags::kObjectInherit | base::ace_flags::kContainerInherit | base::ace_flags::kInheritOnly;
    wider->dacl->push_back(base::Ace{base::AceType::allow, 0, Access::printer_all, kAliceSid});
    wider->dacl->push_back(base::Ace{base::AceType::allow, kInherited, rights::kGenericAll, kAliceSid});
    spooler::PrinterChange change;
    change.security = wider;
    ASSERT_TRUE(run(spooler_->printers().change(laser_, change)));
    check(token("WORK\\smbtorture", kAliceSid), {false, true, false});
    // And the jobs of others.
    pause(laser_);
    const spooler::JobId job = spool(session(token("carol", kBobSid)), "Laser");
    open(alice_, "Laser, Job " + std::to_string(job), Access::job_all);
}

// MAXIMUM_ALLOWED gives what there is, no more: the handle prints and reads, and changes nothing.
TEST_F(RpcSpoolssAccess, MaximumAllowedIsWhatTheDescriptorGives) {
    const ndr::ContextHandle handle = open(alice_, "Laser", rights::kMaximumAllowed);
    op::SetPrinter::In in;
    in.hPrinter = handle;
    in.Command = 1;
    in.pPrinterContainer.set_pPrinterInfoStress(alice_->arena().alloc<op::PRINTER_INFO_STRESS>());
    EXPECT_EQ(code(call(alice_, &op::Client::set_printer, in)), Win32::access_denied);
    EXPECT_EQ(laser_->view().status & 1U, 0U);
    EXPECT_EQ(code(start_document(alice_, handle)), Win32::success);
}

// --- Descriptors ----------------------------------------------------------------------------------------------------------------

class DescriptorReaders : public RpcSpoolssAccess {
 protected:
    void SetUp() override {
        RpcSpoolssAccess::SetUp();
        pause(laser_);
        hers_ = spool(alice_, "Laser");
        other_ = spool(session(token("carol", kBobSid)), "Laser");
    }
    // By job: the descriptor as text of hexadecimal digits, or "<null>".
    std::map<spooler::JobId, std::string> enumerate(Session* who, std::uint32_t level) {
        op::EnumJobs::In in;
        in.hPrinter = open(who, "Laser");
        in.NoJobs = 0xFFFFFFFF;
        in.Level = level;
        in.cbBuf = 20000;
        in.pJob = buffer(who, in.cbBuf);
        const auto out = call(who, &op::Client::enum_jobs, in);
        EXPECT_EQ(code(out), Win32::success);
        std::map<spooler::JobId, std::string> found;
        for (const auto& row : level_test::read(level_test::job_specs()[level - 1], out.pJob.view(), out.pcReturned)) {
            EXPECT_EQ(row.values.at("Document"), "doc");
            found[static_cast<spooler::JobId>(std::stoul(row.values.at("JobId")))] = row.values.at("SecurityDescriptor");
        }
        return found;
    }
    std::string get(Session* who, const ndr::ContextHandle& handle, spooler::JobId job, std::uint32_t level) {
        op::GetJob::In in;
        in.hPrinter = handle;
        in.JobId = job;
        in.Level = level;
        in.cbBuf = 20000;
        in.pJob = buffer(who, in.cbBuf);
        const auto out = call(who, &op::Client::get_job, in);
        EXPECT_EQ(code(out), Win32::success);
        return level_test::read(level_test::job_specs()[level - 1], out.pJob.view(), 1).at(0).values.at("SecurityDescriptor");
    }
    std::string stored(spooler::JobId job) { return base::to_hex(base::to_bytes(*laser_->job(job)->info->security)); }

    spooler::JobId hers_ = 0, other_ = 0;
};

TEST_F(DescriptorReaders, OfJobsNeedReadControlOnTheJob) {
    Session* dave = session(token("dave", kLimitedSid));
    Session* print_operator = session(token("operator", kOperatorSid, {base::well_known::print_operators()}));
    for (const std::uint32_t level : {2U, 4U}) {
        using Found = std::map<spooler::JobId, std::string>;
        EXPECT_EQ(enumerate(alice_, level), (Found{{hers_, stored(hers_)}, {other_, "<null>"}}));
        EXPECT_EQ(enumerate(dave, level), (Found{{hers_, "<null>"}, {other_, "<null>"}}));
        for (Session* all : {admin_, print_operator})
            EXPECT_EQ(enumerate(all, level), (Found{{hers_, stored(hers_)}, {other_, stored(other_)}}));
        EXPECT_EQ(get(alice_, open(alice_, "Laser"), hers_, level), stored(hers_));
        EXPECT_EQ(get(alice_, open(alice_, "Laser"), other_, level), "<null>");
        EXPECT_EQ(get(alice_, open(alice_, "\\\\WINSPOOLD", 0), other_, level), "<null>");
        EXPECT_EQ(get(admin_, open(admin_, "\\\\WINSPOOLD", 0), other_, level), stored(other_));
    }
}

TEST_F(DescriptorReaders, AJobHandleHasWhatItWasOpenedFor) {
    const std::string name = "Laser, Job " + std::to_string(hers_);
    EXPECT_EQ(get(alice_, open(alice_, name, Access::job_read), hers_, 2), "<null>");
    EXPECT_EQ(get(alice_, open(alice_, name, Access::job_read | rights::kReadControl), hers_, 2), stored(hers_));
    EXPECT_EQ(get(alice_, open(alice_, name), hers_, 4), stored(hers_));
}

// --- Printer data ---------------------------------------------------------------------------------------------------------------

TEST_F(RpcSpoolssAccess, TheLimitedRightIsForPrinterDataAlone) {
    auto wider = std::make_shared<base::SecurityDescriptor>(*laser_->record()->security);
    wider->dacl->push_back(base::Ace{base::AceType::allow, 0, Access::use | Access::manage_limited, kLimitedSid});
    spooler::PrinterChange change;
    change.security = wider;
    ASSERT_TRUE(run(spooler_->printers().change(laser_, change)));
    Session* dave = session(token("dave", kLimitedSid));
    const ndr::ContextHandle handle = open(dave, "Laser");
    op::SetPrinterData::In set;
    set.hPrinter = handle;
    set.pValueName = wide(dave, "Value");
    set.Type = 4;
    set.pData = dave->arena().zeroed(4);
    set.cbData = 4;
    EXPECT_EQ(code(call(dave, &op::Client::set_printer_data, set)), Win32::success);
    EXPECT_TRUE(laser_->data("PrinterDriverData", "Value"));
    op::DeletePrinterData::In remove;
    remove.hPrinter = handle;
    remove.pValueName = wide(dave, "Value");
    EXPECT_EQ(code(call(dave, &op::Client::delete_printer_data, remove)), Win32::access_denied);
    op::DeletePrinter::In all;
    all.hPrinter = handle;
    EXPECT_EQ(code(call(dave, &op::Client::delete_printer, all)), Win32::access_denied);
    open(dave, "Laser", Access::administer, Win32::access_denied);
    EXPECT_TRUE(laser_->data("PrinterDriverData", "Value"));
}

// --- What lists show ------------------------------------------------------------------------------------------------------------

// Hiding an unshared printer from lists is no lock: its descriptor is.
TEST_F(RpcSpoolssAccess, AnUnsharedPrinterIsNotListedButOpens) {
    add_printer("Private", "P2");
    Session* print_operator = session(token("operator", kOperatorSid, {base::well_known::print_operators()}));
    const auto listed = [&](Session* who) {
        op::EnumPrinters::In in;
        in.Flags = 2;
        in.Level = 4;
        in.cbBuf = 20000;
        in.pPrinterEnum = buffer(who, in.cbBuf);
        const auto out = call(who, &op::Client::enum_printers, in);
        EXPECT_EQ(code(out), Win32::success);
        std::vector<std::string> names;
        for (const auto& row : level_test::read(level_test::printer_specs()[4], out.pPrinterEnum.view(), out.pcReturned)) {
            names.push_back(row.values.at("PrinterName"));
        }
        return names;
    };
    EXPECT_EQ(listed(alice_), std::vector<std::string>{"Laser"});
    EXPECT_EQ(listed(print_operator), std::vector<std::string>{"Laser"});
    EXPECT_EQ(listed(admin_), (std::vector<std::string>{"Laser", "Private"}));
    open(alice_, "Private", Access::use);
    open(alice_, "Private", Access::administer, Win32::access_denied);
    open(print_operator, "Private", Access::printer_all);
}

}  // namespace
