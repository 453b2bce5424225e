// Every level of every object: written by our tables, read back by a reader that knows only the offsets of the specification.
#include "level_specs.h"

#include "base/utf.h"
#include "server/winspool/levels/driver_levels.h"
#include "server/winspool/levels/form_levels.h"
#include "server/winspool/levels/info_buffer.h"
#include "server/winspool/levels/job_levels.h"
#include "server/winspool/levels/monitor_levels.h"
#include "server/winspool/levels/port_levels.h"
#include "server/winspool/levels/printer_levels.h"
#include "server/winspool/levels/processor_levels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using base::Win32;
using namespace level_test;
using namespace server;

using Values = std::map<std::string, std::string>;

struct Written {
    Win32 code = Win32::success;
    base::ByteBuffer buffer;
    std::uint32_t needed = 0xDEADBEEF;
    std::uint32_t returned = 0xDEADBEEF;
};

template <class Row>
Written write(const Level<Row>& level, const std::vector<Row>& rows, std::size_t size, bool present = true) {
    Written result;
    result.buffer.assign(size, std::byte{0});
    ndr::Bytes bytes;
    if (present) bytes = ndr::Bytes(std::span<std::byte>(result.buffer));
    InfoReply reply;
    reply.buffer = &bytes;
    reply.buffer_bytes = static_cast<std::uint32_t>(size);
    reply.needed = &result.needed;
    reply.returned = &result.returned;
    result.code = base::code_of(write_info(level, std::span<const Row>(rows), reply));
    return result;
}

// All buffer sizes of interest; gives the elements of the exactly fitting one.
template <class Row>
std::vector<Element> exercise(const Level<Row>& level, const SpecLevel& spec, const std::vector<Row>& rows) {
    EXPECT_EQ(level.number, spec.number);
    EXPECT_EQ(level.fixed_bytes, spec.bytes);
    const Written none = write(level, rows, 0, false);
    EXPECT_EQ(none.code, Win32::insufficient_buffer);
    EXPECT_EQ(none.returned, 0U);
    EXPECT_EQ(none.needed % 4, 0U);
    const std::uint32_t needed = none.needed;

    const Written one_short = write(level, rows, needed - 1);
    EXPECT_EQ(one_short.code, Win32::insufficient_buffer);
    EXPECT_EQ(one_short.needed, needed);
    EXPECT_EQ(one_short.returned, 0U);
    EXPECT_THAT(one_short.buffer, testing::Each(std::byte{0}));

    EXPECT_EQ(write(level, rows, needed, false).code, Win32::invalid_user_buffer);

    std::vector<Element> exact;
    for (const std::uint32_t extra : {0U, 1U, 2U, 3U, 4U, 1000U}) {
        const Written fits = write(level, rows, needed + extra);
        EXPECT_EQ(fits.code, Win32::success) << "extra " << extra;
        EXPECT_EQ(fits.needed, needed);
        EXPECT_EQ(fits.returned, rows.size());
        const std::vector<Element> elements = read(spec, fits.buffer, rows.size());
        check_layout(spec, fits.buffer, elements);
        if (extra == 0) exact = elements;
        for (std::size_t i = 0; i < elements.size(); ++i) EXPECT_EQ(elements[i].values, exact[i].values) << "extra " << extra;
        // Our own reader agrees about strings and numbers.
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto values = read_row(level, fits.buffer, i, rows.size());
            EXPECT_TRUE(values) << (values ? "" : values.error().to_string());
            if (!values) continue;
            for (const InfoValue& value : *values) {
                const auto expected = elements[i].values.find(std::string(value.name));
                if (value.kind == FieldKind::text && value.present && expected != elements[i].values.end() &&
                    expected->second.find('\\') == std::string::npos) {
                    EXPECT_EQ(value.text, expected->second) << value.name;
                }
            }
        }
    }
    return exact;
}

// Every expected value that the level has must be there; every field of the level must have an expected value.
void expect_values(const Element& element, const Values& expected) {
    for (const auto& [name, value] : element.values) {
        const auto found = expected.find(name);
        ASSERT_NE(found, expected.end()) << "no expectation for " << name;
        EXPECT_EQ(value, found->second) << name;
    }
}

