// MS-PAR notifications: filter, long poll, merging, refresh, colour, every way a registration ends; refused MS-RPRN call-backs.
#include "service_fixture.h"

namespace {

using namespace service_test;
using spooler::Access;
namespace change = spooler::printer_change;
namespace pf = spooler::printer_field;
namespace jf = spooler::job_field;

constexpr std::uint32_t kInvalidArgument = 0x80070057, kBusy = 0x800700AA, kCancelled = 0x800704C7, kAborted = 0x800703E3;

class NotifyOps : public ServiceFixture {
 protected:
    using Pending = std::shared_ptr<std::optional<base::Result<void>>>;

    void SetUp() override {
        ServiceFixture::SetUp();
        laser_ = add_printer("Laser", "P1", spooler::printer_attribute::kShared);
        printer_ = open(alice_, "Laser", Access::use);
        pump();
    }

    op::RpcPrintPropertiesCollection filter(Session* who, std::uint32_t changes, std::vector<std::uint16_t> printer_fields,
                                            std::vector<std::uint16_t> job_fields, std::uint32_t color = 1) {
        ndr::Arena& arena = who->arena();
        auto* options = arena.alloc<op::RPC_V2_NOTIFY_OPTIONS>();
        options->Version = 2;
        options->Count = 2;
        options->pTypes = arena.array<op::RPC_V2_NOTIFY_OPTIONS_TYPE>(2);
        const std::vector<std::uint16_t>* const lists[] = {&printer_fields, &job_fields};
        for (std::uint16_t type = 0; type < 2; ++type) {
            op::RPC_V2_NOTIFY_OPTIONS_TYPE& entry = options->pTypes[type];
            entry.Type = type;
            entry.Count = static_cast<std::uint32_t>(lists[type]->size());
            entry.pFields = arena.array<std::uint16_t>(entry.Count);
            std::copy(lists[type]->begin(), lists[type]->end(), entry.pFields.data);
        }
        op::RpcPrintPropertiesCollection collection;
        collection.numberOfProperties = 4;
        collection.propertiesCollection = arena.array<op::RpcPrintNamedProperty>(4);
        auto& properties = collection.propertiesCollection;
        properties[0].propertyName = wide(who, "RemoteNotifyFilter Flags");
        properties[0].propertyValue.set_propertyInt32(static_cast<std::int32_t>(changes));
        properties[1].propertyName = wide(who, "RemoteNotifyFilter Options");
        properties[1].propertyValue.set_propertyInt32(0);
        properties[2].propertyName = wide(who, "RemoteNotifyFilter Color");
        properties[2].propertyValue.set_propertyInt32(static_cast<std::int32_t>(color));
        properties[3].propertyName = wide(who, "RemoteNotifyFilter NotifyOptions");
        op::NOTIFY_OPTIONS_CONTAINER container;
        container.pOptions = options;
        properties[3].propertyValue.set_propertyOptionsContainer(container);
        return collection;
    }
    op::RegisterForRemoteNotifications::Out subscribe(Session* who, const ndr::ContextHandle& handle,
                                                      const op::RpcPrintPropertiesCollection& wanted) {
        op::RegisterForRemoteNotifications::In in;
        in.hPrinter = handle;
        in.pNotifyFilter = wanted;
        return call(who, &op::Client::register_for_remote_notifications, in);
    }
    op::GetRemoteNotifications::Out get(Session* who, const ndr::ContextHandle& handle) {
        op::GetRemoteNotifications::In in;
        in.hRpcHandle = handle;
        return call(who, &op::Client::get_remote_notifications, in);
    }
    // A call that waits; its outcome appears in news_.
    Pending wait(Session* who, const ndr::ContextHandle& handle) {
        waiting_in_.hRpcHandle = handle;
        client_ = std::make_unique<op::Client>(*who, who->arena(), who->via());
        return begin(client_->get_remote_notifications(waiting_in_, news_));
    }
    op::UnRegisterForRemoteNotifications::Out unsubscribe(Session* who, const ndr::ContextHandle& handle) {
        op::UnRegisterForRemoteNotifications::In in;
        in.phRpcHandle = handle;
        return call(who, &op::Client::un_register_for_remote_notifications, in);
    }

