// Every bound of base/limits.h that the spooler enforces: the last one that is taken and the first one that is not.
#include "base/limits.h"
#include "spooler/queue_impl.h"
#include "tests/support/spooler_fixture.h"

namespace {

namespace limits = base::limits;
using base::Win32;

class SpoolerLimits : public test_support::SpoolerFixture {
 protected:
    void SetUp() override { start(); }

    template <class T>
    static Win32 code(const base::Result<T>& result) {
        return base::code_of(result);
    }
    static std::vector<spooler::PortConfig> ports(std::size_t count) {
        std::vector<spooler::PortConfig> made(count);
        for (std::size_t i = 0; i < count; ++i) {
            made[i].name = "Q" + std::to_string(i);
            made[i].monitor = "Fake Port";
        }
        return made;
    }
};

TEST_F(SpoolerLimits, Printers) {
    const auto security = spooler::default_printer_security(std::nullopt);
    for (spooler::PrinterId id = 1; id < limits::kMaxPrinters; ++id) {
        spooler::PrinterRecord record;
        record.id = id;
        record.name = "N" + std::to_string(id);
        record.security = security;
        static_cast<void>(spooler_->printers().load(std::move(record)));
    }
    EXPECT_EQ(code(run(spooler_->printers().add(new_printer("Last")))), Win32::success);
    EXPECT_EQ(spooler_->printers().size(), limits::kMaxPrinters);
    EXPECT_EQ(code(run(spooler_->printers().add(new_printer("One too many")))), Win32::not_enough_quota);
    EXPECT_FALSE(spooler_->printers().find("One too many"));
}

TEST_F(SpoolerLimits, JobsOfAQueue) {
    const spooler::PrinterQueuePtr queue = add_printer("Laser");
    auto info = std::make_shared<spooler::JobInfo>();
    info->security = spooler::default_printer_security(std::nullopt);
    std::vector<spooler::JobRecord> records(limits::kMaxJobsPerQueue - 1);
    for (std::size_t i = 0; i < records.size(); ++i) {
        records[i].id = static_cast<spooler::JobId>(1'000'000 + i);
        records[i].printer = queue->id();
        records[i].state = spooler::JobState::failed;
        records[i].info = info;
        records[i].order = static_cast<std::int64_t>(i) << 20U;
    }
    queue->impl().restore(std::move(records));
    writers_.push_back(start_doc(queue));
    EXPECT_EQ(queue->view().jobs, limits::kMaxJobsPerQueue);
    EXPECT_EQ(code(run(queue->start_document(document("one too many")))), Win32::not_enough_quota);
    EXPECT_EQ(code(run(writers_.back()->abort())), Win32::success);
    EXPECT_EQ(code(run(queue->start_document(document("fits again")))), Win32::success);
}

TEST_F(SpoolerLimits, Ports) {
    spooler_->ports().load(ports(limits::kMaxPorts - spooler_->ports().list().size() - 1));
    spooler::PortConfig port;
    port.monitor = "Fake Port";
    port.name = "Last";
    EXPECT_EQ(code(run(spooler_->ports().add(port))), Win32::success);
    port.name = "One too many";
    EXPECT_EQ(code(run(spooler_->ports().add(port))), Win32::not_enough_quota);
    EXPECT_EQ(code(run(spooler_->remove_port("Last"))), Win32::success);
    EXPECT_EQ(code(run(spooler_->ports().add(port))), Win32::success);
}

TEST_F(SpoolerLimits, PortNames) {
    spooler::PortConfig port;
    port.monitor = "Fake Port";
    port.name = std::string(limits::kMaxNameChars - 1, 'p');
    EXPECT_EQ(code(run(spooler_->ports().add(port))), Win32::success);
    port.name += 'p';
    EXPECT_EQ(code(run(spooler_->ports().add(port))), Win32::invalid_name);
}

TEST_F(SpoolerLimits, PortsOfAPool) {
    spooler_->ports().load(ports(limits::kMaxPoolPorts + 1));
    spooler::NewPrinter pool = new_printer("Pool");
    for (const spooler::PortConfig& port : ports(limits::kMaxPoolPorts + 1)) pool.ports.push_back(port.name);
    EXPECT_EQ(code(run(spooler_->printers().add(pool))), Win32::unknown_port);
    pool.ports.erase(pool.ports.begin(), pool.ports.begin() + 2);  // "P1" of the fixture and one more
    ASSERT_EQ(pool.ports.size(), limits::kMaxPoolPorts);
    EXPECT_EQ(code(run(spooler_->printers().add(pool))), Win32::success);
    spooler::PrinterChange change;
    change.ports = pool.ports;
    change.ports->push_back("P1");
    EXPECT_EQ(code(run(spooler_->printers().change(spooler_->printers().find("Pool"), change))), Win32::unknown_port);
}

TEST_F(SpoolerLimits, Forms) {
    std::vector<spooler::Form> forms(limits::kMaxForms - 1);
    for (std::size_t i = 0; i < forms.size(); ++i) forms[i].name = "F" + std::to_string(i);
    spooler_->forms().load(forms);
    spooler::Form form;
    form.cx = form.cy = form.right = form.bottom = 1000;
    form.name = "Last";
    EXPECT_EQ(code(run(spooler_->forms().add(form))), Win32::success);
    form.name = "One too many";
    EXPECT_EQ(code(run(spooler_->forms().add(form))), Win32::not_enough_quota);
    EXPECT_EQ(code(run(spooler_->forms().remove(0, "Last"))), Win32::success);
    EXPECT_EQ(code(run(spooler_->forms().add(form))), Win32::success);
}

TEST_F(SpoolerLimits, ServerValues) {
    spooler::DataValue value{"DefaultSpoolDirectory", spooler::ValueType::sz, base::ByteBuffer(limits::kMaxDataValueBytes)};
    EXPECT_EQ(code(run(spooler_->server().set_value(value))), Win32::success);
    value.data.resize(limits::kMaxDataValueBytes + 2);
    EXPECT_EQ(code(run(spooler_->server().set_value(value))), Win32::invalid_parameter);
}

TEST_F(SpoolerLimits, TextsOfAPrinter) {
    const spooler::PrinterQueuePtr queue = add_printer("Laser");
    const std::string fits(limits::kMaxCommentChars - 1, 'x');
    // Characters count, not bytes.
    std::string wide;
    for (std::size_t i = 0; i < limits::kMaxCommentChars - 1; ++i) wide += "ü";
    for (const auto member : {&spooler::PrinterChange::comment, &spooler::PrinterChange::location, &spooler::PrinterChange::parameters}) {
        spooler::PrinterChange change;
        change.*member = fits;
        EXPECT_EQ(code(run(spooler_->printers().change(queue, change))), Win32::success);
        change.*member = wide;
        EXPECT_EQ(code(run(spooler_->printers().change(queue, change))), Win32::success);
        change.*member = fits + "x";
        EXPECT_EQ(code(run(spooler_->printers().change(queue, change))), Win32::invalid_parameter);
        change.*member = wide + "ü";
        EXPECT_EQ(code(run(spooler_->printers().change(queue, change))), Win32::invalid_parameter);
    }
}

TEST_F(SpoolerLimits, BytesOfOneWrite) {
    const spooler::PrinterQueuePtr queue = add_printer("Laser");
    const auto writer = start_doc(queue);
    const base::ByteBuffer data(limits::kMaxWriteBytes + 1);
    const auto all = run(writer->write(base::ByteView(data).first(limits::kMaxWriteBytes)));
    ASSERT_TRUE(all);
    EXPECT_EQ(*all, limits::kMaxWriteBytes);
    const auto part = run(writer->write(data));
    ASSERT_TRUE(part);
    EXPECT_EQ(*part, limits::kMaxWriteBytes);
    EXPECT_EQ(queue->job(writer->id())->size, 2 * limits::kMaxWriteBytes);
    EXPECT_EQ(code(run(writer->abort())), Win32::success);
}

}  // namespace
