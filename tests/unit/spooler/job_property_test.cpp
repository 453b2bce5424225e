// Job Named Properties: set, replace, delete, limits at and past the edge, what the store keeps, what goes with the job.
#include "base/limits.h"
#include "tests/support/spooler_fixture.h"

namespace {

using base::Win32;
using spooler::JobControl;
using spooler::JobProperty;
using spooler::JobPropertyType;
namespace limits = base::limits;

JobProperty buffer_property(std::string name, std::size_t size) {
    JobProperty property;
    property.name = std::move(name);
    property.data.assign(size, std::byte{7});
    return property;
}

class JobPropertyTest : public test_support::SpoolerFixture {
 protected:
    void SetUp() override {
        start();
        queue_ = add_printer("Laser");
        ASSERT_TRUE(run(queue_->pause()));
        job_ = print(queue_, "data");
    }
    Win32 set(spooler::JobId job, JobProperty property) { return base::code_of(run(queue_->set_job_property(job, std::move(property)))); }
    Win32 remove(const std::string& name) { return base::code_of(run(queue_->delete_job_property(job_, name))); }
    std::vector<JobProperty> all() {
        const auto properties = queue_->job_properties(job_);
        EXPECT_TRUE(properties);
        return properties && *properties ? **properties : std::vector<JobProperty>();
    }

