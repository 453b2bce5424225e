// Adding, finding, changing and deleting printers.
#include "tests/support/spooler_fixture.h"

namespace {

using base::Win32;
namespace attribute = spooler::printer_attribute;
using test_support::FakeMonitor;

class CatalogTest : public test_support::SpoolerFixture {
 protected:
    void SetUp() override { start(); }
    spooler::Catalog& catalog() { return spooler_->printers(); }
    Win32 add(const spooler::NewPrinter& printer) { return base::code_of(run(catalog().add(printer))); }
    Win32 change(const spooler::PrinterQueuePtr& queue, const spooler::PrinterChange& what) {
        return base::code_of(run(catalog().change(queue, what)));
    }
};

TEST_F(CatalogTest, DefaultsOfANewPrinter) {
    const auto queue = add_printer("Laser");
    const auto record = queue->record();
    EXPECT_EQ(record->processor, "winprint");
    EXPECT_EQ(record->datatype, "RAW");
    EXPECT_EQ(record->attributes, attribute::kLocal);
    EXPECT_EQ(record->priority, 1U);
    EXPECT_EQ(record->default_priority, 1U);
    ASSERT_TRUE(record->security);
    EXPECT_TRUE(store_->printer(queue->id()));
    EXPECT_EQ(events_.count(spooler::printer_change::kAddPrinter), 1U);
}

TEST_F(CatalogTest, ChecksInTheOrderThatConformanceTestsExpect) {
    add_printer("Taken");
    spooler::NewPrinter printer;
    printer.separator_file = "x.sep";
    printer.datatype = "FOO";
    printer.priority = 100;
    printer.processor = "other";
    EXPECT_EQ(add(printer), Win32::invalid_printer_name);
    printer.name = "bad,name";
    EXPECT_EQ(add(printer), Win32::invalid_printer_name);
    printer.name = "tAKEN";
    EXPECT_EQ(add(printer), Win32::printer_already_exists);
    printer.name = "New";
    EXPECT_EQ(add(printer), Win32::unknown_port);
    printer.ports = {"nowhere"};
    EXPECT_EQ(add(printer), Win32::unknown_port);
    printer.ports = {"p1"};
    EXPECT_EQ(add(printer), Win32::unknown_printer_driver);
    printer.driver_name = "gENERIC";
    EXPECT_EQ(add(printer), Win32::unknown_printprocessor);
    printer.processor = "WinPrint";
    EXPECT_EQ(add(printer), Win32::invalid_separator_file);
    printer.separator_file.clear();
    EXPECT_EQ(add(printer), Win32::invalid_datatype);
    printer.datatype = "raw";
    EXPECT_EQ(add(printer), Win32::invalid_priority);
    printer.priority = 99;
    printer.start_time = 1441;
    EXPECT_EQ(add(printer), Win32::invalid_parameter);
    printer.start_time = 0;
    printer.driver_name = "Private";
    printer.attributes = attribute::kShared;
    EXPECT_EQ(add(printer), Win32::printer_not_shareable);
    printer.attributes = 0;
    EXPECT_EQ(add(printer), Win32::success);
    EXPECT_EQ(catalog().find("new")->record()->datatype, "RAW");
}

TEST_F(CatalogTest, FindsByNameAndShareNameInAnyCase) {
    auto printer = new_printer("Laser");
    printer.share_name = "hp1";
    printer.attributes = attribute::kShared;
    EXPECT_EQ(add(printer), Win32::success);
    ASSERT_TRUE(catalog().find("LASER"));
    EXPECT_EQ(catalog().find("HP1"), catalog().find("laser"));
    EXPECT_FALSE(catalog().find("hp2"));
    EXPECT_EQ(add(new_printer("Hp1")), Win32::printer_already_exists);     // one name space
}

TEST_F(CatalogTest, AListIsSharedAndOrdered) {
    for (const char* name : {"b", "A", "c"}) add_printer(name);
    const auto list = catalog().list();
    ASSERT_EQ(list->size(), 3U);
    EXPECT_EQ((*list)[0]->record()->name, "A");
    EXPECT_EQ((*list)[2]->record()->name, "c");
    EXPECT_EQ(catalog().list(), list);                                     // no copy per query
    add_printer("aa");
    EXPECT_NE(catalog().list(), list);
    EXPECT_EQ(list->size(), 3U);                                           // the old one stays as it was
}

TEST_F(CatalogTest, ChangeIdGrowsWithEveryChange) {
    const auto queue = add_printer("Laser");
    std::uint32_t last = queue->change_id();
    spooler::PrinterChange what;
    what.comment = "c";
    EXPECT_EQ(change(queue, what), Win32::success);
    EXPECT_EQ(queue->change_id(), ++last);
    EXPECT_TRUE(run(queue->pause()));
    EXPECT_EQ(queue->change_id(), ++last);
}

TEST_F(CatalogTest, RenameFreesTheOldNameAndHandlesFollow) {
    const auto queue = add_printer("Old");
    spooler::PrinterChange what;
    what.name = "New";
    EXPECT_EQ(change(queue, what), Win32::success);
    EXPECT_FALSE(catalog().find("Old"));
    EXPECT_EQ(catalog().find("New"), queue);
    EXPECT_EQ(queue->record()->name, "New");
    EXPECT_EQ(store_->printer(queue->id())->name, "New");
    const auto again = add_printer("Old");
    what.name = "OLD";
    EXPECT_EQ(change(queue, what), Win32::printer_already_exists);
    what.name = "nEW";                                                     // only the case
    EXPECT_EQ(change(queue, what), Win32::success);
    EXPECT_EQ(catalog().find("new"), queue);
    what.name = "";
    EXPECT_EQ(change(queue, what), Win32::invalid_printer_name);
    EXPECT_EQ(catalog().list()->size(), 2U);
}

TEST_F(CatalogTest, SharingNeedsAShareableDriverAndANameInUseIsRefused) {
    const auto queue = add_printer("Laser");
    spooler::PrinterChange what;
    what.attributes = attribute::kShared;
    EXPECT_EQ(change(queue, what), Win32::success);
    EXPECT_EQ(queue->record()->share_name, "Laser");
    EXPECT_EQ(queue->record()->attributes, attribute::kShared | attribute::kLocal);
    what.driver_name = "Private";
    EXPECT_EQ(change(queue, what), Win32::printer_not_shareable);
    add_printer("Other");
    spooler::PrinterChange share;
    share.share_name = "other";
    EXPECT_EQ(change(queue, share), Win32::printer_already_exists);
    share.share_name = "lj";
    EXPECT_EQ(change(queue, share), Win32::success);
    EXPECT_EQ(catalog().find("LJ"), queue);
}

TEST_F(CatalogTest, AFailedCheckChangesNothing) {
    const auto queue = add_printer("Laser");
    const auto before = queue->record();
    spooler::PrinterChange what;
    what.comment = "new";
    what.ports = std::vector<std::string>{"nowhere"};
    EXPECT_EQ(change(queue, what), Win32::unknown_port);
    what.ports = std::vector<std::string>{"P2"};
    what.driver_name = "nothing";
    EXPECT_EQ(change(queue, what), Win32::unknown_printer_driver);
    what.driver_name.reset();
    what.processor = "nothing";
    EXPECT_EQ(change(queue, what), Win32::unknown_printprocessor);
    what.processor.reset();
    what.datatype = "nothing";
    EXPECT_EQ(change(queue, what), Win32::invalid_datatype);
    what.datatype.reset();
    what.priority = 100;
    EXPECT_EQ(change(queue, what), Win32::invalid_priority);
    EXPECT_EQ(queue->record(), before);
}

// It would be written to the database and could not be read at the next start.
TEST_F(CatalogTest, ADescriptorThatCouldNotBeReadAgainIsRefused) {
    base::SecurityDescriptor descriptor = *spooler::default_printer_security(std::nullopt);
    base::Ace ace{base::AceType::allow, 0, spooler::Access::use, base::well_known::users()};
    ace.sid.count = base::Sid::kMaxSubAuthorities;
    descriptor.dacl = base::Acl(800, ace);
    ace.type = base::AceType::audit;
    descriptor.sacl = base::Acl(800, ace);
    const auto security = std::make_shared<const base::SecurityDescriptor>(descriptor);
    auto unstorable = new_printer("Huge");
    unstorable.security = security;
    EXPECT_EQ(base::code_of(run(spooler_->printers().add(unstorable))), Win32::invalid_parameter);
    const auto queue = add_printer("Small");
    spooler::PrinterChange change;
    change.security = security;
    EXPECT_EQ(base::code_of(run(spooler_->printers().change(queue, change))), Win32::invalid_parameter);
    EXPECT_EQ(base::code_of(run(spooler_->server().set_security(security))), Win32::invalid_parameter);
}

TEST_F(CatalogTest, AChangedPortIsUsedFromTheNextDocumentOn) {
    const auto queue = add_printer("Laser");
    spooler::PrinterChange what;
    what.ports = std::vector<std::string>{"P2"};
    EXPECT_EQ(change(queue, what), Win32::success);
    print(queue, "x");
    settle();
    EXPECT_EQ(printed("P2").size(), 1U);
}

TEST_F(CatalogTest, ChangedFieldsAreReported) {
    const auto queue = add_printer("Laser");
    static_cast<void>(events_.take());
    spooler::PrinterChange what;
    what.comment = "c";
    what.location = "";                                                    // as it was
    EXPECT_EQ(change(queue, what), Win32::success);
    const auto events = events_.take();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].change, spooler::printer_change::kSetPrinter);
    EXPECT_EQ(events[0].fields, spooler::field_bit(spooler::printer_field::kComment));
    EXPECT_EQ(events[0].printer_view->record->comment, "c");
}

