// Forms, drivers, ports, monitors, processors: codes of the matrix, rights, directories.
#include "level_specs.h"
#include "service_fixture.h"

namespace {

using namespace service_test;
using spooler::Access;

class ObjectOps : public ServiceFixture {
 protected:
    void SetUp() override {
        ServiceFixture::SetUp();
        laser_ = add_printer("Laser", "P1", spooler::printer_attribute::kShared);
        server_ = open(admin_, "\\\\WINSPOOLD", 0);
    }

    op::FORM_CONTAINER form(std::string_view name, std::uint32_t flags = 0, std::int32_t width = 100000) {
        auto* info = admin_->arena().alloc<op::FORM_INFO_1>();
        info->Flags = flags;
        info->pName = wide(admin_, name);
        info->Size.cx = width;
        info->Size.cy = 50000;
        info->ImageableArea.right = width;
        info->ImageableArea.bottom = 50000;
        op::FORM_CONTAINER container;
        container.set_pFormInfo1(info);
        return container;
    }
    Win32 add_form(const op::FORM_CONTAINER& container, Session* who = nullptr, const ndr::ContextHandle* handle = nullptr) {
        op::AddForm::In in;
        in.hPrinter = handle != nullptr ? *handle : server_;
        in.pFormInfoContainer = container;
        return code(call(who != nullptr ? who : admin_, &op::Client::add_form, in));
    }
    Win32 delete_form(std::string_view name, const ndr::ContextHandle* handle = nullptr) {
        op::DeleteForm::In in;
        in.hPrinter = handle != nullptr ? *handle : server_;
        in.pFormName = wide(admin_, name);
        return code(call(admin_, &op::Client::delete_form, in));
    }
    std::vector<std::string> forms(const ndr::ContextHandle& handle) {
        op::EnumForms::In in;
        in.hPrinter = handle;
        in.Level = 1;
        in.cbBuf = 60000;
        in.pForm = buffer(admin_, in.cbBuf);
        const auto out = call(admin_, &op::Client::enum_forms, in);
        EXPECT_EQ(code(out), Win32::success);
        std::vector<std::string> names;
        for (const auto& element : level_test::read(level_test::form_specs()[0], out.pForm.view(), out.pcReturned)) {
            names.push_back(element.values.at("Name"));
        }
        return names;
    }
    struct Localised {
        std::string_view name, keyword;
        std::uint32_t type;
        std::string_view dll;
        std::uint32_t resource;
        std::string_view display;
        std::uint16_t language;
    };
    op::FORM_CONTAINER form2(Session* who, const Localised& what) {
        auto* info = who->arena().alloc<op::RPC_FORM_INFO_2>();
        info->pName = wide(who, what.name);
        info->Size.cx = info->ImageableArea.right = 70000;
        info->Size.cy = info->ImageableArea.bottom = 30000;
        if (!what.keyword.empty()) info->pKeyword = who->arena().copy(what.keyword);
        info->StringType = what.type;
        if (!what.dll.empty()) info->pMuiDll = wide(who, what.dll);
        info->dwResourceId = what.resource;
        if (!what.display.empty()) info->pDisplayName = wide(who, what.display);
        info->wLangID = what.language;
        op::FORM_CONTAINER container;
        container.set_pFormInfo2(info);
        return container;
    }
    // What GetForm and EnumForms say at level 2; they must agree.
    std::map<std::string, std::string> shown(Session* who, const ndr::ContextHandle& handle, std::string_view name) {
        op::GetForm::In get;
        get.hPrinter = handle;
        get.pFormName = wide(who, name);
        get.Level = 2;
        get.pForm = buffer(who, get.cbBuf = 2000);
        const auto one = call(who, &op::Client::get_form, get);
        EXPECT_EQ(code(one), Win32::success);
        auto values = level_test::read(level_test::form_specs()[1], one.pForm.view(), 1).at(0).values;
        op::EnumForms::In in;
        in.hPrinter = handle;
        in.Level = 2;
        in.pForm = buffer(who, in.cbBuf = 60000);
        const auto all = call(who, &op::Client::enum_forms, in);
        EXPECT_EQ(code(all), Win32::success);
        for (const auto& element : level_test::read(level_test::form_specs()[1], all.pForm.view(), all.pcReturned)) {
            if (element.values.at("Name") != name) continue;
            EXPECT_EQ(element.values, values);
        }
        return {values.begin(), values.end()};
    }
    template <class Out>
    static std::string path(const Out& out, const ndr::Bytes& bytes) {
        EXPECT_EQ(code(out), Win32::success);
        return base::to_utf8(base::utf16_from_le(bytes.view().first(out.pcbNeeded - 2)));
    }