template <class Row, std::size_t N>
void exercise_all(const Level<Row> (&levels)[N], const std::vector<SpecLevel>& specs, const std::vector<Row>& rows, const std::vector<Values>& expected) {
    ASSERT_EQ(N, specs.size());
    for (std::size_t i = 0; i < N; ++i) {
        SCOPED_TRACE("level " + std::to_string(specs[i].number));
        const std::vector<Element> elements = exercise(levels[i], specs[i], rows);
        ASSERT_EQ(elements.size(), rows.size());
        for (std::size_t row = 0; row < rows.size(); ++row) expect_values(elements[row], expected[row]);
    }
}

std::shared_ptr<ReplyContext> context(std::string server) {
    auto made = std::make_shared<ReplyContext>();
    made->prefix = server.empty() ? "" : server + "\\";
    made->server = std::move(server);
    made->machine.get_version = 0x4F7C000A;
    made->machine.processors = 8;
    made->default_devmode = std::make_shared<const base::ByteBuffer>(spooler::default_devmode(""));
    return made;
}

spooler::PrinterView sample_printer() {
    auto record = std::make_shared<spooler::PrinterRecord>();
    record->name = "Laser";
    record->share_name = "laser$";
    record->ports = {"IP_192.0.2.7"};
    record->driver_name = "Generic";
    record->comment = "B\xC3\xBCro \xF0\x9F\x96\xA8";          // u-umlaut and a character beyond the BMP
    record->location = "3rd floor";
    record->separator_file = "pcl.sep";
    record->processor = "winprint";
    record->datatype = "RAW";
    record->parameters = "p1";
    record->attributes = 0x848;
    record->priority = 3;
    record->default_priority = 4;
    record->start_time = 60;
    record->until_time = 120;
    record->average_ppm = 25;
    record->change_id = 77;
    record->security = std::make_shared<const base::SecurityDescriptor>(*base::parse_sddl("O:SYG:SYD:(A;;0xf000c;;;BA)(A;;0x8;;;WD)"));
    spooler::PrinterView view;
    view.record = record;
    view.status = 0x400;
    view.jobs = 2;
    view.spooling = 1;
    view.max_spooling = 5;
    view.handles = 6;
    view.max_handles = 9;
    view.total_jobs = 11;
    view.total_bytes = 0x200000003ULL;
    view.total_pages = 12;
    view.errors_out_of_paper = 13;
    view.errors_not_ready = 14;
    view.job_errors = 15;
    view.last_error = 1225;
    base::SystemTime up;
    up.year = 2026;
    up.month = 11;
    up.day = 20;
    up.day_of_week = 5;
    up.hour = 22;
    up.minute = 33;
    up.second = 44;
    view.up_since = base::to_filetime(up);
    return view;
}

std::string devmode_hex(std::string_view device_name) {
    return base::to_hex(spooler::with_device_name(spooler::default_devmode(""), device_name));
}

Values printer_values(const std::string& prefix, const std::string& server) {
    return {{"PrinterName", prefix + "Laser"}, {"ServerName", server.empty() ? "<null>" : server}, {"cJobs", "2"}, {"cTotalJobs", "11"},
            {"cTotalBytes", "3"}, {"stUpTime", "2026,11,5,20,22,33,44,0"}, {"MaxcRef", "9"}, {"cTotalPagesPrinted", "12"},
            {"dwGetVersion", std::to_string(0x4F7C000A)}, {"fFreeBuild", "1"}, {"cSpooling", "1"}, {"cMaxSpooling", "5"}, {"cRef", "6"},
            {"cErrorOutOfPaper", "13"}, {"cErrorNotReady", "14"}, {"cJobError", "15"}, {"dwNumberOfProcessors", "8"},
            {"dwProcessorType", std::to_string(0x21D8)}, {"dwHighPartTotalBytes", "2"}, {"cChangeID", "77"}, {"dwLastError", "1225"},
            {"Status", "1024"}, {"cEnumerateNetworkPrinters", "0"}, {"cAddNetPrinters", "0"}, {"wProcessorArchitecture", "9"},
            {"wProcessorLevel", "1"}, {"cRefIC", "0"}, {"dwReserved2", "0"}, {"dwReserved3", "0"},
            {"Flags", std::to_string(0x800000)}, {"Description", prefix + "Laser,Generic,3rd floor"}, {"Name", prefix + "Laser"},
            {"Comment", "B\\u00FCro \\uD83D\\uDDA8"}, {"ShareName", "laser$"}, {"PortName", "IP_192.0.2.7"}, {"DriverName", "Generic"},
            {"Location", "3rd floor"}, {"DevMode", devmode_hex(prefix + "Laser")}, {"SepFile", "pcl.sep"}, {"PrintProcessor", "winprint"},
            {"Datatype", "RAW"}, {"Parameters", "p1"}, {"SecurityDescriptor", base::to_hex(base::to_bytes(*sample_printer().record->security))},
            {"Attributes", std::to_string(0x848)}, {"Priority", "3"}, {"DefaultPriority", "4"}, {"StartTime", "60"}, {"UntilTime", "120"},
            {"AveragePPM", "25"}, {"DeviceNotSelectedTimeout", "15000"}, {"TransmissionRetryTimeout", "45000"}, {"dwStatus", "1024"},
            {"ObjectGUID", ""}, {"dwAction", "4"}};
}

