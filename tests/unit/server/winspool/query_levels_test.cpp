// Every query operation × every level × buffer {none, one byte short, exact, larger}, over both interfaces and both transfer syntaxes.
#include "level_specs.h"
#include "service_fixture.h"

namespace {

using namespace service_test;

struct Answer {
    Win32 code = Win32::success;
    std::uint32_t needed = 0, returned = 0;
    base::ByteBuffer buffer;
    bool present = false;
};

struct Query {
    const char* name;
    std::vector<std::uint32_t> levels, bad_levels;
    std::function<Answer(Session*, std::uint32_t level, std::uint32_t size)> ask;
    bool always = false;                                           // the level does not matter
};

class QueryTest : public ServiceFixture {
 protected:
    void SetUp() override {
        ServiceFixture::SetUp();
        queue_ = add_printer("Laser", "P1", spooler::printer_attribute::kShared);
        add_printer("Second", "P2,P3", spooler::printer_attribute::kShared);
        pause(queue_);
        job_ = spool(admin_, "Laser");
        spool(admin_, "Laser", "more", "second");
    }

    op::EnumJobs::In all_jobs() {
        op::EnumJobs::In in;
        in.hPrinter = printer(admin_);
        in.NoJobs = 0xFFFFFFFF;
        in.Level = 1;
        return in;
    }

    template <class Out>
    static Answer answer(const Out& out, const ndr::Bytes& bytes) {
        Answer result;
        result.code = code(out);
        result.needed = out.pcbNeeded;
        if constexpr (requires { out.pcReturned; }) result.returned = out.pcReturned;
        result.present = bytes.present;
        result.buffer.assign(bytes.data, bytes.data + bytes.size);
        return result;
    }
    // Both members are called the same in all these structures but for the buffer.
    template <class In>
    static void fill(In& in, std::uint32_t level, std::uint32_t size) {
        in.Level = level;
        in.cbBuf = size;
    }

    // `set_buffer` makes the request, `get_buffer` finds the reply's buffer; level and size are filled in here.
    template <class Method, class Make, class Get>
    auto named(Method method, Make make, Get get_buffer) {
        return [this, method, make, get_buffer](Session* who, std::uint32_t level, std::uint32_t size) {
            auto in = make(who, size, std::string("\\\\WINSPOOLD"));
            fill(in, level, size);
            const auto out = call(who, method, in);
            return answer(out, get_buffer(out));
        };
    }
    std::vector<Query> queries() {
        std::vector<Query> list;
        add_object_queries(list);
        add_processor_queries(list);
        add_driver_queries(list);
        add_handle_queries(list);
        return list;
    }

