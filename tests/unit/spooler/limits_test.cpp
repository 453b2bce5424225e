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

TEST_F(SpoolerLimits, MachineConnections) {
    const auto add = [&](const std::string& name) { return code(run(spooler_->connections().add({name, "\\\\far", ""}))); };
    for (std::size_t i = 0; i < limits::kMaxMachineConnections; ++i) ASSERT_EQ(add("\\\\far\\" + std::to_string(i)), Win32::success);
    EXPECT_EQ(add("\\\\far\\more"), Win32::not_enough_quota);
    EXPECT_EQ(code(run(spooler_->connections().remove("\\\\far\\0"))), Win32::success);
    EXPECT_EQ(add("\\\\far\\more"), Win32::success);
}

// What a client writes stays in memory until a chunk is full.
TEST_F(SpoolerLimits, BytesOfAChunk) {
    const spooler::PrinterQueuePtr queue = add_printer("Laser", "P1", spooler::printer_attribute::kQueued);
    const auto writer = start_doc(queue);
    const std::string chunk(limits::kSpoolChunkBytes, 'x');
    EXPECT_EQ(write(writer, chunk.substr(1)), Win32::success);
    EXPECT_EQ(files_->count(), 0U);
    EXPECT_EQ(write(writer, "x"), Win32::success);
    EXPECT_EQ(files_->count(), 1U);
    EXPECT_EQ(code(run(writer->abort())), Win32::success);
}

// Ids are covered by a stored mark before they are given out, so that none is used again after a crash.
TEST_F(SpoolerLimits, JobIdsAreReservedInBlocks) {
    spooler::JobIndex index(*store_);
    static_cast<void>(index.start(1));
    const auto mark = [&] {
        std::uint64_t last = 0;
        for (const spooler::Change& change : store_->changes()) {
            const auto* counter = std::get_if<spooler::CounterPut>(&change);
            if (counter != nullptr && counter->name == "job_id") last = counter->value;
        }
        return last;
    };
    EXPECT_EQ(mark(), 1U + limits::kJobIdBlock);
    for (std::uint32_t i = 0; i < limits::kJobIdBlock / 2; ++i) static_cast<void>(index.allocate({}));
    EXPECT_EQ(mark(), 1U + limits::kJobIdBlock);
    const spooler::JobId id = index.allocate({});
    EXPECT_EQ(id, limits::kJobIdBlock / 2 + 1);
    EXPECT_EQ(mark(), id + limits::kJobIdBlock) << "half a block ahead";
}

class MetadataLimit : public SpoolerLimits {
 protected:
    // A document whose DEVMODE alone has `bytes` bytes.
    Win32 start(std::size_t bytes, const base::Sid& owner) {
        spooler::NewDocument request = document("");
        request.document = "d";
        request.owner = owner;
        request.devmode = std::make_shared<const base::ByteBuffer>(bytes);
        auto started = run(queue_->start_document(request));
        if (started) writers_.push_back(*started);
        return code(started);
    }
    static std::size_t texts(const spooler::JobInfo& info) { return spooler::metadata_bytes(info, info.devmode); }
    void SetUp() override {
        SpoolerLimits::SetUp();
        queue_ = add_printer("Laser");
    }
    const base::Sid alice_ = *base::parse_sid("S-1-5-21-1-2-3-1001"), bob_ = *base::parse_sid("S-1-5-21-1-2-3-1002");
    spooler::PrinterQueuePtr queue_;
};

TEST_F(MetadataLimit, DevmodesAndTextsOfOneUser) {
    ASSERT_EQ(start(1, alice_), Win32::success);
    const std::size_t rest = texts(*queue_->jobs().front().info);
    ASSERT_EQ(code(run(writers_.back()->abort())), Win32::success);
    EXPECT_EQ(spooler_->metadata().held(alice_), 0U);

    EXPECT_EQ(start(limits::kMaxJobMetadataBytesPerUser - rest + 1, alice_), Win32::not_enough_quota);
    EXPECT_TRUE(queue_->jobs().empty());
    ASSERT_EQ(start(limits::kMaxJobMetadataBytesPerUser - rest, alice_), Win32::success);
    EXPECT_EQ(spooler_->metadata().held(alice_), limits::kMaxJobMetadataBytesPerUser);
    EXPECT_EQ(start(1, alice_), Win32::not_enough_quota);
    EXPECT_EQ(start(1, bob_), Win32::success);

    // Texts that come later count, too: one character more does not fit, one less does.
    const spooler::JobId id = queue_->jobs().front().id;
    spooler::JobChange change;
    change.status_text = "s";
    EXPECT_EQ(code(run(queue_->change_job(id, change))), Win32::not_enough_quota);
    EXPECT_EQ(queue_->job(id)->status_text, "");
    change.document = "";
    EXPECT_EQ(code(run(queue_->change_job(id, change))), Win32::success);
    EXPECT_EQ(queue_->job(id)->status_text, "s");
    ASSERT_TRUE(run(queue_->control_job(id, spooler::JobControl::cancel)));
    EXPECT_EQ(spooler_->metadata().held(alice_), 0U);
    EXPECT_EQ(start(1, alice_), Win32::success);
}

// A DEVMODE that the job has from its printer is there once, whatever number of jobs has it.
TEST_F(MetadataLimit, ThePrintersOwnDevmodeCostsNobody) {
    spooler::PrinterChange change;
    change.devmode = std::make_shared<const base::ByteBuffer>(spooler::default_devmode("Laser"));
    ASSERT_TRUE(run(spooler_->printers().change(queue_, change)));
    writers_.push_back(start_doc(queue_));
    EXPECT_EQ(spooler_->metadata().held(alice_), texts(*queue_->jobs().front().info));
}

TEST_F(MetadataLimit, LoadedJobsCountButAreNeverRefused) {
    auto info = std::make_shared<spooler::JobInfo>();
    info->security = spooler::default_printer_security(std::nullopt);
    info->owner = alice_;
    info->devmode = std::make_shared<const base::ByteBuffer>(limits::kMaxJobMetadataBytesPerUser);
    std::vector<spooler::JobRecord> records(2);
    for (std::size_t i = 0; i < records.size(); ++i) {
        records[i].id = static_cast<spooler::JobId>(1'000'000 + i);
        records[i].printer = queue_->id();
        records[i].state = spooler::JobState::failed;
        records[i].info = info;
        records[i].order = static_cast<std::int64_t>(i);
    }
    queue_->impl().restore(std::move(records));
    EXPECT_EQ(spooler_->metadata().held(alice_), 2 * limits::kMaxJobMetadataBytesPerUser);
    EXPECT_EQ(start(1, alice_), Win32::not_enough_quota);
    for (const spooler::JobView& job : queue_->jobs()) {
        ASSERT_TRUE(run(queue_->control_job(job.id, spooler::JobControl::cancel)));
    }
    EXPECT_EQ(start(1, alice_), Win32::success);
}

}  // namespace
