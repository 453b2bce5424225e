// Job Named Properties over both interfaces and both transfer syntaxes: types, handles, rights, limits.
#include "base/limits.h"
#include "service_fixture.h"

namespace {

using namespace service_test;
using spooler::Access;
namespace limits = base::limits;

class PropertyOps : public ServiceFixture {
 protected:
    void SetUp() override {
        ServiceFixture::SetUp();
        laser_ = add_printer("Laser", "P1", spooler::printer_attribute::kShared);
        pause(laser_);
        job_ = spool(alice_, "Laser");
        use(alice_);
    }
    void use(Session* who) {
        who_ = who;
        handle_ = open(who, "Laser", Access::use);
    }

    Win32 set(const ndr::ContextHandle& handle, spooler::JobId job, std::string_view name, const op::RPC_PrintPropertyValue& value) {
        op::SetJobNamedProperty::In in;
        in.hPrinter = handle;
        in.JobId = job;
        in.pProperty.propertyName = wide(who_, name);
        in.pProperty.propertyValue = value;
        return code(call(who_, &op::Client::set_job_named_property, in));
    }
    op::GetJobNamedPropertyValue::Out get(const ndr::ContextHandle& handle, spooler::JobId job, std::string_view name) {
        op::GetJobNamedPropertyValue::In in;
        in.hPrinter = handle;
        in.JobId = job;
        in.pszName = wide(who_, name);
        return call(who_, &op::Client::get_job_named_property_value, in);
    }
    Win32 remove(const ndr::ContextHandle& handle, spooler::JobId job, std::string_view name) {
        op::DeleteJobNamedProperty::In in;
        in.hPrinter = handle;
        in.JobId = job;
        in.pszName = wide(who_, name);
        return code(call(who_, &op::Client::delete_job_named_property, in));
    }
    op::EnumJobNamedProperties::Out list(const ndr::ContextHandle& handle, spooler::JobId job) {
        op::EnumJobNamedProperties::In in;
        in.hPrinter = handle;
        in.JobId = job;
        return call(who_, &op::Client::enum_job_named_properties, in);
    }
    static op::RPC_PrintPropertyValue number(std::int32_t value) {
        op::RPC_PrintPropertyValue made;
        made.set_propertyInt32(value);
        return made;
    }
    op::RPC_PrintPropertyValue text(std::string_view value) {
        op::RPC_PrintPropertyValue made;
        made.set_propertyString(wide(who_, value));
        return made;
    }
    op::RPC_PrintPropertyValue blob(std::uint32_t size) {
        op::RPC_PrintPropertyBlob bytes;
        bytes.pBuf = who_->arena().zeroed(size);
        bytes.cbBuf = size;
        if (size > 0) bytes.pBuf.span().back() = std::byte{9};
        op::RPC_PrintPropertyValue made;
        made.set_propertyBlob(bytes);
        return made;
    }
    void every_type();