TEST(Levels, PrinterWithServerName) {
    const auto shared = context("\\\\SRV");
    const std::vector<PrinterRow> rows = {PrinterRow::make(sample_printer(), *shared, true)};
    exercise_all(kPrinterLevels, printer_specs(), rows, {printer_values("\\\\SRV\\", "\\\\SRV")});
}

TEST(Levels, PrinterWithoutServerName) {
    const auto shared = context("");
    const std::vector<PrinterRow> rows = {PrinterRow::make(sample_printer(), *shared, true), PrinterRow::make(sample_printer(), *shared, true)};
    exercise_all(kPrinterLevels, printer_specs(), rows, {printer_values("", ""), printer_values("", "")});
}

TEST(Levels, PrinterWithoutReadableSecurityAndWithPool) {
    const auto shared = context("");
    spooler::PrinterView view = sample_printer();
    auto record = std::make_shared<spooler::PrinterRecord>(*view.record);
    record->ports = {"LPT1:", "LPT2:"};
    record->attributes |= spooler::printer_attribute::kPublished;
    record->object_guid = *base::parse_guid("9940ca8e-512f-4c58-88a9-61098d6896bd");
    view.record = record;
    const std::vector<PrinterRow> rows = {PrinterRow::make(view, *shared, false)};
    const auto elements = exercise(kPrinterLevels[2], printer_specs()[2], rows);
    EXPECT_EQ(elements.at(0).values.at("SecurityDescriptor"), "<null>");
    EXPECT_EQ(elements.at(0).values.at("PortName"), "LPT1:,LPT2:");
    const auto published = exercise(kPrinterLevels[7], printer_specs()[7], rows);
    EXPECT_EQ(published.at(0).values.at("ObjectGUID"), "{9940CA8E-512F-4C58-88A9-61098D6896BD}");
    EXPECT_EQ(published.at(0).values.at("dwAction"), "1");
}

TEST(Levels, DeviceNameIsCutTo31Characters) {
    const auto shared = context("\\\\a.server.with.a.rather.long.name.example");
    const std::vector<PrinterRow> rows = {PrinterRow::make(sample_printer(), *shared, false)};
    const auto elements = exercise(kPrinterLevels[8], printer_specs()[8], rows);
    EXPECT_EQ(elements.at(0).values.at("DevMode"), devmode_hex("\\\\a.server.with.a.rather.long.name.example\\Laser"));
    const std::string hex = elements.at(0).values.at("DevMode");
    EXPECT_EQ(hex.substr(31 * 4, 4), "0000");
    EXPECT_NE(hex.substr(30 * 4, 4), "0000");
}