TEST_F(CatalogTest, DeleteOfAnIdlePrinterIsImmediate) {
    const auto queue = add_printer("Laser");
    ASSERT_TRUE(run(catalog().remove(queue)));
    settle();
    EXPECT_FALSE(catalog().find("Laser"));
    EXPECT_FALSE(catalog().find(queue->id()));
    EXPECT_FALSE(store_->printer(queue->id()));
    EXPECT_EQ(events_.count(spooler::printer_change::kDeletePrinter), 1U);
}

TEST_F(CatalogTest, PendingDeletionLastsUntilTheLastHandleIsClosed) {
    const auto queue = add_printer("Laser");
    auto handle = std::make_unique<spooler::QueueUse>(queue);
    ASSERT_TRUE(run(catalog().remove(queue)));
    EXPECT_FALSE(catalog().find("Laser"));
    EXPECT_TRUE(catalog().list()->empty());
    EXPECT_EQ(queue->view().status, spooler::printer_status::kPendingDeletion);
    EXPECT_EQ(base::code_of(run(queue->start_document(document("late")))), Win32::printer_deleted);
    EXPECT_TRUE(store_->printer(queue->id())->pending_deletion);
    const auto successor = add_printer("Laser");                           // the name is free
    EXPECT_NE(successor->id(), queue->id());
    handle.reset();
    settle();
    EXPECT_FALSE(store_->printer(queue->id()));
    EXPECT_EQ(catalog().find("Laser"), successor);
}