    struct News {
        std::uint32_t changes = 0, color = 0, flags = 0;
        std::map<std::string, std::string> values;                 // "printer 18" or "job 4711 10"
    };
    static std::string text(const op::RPC_V2_NOTIFY_INFO_DATA& data) {
        if (const auto* string = data.String()) {
            EXPECT_EQ(string->cbBuf, 2 * string->pszString.size);
            EXPECT_EQ(string->pszString[string->pszString.size - 1], u'\0');
            return base::to_utf8(std::u16string_view(string->pszString.data, string->pszString.size - 1));
        }
        if (const auto* numbers = data.dwData()) return std::to_string((*numbers)[0] + (std::uint64_t{(*numbers)[1]} << 32U));
        if (const auto* time = data.SystemTime()) return time->cbBuf == 16 ? std::to_string(time->pSystemTime->wYear) : "bad";
        if (const auto* devmode = data.DevMode()) return "devmode " + std::to_string(devmode->cbBuf);
        if (const auto* security = data.SecurityDescriptor()) return security->cbBuf > 20 ? "security" : "bad";
        return "none";
    }
    template <class Out>
    static News decode(const Out& out) {
        News news;
        EXPECT_EQ(out.result, 0U);
        EXPECT_NE(out.ppNotifyData, nullptr);
        if (out.ppNotifyData == nullptr) return news;
        for (const op::RpcPrintNamedProperty& property : out.ppNotifyData->propertiesCollection) {
            const std::string name = base::to_utf8(property.propertyName.view());
            if (name == "RemoteNotifyData Flags") news.changes = static_cast<std::uint32_t>(*property.propertyValue.propertyInt32());
            if (name == "RemoteNotifyData Color") news.color = static_cast<std::uint32_t>(*property.propertyValue.propertyInt32());
            if (name != "RemoteNotifyData Info") continue;
            const op::RPC_V2_NOTIFY_INFO& info = *property.propertyValue.propertyReplyContainer()->pInfo;
            EXPECT_EQ(info.Version, 2U);
            EXPECT_EQ(info.Count, info.aData.size);
            news.flags = info.Flags;
            for (const op::RPC_V2_NOTIFY_INFO_DATA& data : info.aData) {
                const std::string object = data.Type == 0 ? "printer " : "job " + std::to_string(data.Id) + " ";
                news.values[object + std::to_string(data.Field)] = text(data);
            }
        }
        return news;
    }