TEST(Levels, StoredDevModeKeepsItsExtraBytes) {
    const auto shared = context("");
    base::ByteBuffer devmode = spooler::default_devmode("x");
    devmode[70] = std::byte{6};
    devmode.insert(devmode.end(), 6, std::byte{0xAB});
    spooler::PrinterView view = sample_printer();
    auto record = std::make_shared<spooler::PrinterRecord>(*view.record);
    record->devmode = std::make_shared<const base::ByteBuffer>(devmode);
    view.record = record;
    const std::vector<PrinterRow> rows = {PrinterRow::make(view, *shared, true), PrinterRow::make(view, *shared, true)};
    const auto elements = exercise(kPrinterLevels[2], printer_specs()[2], rows);
    EXPECT_EQ(elements.at(1).values.at("DevMode"), base::to_hex(spooler::with_device_name(devmode, "Laser")));
}

TEST(Levels, EnumPrintersHasTheLevelsOfTheSpecification) {
    std::vector<std::uint32_t> numbers;
    for (const auto& level : kEnumPrinterLevels) numbers.push_back(level.number);
    EXPECT_THAT(numbers, testing::ElementsAre(0, 1, 2, 4, 5));
    for (const std::uint32_t wrong : {3U, 6U, 7U, 8U, 9U, 100U}) {
        EXPECT_EQ(base::code_of(find_level(kEnumPrinterLevels, wrong)), Win32::invalid_level) << wrong;
    }
    EXPECT_EQ((*find_level(kEnumPrinterLevels, 4))->fixed_bytes, 12U);
}

spooler::JobView sample_job() {
    auto info = std::make_shared<spooler::JobInfo>();
    info->document = "report.pdf";
    info->user_name = "alice";
    info->machine_name = "\\\\PC7";
    info->notify_name = "bob";
    info->datatype = "RAW";
    info->processor = "winprint";
    info->parameters = "";
    info->driver_name = "Generic";
    info->security = std::make_shared<const base::SecurityDescriptor>(*base::parse_sddl("O:SYD:(A;;0xf0030;;;BA)"));
    info->priority = 7;
    info->start_time = 1;
    info->until_time = 2;
    base::SystemTime when;
    when.year = 2026;
    when.month = 2;
    when.day = 28;
    when.day_of_week = 6;
    when.hour = 23;
    when.minute = 59;
    when.second = 58;
    when.milliseconds = 123;
    info->submitted = base::to_filetime(when);
    spooler::JobView view;
    view.id = 1234567;
    view.info = info;
    view.printer_name = std::make_shared<const std::string>("Laser");
    view.status = 0x18;
    view.position = 3;
    view.size = 0x500000009ULL;
    view.total_pages = 10;
    view.pages_printed = 4;
    view.time_ms = 6789;
    view.next_job = 1234568;
    return view;
}

TEST(Levels, Job) {
    const auto shared = context("\\\\srv");
    const Values common = {{"JobId", "1234567"}, {"PrinterName", "\\\\srv\\Laser"}, {"MachineName", "\\\\PC7"}, {"UserName", "alice"},
                           {"Document", "report.pdf"}, {"NotifyName", "bob"}, {"Datatype", "RAW"}, {"PrintProcessor", "winprint"},
                           {"Parameters", ""}, {"DriverName", "Generic"}, {"DevMode", devmode_hex("\\\\srv\\Laser")}, {"StatusText", "<null>"},
                           {"SecurityDescriptor", base::to_hex(base::to_bytes(*sample_job().info->security))}, {"Status", "24"},
                           {"Priority", "7"}, {"Position", "3"}, {"StartTime", "1"}, {"UntilTime", "2"}, {"TotalPages", "10"},
                           {"Submitted", "2026,2,6,28,23,59,58,123"}, {"Time", "6789"}, {"PagesPrinted", "4"}, {"NextJobId", "1234568"},
                           {"Reserved", "0"}, {"SizeHigh", "5"}};
    spooler::JobView second = sample_job();
    second.status_text = "out of paper";
    second.size = 42;
    const std::vector<JobRow> rows = {JobRow::make(sample_job(), *shared, true), JobRow::make(second, *shared, true)};
    for (std::size_t i = 0; i < 4; ++i) {
        SCOPED_TRACE("level " + std::to_string(i + 1));
        const auto elements = exercise(kJobLevels[i], job_specs()[i], rows);
        Values first_values = common;
        // 32 bits cannot hold the size: the most they can say, and the exact low half beside SizeHigh.
        first_values["Size"] = i == 3 ? "9" : "4294967295";
        expect_values(elements.at(0), first_values);
        Values second_values = common;
        second_values["Size"] = "42";
        second_values["SizeHigh"] = "0";
        second_values["StatusText"] = "out of paper";
        expect_values(elements.at(1), second_values);
    }
}