    void add_object_queries(std::vector<Query>& list) {
        list.push_back({"EnumPrinters", {0, 1, 2, 4, 5}, {3, 6, 7, 8, 9, 100},
                        named(&op::Client::enum_printers,
                              [](Session* who, std::uint32_t size, const std::string& server) {
                                  op::EnumPrinters::In in;
                                  in.Flags = 2;
                                  in.Name = wide(who, server);
                                  in.pPrinterEnum = buffer(who, size);
                                  return in;
                              },
                              [](const op::EnumPrinters::Out& out) { return out.pPrinterEnum; })});
        list.push_back({"EnumPorts", {1, 2}, {0, 3, 0xFFFFFFFF},
                        named(&op::Client::enum_ports,
                              [](Session* who, std::uint32_t size, const std::string& server) {
                                  op::EnumPorts::In in;
                                  in.pName = wide(who, server);
                                  in.pPort = buffer(who, size);
                                  return in;
                              },
                              [](const op::EnumPorts::Out& out) { return out.pPort; })});
        list.push_back({"EnumMonitors", {1, 2}, {0, 3},
                        named(&op::Client::enum_monitors,
                              [](Session* who, std::uint32_t size, const std::string& server) {
                                  op::EnumMonitors::In in;
                                  in.pName = wide(who, server);
                                  in.pMonitor = buffer(who, size);
                                  return in;
                              },
                              [](const op::EnumMonitors::Out& out) { return out.pMonitor; })});
    }
    void add_processor_queries(std::vector<Query>& list) {
        list.push_back({"EnumPrintProcessors", {1}, {0, 2, 3, 32, 256},
                        named(&op::Client::enum_print_processors,
                              [](Session* who, std::uint32_t size, const std::string& server) {
                                  op::EnumPrintProcessors::In in;
                                  in.pName = wide(who, server);
                                  in.pPrintProcessorInfo = buffer(who, size);
                                  return in;
                              },
                              [](const op::EnumPrintProcessors::Out& out) { return out.pPrintProcessorInfo; })});
        list.push_back({"EnumPrintProcessorDatatypes", {1}, {0, 2, 3, 32, 256},
                        named(&op::Client::enum_print_processor_datatypes,
                              [](Session* who, std::uint32_t size, const std::string& server) {
                                  op::EnumPrintProcessorDatatypes::In in;
                                  in.pName = wide(who, server);
                                  in.pPrintProcessorName = wide(who, "WinPrint");
                                  in.pDatatypes = buffer(who, size);
                                  return in;
                              },
                              [](const op::EnumPrintProcessorDatatypes::Out& out) { return out.pDatatypes; })});
        list.push_back({"GetPrintProcessorDirectory", {0, 1, 78, 1024}, {},
                        named(&op::Client::get_print_processor_directory,
                              [](Session* who, std::uint32_t size, const std::string& server) {
                                  op::GetPrintProcessorDirectory::In in;
                                  in.pName = wide(who, server);
                                  in.pPrintProcessorDirectory = buffer(who, size);
                                  return in;
                              },
                              [](const op::GetPrintProcessorDirectory::Out& out) { return out.pPrintProcessorDirectory; }),
                        true});
    }
    void add_driver_queries(std::vector<Query>& list) {
        list.push_back({"EnumPrinterDrivers", {1, 2, 3, 4, 5, 6, 8}, {0, 7, 9, 101},
                        named(&op::Client::enum_printer_drivers,
                              [](Session* who, std::uint32_t size, const std::string& server) {
                                  op::EnumPrinterDrivers::In in;
                                  in.pName = wide(who, server);
                                  in.pEnvironment = wide(who, "windows X64");
                                  in.pDrivers = buffer(who, size);
                                  return in;
                              },
                              [](const op::EnumPrinterDrivers::Out& out) { return out.pDrivers; })});
        list.push_back({"GetPrinterDriverDirectory", {0, 1, 78, 1024}, {},
                        named(&op::Client::get_printer_driver_directory,
                              [](Session* who, std::uint32_t size, const std::string& server) {
                                  op::GetPrinterDriverDirectory::In in;
                                  in.pName = wide(who, server);
                                  in.pDriverDirectory = buffer(who, size);
                                  return in;
                              },
                              [](const op::GetPrinterDriverDirectory::Out& out) { return out.pDriverDirectory; }),
                        true});
    }

    // Each opens a handle of its own, because handles belong to an interface.
    void add_handle_queries(std::vector<Query>& list) {
        list.push_back({"GetPrinter", {0, 1, 2, 3, 4, 5, 6, 7, 8}, {10, 11, 0xFFFFFFFF}, [this](Session* who, std::uint32_t level, std::uint32_t size) {
                            op::GetPrinter::In in;
                            in.hPrinter = printer(who);
                            in.pPrinter = buffer(who, size);
                            fill(in, level, size);
                            const auto out = call(who, &op::Client::get_printer, in);
                            return answer(out, out.pPrinter);
                        }});
        list.push_back({"GetJob", {1, 2, 3, 4}, {0, 5, 100}, [this](Session* who, std::uint32_t level, std::uint32_t size) {
                            op::GetJob::In in;
                            in.hPrinter = printer(who);
                            in.JobId = job_;
                            in.pJob = buffer(who, size);
                            fill(in, level, size);
                            const auto out = call(who, &op::Client::get_job, in);
                            return answer(out, out.pJob);
                        }});
        list.push_back({"EnumJobs", {1, 2, 3, 4}, {0, 5, 100}, [this](Session* who, std::uint32_t level, std::uint32_t size) {
                            op::EnumJobs::In in;
                            in.hPrinter = printer(who);
                            in.NoJobs = 0xFFFFFFFF;
                            in.pJob = buffer(who, size);
                            fill(in, level, size);
                            const auto out = call(who, &op::Client::enum_jobs, in);
                            return answer(out, out.pJob);
                        }});
        list.push_back({"GetForm", {1, 2}, {0, 3}, [this](Session* who, std::uint32_t level, std::uint32_t size) {
                            op::GetForm::In in;
                            in.hPrinter = printer(who);
                            in.pFormName = wide(who, "letter");
                            in.pForm = buffer(who, size);
                            fill(in, level, size);
                            const auto out = call(who, &op::Client::get_form, in);
                            return answer(out, out.pForm);
                        }});
        list.push_back({"EnumForms", {1, 2}, {0, 3}, [this](Session* who, std::uint32_t level, std::uint32_t size) {
                            op::EnumForms::In in;
                            in.hPrinter = printer(who);
                            in.pForm = buffer(who, size);
                            fill(in, level, size);
                            const auto out = call(who, &op::Client::enum_forms, in);
                            return answer(out, out.pForm);
                        }});
        list.push_back({"GetPrinterDriver", {1, 2, 3, 4, 5, 6, 8, 101}, {0, 7, 9, 100}, [this](Session* who, std::uint32_t level, std::uint32_t size) {
                            op::GetPrinterDriver::In in;
                            in.hPrinter = printer(who);
                            in.pDriver = buffer(who, size);
                            in.dwClientMajorVersion = 3;
                            fill(in, level, size);
                            const auto out = call(who, &op::Client::get_printer_driver, in);
                            EXPECT_EQ(out.pdwServerMaxVersion, 0U);
                            EXPECT_EQ(out.pdwServerMinVersion, 0U);
                            return answer(out, out.pDriver);
                        }});
    }