    spooler::PrinterQueuePtr laser_;
    ndr::ContextHandle printer_;
    op::GetRemoteNotifications::In waiting_in_;
    op::GetRemoteNotifications::Out news_;
    std::unique_ptr<op::Client> client_;
};

TEST_F(NotifyOps, ALongPollEndsWithTheChange) {
    const auto registered = subscribe(alice_, printer_, filter(alice_, change::kSetPrinter, {pf::kComment, pf::kStatus}, {}, 7));
    ASSERT_EQ(registered.result, 0U);
    const Pending pending = wait(alice_, registered.phRpcHandle);
    EXPECT_FALSE(pending->has_value());
    spooler::PrinterChange settings;
    settings.comment = "new paper";
    ASSERT_TRUE(run(spooler_->printers().change(laser_, settings)));
    pump();
    ASSERT_TRUE(pending->has_value());
    const News news = decode(news_);
    EXPECT_EQ(news.changes, change::kSetPrinter);
    EXPECT_EQ(news.color, 7U);
    EXPECT_EQ(news.flags, 0U);
    EXPECT_EQ(news.values, (std::map<std::string, std::string>{{"printer 5", "new paper"}}));
}

TEST_F(NotifyOps, ManyChangesMergeIntoOneNotification) {
    pause(laser_);
    pump();
    const auto registered = subscribe(alice_, printer_, filter(alice_, 0xFF00, {pf::kJobs}, {jf::kDocument, jf::kStatus, jf::kTotalBytes, jf::kSubmitted}));
    ASSERT_EQ(registered.result, 0U);
    const spooler::JobId job = spool(alice_, "Laser", "12345", "letter");
    const News news = decode(get(alice_, registered.phRpcHandle));
    EXPECT_EQ(news.changes & change::kAddJob, change::kAddJob);
    EXPECT_EQ(news.values.at("printer 20"), "1");
    EXPECT_EQ(news.values.at("job " + std::to_string(job) + " 13"), "letter");
    EXPECT_EQ(news.values.at("job " + std::to_string(job) + " 22"), "5");
    EXPECT_EQ(news.values.at("job " + std::to_string(job) + " 16"), "2024");
    ASSERT_TRUE(run(laser_->control_job(job, spooler::JobControl::cancel)));
    pump();
    const News gone = decode(get(alice_, registered.phRpcHandle));
    EXPECT_EQ(gone.changes & change::kDeleteJob, change::kDeleteJob);
    EXPECT_EQ(gone.values.at("printer 20"), "0");
}

TEST_F(NotifyOps, RefreshGivesEverythingAndStoresTheColor) {
    pause(laser_);
    const spooler::JobId job = spool(alice_, "Laser", "12345", "letter");
    std::vector<std::uint16_t> printer_fields, job_fields;
    for (std::uint16_t field = 0; field <= pf::kBranchOffice; ++field) printer_fields.push_back(field);
    for (std::uint16_t field = 0; field <= jf::kBytesPrinted; ++field) job_fields.push_back(field);
    const ndr::ContextHandle reader = open(alice_, "Laser", Access::use | base::access::kReadControl);
    const auto registered = subscribe(alice_, reader, filter(alice_, 0xFFFF, printer_fields, job_fields, 1));
    ASSERT_EQ(registered.result, 0U);
    op::RefreshRemoteNotifications::In in;
    in.hRpcHandle = registered.phRpcHandle;
    in.pNotifyFilter = filter(alice_, 0xFFFF, printer_fields, job_fields, 99);
    const News all = decode(call(alice_, &op::Client::refresh_remote_notifications, in));
    EXPECT_EQ(all.color, 99U);
    EXPECT_EQ(all.changes, 0U);
    EXPECT_EQ(all.values.size(), printer_fields.size() + job_fields.size());
    EXPECT_EQ(all.values.at("printer 1"), "Laser");
    EXPECT_EQ(all.values.at("printer 7"), "devmode 220");
    EXPECT_EQ(all.values.at("printer 12"), "security");
    EXPECT_EQ(all.values.at("job " + std::to_string(job) + " 3"), "alice");
    EXPECT_EQ(all.values.at("job " + std::to_string(job) + " 12"), "security");
    const Pending pending = wait(alice_, registered.phRpcHandle);
    ASSERT_TRUE(run(laser_->resume()));
    pump();
    ASSERT_TRUE(pending->has_value());
    EXPECT_EQ(decode(news_).color, 99U);
}

// An application says "refresh" without naming anything, and its client passes that on.
TEST_F(NotifyOps, ARefreshWithoutFieldsMeansThoseOfTheRegistration) {
    const auto registered = subscribe(alice_, printer_, filter(alice_, change::kSetPrinter, {pf::kComment, pf::kStatus}, {}, 1));
    ASSERT_EQ(registered.result, 0U);
    op::RefreshRemoteNotifications::In in;
    in.hRpcHandle = registered.phRpcHandle;
    in.pNotifyFilter = filter(alice_, 0, {}, {}, 2);
    News all = decode(call(alice_, &op::Client::refresh_remote_notifications, in));
    EXPECT_EQ(all.color, 2U);
    EXPECT_EQ(all.values, (std::map<std::string, std::string>{{"printer 5", ""}, {"printer 18", "0"}}));
    op::NOTIFY_OPTIONS_CONTAINER none;
    in.pNotifyFilter.propertiesCollection[3].propertyValue.set_propertyOptionsContainer(none);
    all = decode(call(alice_, &op::Client::refresh_remote_notifications, in));
    EXPECT_EQ(all.values.size(), 2U);
    // Other fields than those of the registration are for this reply only.
    in.pNotifyFilter = filter(alice_, change::kSetPrinter, {pf::kPrinterName}, {}, 3);
    all = decode(call(alice_, &op::Client::refresh_remote_notifications, in));
    EXPECT_EQ(all.values, (std::map<std::string, std::string>{{"printer 1", "Laser"}}));
    const Pending pending = wait(alice_, registered.phRpcHandle);
    spooler::PrinterChange settings;
    settings.comment = "new";
    ASSERT_TRUE(run(spooler_->printers().change(laser_, settings)));
    pump();
    ASSERT_TRUE(pending->has_value());
    EXPECT_EQ(decode(news_).values, (std::map<std::string, std::string>{{"printer 5", "new"}}));
    // All four properties have to be there all the same.
    in.pNotifyFilter.propertiesCollection[1].propertyName = wide(alice_, "something else");
    EXPECT_EQ(call(alice_, &op::Client::refresh_remote_notifications, in).result, kInvalidArgument);
}

TEST_F(NotifyOps, OverflowIsToldOnceUntilRefresh) {
    pause(laser_);
    pump();
    const auto wanted = filter(alice_, 0xFF00, {}, {jf::kDocument, jf::kStatus, jf::kUserName, jf::kPosition, jf::kTotalBytes, jf::kDatatype, jf::kPriority, jf::kMachineName});
    const auto registered = subscribe(alice_, printer_, wanted);
    ASSERT_EQ(registered.result, 0U);
    for (std::size_t i = 0; i <= base::limits::kMaxSubscriptionEvents / 4; ++i) print(laser_, "x");
    pump();
    const News news = decode(get(alice_, registered.phRpcHandle));
    EXPECT_EQ(news.flags, 1U);
    EXPECT_EQ(news.changes & 1U, 1U);
    EXPECT_TRUE(news.values.empty());
    const Pending pending = wait(alice_, registered.phRpcHandle);
    print(laser_, "y");
    pump();
    EXPECT_FALSE(pending->has_value());
    op::RefreshRemoteNotifications::In in;
    in.hRpcHandle = registered.phRpcHandle;
    in.pNotifyFilter = wanted;
    const News all = decode(call(alice_, &op::Client::refresh_remote_notifications, in));
    EXPECT_EQ(all.flags, 0U);
    EXPECT_GT(all.values.size(), base::limits::kMaxSubscriptionEvents);
    print(laser_, "z");
    pump();
    EXPECT_TRUE(pending->has_value());
}

// As in GetPrinter level 3: who may print but not read the descriptor does not get it by a notification.
TEST_F(NotifyOps, DescriptorsNeedReadControl) {
    pause(laser_);
    const std::string job = "job " + std::to_string(spool(alice_, "Laser")) + " ";
    spooler::PrinterChange settings;
    settings.security = std::make_shared<const base::SecurityDescriptor>(*base::parse_sddl("O:BAG:BAD:(A;;0xF000C;;;BA)(A;;0x8;;;WD)"));
    ASSERT_TRUE(run(spooler_->printers().change(laser_, settings)));
    pump();
    Session* bob = session(token("WORK\\bob", kBobSid));
    for (Session* const who : {bob, admin_}) {
        const bool may = who == admin_;
        for (const std::string& name : {std::string("Laser"), std::string(R"(\\WINSPOOLD)")}) {
            const std::uint32_t rights = name != "Laser" ? 0U : Access::use | (may ? base::access::kReadControl : 0U);
            const auto wanted = filter(who, change::kSetPrinter, {pf::kComment, pf::kSecurity}, {jf::kDocument, jf::kSecurity});
            const auto registered = subscribe(who, open(who, name, rights), wanted);
            ASSERT_EQ(registered.result, 0U);
            op::RefreshRemoteNotifications::In in;
            in.hRpcHandle = registered.phRpcHandle;
            in.pNotifyFilter = wanted;
            const News all = decode(call(who, &op::Client::refresh_remote_notifications, in));
            EXPECT_EQ(all.values.count("printer " + std::to_string(pf::kSecurity)), may ? 1U : 0U) << name;
            EXPECT_EQ(all.values.count(job + std::to_string(jf::kSecurity)), may ? 1U : 0U) << name;
            EXPECT_EQ(all.values.count("printer " + std::to_string(pf::kComment)), 1U) << name;
            EXPECT_EQ(all.values.count(job + std::to_string(jf::kDocument)), 1U) << name;

            settings.comment = "comment for " + name + (may ? " 1" : " 2");
            auto other = std::make_shared<base::SecurityDescriptor>(*settings.security);
            other->dacl->push_back(other->dacl->back());                           // another descriptor with the same meaning
            settings.security = other;
            ASSERT_TRUE(run(spooler_->printers().change(laser_, settings)));
            pump();
            const News news = decode(get(who, registered.phRpcHandle));
            EXPECT_EQ(news.values.count("printer " + std::to_string(pf::kSecurity)), may ? 1U : 0U) << name;
            EXPECT_EQ(news.values.count("printer " + std::to_string(pf::kComment)), 1U) << name;
        }
    }
}

TEST_F(NotifyOps, ASecondPollIsRefused) {
    const auto registered = subscribe(alice_, printer_, filter(alice_, change::kSetPrinter, {}, {}));
    const Pending pending = wait(alice_, registered.phRpcHandle);
    EXPECT_EQ(get(alice_, registered.phRpcHandle).result, kBusy);
    EXPECT_FALSE(pending->has_value());
}

TEST_F(NotifyOps, EveryEndOfARegistrationEndsThePoll) {
    const auto wanted = filter(alice_, change::kSetPrinter, {}, {});
    {
        const auto registered = subscribe(alice_, printer_, wanted);
        const Pending pending = wait(alice_, registered.phRpcHandle);
        const auto out = unsubscribe(alice_, registered.phRpcHandle);
        EXPECT_EQ(out.result, 0U);
        EXPECT_TRUE(out.phRpcHandle.is_null());
        ASSERT_TRUE(pending->has_value());
        EXPECT_EQ(news_.result, kCancelled);
        get(alice_, registered.phRpcHandle);
        EXPECT_EQ(alice_->fault, 0x1C00001AU);
    }
    {
        const auto registered = subscribe(alice_, printer_, wanted);
        const Pending pending = wait(alice_, registered.phRpcHandle);
        EXPECT_EQ(close(alice_, printer_), Win32::success);
        settle();
        ASSERT_TRUE(pending->has_value());
        EXPECT_EQ(news_.result, kCancelled);
        EXPECT_EQ(get(alice_, registered.phRpcHandle).result, kCancelled);
        EXPECT_EQ(unsubscribe(alice_, registered.phRpcHandle).result, 0U);
    }
    {
        printer_ = open(alice_, "Laser", Access::use);
        const auto registered = subscribe(alice_, printer_, wanted);
        const Pending pending = wait(alice_, registered.phRpcHandle);
        for (const auto& object : alice_->handles().take_all()) run_void(object->rundown());
        settle();
        ASSERT_TRUE(pending->has_value());
        EXPECT_EQ(news_.result, kCancelled);
    }
    EXPECT_EQ(bus_.subscriptions(), 0U);
}

TEST_F(NotifyOps, ACancelledCallLeavesTheRegistration) {
    const auto registered = subscribe(alice_, printer_, filter(alice_, change::kSetPrinter, {pf::kComment}, {}));
    const Pending pending = wait(alice_, registered.phRpcHandle);
    alice_->cancel.cancel();
    settle();
    ASSERT_TRUE(pending->has_value());
    EXPECT_EQ(news_.result, kAborted);
    alice_->cancel = base::CancelSignal();
    spooler::PrinterChange settings;
    settings.comment = "later";
    ASSERT_TRUE(run(spooler_->printers().change(laser_, settings)));
    pump();
    EXPECT_EQ(decode(get(alice_, registered.phRpcHandle)).values.at("printer 5"), "later");
}

TEST_F(NotifyOps, FiltersAreChecked) {
    const auto refused = [&](const op::RpcPrintPropertiesCollection& wanted) { return subscribe(alice_, printer_, wanted).result; };
    for (std::uint32_t missing = 0; missing < 4; ++missing) {
        auto wanted = filter(alice_, change::kSetPrinter, {}, {});
        wanted.propertiesCollection[missing].propertyName = wide(alice_, "something else");
        EXPECT_EQ(refused(wanted), kInvalidArgument) << missing;
    }
    auto wrong_type = filter(alice_, change::kSetPrinter, {}, {});
    wrong_type.propertiesCollection[0].propertyValue.set_propertyByte(1);
    EXPECT_EQ(refused(wrong_type), kInvalidArgument);
    EXPECT_EQ(refused(filter(alice_, 0, {}, {})), kInvalidArgument);
    op::RpcPrintPropertiesCollection empty;
    EXPECT_EQ(refused(empty), kInvalidArgument);
    auto version = filter(alice_, change::kSetPrinter, {}, {});
    version.propertiesCollection[3].propertyValue.propertyOptionsContainer()->pOptions->Version = 1;
    EXPECT_EQ(refused(version), kInvalidArgument);
    auto type = filter(alice_, change::kSetPrinter, {}, {});
    type.propertiesCollection[3].propertyValue.propertyOptionsContainer()->pOptions->pTypes[0].Type = 3;
    EXPECT_EQ(refused(type), kInvalidArgument);
    // The order of the properties does not matter.
    auto turned = filter(alice_, change::kSetPrinter, {}, {});
    std::swap(turned.propertiesCollection[0], turned.propertiesCollection[3]);
    EXPECT_EQ(refused(turned), 0U);
}

TEST_F(NotifyOps, APrinterHandleNeedsUse) {
    const ndr::ContextHandle reader = open(alice_, "Laser", base::access::kReadControl);
    EXPECT_EQ(subscribe(alice_, reader, filter(alice_, change::kSetPrinter, {}, {})).result, 0x80070005U);
    const ndr::ContextHandle xcv = open(admin_, ",XcvPort P1");
    EXPECT_EQ(subscribe(admin_, xcv, filter(admin_, change::kSetPrinter, {}, {})).result, 0x80070006U);
    const auto registered = subscribe(alice_, printer_, filter(alice_, change::kSetPrinter, {}, {}));
    EXPECT_EQ(close(alice_, registered.phRpcHandle), Win32::invalid_handle);
    EXPECT_EQ(get(alice_, printer_).result, 0x80070006U);
}

TEST_F(NotifyOps, AServerHandleHearsOfPrintersThatTheCallerMaySee) {
    const auto secret = add_printer("Secret", "P2");
    pump();
    const auto wanted = filter(alice_, change::kSetPrinter | change::kAddForm, {pf::kPrinterName, pf::kComment}, {});
    const auto hers = subscribe(alice_, open(alice_, "\\\\WINSPOOLD", 0), wanted);
    const auto his = subscribe(admin_, open(admin_, "\\\\WINSPOOLD", 0), filter(admin_, change::kSetPrinter, {pf::kComment}, {}));
    ASSERT_EQ(hers.result, 0U);
    spooler::PrinterChange settings;
    settings.comment = "hidden away";
    ASSERT_TRUE(run(spooler_->printers().change(secret, settings)));
    pump();
    EXPECT_TRUE(decode(get(alice_, hers.phRpcHandle)).values.empty());
    EXPECT_EQ(decode(get(admin_, his.phRpcHandle)).values.at("printer 5"), "hidden away");
    spooler::Form form;
    form.name = "Ticket";
    form.cx = form.right = form.cy = form.bottom = 1000;
    ASSERT_TRUE(run(spooler_->forms().add(form)));
    pump();
    EXPECT_EQ(decode(get(alice_, hers.phRpcHandle)).changes, change::kAddForm);
}

TEST_F(NotifyOps, RegistrationsPerClientAreBounded) {
    const auto wanted = filter(alice_, change::kSetPrinter, {}, {});
    ndr::ContextHandle last;
    for (std::size_t i = 0; i < base::limits::kMaxSubscriptionsPerGroup; ++i) {
        const auto registered = subscribe(alice_, printer_, wanted);
        ASSERT_EQ(registered.result, 0U) << i;
        last = registered.phRpcHandle;
    }
    EXPECT_EQ(subscribe(alice_, printer_, wanted).result, 0x80070718U);
    EXPECT_EQ(unsubscribe(alice_, last).result, 0U);
    EXPECT_EQ(subscribe(alice_, printer_, wanted).result, 0U);
}

TEST_F(NotifyOps, CallBacksAreRefusedAtOnce) {
    Session* old = session(token("WORK\\alice", kAliceSid), op::Via::rprn);
    op::RemoteFindFirstPrinterChangeNotificationEx::In in;
    in.hPrinter = open(old, "Laser");
    in.fdwFlags = change::kSetPrinter;
    in.pszLocalMachine = wide(old, "\\\\victim.example");
    EXPECT_EQ(code(call(old, &op::Client::remote_find_first_printer_change_notification_ex, in)), Win32::not_supported);
    op::RemoteFindFirstPrinterChangeNotification::In older;
    older.hPrinter = in.hPrinter;
    older.fdwFlags = change::kSetPrinter;
    older.pszLocalMachine = in.pszLocalMachine;
    EXPECT_EQ(code(call(old, &op::Client::remote_find_first_printer_change_notification, older)), Win32::not_supported);
    EXPECT_EQ(bus_.subscriptions(), 0U);
}

// The only field of a server: the isolation groups of printer drivers.
TEST_F(NotifyOps, ServerFieldsComeFromServerHandles) {
    const auto server_fields = [&](Session* who) {
        auto collection = filter(who, 0, {}, {0});
        collection.propertiesCollection[3].propertyValue.propertyOptionsContainer()->pOptions->pTypes[1].Type = 2;
        return collection;
    };
    EXPECT_EQ(subscribe(alice_, printer_, server_fields(alice_)).result, kInvalidArgument);
    const ndr::ContextHandle server = open(alice_, "\\\\WINSPOOLD", 0);
    const auto registered = subscribe(alice_, server, server_fields(alice_));
    ASSERT_EQ(registered.result, 0U);
    const Pending pending = wait(alice_, registered.phRpcHandle);
    ASSERT_TRUE(run(spooler_->server().set_value(spooler::text_value("PrintDriverIsolationGroups", "Generic"))));
    pump();
    ASSERT_TRUE(pending->has_value());
    const auto check = [](const auto& out) {
        const auto* info = out.ppNotifyData->propertiesCollection[1].propertyValue.propertyReplyContainer()->pInfo;
        ASSERT_EQ(info->aData.size, 1U);
        EXPECT_EQ(info->aData[0].Type, 2U);
        EXPECT_EQ(info->aData[0].Field, 0U);
        EXPECT_EQ(text(info->aData[0]), "Generic");
    };
    EXPECT_EQ(decode(news_).changes, 0U);
    check(news_);
    op::RefreshRemoteNotifications::In in;
    in.hRpcHandle = registered.phRpcHandle;
    in.pNotifyFilter = server_fields(alice_);
    const auto out = call(alice_, &op::Client::refresh_remote_notifications, in);
    ASSERT_EQ(out.result, 0U);
    check(out);
}

}  // namespace