std::shared_ptr<const spooler::Driver> sample_driver() {
    auto driver = std::make_shared<spooler::Driver>();
    driver->name = "Example PS";
    driver->environment = "Windows x64";
    driver->version = 3;
    driver->driver_path = "PSCRIPT5.DLL";
    driver->data_file = "EXAMPLE.PPD";
    driver->config_file = "PS5UI.DLL";
    driver->help_file = "PSCRIPT.HLP";
    driver->dependent_files = {"A.DLL", "B.NTF"};
    driver->default_datatype = "RAW";
    driver->previous_names = {"Old PS", "Older PS"};
    driver->date.ticks = 0x01D9000000000001ULL;
    driver->driver_version = 0x0006000100020003ULL;
    driver->manufacturer = "Example";
    driver->hardware_id = "example_ps";
    driver->provider = "Example Corp";
    driver->print_processor = "winprint";
    driver->color_profiles = {"sRGB.icm"};
    driver->attributes = 0x3;
    driver->core_dependencies = {"{D20EA372-DD35-4950-9ED8-A6335AFE79F1}"};
    driver->minimum_inbox_version = 5;
    driver->config_file_version = 8;
    driver->driver_file_version = 9;
    return driver;
}

Values driver_values() {
    const std::string d = "\\\\srv\\print$\\x64\\3\\";
    return {{"cVersion", "3"}, {"Name", "Example PS"}, {"Environment", "Windows x64"}, {"DriverPath", d + "PSCRIPT5.DLL"},
            {"DataFile", d + "EXAMPLE.PPD"}, {"ConfigFile", d + "PS5UI.DLL"}, {"HelpFile", d + "PSCRIPT.HLP"},
            {"DependentFiles", d + "A.DLL|" + d + "B.NTF|"}, {"MonitorName", "<null>"}, {"DefaultDataType", "RAW"},
            {"PreviousNames", "Old PS|Older PS|"}, {"dwDriverAttributes", "1"}, {"dwConfigVersion", "8"}, {"dwDriverVersion", "9"},
            {"ftDriverDate", std::to_string(0x01D9000000000001ULL)}, {"dwlDriverVersion", std::to_string(0x0006000100020003ULL)},
            {"MfgName", "Example"}, {"OEMUrl", "<null>"}, {"HardwareID", "example_ps"}, {"Provider", "Example Corp"},
            {"PrintProcessor", "winprint"}, {"VendorSetup", "<null>"}, {"ColorProfiles", "sRGB.icm|"}, {"InfPath", "<null>"},
            {"dwPrinterDriverAttributes", "3"}, {"CoreDependencies", "{D20EA372-DD35-4950-9ED8-A6335AFE79F1}|"},
            {"ftMinInboxDriverVerDate", "0"}, {"dwlMinInboxDriverVerVersion", "5"}, {"dwFileCount", "6"}};
}

TEST(Levels, Driver) {
    const std::vector<DriverRow> rows = {DriverRow::make(sample_driver(), "\\\\srv\\print$\\x64\\3\\"),
                                         DriverRow::make(sample_driver(), "\\\\srv\\print$\\x64\\3\\")};
    exercise_all(kEnumDriverLevels, driver_specs(), rows, {driver_values(), driver_values()});
}