    ndr::ContextHandle printer(Session* who) {
        if (printers_.count(who) == 0) printers_[who] = open(who, "\\\\WINSPOOLD\\Laser");
        return printers_[who];
    }

    void exercise(Session* who) {
        for (const Query& query : queries()) {
            for (const std::uint32_t level : query.levels) {
                SCOPED_TRACE(std::string(query.name) + " level " + std::to_string(level));
                const Answer none = query.ask(who, level, 0);
                ASSERT_EQ(who->fault, 0U);
                ASSERT_EQ(none.code, Win32::insufficient_buffer);
                ASSERT_GT(none.needed, 0U);
                EXPECT_EQ(none.returned, 0U);
                EXPECT_FALSE(none.present);
                const Answer one_short = query.ask(who, level, none.needed - 1);
                EXPECT_EQ(one_short.code, Win32::insufficient_buffer);
                EXPECT_EQ(one_short.needed, none.needed);
                EXPECT_EQ(one_short.returned, 0U);
                EXPECT_TRUE(one_short.present);
                EXPECT_EQ(one_short.buffer.size(), none.needed - 1);
                EXPECT_THAT(one_short.buffer, testing::Each(std::byte{0}));
                const Answer exact = query.ask(who, level, none.needed);
                EXPECT_EQ(exact.code, Win32::success);
                EXPECT_EQ(exact.needed, none.needed);
                const Answer larger = query.ask(who, level, none.needed + 4096);
                EXPECT_EQ(larger.code, Win32::success);
                EXPECT_EQ(larger.needed, none.needed);
                EXPECT_EQ(larger.returned, exact.returned);
                EXPECT_EQ(larger.buffer.size(), none.needed + 4096);
                EXPECT_THAT(exact.buffer, testing::Contains(testing::Ne(std::byte{0})));
            }
            // The level is looked at before the buffer.
            for (const std::uint32_t level : query.bad_levels) {
                SCOPED_TRACE(std::string(query.name) + " level " + std::to_string(level));
                for (const std::uint32_t size : {0U, 1U, 100000U}) {
                    const Answer bad = query.ask(who, level, size);
                    EXPECT_EQ(bad.code, Win32::invalid_level);
                    EXPECT_EQ(bad.returned, 0U);
                    EXPECT_EQ(bad.present, size != 0);
                }
            }
        }
    }

