// A service with an upload area, and DRIVER_CONTAINERs for it.
#pragma once

#include "level_specs.h"
#include "service_fixture.h"
#include "spooler/drivers.h"

namespace service_test {

inline constexpr std::uint32_t kCopyNewFiles = 0x8;

class DriverFixture : public ServiceFixture {
 protected:
    struct Files {
        std::string driver = "oem.dll", data = "oem.gpd", config = "oemui.dll", help;
        std::vector<std::string> dependent;
    };

    static ndr::Array<char16_t> multi(Session* who, const std::vector<std::string>& items) {
        std::u16string text;
        for (const std::string& item : items) text += base::to_utf16(item) + u'\0';
        text += u'\0';
        auto* copy = who->arena().alloc<char16_t>(text.size());
        std::copy(text.begin(), text.end(), copy);
        return ndr::Array<char16_t>(std::span<char16_t>(copy, text.size()));
    }
    template <class Info>
    static void fill(Session* who, Info& info, const std::string& name, const Files& files) {
        info.cVersion = 3;
        info.pName = wide(who, name);
        info.pEnvironment = wide(who, "Windows x64");
        info.pDriverPath = wide(who, files.driver);
        info.pDataFile = wide(who, files.data);
        info.pConfigFile = wide(who, files.config);
        if constexpr (requires { info.pHelpFile; }) {
            if (!files.help.empty()) info.pHelpFile = wide(who, files.help);
            info.pDependentFiles = multi(who, files.dependent);
            info.cchDependentFiles = info.pDependentFiles.size;
        }
        if constexpr (requires { info.pszzPreviousNames; }) {
            info.pszzPreviousNames = multi(who, {"Older OEM"});
            info.cchPreviousNames = info.pszzPreviousNames.size;
        }
        if constexpr (requires { info.ftDriverDate; }) {
            info.ftDriverDate = {7, 1};
            info.dwlDriverVersion = 0x0003000200010004;
            info.pMfgName = wide(who, "OEM Ltd");
            info.pProvider = wide(who, "OEM");
        }
    }
    static op::RPC_DRIVER_INFO_8* info_8(Session* who, const std::string& name, const Files& files) {
        auto* info = who->arena().alloc<op::RPC_DRIVER_INFO_8>();
        fill(who, *info, name, files);
        return info;
    }
    static op::DRIVER_CONTAINER container(Session* who, std::uint32_t level, const std::string& name, const Files& files) {
        op::DRIVER_CONTAINER made;
        const auto set = [&]<class Info>(Info* info, void (op::DRIVER_CONTAINER::*setter)(Info*)) {
            fill(who, *info, name, files);
            (made.*setter)(info);
        };
        switch (level) {
            case 1:
                made.set_pNotUsed(who->arena().alloc<op::DRIVER_INFO_1>());
                break;
            case 2:
                set(who->arena().alloc<op::DRIVER_INFO_2>(), &op::DRIVER_CONTAINER::set_Level2);
                break;
            case 3:
                set(who->arena().alloc<op::RPC_DRIVER_INFO_3>(), &op::DRIVER_CONTAINER::set_Level3);
                break;
            case 4:
                set(who->arena().alloc<op::RPC_DRIVER_INFO_4>(), &op::DRIVER_CONTAINER::set_Level4);
                break;
            case 6:
                set(who->arena().alloc<op::RPC_DRIVER_INFO_6>(), &op::DRIVER_CONTAINER::set_Level6);
                break;
            default:
                set(who->arena().alloc<op::RPC_DRIVER_INFO_8>(), &op::DRIVER_CONTAINER::set_Level8);
                break;
        }
        return made;
    }
    Win32 add(Session* who, const op::DRIVER_CONTAINER& driver, std::uint32_t flags = kCopyNewFiles, std::string_view server = {}) {
        op::AddPrinterDriver::In in;
        if (!server.empty()) in.pName = wide(who, server);
        in.pDriverContainer = driver;
        in.dwFileCopyFlags = flags;
        return code(call(who, &op::Client::add_printer_driver, in));
    }
    Win32 add_legacy(Session* who, const op::DRIVER_CONTAINER& driver) {
        op::AddPrinterDriverLegacy::In in;
        in.pDriverContainer = driver;
        return code(call(who, &op::Client::add_printer_driver_legacy, in));
    }
    Win32 remove(Session* who, std::string_view name, std::string_view environment = "Windows x64") {
        op::DeletePrinterDriver::In in;
        in.pEnvironment = wide(who, environment);
        in.pDriverName = wide(who, name);
        return code(call(who, &op::Client::delete_printer_driver, in));
    }
    Win32 remove_ex(Session* who, std::string_view name, std::uint32_t flags, std::uint32_t version = 0,
                    std::string_view environment = "Windows x64") {
        op::DeletePrinterDriverEx::In in;
        in.pEnvironment = wide(who, environment);
        in.pDriverName = wide(who, name);
        in.dwDeleteFlag = flags;
        in.dwVersionNum = version;
        return code(call(who, &op::Client::delete_printer_driver_ex, in));
    }
    // The fields of one enumerated driver; nothing when it is not listed.
    std::map<std::string, std::string> listed(Session* who, std::uint32_t level, const std::string& name,
                                              std::string_view environment = "Windows x64") {
        op::EnumPrinterDrivers::In in;
        in.pName = wide(who, "\\\\WINSPOOLD");
        in.pEnvironment = wide(who, environment);
        in.Level = level;
        in.cbBuf = 200000;
        in.pDrivers = buffer(who, in.cbBuf);
        const auto out = call(who, &op::Client::enum_printer_drivers, in);
        EXPECT_EQ(code(out), Win32::success);
        for (const level_test::SpecLevel& spec : level_test::driver_specs()) {
            if (spec.number != level) continue;
            for (auto& element : level_test::read(spec, out.pDrivers.view(), out.pcReturned)) {
                if (element.values.at("Name") == name) return element.values;
            }
        }
        return {};
    }
    // Places the files below "x64/" with these contents.
    void upload(const std::string& text = "one", std::uint64_t modified = 10, const std::string& directory = "x64") {
        for (const char* name : {"oem.dll", "oem.gpd", "oemui.dll", "oem.hlp", "oem1.ini", "oem2.ini"}) {
            driver_files_->upload(directory + "/" + name, text + " " + name, modified);
        }
    }
    std::string shown(const std::string& path) { return driver_files_->shown(path).value_or("nothing"); }
    Session* rprn_admin() { return session(token("admin", kAdminSid, {base::well_known::administrators()}), op::Via::rprn); }
};

}  // namespace service_test