TEST(Levels, Driver101ListsEveryFile) {
    const std::vector<DriverRow> rows = {DriverRow::make(sample_driver(), "D\\")};
    const Level<DriverRow>& level = kDriverLevels[7];
    const std::uint32_t needed = write(level, rows, 0, false).needed;
    const Written written = write(level, rows, needed);
    ASSERT_EQ(written.code, Win32::success);
    const std::vector<Element> elements = read(driver_101_spec(), written.buffer, 1);
    EXPECT_EQ(elements.at(0).values.at("dwFileCount"), "6");
    EXPECT_EQ(elements.at(0).values.at("Name"), "Example PS");
    const auto values = read_row(level, written.buffer, 0, 1);
    ASSERT_TRUE(values);
    const InfoValue& files = values->at(3);
    ASSERT_EQ(files.files.size(), 6U);
    EXPECT_EQ(files.files[0].path, "D\\PSCRIPT5.DLL");
    EXPECT_EQ(files.files[0].type, driver_file_type::kRendering);
    EXPECT_EQ(files.files[0].version, 9U);
    EXPECT_EQ(files.files[1].path, "D\\PS5UI.DLL");
    EXPECT_EQ(files.files[1].type, driver_file_type::kConfiguration);
    EXPECT_EQ(files.files[1].version, 8U);
    EXPECT_EQ(files.files[2].type, driver_file_type::kData);
    EXPECT_EQ(files.files[3].type, driver_file_type::kHelp);
    EXPECT_EQ(files.files[5].path, "D\\B.NTF");
    EXPECT_EQ(files.files[5].type, driver_file_type::kOther);
    for (std::uint32_t size = 0; size < needed; ++size) EXPECT_EQ(write(level, rows, size).code, Win32::insufficient_buffer) << size;
}

TEST(Levels, DriverWithoutFiles) {
    auto driver = std::make_shared<spooler::Driver>();
    driver->name = "In box";
    driver->environment = "Windows x64";
    const std::vector<DriverRow> rows = {DriverRow::make(driver, "D\\")};
    const auto elements = exercise(kDriverLevels[5], driver_specs()[5], rows);
    EXPECT_EQ(elements.at(0).values.at("DriverPath"), "");
    EXPECT_EQ(elements.at(0).values.at("HelpFile"), "<null>");
    EXPECT_EQ(elements.at(0).values.at("DependentFiles"), "<null>");
    const std::uint32_t needed = write(kDriverLevels[7], rows, 0, false).needed;
    const auto values = read_row(kDriverLevels[7], write(kDriverLevels[7], rows, needed).buffer, 0, 1);
    ASSERT_TRUE(values);
    EXPECT_TRUE(values->at(3).files.empty());
    EXPECT_EQ(values->at(4).number, 0U);
}

TEST(Levels, Form) {
    FormRow form;
    form.kind = spooler::FormKind::printer;
    form.name = "Ticket";
    form.cx = 100000;
    form.cy = 50000;
    form.left = 1;
    form.top = 2;
    form.right = 99999;
    form.bottom = 49998;
    form.keyword = "kw1";
    form.string_type = 2;
    form.mui_dll = "forms.dll";
    form.resource_id = 17;
    form.language_id = 0x409;
    const Values expected = {{"Flags", "2"}, {"Name", "Ticket"}, {"cx", "100000"}, {"cy", "50000"}, {"left", "1"}, {"top", "2"},
                             {"right", "99999"}, {"bottom", "49998"}, {"Keyword", "kw1"}, {"StringType", "2"}, {"MuiDll", "forms.dll"},
                             {"dwResourceId", "17"}, {"DisplayName", "<null>"}, {"wLangID", "1033"}, {"unused", "0"}};
    exercise_all(kFormLevels, form_specs(), {form, form, form}, {expected, expected, expected});
}

TEST(Levels, PortMonitorProcessorDatatype) {
    PortRow port;
    port.name = "IP_10.0.0.1";
    port.monitor = "Standard TCP/IP Port";
    port.description = "Standard TCP/IP Port";
    port.type = 11;
    exercise_all(kPortLevels, port_specs(), {port},
                 {{{"PortName", "IP_10.0.0.1"}, {"MonitorName", "Standard TCP/IP Port"}, {"Description", "Standard TCP/IP Port"},
                   {"fPortType", "11"}, {"Reserved", "0"}}});
    MonitorRow monitor;
    monitor.name = "Local Port";
    monitor.environment = "Windows x64";
    monitor.module = monitor_module("local port");
    exercise_all(kMonitorLevels, monitor_specs(), {monitor},
                 {{{"Name", "Local Port"}, {"Environment", "Windows x64"}, {"DLLName", "localspl.dll"}}});
    NameRow name;
    name.name = "winprint";
    exercise_all(kProcessorLevels, name_specs(), {name}, {{{"Name", "winprint"}}});
    exercise_all(kDatatypeLevels, name_specs(), {name}, {{{"Name", "winprint"}}});
}