    spooler::PrinterQueuePtr queue_;
    spooler::JobId job_ = 0;
    std::map<Session*, ndr::ContextHandle> printers_;
};

TEST_F(QueryTest, EveryLevelOverPar) { exercise(admin_); }

TEST_F(QueryTest, EveryLevelOverRprn) {
    exercise(session(token("admin", kAdminSid, {base::well_known::administrators()}), op::Via::rprn));
}

TEST_F(QueryTest, EveryLevelInNdr64) {
    admin_->use(ndr::Syntax::ndr64);
    exercise(admin_);
}

TEST_F(QueryTest, ABufferWithoutPointerFaultsOrIsRefused) {
    op::EnumPorts::In in;
    in.Level = 1;
    in.cbBuf = 100;                                                // and a NULL pointer
    const auto out = call(admin_, &op::Client::enum_ports, in);
    EXPECT_TRUE(admin_->fault == 0x6F7U || code(out) == Win32::invalid_user_buffer);
}

TEST_F(QueryTest, TheFetchSeesTheListOfTheSizeQuery) {
    op::EnumJobs::In in = all_jobs();
    const auto size = call(admin_, &op::Client::enum_jobs, in);
    ASSERT_EQ(code(size), Win32::insufficient_buffer);
    // Somebody else adds a job between the two calls: the fetch fits all the same and shows what was measured.
    spool(alice_, "Laser", "x", "third");
    in.cbBuf = size.pcbNeeded;
    in.pJob = buffer(admin_, in.cbBuf);
    const auto fetched = call(admin_, &op::Client::enum_jobs, in);
    EXPECT_EQ(code(fetched), Win32::success);
    EXPECT_EQ(fetched.pcReturned, 2U);
    EXPECT_EQ(fetched.pcbNeeded, size.pcbNeeded);
    // Once only: the same question again is about the list of now.
    in.pJob = buffer(admin_, in.cbBuf);
    EXPECT_EQ(code(call(admin_, &op::Client::enum_jobs, in)), Win32::insufficient_buffer);
}

TEST_F(QueryTest, TheFetchShowsWhatOthersChangedSinceTheSizeQuery) {
    op::EnumJobs::In in = all_jobs();
    const auto size = call(admin_, &op::Client::enum_jobs, in);
    ASSERT_EQ(code(size), Win32::insufficient_buffer);
    in.cbBuf = size.pcbNeeded;
    in.pJob = buffer(admin_, in.cbBuf);
    const auto unchanged = call(admin_, &op::Client::enum_jobs, in);
    ASSERT_EQ(code(unchanged), Win32::success);
    ASSERT_EQ(unchanged.pcReturned, 2U);
    const std::vector<std::byte> before(unchanged.pJob.view().begin(), unchanged.pJob.view().end());

    in.cbBuf = 0;
    in.pJob = ndr::Bytes::absent();
    ASSERT_EQ(code(call(admin_, &op::Client::enum_jobs, in)), Win32::insufficient_buffer);
    Session* other = session(token("admin", kAdminSid, {base::well_known::administrators()}));
    op::SetJob::In pause;
    pause.hPrinter = printer(other);
    pause.JobId = job_;
    pause.Command = 1;                                             // JOB_CONTROL_PAUSE
    ASSERT_EQ(code(call(other, &op::Client::set_job, pause)), Win32::success);
    in.cbBuf = size.pcbNeeded;
    in.pJob = buffer(admin_, in.cbBuf);
    const auto changed = call(admin_, &op::Client::enum_jobs, in);
    ASSERT_EQ(code(changed), Win32::success);
    EXPECT_NE(std::vector<std::byte>(changed.pJob.view().begin(), changed.pJob.view().end()), before);
}

TEST_F(QueryTest, OwnChangesAndTimeEndTheSizeQuery) {
    op::EnumJobs::In in = all_jobs();
    const auto size = call(admin_, &op::Client::enum_jobs, in);
    spool(alice_, "Laser", "x", "third");
    clock_.advance(std::chrono::milliseconds(base::limits::kSizeCacheLifetimeMs));
    in.cbBuf = size.pcbNeeded;
    in.pJob = buffer(admin_, in.cbBuf);
    EXPECT_EQ(code(call(admin_, &op::Client::enum_jobs, in)), Win32::insufficient_buffer);

    // A room that fits the list of now gets the list of now.
    in.cbBuf = 100000;
    in.pJob = buffer(admin_, in.cbBuf);
    EXPECT_EQ(call(admin_, &op::Client::enum_jobs, in).pcReturned, 3U);
}

TEST_F(QueryTest, OthersDoNotGetTheRowsOfASizeQuery) {
    Session* carol = session(token("carol", kBobSid));
    const auto ask = [&](Session* who, std::uint32_t size) {
        op::EnumPrinters::In in;
        in.Flags = 2;
        in.Level = 4;
        in.cbBuf = size;
        in.pPrinterEnum = buffer(who, size);
        return call(who, &op::Client::enum_printers, in);
    };
    const auto first = ask(carol, 0);
    add_printer("A printer with a rather long name", "P4", spooler::printer_attribute::kShared);
    EXPECT_EQ(code(ask(alice_, first.pcbNeeded)), Win32::insufficient_buffer);
    EXPECT_EQ(ask(carol, first.pcbNeeded).pcReturned, 2U);
}

}  // namespace