    spooler::PrinterQueuePtr queue_;
    spooler::JobId job_ = 0;
};

TEST_F(JobPropertyTest, SetReplaceAndDelete) {
    EXPECT_TRUE(all().empty());
    EXPECT_EQ(set(job_, spooler::text_property("Name", "Größe")), Win32::success);
    EXPECT_EQ(set(job_, buffer_property("other", 0)), Win32::success);
    EXPECT_EQ(all(), (std::vector<JobProperty>{spooler::text_property("Name", "Größe"), buffer_property("other", 0)}));
    // Names have no case; the type may change.
    EXPECT_EQ(set(job_, buffer_property("NAME", 3)), Win32::success);
    EXPECT_EQ(all(), (std::vector<JobProperty>{buffer_property("NAME", 3), buffer_property("other", 0)}));
    EXPECT_EQ(remove("none"), Win32::not_found);
    EXPECT_EQ(remove("name"), Win32::success);
    EXPECT_EQ(remove("Other"), Win32::success);
    EXPECT_EQ(remove("Other"), Win32::not_found);
    EXPECT_TRUE(all().empty());
    EXPECT_EQ(store_->job(job_)->properties, nullptr);
}

TEST_F(JobPropertyTest, UnknownJobsAndBadValues) {
    EXPECT_EQ(set(4711, buffer_property("x", 1)), Win32::invalid_parameter);
    EXPECT_EQ(base::code_of(run(queue_->delete_job_property(4711, "x"))), Win32::invalid_parameter);
    EXPECT_EQ(base::code_of(queue_->job_properties(4711)), Win32::invalid_parameter);
    EXPECT_EQ(set(job_, buffer_property("", 1)), Win32::invalid_parameter);
    JobProperty property = buffer_property("x", 3);
    for (const auto type : {JobPropertyType::int32, JobPropertyType::int64, JobPropertyType::byte, JobPropertyType::string}) {
        property.type = type;
        EXPECT_EQ(set(job_, property), Win32::invalid_parameter);
    }
    property.type = static_cast<JobPropertyType>(0);
    EXPECT_EQ(set(job_, property), Win32::invalid_flags);
    property.type = static_cast<JobPropertyType>(6);
    EXPECT_EQ(set(job_, property), Win32::invalid_flags);
    EXPECT_TRUE(all().empty());
}

TEST_F(JobPropertyTest, LimitsOfOneValue) {
    EXPECT_EQ(set(job_, buffer_property(std::string(limits::kMaxJobPropertyNameChars - 1, 'n'), limits::kMaxJobPropertyBytes)), Win32::success);
    EXPECT_EQ(set(job_, buffer_property(std::string(limits::kMaxJobPropertyNameChars, 'n'), 1)), Win32::invalid_parameter);
    EXPECT_EQ(set(job_, buffer_property("x", limits::kMaxJobPropertyBytes + 1)), Win32::invalid_parameter);
    EXPECT_EQ(all().size(), 1U);
}

TEST_F(JobPropertyTest, LimitsOfOneJob) {
    for (std::size_t i = 0; i < limits::kMaxJobProperties; ++i) {
        ASSERT_EQ(set(job_, buffer_property("p" + std::to_string(i), 1)), Win32::success);
    }
    EXPECT_EQ(set(job_, buffer_property("one more", 1)), Win32::not_enough_quota);
    EXPECT_EQ(set(job_, buffer_property("P0", 2)), Win32::success);
    EXPECT_EQ(all().size(), limits::kMaxJobProperties);

    job_ = print(queue_, "other");
    std::size_t used = 0;
    for (const char* name : {"a", "b", "c"}) {
        EXPECT_EQ(set(job_, buffer_property(name, limits::kMaxJobPropertyBytes)), Win32::success);
        used += 1 + limits::kMaxJobPropertyBytes;
    }
    EXPECT_EQ(set(job_, buffer_property("d", limits::kMaxJobPropertiesBytes - used)), Win32::not_enough_quota);
    EXPECT_EQ(set(job_, buffer_property("d", limits::kMaxJobPropertiesBytes - used - 1)), Win32::success);
    EXPECT_EQ(all().size(), 4U);
}

TEST_F(JobPropertyTest, SurviveARestartWithTheJobAndGoWithIt) {
    ASSERT_EQ(set(job_, spooler::text_property("kept", "yes")), Win32::success);
    crash_and_restart();
    queue_ = spooler_->printers().find("Laser");
    EXPECT_EQ(all(), std::vector<JobProperty>{spooler::text_property("kept", "yes")});
    EXPECT_EQ(control(queue_, job_, JobControl::cancel), Win32::success);
    EXPECT_EQ(base::code_of(queue_->job_properties(job_)), Win32::invalid_parameter);
    EXPECT_FALSE(store_->job(job_));
}

TEST_F(JobPropertyTest, OfAnOpenDocumentAreStoredWhenItEnds) {
    const auto writer = start_doc(queue_);
    job_ = writer->id();
    ASSERT_EQ(set(job_, spooler::text_property("early", "1")), Win32::success);
    EXPECT_FALSE(store_->job(job_));
    ASSERT_TRUE(run(writer->end()));
    ASSERT_TRUE(store_->job(job_));
    ASSERT_NE(store_->job(job_)->properties, nullptr);
    EXPECT_EQ(store_->job(job_)->properties->at(0), spooler::text_property("early", "1"));
}

TEST_F(JobPropertyTest, NothingChangesWhileTheStoreRefuses) {
    store_->fail(base::Error(Win32::disk_full, "test"));
    EXPECT_EQ(set(job_, buffer_property("x", 1)), Win32::disk_full);
    store_->recover();
    EXPECT_TRUE(all().empty());
}

TEST_F(JobPropertyTest, XpsDocumentsSayWhatTheyHoldUnlessToldOtherwise) {
    spooler::JobChange change;
    change.datatype = "XPS_PASS";
    ASSERT_TRUE(run(queue_->change_job(job_, change)));
    EXPECT_EQ(all(), std::vector<JobProperty>{spooler::text_property("Spool File Contents", "TYPE_XPS_MS")});
    ASSERT_EQ(set(job_, spooler::text_property("spool file contents", "TYPE_XPS_OPEN")), Win32::success);
    EXPECT_EQ(all(), std::vector<JobProperty>{spooler::text_property("spool file contents", "TYPE_XPS_OPEN")});
    EXPECT_EQ(remove("Spool File Contents"), Win32::success);
    EXPECT_EQ(all().size(), 1U);
}

TEST(JobPropertyBudget, IsGivenBackWithTheCharge) {
    const auto budget = std::make_shared<spooler::PropertyBudget>();
    EXPECT_TRUE(budget->take(limits::kMaxAllJobPropertiesBytes));
    spooler::PropertyCharge charge(budget, limits::kMaxAllJobPropertiesBytes);
    EXPECT_FALSE(budget->take(1));
    charge = spooler::PropertyCharge();
    EXPECT_EQ(budget->used(), 0U);
    EXPECT_TRUE(budget->take(1));
}

TEST(JobPropertyCodec, EveryTruncationIsRefused) {
    spooler::JobProperties properties = {spooler::text_property("a", "text"), buffer_property("b", 5)};
    const base::ByteBuffer bytes = spooler::encode_properties(properties);
    const auto back = spooler::decode_properties(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(**back, properties);
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        EXPECT_EQ(base::code_of(spooler::decode_properties(base::ByteView(bytes).first(size))), Win32::invalid_data) << size;
    }
    EXPECT_EQ(*spooler::decode_properties({}), nullptr);
}

}  // namespace
