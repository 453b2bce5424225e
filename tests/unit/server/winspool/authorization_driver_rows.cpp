// Drivers and packages: [MS-RPRN] 3.1.4.4, [MS-PAR] 3.1.4.2; and what is not served yet.
#include "authorization_scene.h"

namespace service_test::authorization {

namespace {

constexpr std::uint32_t kDone = 0;
constexpr std::uint32_t number(Win32 code) { return static_cast<std::uint32_t>(code); }
constexpr std::uint32_t hresult(Win32 code) { return 0x80070000U + number(code); }

constexpr std::uint32_t kCopyNewFiles = 0x8;  // APD_COPY_NEW_FILES

op::DRIVER_CONTAINER uploaded_driver(Scene& s) {
    auto* info = s.make<op::DRIVER_INFO_2>();
    info->cVersion = 3;
    info->pName = s.text("New");
    info->pEnvironment = s.text("Windows x64");
    info->pDriverPath = s.text("new.dll");
    info->pDataFile = s.text("new.gpd");
    info->pConfigFile = s.text("newui.dll");
    op::DRIVER_CONTAINER container;
    container.set_Level2(info);
    return container;
}

void add_change_rows(Rows& rows) {
    rows.push_back({"AddPrinterDriver", "", Object::name, Right::server_administer, kDone,
                    [](Scene& s) {
                        s.upload_driver();
                        op::AddPrinterDriver::In in;
                        in.pDriverContainer = uploaded_driver(s);
                        in.dwFileCopyFlags = kCopyNewFiles;
                        return s.ask(&op::Client::add_printer_driver, in);
                    },
                    true});
    rows.push_back({"AddPrinterDriverLegacy", "", Object::name, Right::server_administer, kDone,
                    [](Scene& s) {
                        s.upload_driver();
                        op::AddPrinterDriverLegacy::In in;
                        in.pDriverContainer = uploaded_driver(s);
                        return s.ask(&op::Client::add_printer_driver_legacy, in);
                    },
                    true});
    // Refused for another reason to those who have the right: a printer uses it.
    rows.push_back(
        {"DeletePrinterDriver", "used", Object::name, Right::server_administer, number(Win32::printer_driver_in_use), [](Scene& s) {
             op::DeletePrinterDriver::In in;
             in.pEnvironment = s.text("Windows x64");
             in.pDriverName = s.text("Generic");
             return s.ask(&op::Client::delete_printer_driver, in);
         }});
    rows.push_back({"DeletePrinterDriver", "", Object::name, Right::server_administer, kDone,
                    [](Scene& s) {
                        s.install_driver(uploaded_driver(s));
                        op::DeletePrinterDriver::In in;
                        in.pEnvironment = s.text("Windows x64");
                        in.pDriverName = s.text("New");
                        return s.ask(&op::Client::delete_printer_driver, in);
                    },
                    true});
    rows.push_back({"DeletePrinterDriverEx", "", Object::name, Right::server_administer, kDone,
                    [](Scene& s) {
                        s.install_driver(uploaded_driver(s));
                        op::DeletePrinterDriverEx::In in;
                        in.pEnvironment = s.text("Windows x64");
                        in.pDriverName = s.text("New");
                        in.dwDeleteFlag = 1;
                        return s.ask(&op::Client::delete_printer_driver_ex, in);
                    },
                    true});
}

// Packages come from administrators; what there is, everybody may know.
void add_package_rows(Rows& rows) {
    rows.push_back({"UploadPrinterDriverPackage", "", Object::name, Right::server_administer, hresult(Win32::invalid_parameter),
                    [](Scene& s) {
                        op::UploadPrinterDriverPackage::In in;
                        in.pszInfPath = s.text("new.inf");
                        in.pszEnvironment = s.text("Windows x64");
                        in.pszDestInfPath = s.who()->arena().array<char16_t>(10);  // fewer than 260
                        in.pcchDestInfPath = 10;
                        return s.ask(&op::Client::upload_printer_driver_package, in);
                    },
                    false, true});
    rows.push_back({"InstallPrinterDriverFromPackage", "", Object::name, Right::server_administer, hresult(Win32::invalid_environment),
                    [](Scene& s) {
                        op::InstallPrinterDriverFromPackage::In in;
                        in.pszDriverName = s.text("New");
                        in.pszEnvironment = s.text("Windows 1.0");
                        return s.ask(&op::Client::install_printer_driver_from_package, in);
                    },
                    false, true});
    rows.push_back({"DeletePrinterDriverPackage", "", Object::name, Right::server_administer, hresult(Win32::not_found),
                    [](Scene& s) {
                        op::DeletePrinterDriverPackage::In in;
                        in.pszInfPath = s.text("unknown.inf");
                        in.pszEnvironment = s.text("Windows x64");
                        return s.ask(&op::Client::delete_printer_driver_package, in);
                    },
                    false, true});
    rows.push_back({"GetCorePrinterDrivers", "", Object::name, Right::none, hresult(Win32::invalid_parameter),
                    [](Scene& s) {
                        op::GetCorePrinterDrivers::In in;  // asks for none
                        in.pszEnvironment = s.text("Windows x64");
                        return s.ask(&op::Client::get_core_printer_drivers, in);
                    },
                    false, true});
    rows.push_back({"CorePrinterDriverInstalled", "", Object::name, Right::none, kDone,
                    [](Scene& s) {
                        op::CorePrinterDriverInstalled::In in;
                        in.pszEnvironment = s.text("Windows x64");
                        return s.ask(&op::Client::core_printer_driver_installed, in);
                    },
                    false, true});
    rows.push_back({"GetPrinterDriverPackagePath", "", Object::name, Right::none, hresult(Win32::file_not_found),
                    [](Scene& s) {
                        op::GetPrinterDriverPackagePath::In in;
                        in.pszEnvironment = s.text("Windows x64");
                        in.pszPackageID = s.text("unknown");
                        return s.ask(&op::Client::get_printer_driver_package_path, in);
                    },
                    false, true});
}

// Operations whose back end comes later.
template <class Operation, class Method>
void later(Rows& rows, Method method, bool with_hresult) {
    rows.push_back({std::string(Operation::kName), "", Object::printer, Right::none, kDone,
                    [method](Scene& s) {
                        typename Operation::In in;
                        in.hPrinter = s.printer();
                        return s.ask(method, in);
                    },
                    false, with_hresult});
}

}  // namespace

void add_driver_rows(Rows& rows) {
    add_change_rows(rows);
    rows.push_back({"GetPrinterDriver",
                    "",
                    Object::printer,
                    Right::none,
                    kDone,
                    [](Scene& s) {
                        op::GetPrinterDriver::In in;
                        in.hPrinter = s.printer();
                        in.dwClientMajorVersion = 3;
                        return s.fetch(&op::Client::get_printer_driver, in, &op::GetPrinterDriver::In::pDriver, 3);
                    },
                    false,
                    false,
                    false,
                    {Kind::printer}});
    rows.push_back({"GetPrinterDriverLegacy",
                    "",
                    Object::printer,
                    Right::none,
                    number(Win32::unknown_printer_driver),
                    [](Scene& s) {
                        op::GetPrinterDriverLegacy::In in;
                        in.hPrinter = s.printer();
                        return s.fetch(&op::Client::get_printer_driver_legacy, in, &op::GetPrinterDriverLegacy::In::pDriver, 3);
                    },
                    false,
                    false,
                    false,
                    {Kind::printer}});
    rows.push_back({"EnumPrinterDrivers", "", Object::name, Right::server_enumerate, kDone, [](Scene& s) {
                        return s.fetch(&op::Client::enum_printer_drivers, op::EnumPrinterDrivers::In(),
                                       &op::EnumPrinterDrivers::In::pDrivers, 3);
                    }});
    rows.push_back({"GetPrinterDriverDirectory", "", Object::name, Right::server_enumerate, kDone, [](Scene& s) {
                        return s.fetch(&op::Client::get_printer_driver_directory, op::GetPrinterDriverDirectory::In(),
                                       &op::GetPrinterDriverDirectory::In::pDriverDirectory, 1);
                    }});
    add_package_rows(rows);
    // Only after a write that met a cancelled job.
    rows.push_back({"FlushPrinter", "", Object::port, Right::use, number(Win32::invalid_handle), [](Scene& s) {
                        op::FlushPrinter::In in;
                        in.hPrinter = s.handle(Kind::port);
                        in.pBuf = s.who()->arena().zeroed(1);
                        in.cbBuf = 1;
                        return s.ask(&op::Client::flush_printer, in);
                    }});
    later<op::RegeneratePrintDeviceCapabilities>(rows, &op::Client::regenerate_print_device_capabilities, false);
    later<op::IppCreateJobOnPrinter>(rows, &op::Client::ipp_create_job_on_printer, true);
    later<op::IppGetJobAttributes>(rows, &op::Client::ipp_get_job_attributes, true);
    later<op::IppSetJobAttributes>(rows, &op::Client::ipp_set_job_attributes, true);
    later<op::IppGetPrinterAttributes>(rows, &op::Client::ipp_get_printer_attributes, true);
    later<op::IppSetPrinterAttributes>(rows, &op::Client::ipp_set_printer_attributes, true);
}

}  // namespace service_test::authorization