    spooler::PrinterQueuePtr laser_;
    spooler::JobId job_ = 0;
    Session* who_ = nullptr;
    ndr::ContextHandle handle_;
};

void PropertyOps::every_type() {
    EXPECT_EQ(list(handle_, job_).pcProperties, 0U);
    EXPECT_FALSE(list(handle_, job_).ppProperties.present);
    op::RPC_PrintPropertyValue large;
    large.set_propertyInt64(-5'000'000'000);
    op::RPC_PrintPropertyValue byte;
    byte.set_propertyByte(200);
    EXPECT_EQ(set(handle_, job_, "Spool File Contents", text("TYPE_PDL_POSTSCRIPT")), Win32::success);
    EXPECT_EQ(set(handle_, job_, "int32", number(-7)), Win32::success);
    EXPECT_EQ(set(handle_, job_, "int64", large), Win32::success);
    EXPECT_EQ(set(handle_, job_, "byte", byte), Win32::success);
    EXPECT_EQ(set(handle_, job_, "buffer", blob(10)), Win32::success);
    EXPECT_EQ(set(handle_, job_, "empty", blob(0)), Win32::success);

    const auto contents = get(handle_, job_, "spool FILE contents");
    ASSERT_EQ(code(contents), Win32::success);
    ASSERT_NE(contents.pValue.propertyString(), nullptr);
    EXPECT_EQ(base::to_utf8(contents.pValue.propertyString()->view()), "TYPE_PDL_POSTSCRIPT");
    EXPECT_EQ(*get(handle_, job_, "int32").pValue.propertyInt32(), -7);
    EXPECT_EQ(*get(handle_, job_, "int64").pValue.propertyInt64(), -5'000'000'000);
    EXPECT_EQ(*get(handle_, job_, "byte").pValue.propertyByte(), 200);
    const auto buffer = get(handle_, job_, "buffer");
    ASSERT_NE(buffer.pValue.propertyBlob(), nullptr);
    EXPECT_EQ(buffer.pValue.propertyBlob()->cbBuf, 10U);
    EXPECT_EQ(buffer.pValue.propertyBlob()->pBuf.view().back(), std::byte{9});
    EXPECT_EQ(get(handle_, job_, "empty").pValue.propertyBlob()->cbBuf, 0U);
    EXPECT_EQ(code(get(handle_, job_, "none")), Win32::not_found);
    EXPECT_EQ(who_->fault, 0U);

    const auto all = list(handle_, job_);
    ASSERT_EQ(all.pcProperties, 6U);
    EXPECT_EQ(base::to_utf8(all.ppProperties[1].propertyName.view()), "int32");
    EXPECT_EQ(*all.ppProperties[1].propertyValue.propertyInt32(), -7);
    for (const char* name : {"Spool File Contents", "int32", "int64", "byte", "buffer", "empty"}) {
        EXPECT_EQ(remove(handle_, job_, name), Win32::success);
    }
    EXPECT_EQ(remove(handle_, job_, "int32"), Win32::not_found);
}

TEST_F(PropertyOps, EveryTypeComesBackOnBothInterfacesAndSyntaxes) {
    for (const op::Via via : {op::Via::par, op::Via::rprn}) {
        for (const ndr::Syntax syntax : {ndr::Syntax::ndr20, ndr::Syntax::ndr64}) {
            use(session(token("WORK\\alice", kAliceSid), via));
            who_->use(syntax);
            every_type();
        }
    }
}

TEST_F(PropertyOps, TheHandleSaysWhichJobsThereAre) {
    add_printer("Other", "P2", spooler::printer_attribute::kShared);
    const ndr::ContextHandle server = open(alice_, "\\\\WINSPOOLD");
    const ndr::ContextHandle own = open(alice_, "Laser, Job " + std::to_string(job_));
    const ndr::ContextHandle other = open(alice_, "Other");
    EXPECT_EQ(set(server, job_, "a", number(1)), Win32::success);
    EXPECT_EQ(set(own, job_, "b", number(2)), Win32::success);
    EXPECT_EQ(set(other, job_, "c", number(3)), Win32::invalid_parameter);
    EXPECT_EQ(set(own, job_ + 1, "c", number(3)), Win32::invalid_parameter);
    EXPECT_EQ(set(handle_, 0, "c", number(3)), Win32::invalid_parameter);
    EXPECT_EQ(code(get(other, job_, "a")), Win32::invalid_parameter);
    EXPECT_EQ(remove(other, job_, "a"), Win32::invalid_parameter);
    EXPECT_EQ(code(list(other, job_)), Win32::invalid_parameter);
    EXPECT_EQ(list(own, job_).pcProperties, 2U);
    EXPECT_EQ(list(server, job_).pcProperties, 2U);
}

TEST_F(PropertyOps, OnlyWhoMayAdministerTheJobChangesThem) {
    ASSERT_EQ(set(handle_, job_, "mine", number(1)), Win32::success);
    use(session(token("bob", kBobSid)));
    EXPECT_EQ(*get(handle_, job_, "mine").pValue.propertyInt32(), 1);
    EXPECT_EQ(list(handle_, job_).pcProperties, 1U);
    EXPECT_EQ(set(handle_, job_, "mine", number(2)), Win32::access_denied);
    EXPECT_EQ(set(handle_, job_, "new", number(2)), Win32::access_denied);
    EXPECT_EQ(remove(handle_, job_, "mine"), Win32::access_denied);
    use(admin_);
    EXPECT_EQ(set(handle_, job_, "mine", number(3)), Win32::success);
    EXPECT_EQ(remove(handle_, job_, "mine"), Win32::success);
    // A job handle brings the rights it was opened with.
    use(alice_);
    const ndr::ContextHandle reader = open(alice_, "Laser, Job " + std::to_string(job_), Access::job_read);
    EXPECT_EQ(set(reader, job_, "x", number(1)), Win32::access_denied);
}

TEST_F(PropertyOps, NamesAndValuesAtAndPastTheirLimits) {
    const std::string longest(limits::kMaxJobPropertyNameChars - 1, 'n');
    EXPECT_EQ(set(handle_, job_, longest, number(1)), Win32::success);
    EXPECT_EQ(set(handle_, job_, longest + "n", number(1)), Win32::invalid_parameter);
    EXPECT_EQ(set(handle_, job_, "", number(1)), Win32::invalid_parameter);
    EXPECT_EQ(set(handle_, job_, "b", blob(limits::kMaxJobPropertyBytes)), Win32::success);
    EXPECT_EQ(set(handle_, job_, "b", blob(limits::kMaxJobPropertyBytes + 1)), Win32::invalid_parameter);
    EXPECT_EQ(set(handle_, job_, "s", text(std::string(limits::kMaxJobPropertyBytes / 2, 's'))), Win32::success);
    EXPECT_EQ(set(handle_, job_, "s", text(std::string(limits::kMaxJobPropertyBytes / 2 + 1, 's'))), Win32::invalid_parameter);
    op::RPC_PrintPropertyValue absent;
    absent.set_propertyString(ndr::WStr::absent());
    EXPECT_EQ(set(handle_, job_, "s", absent), Win32::invalid_parameter);
    EXPECT_EQ(list(handle_, job_).pcProperties, 3U);
}

TEST_F(PropertyOps, GoneWithTheJob) {
    ASSERT_EQ(set(handle_, job_, "x", number(1)), Win32::success);
    ASSERT_TRUE(run(laser_->control_job(job_, spooler::JobControl::cancel)));
    EXPECT_EQ(code(get(handle_, job_, "x")), Win32::invalid_parameter);
    EXPECT_EQ(set(handle_, job_, "x", number(1)), Win32::invalid_parameter);
    EXPECT_EQ(code(list(handle_, job_)), Win32::invalid_parameter);
}

}  // namespace
