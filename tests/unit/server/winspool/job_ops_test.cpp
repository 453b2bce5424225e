// GetJob, EnumJobs, SetJob, AddJob, ScheduleJob: look-up by handle kind, rights of the job's descriptor, fields and commands.
#include "level_specs.h"
#include "service_fixture.h"

namespace {

using namespace service_test;
using spooler::Access;
namespace status = spooler::job_status;

class JobOps : public ServiceFixture {
 protected:
    void SetUp() override {
        ServiceFixture::SetUp();
        laser_ = add_printer("Laser", "P1", spooler::printer_attribute::kShared);
        pause(laser_);
        first_ = spool(alice_, "Laser", "one", "first");
        second_ = spool(alice_, "Laser", "two", "second");
        carol_ = session(token("carol", kBobSid));
    }

    op::GetJob::Out get(Session* who, const ndr::ContextHandle& handle, spooler::JobId job, std::uint32_t level = 2) {
        op::GetJob::In in;
        in.hPrinter = handle;
        in.JobId = job;
        in.Level = level;
        in.cbBuf = 4000;
        in.pJob = buffer(who, in.cbBuf);
        return call(who, &op::Client::get_job, in);
    }
    op::SetJob::In request(const ndr::ContextHandle& handle, spooler::JobId job, std::uint32_t command = 0) {
        op::SetJob::In in;
        in.hPrinter = handle;
        in.JobId = job;
        in.Command = command;
        return in;
    }
    Win32 control(Session* who, const ndr::ContextHandle& handle, spooler::JobId job, std::uint32_t command) {
        return code(call(who, &op::Client::set_job, request(handle, job, command)));
    }
    template <class Info>
    Win32 set(Session* who, const ndr::ContextHandle& handle, spooler::JobId job, Info* info, std::uint32_t command = 0) {
        auto* container = who->arena().alloc<op::JOB_CONTAINER>();
        if constexpr (std::is_same_v<Info, op::JOB_INFO_1>) container->set_Level1(info);
        if constexpr (std::is_same_v<Info, op::JOB_INFO_2>) container->set_Level2(info);
        if constexpr (std::is_same_v<Info, op::JOB_INFO_3>) container->set_Level3(info);
        if constexpr (std::is_same_v<Info, op::JOB_INFO_4>) container->set_Level4(info);
        op::SetJob::In in = request(handle, job, command);
        in.pJobContainer = container;
        return code(call(who, &op::Client::set_job, in));
    }
    spooler::JobView view(spooler::JobId job) { return *laser_->job(job); }