TEST_F(CatalogTest, PendingDeletionLetsWaitingJobsFinish) {
    const auto queue = add_printer("Laser");
    hold("P1");
    print(queue, "1");
    print(queue, "2");
    settle();
    const auto open = start_doc(queue);
    ASSERT_TRUE(run(catalog().remove(queue)));
    settle();
    EXPECT_TRUE(store_->printer(queue->id()));
    release("P1");
    EXPECT_EQ(printed("P1").size(), 2U);
    EXPECT_TRUE(store_->printer(queue->id()));                             // a document is still being written
    EXPECT_EQ(write(open, "3"), Win32::success);
    EXPECT_EQ(base::code_of(run(open->end())), Win32::success);
    settle();
    EXPECT_EQ(printed("P1").size(), 3U);
    EXPECT_FALSE(store_->printer(queue->id()));
    EXPECT_EQ(files_->count(), 0U);
}

TEST_F(CatalogTest, JobsThatCannotPrintGoWithTheirPrinter) {
    const auto queue = add_printer("Laser");
    ASSERT_TRUE(run(queue->pause()));
    const auto job = print(queue, "x");
    ASSERT_TRUE(run(catalog().remove(queue)));
    settle();
    EXPECT_FALSE(store_->printer(queue->id()));
    EXPECT_FALSE(store_->job(job));
    EXPECT_EQ(files_->count(), 0U);
    EXPECT_EQ(spooler_->queue_of(job), nullptr);
    EXPECT_EQ(spooler_->totals().spooled_bytes, 0U);
}

TEST_F(CatalogTest, CancellingTheLastJobOfADeletedPrinterRetiresIt) {
    const auto queue = add_printer("Laser");
    device("P1", [](FakeMonitor::Device& dev) { dev.open_error = base::Error(Win32::timeout); });
    const auto job = print(queue, "x");
    settle();
    ASSERT_TRUE(run(catalog().remove(queue)));
    settle();
    EXPECT_TRUE(store_->printer(queue->id()));
    EXPECT_EQ(control(queue, job, spooler::JobControl::cancel), Win32::success);
    settle();
    EXPECT_FALSE(store_->printer(queue->id()));
}

TEST_F(CatalogTest, HandlesAreCounted) {
    const auto queue = add_printer("Laser");
    {
        const spooler::QueueUse one(queue);
        spooler::QueueUse two(queue);
        const spooler::QueueUse moved(std::move(two));
        EXPECT_EQ(queue->view().handles, 2U);
    }
    EXPECT_EQ(queue->view().handles, 0U);
    EXPECT_EQ(queue->view().max_handles, 2U);
}

TEST_F(CatalogTest, APortInUseIsBusy) {
    add_printer("Laser");
    EXPECT_EQ(base::code_of(run(spooler_->remove_port("p1"))), Win32::busy);
    EXPECT_EQ(base::code_of(run(spooler_->remove_port("P4"))), Win32::success);
    EXPECT_EQ(base::code_of(run(spooler_->remove_port("P4"))), Win32::unknown_port);
}

TEST_F(CatalogTest, ServerIsReadableWhileTheStoreRefusesChanges) {
    const auto queue = add_printer("Laser");
    store_->fail(base::Error(Win32::disk_full));
    EXPECT_EQ(add(new_printer("Two")), Win32::disk_full);
    EXPECT_FALSE(catalog().find("Two"));
    EXPECT_EQ(queue->view().name(), "Laser");
}

}  // namespace
