// The fixed parts as [MS-RPRN] 2.2.2 prints them, for the independent reader.
#pragma once

#include "level_reader.h"

namespace level_test {

inline std::vector<SpecLevel> printer_specs() {
    return {
        spec(0, 124,
             "0:PrinterName:s 4:ServerName:s 8:cJobs:4 12:cTotalJobs:4 16:cTotalBytes:4 20:stUpTime:t 36:MaxcRef:4 40:cTotalPagesPrinted:4 "
             "44:dwGetVersion:4 48:fFreeBuild:4 52:cSpooling:4 56:cMaxSpooling:4 60:cRef:4 64:cErrorOutOfPaper:4 68:cErrorNotReady:4 "
             "72:cJobError:4 76:dwNumberOfProcessors:4 80:dwProcessorType:4 84:dwHighPartTotalBytes:4 88:cChangeID:4 92:dwLastError:4 "
             "96:Status:4 100:cEnumerateNetworkPrinters:4 104:cAddNetPrinters:4 108:wProcessorArchitecture:2 110:wProcessorLevel:2 "
             "112:cRefIC:4 116:dwReserved2:4 120:dwReserved3:4"),
        spec(1, 16, "0:Flags:4 4:Description:s 8:Name:s 12:Comment:s"),
        spec(2, 84,
             "0:ServerName:s 4:PrinterName:s 8:ShareName:s 12:PortName:s 16:DriverName:s 20:Comment:s 24:Location:s 28:DevMode:b 32:SepFile:s "
             "36:PrintProcessor:s 40:Datatype:s 44:Parameters:s 48:SecurityDescriptor:d 52:Attributes:4 56:Priority:4 60:DefaultPriority:4 "
             "64:StartTime:4 68:UntilTime:4 72:Status:4 76:cJobs:4 80:AveragePPM:4"),
        spec(3, 4, "0:SecurityDescriptor:d"),
        spec(4, 12, "0:PrinterName:s 4:ServerName:s 8:Attributes:4"),
        spec(5, 20, "0:PrinterName:s 4:PortName:s 8:Attributes:4 12:DeviceNotSelectedTimeout:4 16:TransmissionRetryTimeout:4"),
        spec(6, 4, "0:dwStatus:4"),
        spec(7, 8, "0:ObjectGUID:s 4:dwAction:4"),
        spec(8, 4, "0:DevMode:b"),
    };
}

inline std::vector<SpecLevel> job_specs() {
    const std::string two =
        "0:JobId:4 4:PrinterName:s 8:MachineName:s 12:UserName:s 16:Document:s 20:NotifyName:s 24:Datatype:s 28:PrintProcessor:s "
        "32:Parameters:s 36:DriverName:s 40:DevMode:b 44:StatusText:s 48:SecurityDescriptor:d 52:Status:4 56:Priority:4 60:Position:4 "
        "64:StartTime:4 68:UntilTime:4 72:TotalPages:4 76:Size:4 80:Submitted:t 96:Time:4 100:PagesPrinted:4";
    static const std::string four = two + " 104:SizeHigh:4";
    static const std::string kept = two;
    return {
        spec(1, 64,
             "0:JobId:4 4:PrinterName:s 8:MachineName:s 12:UserName:s 16:Document:s 20:Datatype:s 24:StatusText:s 28:Status:4 32:Priority:4 "
             "36:Position:4 40:TotalPages:4 44:PagesPrinted:4 48:Submitted:t"),
        spec(2, 104, kept),
        spec(3, 12, "0:JobId:4 4:NextJobId:4 8:Reserved:4"),
        spec(4, 108, four),
    };
}

inline std::vector<SpecLevel> driver_specs() {
    static const std::string two = "0:cVersion:4 4:Name:s 8:Environment:s 12:DriverPath:s 16:DataFile:s 20:ConfigFile:s";
    static const std::string three = two + " 24:HelpFile:s 28:DependentFiles:m 32:MonitorName:s 36:DefaultDataType:s";
    static const std::string four = three + " 40:PreviousNames:m";
    static const std::string five = two + " 24:dwDriverAttributes:4 28:dwConfigVersion:4 32:dwDriverVersion:4";
    static const std::string six = four + " 44:ftDriverDate:8 56:dwlDriverVersion:8 64:MfgName:s 68:OEMUrl:s 72:HardwareID:s 76:Provider:s";
    static const std::string eight = six +
                                     " 80:PrintProcessor:s 84:VendorSetup:s 88:ColorProfiles:m 92:InfPath:s 96:dwPrinterDriverAttributes:4 "
                                     "100:CoreDependencies:m 104:ftMinInboxDriverVerDate:8 112:dwlMinInboxDriverVerVersion:8";
    return {
        spec(1, 4, "0:Name:s"), spec(2, 24, two), spec(3, 40, three), spec(4, 44, four), spec(5, 36, five), spec(6, 80, six), spec(8, 120, eight),
    };
}

// Level 101 without its file array, which the test reads itself.
inline SpecLevel driver_101_spec() {
    return spec(101, 64,
                "0:cVersion:4 4:Name:s 8:Environment:s 16:dwFileCount:4 20:MonitorName:s 24:DefaultDataType:s 28:PreviousNames:m "
                "32:ftDriverDate:8 40:dwlDriverVersion:8 48:MfgName:s 52:OEMUrl:s 56:HardwareID:s 60:Provider:s");
}

inline std::vector<SpecLevel> form_specs() {
    static const std::string one = "0:Flags:4 4:Name:s 8:cx:4 12:cy:4 16:left:4 20:top:4 24:right:4 28:bottom:4";
    static const std::string two = one + " 32:Keyword:a 36:StringType:4 40:MuiDll:s 44:dwResourceId:4 48:DisplayName:s 52:wLangID:2 54:unused:2";
    return {spec(1, 32, one), spec(2, 56, two)};
}

inline std::vector<SpecLevel> port_specs() {
    return {spec(1, 4, "0:PortName:s"), spec(2, 20, "0:PortName:s 4:MonitorName:s 8:Description:s 12:fPortType:4 16:Reserved:4")};
}
inline std::vector<SpecLevel> monitor_specs() {
    return {spec(1, 4, "0:Name:s"), spec(2, 12, "0:Name:s 4:Environment:s 8:DLLName:s")};
}
inline std::vector<SpecLevel> name_specs() { return {spec(1, 4, "0:Name:s")}; }

}  // namespace level_test