TEST(Levels, NothingToShowNeedsNothing) {
    const std::vector<PortRow> none;
    for (const std::size_t size : {0U, 1U, 100U}) {
        const Written written = write(kPortLevels[1], none, size, size != 0);
        EXPECT_EQ(written.code, Win32::success);
        EXPECT_EQ(written.needed, 0U);
        EXPECT_EQ(written.returned, 0U);
    }
}

// Every size below the needed one: refused, and nothing of the reply in the buffer.
TEST(Levels, EveryTooSmallBufferIsRefusedAndStaysZero) {
    const auto shared = context("\\\\srv");
    const std::vector<PrinterRow> rows = {PrinterRow::make(sample_printer(), *shared, true), PrinterRow::make(sample_printer(), *shared, true)};
    const std::uint32_t needed = write(kPrinterLevels[2], rows, 0, false).needed;
    for (std::uint32_t size = 1; size < needed; ++size) {
        const Written written = write(kPrinterLevels[2], rows, size);
        ASSERT_EQ(written.code, Win32::insufficient_buffer) << size;
        ASSERT_EQ(written.needed, needed);
        ASSERT_EQ(written.returned, 0U);
        for (const std::byte byte : written.buffer) ASSERT_EQ(byte, std::byte{0}) << size;
    }
}

TEST(Levels, DirectoryStringStandsAtTheStart) {
    for (const std::uint32_t extra : {0U, 1U, 10U}) {
        const std::string path = "\\\\srv\\print$\\x64";
        const auto size = static_cast<std::uint32_t>(2 * (path.size() + 1));
        base::ByteBuffer buffer(size + extra);
        ndr::Bytes bytes{std::span<std::byte>(buffer)};
        std::uint32_t needed = 0;
        InfoReply reply;
        reply.buffer = &bytes;
        reply.buffer_bytes = size + extra;
        reply.needed = &needed;
        ASSERT_TRUE(write_string(path, reply));
        EXPECT_EQ(needed, size);
        EXPECT_EQ(base::to_utf8(base::utf16_from_le(base::ByteView(buffer).first(size - 2))), path);
        reply.buffer_bytes = size - 1;
        EXPECT_EQ(base::code_of(write_string(path, reply)), Win32::insufficient_buffer);
        EXPECT_EQ(needed, size);
    }
}

TEST(Levels, ReaderRefusesHostileBlocks) {
    const auto shared = context("");
    const std::vector<PrinterRow> rows = {PrinterRow::make(sample_printer(), *shared, true)};
    const std::uint32_t needed = write(kPrinterLevels[1], rows, 0, false).needed;
    const base::ByteBuffer good = write(kPrinterLevels[1], rows, needed).buffer;
    ASSERT_TRUE(read_row(kPrinterLevels[1], good, 0, 1));
    EXPECT_FALSE(read_row(kPrinterLevels[1], good, 1, 1));
    EXPECT_FALSE(read_row(kPrinterLevels[1], good, 0, 100));
    EXPECT_FALSE(read_row(kPrinterLevels[1], base::ByteView(good).first(8), 0, 1));
    for (const unsigned offset : {4U, 5U, needed, needed + 2, 0xFFFFFFFEU}) {
        base::ByteBuffer bad = good;
        for (unsigned i = 0; i < 4; ++i) bad[4 + i] = static_cast<std::byte>((offset >> (8 * i)) & 0xFFU);
        EXPECT_FALSE(read_row(kPrinterLevels[1], bad, 0, 1)) << offset;
    }
    base::ByteBuffer unterminated = good;
    unterminated[needed - 1] = std::byte{1};
    unterminated[needed - 2] = std::byte{1};
    EXPECT_FALSE(read_row(kPrinterLevels[1], unterminated, 0, 1));
}

TEST(Levels, Utf16UnitsAgreeWithTheConversion) {
    for (const std::string& text : {std::string(), std::string("plain"), std::string("\xC3\xBC"), std::string("\xF0\x9F\x96\xA8"),
                                    std::string("bad \xFF\xC3"), std::string("\xED\xA0\x80")}) {
        EXPECT_EQ(utf16_units(text), base::to_utf16(text).size()) << text;
    }
}

}  // namespace