    spooler::PrinterQueuePtr laser_;
    spooler::JobId first_ = 0, second_ = 0;
    Session* carol_ = nullptr;
};

TEST_F(JobOps, FindsJobsThroughEveryHandleThatHasThem) {
    add_printer("Other", "P2", spooler::printer_attribute::kShared);
    const ndr::ContextHandle printer = open(alice_, "\\\\WINSPOOLD\\Laser");
    const auto found = get(alice_, printer, first_);
    ASSERT_EQ(code(found), Win32::success);
    const auto element = level_test::read(level_test::job_specs()[1], found.pJob.view(), 1).at(0);
    EXPECT_EQ(element.values.at("JobId"), std::to_string(first_));
    EXPECT_EQ(element.values.at("PrinterName"), "\\\\WINSPOOLD\\Laser");
    EXPECT_EQ(element.values.at("MachineName"), "\\\\CLIENT");
    EXPECT_EQ(element.values.at("UserName"), "alice");
    EXPECT_EQ(element.values.at("NotifyName"), "alice");
    EXPECT_EQ(element.values.at("Document"), "first");
    EXPECT_EQ(element.values.at("Position"), "1");
    EXPECT_EQ(element.values.at("Size"), "3");
    EXPECT_EQ(code(get(alice_, open(alice_, "\\\\WINSPOOLD"), first_)), Win32::success);
    const ndr::ContextHandle own = open(alice_, "Laser, Job " + std::to_string(first_));
    EXPECT_EQ(code(get(alice_, own, first_)), Win32::success);
    EXPECT_EQ(code(get(alice_, own, second_)), Win32::invalid_parameter);
    EXPECT_EQ(code(get(alice_, open(alice_, "Other"), first_)), Win32::invalid_parameter);
    EXPECT_EQ(code(get(alice_, printer, 9999)), Win32::invalid_parameter);
    EXPECT_EQ(code(get(alice_, printer, 0)), Win32::invalid_parameter);
    EXPECT_EQ(code(get(alice_, printer, 9999, 0)), Win32::invalid_level);
    EXPECT_EQ(code(get(admin_, open(admin_, ",XcvPort P1"), first_)), Win32::invalid_handle);
}

TEST_F(JobOps, EnumeratesInOrderWithFirstAndCount) {
    const auto list = [&](std::uint32_t first, std::uint32_t count) {
        op::EnumJobs::In in;
        in.hPrinter = open(carol_, "Laser");
        in.FirstJob = first;
        in.NoJobs = count;
        in.Level = 3;
        in.cbBuf = 4000;
        in.pJob = buffer(carol_, in.cbBuf);
        const auto out = call(carol_, &op::Client::enum_jobs, in);
        EXPECT_EQ(code(out), Win32::success);
        std::vector<std::string> ids;
        for (const auto& element : level_test::read(level_test::job_specs()[2], out.pJob.view(), out.pcReturned)) {
            ids.push_back(element.values.at("JobId"));
        }
        return ids;
    };
    const std::string one = std::to_string(first_), two = std::to_string(second_);
    EXPECT_EQ(list(0, 0xFFFFFFFF), (std::vector<std::string>{one, two}));
    EXPECT_EQ(list(0, 1), std::vector<std::string>{one});
    EXPECT_EQ(list(1, 10), std::vector<std::string>{two});
    EXPECT_TRUE(list(2, 10).empty());
    EXPECT_TRUE(list(0xFFFFFFFF, 0xFFFFFFFF).empty());
    EXPECT_TRUE(list(0, 0).empty());
}

TEST_F(JobOps, AnEmptyQueueIsNoError) {
    add_printer("Empty", "P2", spooler::printer_attribute::kShared);
    op::EnumJobs::In in;
    in.hPrinter = open(alice_, "Empty");
    in.NoJobs = 0xFFFFFFFF;
    in.Level = 1;
    const auto out = call(alice_, &op::Client::enum_jobs, in);
    EXPECT_EQ(code(out), Win32::success);
    EXPECT_EQ(out.pcbNeeded, 0U);
    EXPECT_EQ(out.pcReturned, 0U);
    in.Level = 100;
    EXPECT_EQ(code(call(alice_, &op::Client::enum_jobs, in)), Win32::invalid_level);
    in.Level = 1;
    in.hPrinter = open(alice_, "\\\\WINSPOOLD");
    EXPECT_EQ(code(call(alice_, &op::Client::enum_jobs, in)), Win32::invalid_handle);
}

TEST_F(JobOps, CommandsNeedTheJobsLeave) {
    const ndr::ContextHandle hers = open(alice_, "Laser");
    const ndr::ContextHandle strange = open(carol_, "Laser");
    for (const std::uint32_t command : {1U, 2U, 3U, 4U, 5U, 8U, 9U}) EXPECT_EQ(control(carol_, strange, first_, command), Win32::access_denied) << command;
    EXPECT_EQ(control(alice_, hers, first_, 1), Win32::success);
    EXPECT_EQ(view(first_).status & status::kPaused, status::kPaused);
    EXPECT_EQ(control(alice_, hers, first_, 2), Win32::success);
    EXPECT_EQ(view(first_).status & status::kPaused, 0U);
    EXPECT_EQ(control(alice_, hers, first_, 8), Win32::success);
    EXPECT_EQ(control(alice_, hers, first_, 9), Win32::success);
    EXPECT_EQ(control(alice_, hers, first_, 4), Win32::success);
    EXPECT_EQ(control(alice_, hers, first_, 3), Win32::success);
    EXPECT_FALSE(laser_->job(first_));
    EXPECT_EQ(control(admin_, open(admin_, "\\\\WINSPOOLD"), second_, 5), Win32::success);
    EXPECT_FALSE(laser_->job(second_));
    EXPECT_EQ(control(alice_, hers, first_, 3), Win32::invalid_parameter);
}

TEST_F(JobOps, BadCommandsAreInvalid) {
    const ndr::ContextHandle handle = open(alice_, "Laser");
    for (const std::uint32_t command : {6U, 7U, 10U, 0xFFFFFFFFU}) EXPECT_EQ(control(alice_, handle, first_, command), Win32::invalid_parameter);
    // Neither a command nor information.
    EXPECT_EQ(control(alice_, handle, first_, 0), Win32::invalid_parameter);
}

TEST_F(JobOps, AJobHandleBringsItsRights) {
    const std::string name = "Laser, Job " + std::to_string(first_);
    const ndr::ContextHandle reader = open(alice_, name, Access::job_read);
    EXPECT_EQ(control(alice_, reader, first_, 1), Win32::access_denied);
    EXPECT_EQ(control(alice_, reader, first_, 5), Win32::access_denied);
    const ndr::ContextHandle all = open(alice_, name, Access::job_all);
    EXPECT_EQ(control(alice_, all, second_, 1), Win32::invalid_parameter);
    EXPECT_EQ(control(alice_, all, first_, 1), Win32::success);
    EXPECT_EQ(control(alice_, all, first_, 5), Win32::success);
}

TEST_F(JobOps, LevelsOneTwoAndFourApplyWhatTheyHave) {
    const ndr::ContextHandle handle = open(alice_, "Laser");
    auto* one = alice_->arena().alloc<op::JOB_INFO_1>();
    one->JobId = 12345;
    one->pPrinterName = wide(alice_, "ignored");
    one->pDocument = wide(alice_, "renamed");
    one->pUserName = wide(alice_, "alice2");
    one->pStatus = wide(alice_, "please wait");
    one->Priority = 42;
    one->TotalPages = 77;
    EXPECT_EQ(set(alice_, handle, first_, one), Win32::success);
    spooler::JobView now = view(first_);
    EXPECT_EQ(now.info->document, "renamed");
    EXPECT_EQ(now.info->user_name, "alice2");
    EXPECT_EQ(now.status_text, "please wait");
    EXPECT_EQ(now.info->priority, 42U);
    EXPECT_EQ(now.total_pages, 0U);
    auto* two = alice_->arena().alloc<op::JOB_INFO_2>();
    two->pNotifyName = wide(alice_, "boss");
    two->pDatatype = wide(alice_, "text");
    two->pParameters = wide(alice_, "p");
    two->StartTime = 10;
    two->UntilTime = 20;
    two->Priority = 99;
    EXPECT_EQ(set(alice_, handle, first_, two), Win32::success);
    now = view(first_);
    EXPECT_EQ(now.info->notify_name, "boss");
    EXPECT_EQ(now.info->datatype, "TEXT");
    EXPECT_EQ(now.info->parameters, "p");
    EXPECT_EQ(now.info->start_time, 10U);
    EXPECT_EQ(now.info->until_time, 20U);
    EXPECT_EQ(now.info->priority, 99U);
    EXPECT_EQ(now.info->document, "renamed");
    auto* four = alice_->arena().alloc<op::JOB_INFO_4>();
    four->pDocument = wide(alice_, "again");
    four->SizeHigh = 3;
    EXPECT_EQ(set(alice_, handle, first_, four, 1), Win32::success);
    now = view(first_);
    EXPECT_EQ(now.info->document, "again");
    EXPECT_EQ(now.status & status::kPaused, status::kPaused);
    EXPECT_EQ(now.size, 3U);
}

TEST_F(JobOps, BadFieldsAreRefused) {
    const ndr::ContextHandle handle = open(alice_, "Laser");
    auto* two = alice_->arena().alloc<op::JOB_INFO_2>();
    two->Priority = 100;
    EXPECT_EQ(set(alice_, handle, first_, two), Win32::invalid_parameter);
    two->Priority = 0;
    two->pDatatype = wide(alice_, "nonsense");
    EXPECT_EQ(set(alice_, handle, first_, two), Win32::invalid_datatype);
    two->pDatatype = ndr::WStr();
    two->pPrintProcessor = wide(alice_, "nonsense");
    EXPECT_EQ(set(alice_, handle, first_, two), Win32::unknown_printprocessor);
    two->pPrintProcessor = ndr::WStr();
    two->StartTime = 1441;
    EXPECT_EQ(set(alice_, handle, first_, two), Win32::invalid_parameter);
    two->StartTime = 0;
    const std::string text(base::limits::kMaxDocumentNameChars, 'x');
    for (const auto& [member, chars] : {std::pair{&op::JOB_INFO_2::pDocument, base::limits::kMaxDocumentNameChars},
                                        std::pair{&op::JOB_INFO_2::pStatus, base::limits::kMaxCommentChars},
                                        std::pair{&op::JOB_INFO_2::pUserName, base::limits::kMaxNameChars}}) {
        two->*member = wide(alice_, std::string_view(text).substr(0, chars));
        EXPECT_EQ(set(alice_, handle, first_, two), Win32::invalid_parameter) << chars;
        two->*member = wide(alice_, std::string_view(text).substr(0, chars - 1));
        EXPECT_EQ(set(alice_, handle, first_, two), Win32::success) << chars;
    }
    EXPECT_EQ(set(alice_, handle, first_, static_cast<op::JOB_INFO_2*>(nullptr)), Win32::invalid_parameter);
    EXPECT_EQ(set(carol_, open(carol_, "Laser"), first_, alice_->arena().alloc<op::JOB_INFO_1>()), Win32::access_denied);
}

TEST_F(JobOps, OnlyPrinterAdministratorsMoveJobs) {
    auto* one = alice_->arena().alloc<op::JOB_INFO_1>();
    one->Position = 1;
    const ndr::ContextHandle hers = open(alice_, "Laser");
    EXPECT_EQ(set(alice_, hers, second_, one), Win32::access_denied);
    EXPECT_EQ(view(second_).position, 2U);
    one->Position = 2;                                             // where it is: no move
    EXPECT_EQ(set(alice_, hers, second_, one), Win32::success);
    one->Position = 1;
    EXPECT_EQ(set(admin_, open(admin_, "Laser", Access::printer_all), second_, one), Win32::success);
    EXPECT_EQ(view(second_).position, 1U);
    EXPECT_EQ(view(first_).position, 2U);
    EXPECT_EQ(set(admin_, open(admin_, "\\\\WINSPOOLD", Access::server_all), first_, one), Win32::success);
    EXPECT_EQ(view(first_).position, 1U);
}

TEST_F(JobOps, LevelThreeLinksJobs) {
    const spooler::JobId third = spool(alice_, "Laser", "three", "third");
    const ndr::ContextHandle handle = open(admin_, "Laser");
    auto* three = admin_->arena().alloc<op::JOB_INFO_3>();
    three->JobId = first_;
    three->NextJobId = third;
    EXPECT_EQ(set(admin_, handle, second_, three), Win32::invalid_parameter);
    EXPECT_EQ(set(admin_, handle, first_, three), Win32::success);
    EXPECT_EQ(view(first_).next_job, third);
    EXPECT_EQ(view(third).position, 2U);
    EXPECT_EQ(view(second_).position, 3U);
    three->NextJobId = 9999;
    EXPECT_EQ(set(admin_, handle, first_, three), Win32::invalid_parameter);
}

// Linked behind a job that prints late or never, somebody else's job would wait with it.
TEST_F(JobOps, LinkingNeedsRightsOnBothJobs) {
    const spooler::JobId carols = spool(carol_, "Laser", "three", "third");
    auto* three = alice_->arena().alloc<op::JOB_INFO_3>();
    three->JobId = first_;
    three->NextJobId = carols;
    EXPECT_EQ(set(alice_, open(alice_, "Laser"), first_, three), Win32::access_denied);
    EXPECT_EQ(set(alice_, open(alice_, "Laser, Job " + std::to_string(first_), Access::job_all), first_, three), Win32::access_denied);
    EXPECT_EQ(view(first_).next_job, 0U);
    EXPECT_EQ(view(carols).position, 3U);
    three->NextJobId = second_;
    EXPECT_EQ(set(alice_, open(alice_, "Laser"), first_, three), Win32::success);
    EXPECT_EQ(view(first_).next_job, second_);
    three->NextJobId = 0;
    EXPECT_EQ(set(alice_, open(alice_, "Laser"), first_, three), Win32::success);
    EXPECT_EQ(view(first_).next_job, 0U);
}

TEST_F(JobOps, AddJobNeverSucceeds) {
    op::AddJob::In in;
    in.hPrinter = open(alice_, "Laser");
    const auto attempt = [&](std::uint32_t level, std::uint32_t size) {
        in.Level = level;
        in.cbBuf = size;
        in.pAddJob = buffer(alice_, size);
        return code(call(alice_, &op::Client::add_job, in));
    };
    EXPECT_EQ(attempt(0, 0), Win32::invalid_level);
    EXPECT_EQ(attempt(4, 100), Win32::invalid_level);
    EXPECT_EQ(attempt(1, 0), Win32::invalid_parameter);
    EXPECT_EQ(attempt(2, 0), Win32::invalid_datatype);
    EXPECT_EQ(attempt(3, 17), Win32::invalid_datatype);
    EXPECT_EQ(attempt(3, 18), Win32::invalid_parameter);
    // The 64-bit offset at the start of the buffer may be its end, but not more.
    in.Level = 2;
    in.pAddJob = buffer(alice_, in.cbBuf = 32);
    in.pAddJob.data[0] = std::byte{32};
    EXPECT_EQ(code(call(alice_, &op::Client::add_job, in)), Win32::invalid_parameter);
    in.pAddJob.data[0] = std::byte{33};
    EXPECT_EQ(code(call(alice_, &op::Client::add_job, in)), Win32::invalid_level);
    in.pAddJob.data[0] = std::byte{0};
    in.pAddJob.data[7] = std::byte{1};
    EXPECT_EQ(code(call(alice_, &op::Client::add_job, in)), Win32::invalid_level);
    EXPECT_EQ(attempt(2, 100), Win32::invalid_parameter);
    EXPECT_EQ(attempt(3, 100), Win32::invalid_parameter);
    op::ScheduleJob::In schedule;
    schedule.hPrinter = in.hPrinter;
    schedule.JobId = first_;
    EXPECT_EQ(code(call(alice_, &op::Client::schedule_job, schedule)), Win32::spl_no_addjob);
}

}  // namespace