    spooler::PrinterQueuePtr laser_;
    ndr::ContextHandle server_;
};

TEST_F(ObjectOps, FormsComeAndGo) {
    EXPECT_EQ(forms(server_).size(), 118U);
    EXPECT_EQ(add_form(form("Ticket")), Win32::success);
    EXPECT_EQ(forms(server_).back(), "Ticket");
    for (const std::uint32_t flags : {0U, 1U, 2U}) EXPECT_EQ(add_form(form("ticket", flags)), Win32::file_exists) << flags;
    EXPECT_EQ(add_form(form("Letter")), Win32::file_exists);
    for (const std::uint32_t flags : {3U, 4U, 0xFFFFU}) EXPECT_EQ(add_form(form("Other", flags)), Win32::invalid_parameter) << flags;
    EXPECT_EQ(delete_form("Letter"), Win32::invalid_parameter);
    EXPECT_EQ(delete_form("Nothing"), Win32::invalid_form_name);
    EXPECT_EQ(delete_form("TICKET"), Win32::success);
    EXPECT_EQ(forms(server_).size(), 118U);
    EXPECT_EQ(add_form(form("")), Win32::invalid_form_name);
    EXPECT_EQ(add_form(form("Flat", 0, 0)), Win32::invalid_parameter);
    EXPECT_EQ(add_form(form(std::string(260, 'x'))), Win32::invalid_form_name);
    EXPECT_EQ(add_form(form(std::string(259, 'x'))), Win32::success);
    EXPECT_EQ(delete_form(std::string(259, 'X')), Win32::success);
    op::FORM_CONTAINER empty;
    empty.set_pFormInfo1(nullptr);
    EXPECT_EQ(add_form(empty), Win32::invalid_parameter);
}

// [MS-RPRN] 2.2.1.6.2: a name of its own per language, from a library or as a text; the other members of the pair are ignored.
TEST_F(ObjectOps, LocalisedNamesOfForms) {
    int round = 0;
    for (const op::Via via : {op::Via::par, op::Via::rprn}) {
        Session* who = session(token("admin", kAdminSid, {base::well_known::administrators()}), via);
        who->use(via == op::Via::par ? ndr::Syntax::ndr64 : ndr::Syntax::ndr20);
        const ndr::ContextHandle server = open(who, "\\\\WINSPOOLD", 0);
        const std::string number = std::to_string(++round);
        const std::string plain = "Plain " + number, library = "Library " + number, pair = "Pair " + number;
        EXPECT_EQ(add_form(form2(who, {plain, "k-plain", 1, "no.dll", 1, "no", 0x407}), who, &server), Win32::success);
        EXPECT_EQ(add_form(form2(who, {library, "k-library", 2, "forms.dll", 77, "no", 0x407}), who, &server), Win32::success);
        EXPECT_EQ(add_form(form2(who, {pair, "k-pair", 4, "no.dll", 1, "Etikett", 0x407}), who, &server), Win32::success);
        auto values = shown(who, server, plain);
        EXPECT_EQ(values["Keyword"], "k-plain");
        EXPECT_EQ(values["StringType"] + values["MuiDll"] + values["DisplayName"] + values["wLangID"], "1<null><null>0");
        values = shown(who, server, library);
        EXPECT_EQ(values["StringType"] + " " + values["MuiDll"] + " " + values["dwResourceId"], "2 forms.dll 77");
        EXPECT_EQ(values["DisplayName"] + values["wLangID"], "<null>0");
        values = shown(who, server, pair);
        EXPECT_EQ(values["StringType"] + " " + values["DisplayName"] + " " + values["wLangID"], "4 Etikett 1031");
        EXPECT_EQ(values["MuiDll"] + values["dwResourceId"], "<null>0");

        // SetForm at level 2 replaces what is said of the name; the keyword stays unless another one is given.
        op::SetForm::In in;
        in.hPrinter = server;
        in.pFormName = wide(who, pair);
        in.pFormInfoContainer = form2(who, {pair, "", 2, "forms.dll", 5, "", 0});
        EXPECT_EQ(code(call(who, &op::Client::set_form, in)), Win32::success);
        values = shown(who, server, pair);
        EXPECT_EQ(values["Keyword"] + " " + values["MuiDll"] + " " + values["DisplayName"], "k-pair forms.dll <null>");
        EXPECT_EQ(add_form(form2(who, {"No library", "k", 2, "", 5, "", 0}), who, &server), Win32::invalid_parameter);
        EXPECT_EQ(add_form(form2(who, {"No text", "k", 4, "", 0, "", 0x407}), who, &server), Win32::invalid_parameter);
        for (const std::uint32_t type : {0U, 3U, 5U, 8U}) {
            EXPECT_EQ(add_form(form2(who, {"Bad type", "k", type, "x.dll", 1, "x", 1}), who, &server), Win32::invalid_parameter) << type;
        }
        const std::string long_keyword(base::limits::kMaxNameChars, 'k');
        EXPECT_EQ(add_form(form2(who, {"Long keyword", long_keyword, 1, "", 0, "", 0}), who, &server), Win32::invalid_parameter);
        // Every built-in form is protected at this level, too.
        in.pFormName = wide(who, "A4");
        in.pFormInfoContainer = form2(who, {"A4", "k", 4, "", 0, "A vier", 0x407});
        EXPECT_EQ(code(call(who, &op::Client::set_form, in)), Win32::invalid_parameter);
        EXPECT_EQ(add_form(in.pFormInfoContainer, who, &server), Win32::file_exists);
        values = shown(who, server, "A4");
        EXPECT_EQ(values["Flags"] + values["StringType"] + values["DisplayName"], "11<null>");
        // What was acknowledged is in the database as it is shown.
        const spooler::Snapshot stored = store_->content();
        for (const std::string& name : {plain, library, pair}) {
            const auto row = std::find_if(stored.forms.begin(), stored.forms.end(), [&](const spooler::Form& one) { return one.name == name; });
            ASSERT_NE(row, stored.forms.end()) << name;
            EXPECT_EQ(*row, *spooler_->forms().find(0, name));
        }
    }
}

TEST_F(ObjectOps, PrinterFormsBelongToTheirPrinter) {
    const ndr::ContextHandle printer = open(admin_, "Laser");
    EXPECT_EQ(add_form(form("Tray 7", 2), admin_, &printer), Win32::success);
    EXPECT_EQ(forms(printer).size(), 119U);
    EXPECT_EQ(forms(server_).size(), 118U);
    EXPECT_EQ(delete_form("Tray 7", &printer), Win32::success);
}

TEST_F(ObjectOps, FormsOfLevelTwoAndChanges) {
    auto* info = admin_->arena().alloc<op::RPC_FORM_INFO_2>();
    info->pName = wide(admin_, "Label");
    info->Size.cx = info->ImageableArea.right = 70000;
    info->Size.cy = info->ImageableArea.bottom = 30000;
    info->pKeyword = ndr::AStr(std::string_view("label"));
    info->StringType = 4;
    info->pDisplayName = wide(admin_, "Etikett");
    info->wLangID = 0x407;
    info->pMuiDll = wide(admin_, "ignored.dll");
    info->dwResourceId = 7;
    op::FORM_CONTAINER container;
    container.set_pFormInfo2(info);
    EXPECT_EQ(add_form(container), Win32::success);
    EXPECT_EQ(spooler_->forms().find(0, "label")->mui_dll, "");
    EXPECT_EQ(spooler_->forms().find(0, "label")->resource_id, 0U);
    // Without a keyword it gets one.
    info->pKeyword = ndr::AStr();
    info->pName = wide(admin_, "Other label");
    EXPECT_EQ(add_form(container), Win32::success);
    EXPECT_TRUE(base::parse_guid(spooler_->forms().find(0, "other label")->keyword));
    info->StringType = 3;
    info->pName = wide(admin_, "Third label");
    EXPECT_EQ(add_form(container), Win32::invalid_parameter);
    op::SetForm::In in;
    in.hPrinter = server_;
    in.pFormName = wide(admin_, "Label");
    in.pFormInfoContainer = form("Label", 0, 80000);
    EXPECT_EQ(code(call(admin_, &op::Client::set_form, in)), Win32::success);
    const spooler::Form label = *spooler_->forms().find(0, "label");
    EXPECT_EQ(label.cx, 80000);
    // Level 1 says nothing about these.
    EXPECT_EQ(label.keyword, "label");
    EXPECT_EQ(label.display_name, "Etikett");
    EXPECT_EQ(label.language_id, 0x407);
    in.pFormName = wide(admin_, "Letter");
    in.pFormInfoContainer = form("Letter");
    EXPECT_EQ(code(call(admin_, &op::Client::set_form, in)), Win32::invalid_parameter);
    in.pFormName = wide(admin_, "Nothing");
    EXPECT_EQ(code(call(admin_, &op::Client::set_form, in)), Win32::invalid_form_name);
    op::GetForm::In get;
    get.hPrinter = server_;
    get.pFormName = wide(admin_, "Nothing");
    get.Level = 1;
    EXPECT_EQ(code(call(admin_, &op::Client::get_form, get)), Win32::invalid_form_name);
}

TEST_F(ObjectOps, FormsAreTheAdministratorsAffair) {
    const ndr::ContextHandle hers = open(alice_, "\\\\WINSPOOLD", 0);
    EXPECT_EQ(add_form(form("Mine"), alice_, &hers), Win32::access_denied);
    // The caller decides, not the mask of the handle: `server_` was opened with 0.
    EXPECT_EQ(add_form(form("Mine")), Win32::success);
    op::EnumForms::In in;
    in.hPrinter = hers;
    in.Level = 1;
    EXPECT_EQ(code(call(alice_, &op::Client::enum_forms, in)), Win32::insufficient_buffer);
    in.hPrinter = open(admin_, ",XcvPort P1");
    EXPECT_EQ(code(call(admin_, &op::Client::enum_forms, in)), Win32::invalid_handle);
}

TEST_F(ObjectOps, DriversByNameEnvironmentAndVersion) {
    const ndr::ContextHandle printer = open(alice_, "\\\\WINSPOOLD\\Laser");
    const auto get = [&](std::string_view environment, std::uint32_t version, std::uint32_t level = 3) {
        op::GetPrinterDriver::In in;
        in.hPrinter = printer;
        if (!environment.empty()) in.pEnvironment = wide(alice_, environment);
        in.Level = level;
        in.dwClientMajorVersion = version;
        in.cbBuf = 4000;
        in.pDriver = buffer(alice_, in.cbBuf);
        return call(alice_, &op::Client::get_printer_driver, in);
    };
    EXPECT_EQ(code(get("", 3)), Win32::success);
    EXPECT_EQ(code(get("windows x64", 0xFFFFFFFF)), Win32::success);
    EXPECT_EQ(code(get("", 0)), Win32::success);
    EXPECT_EQ(code(get("", 2)), Win32::unknown_printer_driver);
    EXPECT_EQ(code(get("Windows NT x86", 3)), Win32::unknown_printer_driver);
    EXPECT_EQ(code(get("Windows Next", 3)), Win32::invalid_environment);
    EXPECT_EQ(code(get("Windows Next", 3, 7)), Win32::invalid_level);
    Session* old = session(token("WORK\\alice", kAliceSid), op::Via::rprn);
    op::GetPrinterDriverLegacy::In in;
    in.hPrinter = open(old, "Laser");
    in.Level = 1;
    EXPECT_EQ(code(call(old, &op::Client::get_printer_driver_legacy, in)), Win32::unknown_printer_driver);
    in.Level = 8;
    EXPECT_EQ(code(call(old, &op::Client::get_printer_driver_legacy, in)), Win32::invalid_level);
}

TEST_F(ObjectOps, DriverListsByEnvironment) {
    const auto count = [&](std::string_view environment, Win32 expected = Win32::success) {
        op::EnumPrinterDrivers::In in;
        in.pEnvironment = wide(alice_, environment);
        in.Level = 1;
        in.cbBuf = 4000;
        in.pDrivers = buffer(alice_, in.cbBuf);
        const auto out = call(alice_, &op::Client::enum_printer_drivers, in);
        EXPECT_EQ(code(out), expected) << environment;
        return out.pcReturned;
    };
    EXPECT_EQ(count("Windows x64"), 2U);
    EXPECT_EQ(count("ALL"), 2U);
    EXPECT_EQ(count("allCluster"), 2U);
    EXPECT_EQ(count("Windows NT x86"), 0U);
    count("Nowhere", Win32::invalid_environment);
}

TEST_F(ObjectOps, DirectoriesFollowTheServerName) {
    const auto drivers = [&](std::string_view server, std::string_view environment) {
        op::GetPrinterDriverDirectory::In in;
        if (!server.empty()) in.pName = wide(alice_, server);
        if (!environment.empty()) in.pEnvironment = wide(alice_, environment);
        in.cbBuf = 600;
        in.pDriverDirectory = buffer(alice_, in.cbBuf);
        const auto out = call(alice_, &op::Client::get_printer_driver_directory, in);
        return path(out, out.pDriverDirectory);
    };
    const auto processors = [&](std::string_view server) {
        op::GetPrintProcessorDirectory::In in;
        if (!server.empty()) in.pName = wide(alice_, server);
        in.cbBuf = 600;
        in.pPrintProcessorDirectory = buffer(alice_, in.cbBuf);
        const auto out = call(alice_, &op::Client::get_print_processor_directory, in);
        return path(out, out.pPrintProcessorDirectory);
    };
    EXPECT_EQ(drivers("\\\\winspoold", ""), "\\\\winspoold\\print$\\x64");
    EXPECT_EQ(drivers("\\\\127.0.0.1", "Windows NT x86"), "\\\\127.0.0.1\\print$\\W32X86");
    EXPECT_EQ(drivers("", ""), "C:\\Windows\\system32\\spool\\DRIVERS\\x64");
    EXPECT_EQ(processors("\\\\winspoold"), "\\\\winspoold\\prnproc$\\x64");
    EXPECT_EQ(processors(""), "C:\\Windows\\system32\\spool\\PRTPROCS\\x64");
    op::GetPrinterDriverDirectory::In in;
    in.pEnvironment = wide(alice_, "Nowhere");
    EXPECT_EQ(code(call(alice_, &op::Client::get_printer_driver_directory, in)), Win32::invalid_environment);
}

TEST_F(ObjectOps, ProcessorsAndDatatypes) {
    op::EnumPrintProcessors::In in;
    in.pEnvironment = wide(alice_, "phantasy");
    in.Level = 1;
    EXPECT_EQ(code(call(alice_, &op::Client::enum_print_processors, in)), Win32::invalid_environment);
    op::EnumPrintProcessorDatatypes::In types;
    types.Level = 1;
    EXPECT_EQ(code(call(alice_, &op::Client::enum_print_processor_datatypes, types)), Win32::unknown_printprocessor);
    types.pPrintProcessorName = wide(alice_, "nonexisting");
    EXPECT_EQ(code(call(alice_, &op::Client::enum_print_processor_datatypes, types)), Win32::unknown_printprocessor);
    types.pPrintProcessorName = wide(alice_, "winprint");
    types.cbBuf = 1000;
    types.pDatatypes = buffer(alice_, types.cbBuf);
    const auto out = call(alice_, &op::Client::enum_print_processor_datatypes, types);
    ASSERT_EQ(code(out), Win32::success);
    const auto elements = level_test::read(level_test::name_specs()[0], out.pDatatypes.view(), out.pcReturned);
    EXPECT_EQ(elements.at(0).values.at("Name"), "RAW");
}

TEST_F(ObjectOps, ServerOperationsCheckNameAndRight) {
    op::EnumPorts::In in;
    in.Level = 1;
    in.pName = wide(alice_, "\\\\elsewhere");
    EXPECT_EQ(code(call(alice_, &op::Client::enum_ports, in)), Win32::invalid_name);
    auto closed = std::make_shared<const base::SecurityDescriptor>(*base::parse_sddl("O:SYG:SYD:(A;;0xf0003;;;BA)"));
    ASSERT_TRUE(run(spooler_->server().set_security(std::move(closed))));
    in.pName = ndr::WStr();
    EXPECT_EQ(code(call(alice_, &op::Client::enum_ports, in)), Win32::access_denied);
    EXPECT_EQ(code(call(admin_, &op::Client::enum_ports, in)), Win32::insufficient_buffer);
}

TEST_F(ObjectOps, WhatIsNotThereYetSaysSo) {
    Session* rprn = session(token("admin", kAdminSid, {base::well_known::administrators()}), op::Via::rprn);
    op::RegeneratePrintDeviceCapabilities::In regenerate;
    regenerate.hPrinter = open(rprn, "Laser");
    EXPECT_EQ(code(call(rprn, &op::Client::regenerate_print_device_capabilities, regenerate)), Win32::not_supported);
}

}  // namespace
