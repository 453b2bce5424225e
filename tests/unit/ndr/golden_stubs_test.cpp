// Stubs byte by byte. The bytes in golden_stubs.inc were checked with an independent implementation of the same interfaces: it decodes
// each of them to the values built here, and encodes these values to the same bytes.
#include "dcerpc/ndr/decoder.h"
#include "dcerpc/ndr/dumper.h"
#include "dcerpc/ndr/encoder.h"
#include "dcerpc/ndr/operation.h"
#include "wire/epm/types.h"
#include "wire/winspool/types.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <string>

namespace {

using namespace wire::winspool;

const std::map<std::string, std::string>& golden() {
    static const std::map<std::string, std::string> kStubs = {
#include "tests/unit/ndr/golden_stubs.inc"
    };
    return kStubs;
}

std::string hex(base::ByteView bytes) { return base::to_hex(bytes); }

std::string dump(const ndr::ValueCodec& codec, const void* in, void* value) {
    ndr::Dumper dumper;
    codec.map(dumper, in, value);
    return dumper.text();
}

struct Form {
    const char* suffix;
    ndr::Syntax syntax;
    base::ByteOrder order;
};

// Encodes `value` and decodes the golden bytes, in each of the three forms.
void compare(const std::string& name, const ndr::ValueCodec& codec, const void* in, void* value) {
    const Form forms[] = {{"Ndr20", ndr::Syntax::ndr20, base::ByteOrder::little},
                          {"Ndr20Big", ndr::Syntax::ndr20, base::ByteOrder::big},
                          {"Ndr64", ndr::Syntax::ndr64, base::ByteOrder::little}};
    for (const Form& form : forms) {
        const std::string key = name + form.suffix;
        SCOPED_TRACE(key);
        base::ByteBuffer encoded;
        ndr::Encoder encoder(encoded, form.syntax, form.order);
        codec.encode(encoder, in, value);
        ASSERT_EQ(encoder.fault(), 0U) << encoder.where();
        const auto found = golden().find(key);
        if (found == golden().end()) {
            ADD_FAILURE() << "{\"" << key << "\", \"" << hex(encoded) << "\"},";
            continue;
        }
        EXPECT_EQ(hex(encoded), found->second);

        base::ByteBuffer bytes;
        ASSERT_TRUE(base::from_hex(found->second, bytes));
        ndr::Arena arena;
        ndr::Decoder decoder(bytes, form.syntax, form.order, arena);
        void* decoded = codec.make(arena);
        codec.decode(decoder, in, decoded);
        ASSERT_EQ(decoder.fault(), 0U) << decoder.where();
        EXPECT_EQ(decoder.position(), bytes.size());
        EXPECT_EQ(dump(codec, in, decoded), dump(codec, in, value));
    }
}

base::Guid guid() { return {0x01020304, 0x0506, 0x0708, {0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10}}; }
ndr::ContextHandle handle() { return {0, guid()}; }

SPLCLIENT_INFO_1 client_info() {
    SPLCLIENT_INFO_1 info;
    info.dwSize = 28;
    info.pMachineName = ndr::WStr(u"\\\\ws1");
    info.pUserName = ndr::WStr(u"me");
    info.dwBuildNum = 7601;
    info.dwMajorVersion = 3;
    info.wProcessorArchitecture = 9;
    return info;
}

PRINTER_INFO_2 printer_info() {
    PRINTER_INFO_2 info;
    info.pPrinterName = ndr::WStr(u"Office");
    info.pShareName = ndr::WStr(u"");
    info.pPortName = ndr::WStr(u"LPT1:");
    info.pDriverName = ndr::WStr(u"Generic");
    info.pLocation = ndr::WStr(u"Room 5");
    info.pDevMode = 0x11223344;
    info.pPrintProcessor = ndr::WStr(u"winprint");
    info.pDatatype = ndr::WStr(u"RAW");
    info.Attributes = 0x48;
    info.Priority = 1;
    info.DefaultPriority = 2;
    info.UntilTime = 60;
    info.cJobs = 7;
    info.AveragePPM = 20;
    return info;
}

TEST(GoldenStubs, OpenPrinter) {
    SPLCLIENT_INFO_1 client = client_info();
    OpenPrinter::In in;
    in.pPrinterName = ndr::WStr(u"\\\\srv\\p1");
    in.pDatatype = ndr::WStr(u"RAW");
    in.AccessRequired = 0x00020008;
    in.pClientInfo.set_pClientInfo1(&client);
    compare("OpenPrinterIn", OpenPrinter::kCodec.in, nullptr, &in);

    OpenPrinter::Out out;
    out.pHandle = handle();
    out.result = 5;
    compare("OpenPrinterOut", OpenPrinter::kCodec.out, &in, &out);
}

TEST(GoldenStubs, AddPrinterLevel2) {
    SPLCLIENT_INFO_1 client = client_info();
    PRINTER_INFO_2 info = printer_info();
    AddPrinter::In in;
    in.pName = ndr::WStr(u"\\\\srv");
    in.pPrinterContainer.set_pPrinterInfo2(&info);
    in.pClientInfo.set_pClientInfo1(&client);
    compare("AddPrinterIn", AddPrinter::kCodec.in, nullptr, &in);
}

TEST(GoldenStubs, SetPrinterLevel2) {
    PRINTER_INFO_2 info = printer_info();
    SetPrinter::In in;
    in.hPrinter = handle();
    in.pPrinterContainer.set_pPrinterInfo2(&info);
    compare("SetPrinterIn", SetPrinter::kCodec.in, nullptr, &in);
}

TEST(GoldenStubs, EnumPrinters) {
    std::byte buffer[5] = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}, std::byte{5}};
    EnumPrinters::In in;
    in.Flags = 2;
    in.Level = 1;
    in.cbBuf = 5;
    in.pPrinterEnum = ndr::Bytes(buffer);
    compare("EnumPrintersIn", EnumPrinters::kCodec.in, nullptr, &in);

    EnumPrinters::Out out;
    out.pPrinterEnum = ndr::Bytes(buffer);
    out.pcbNeeded = 100;
    out.result = 122;
    compare("EnumPrintersOut", EnumPrinters::kCodec.out, &in, &out);
}

TEST(GoldenStubs, GetPrinterData) {
    std::byte buffer[6] = {std::byte{42}};
    GetPrinterData::In in;
    in.hPrinter = handle();
    in.pValueName = ndr::WStr(u"ChangeID");
    in.nSize = 6;
    compare("GetPrinterDataIn", GetPrinterData::kCodec.in, nullptr, &in);

    GetPrinterData::Out out;
    out.pType = 4;
    out.pData = ndr::Bytes(buffer);
    out.pcbNeeded = 4;
    compare("GetPrinterDataOut", GetPrinterData::kCodec.out, &in, &out);
}

TEST(GoldenStubs, WritePrinter) {
    std::byte buffer[3] = {std::byte{0x1B}, std::byte{0x45}, std::byte{0x0C}};
    WritePrinter::In in;
    in.hPrinter = handle();
    in.pBuf = ndr::Bytes(buffer);
    in.cbBuf = 3;
    compare("WritePrinterIn", WritePrinter::kCodec.in, nullptr, &in);
}

// 64-bit members, FILETIME, GUID: the alignment rules of both syntaxes.
TEST(GoldenStubs, CorePrinterDrivers) {
    CORE_PRINTER_DRIVER drivers[2];
    drivers[0].CoreDriverGUID = guid();
    drivers[0].ftDriverDate = {0x11111111, 0x22222222};
    drivers[0].dwlDriverVersion = 0x0102030405060708;
    drivers[0].szPackageID[0] = u'A';
    drivers[1].szPackageID.fill(u'Z');
    GetCorePrinterDrivers::In in;
    in.cCorePrinterDrivers = 2;
    GetCorePrinterDrivers::Out out;
    out.pCorePrinterDrivers = ndr::Array<CORE_PRINTER_DRIVER>(drivers);
    out.result = 0x80070057;
    compare("CorePrinterDriversOut", GetCorePrinterDrivers::kCodec.out, &in, &out);
}

TEST(GoldenStubs, AddPrinterDriverLevel6) {
    RPC_DRIVER_INFO_6 info;
    info.cVersion = 3;
    info.pName = ndr::WStr(u"Generic");
    info.pEnvironment = ndr::WStr(u"Windows x64");
    info.ftDriverDate = {1, 2};
    info.dwlDriverVersion = 0x0003000200010000;
    info.pProvider = ndr::WStr(u"Us");
    AddPrinterDriver::In in;
    in.pDriverContainer.set_Level6(&info);
    in.dwFileCopyFlags = 0x14;
    compare("AddPrinterDriverIn", AddPrinterDriver::kCodec.in, nullptr, &in);
}

// Unions with 16/32-bit enumerations as tags, an array of structures with deferred pointers three levels deep.
TEST(GoldenStubs, RegisterForRemoteNotifications) {
    std::uint16_t fields[] = {10, 13};
    RPC_V2_NOTIFY_OPTIONS_TYPE types[2];
    types[0].Type = 1;
    types[0].Count = 2;
    types[0].pFields = ndr::Array<std::uint16_t>(fields);
    RPC_V2_NOTIFY_OPTIONS options;
    options.Version = 2;
    options.Count = 2;
    options.pTypes = ndr::Array<RPC_V2_NOTIFY_OPTIONS_TYPE>(types);
    RpcPrintNamedProperty properties[4];
    properties[0].propertyName = ndr::WStr(u"RemoteNotifyFilter Flags");
    properties[0].propertyValue.set_propertyInt32(0xFF);
    properties[1].propertyName = ndr::WStr(u"RemoteNotifyFilter Options");
    properties[1].propertyValue.set_propertyInt64(-2);
    properties[2].propertyName = ndr::WStr(u"RemoteNotifyFilter NotifyOptions");
    properties[2].propertyValue.set_propertyOptionsContainer({&options});
    properties[3].propertyName = ndr::WStr(u"RemoteNotifyFilter Color");
    properties[3].propertyValue.set_propertyByte(7);
    RegisterForRemoteNotifications::In in;
    in.hPrinter = handle();
    in.pNotifyFilter.numberOfProperties = 4;
    in.pNotifyFilter.propertiesCollection = ndr::Array<RpcPrintNamedProperty>(properties);
    compare("RegisterIn", RegisterForRemoteNotifications::kCodec.in, nullptr, &in);
}

// A conformant structure behind pointers, its union members with and without pointers of their own.
TEST(GoldenStubs, GetRemoteNotifications) {
    char16_t name[] = u"Office";
    SYSTEMTIME time{2024, 2, 4, 29, 12, 30, 0, 0};
    RPC_V2_NOTIFY_INFO_DATA data[3];
    data[0].Field = 1;
    data[0].set_String({14, ndr::Array<char16_t>(std::span<char16_t>(name))});
    data[1].Type = 1;
    data[1].Field = 10;
    data[1].Id = 5;
    data[1].set_dwData({0x30, 0});
    data[2].Type = 1;
    data[2].Field = 16;
    data[2].Id = 5;
    data[2].set_SystemTime({16, &time});
    RPC_V2_NOTIFY_INFO info;
    info.Version = 2;
    info.Count = 3;
    info.aData = ndr::Array<RPC_V2_NOTIFY_INFO_DATA>(data);
    RpcPrintNamedProperty properties[1];
    properties[0].propertyName = ndr::WStr(u"RemoteNotifyData Info");
    properties[0].propertyValue.set_propertyReplyContainer({&info});
    RpcPrintPropertiesCollection collection;
    collection.numberOfProperties = 1;
    collection.propertiesCollection = ndr::Array<RpcPrintNamedProperty>(properties);
    GetRemoteNotifications::In in;
    GetRemoteNotifications::Out out;
    out.ppNotifyData = &collection;
    compare("GetRemoteNotificationsOut", GetRemoteNotifications::kCodec.out, &in, &out);
}

// Enumerations as tags, an array of structures through size_is(, *count).
TEST(GoldenStubs, EnumJobNamedProperties) {
    std::byte blob[3] = {std::byte{1}, std::byte{2}, std::byte{3}};
    RPC_PrintNamedProperty properties[3];
    properties[0].propertyName = ndr::WStr(u"a");
    properties[0].propertyValue.set_propertyString(ndr::WStr(u"text"));
    properties[1].propertyName = ndr::WStr(u"b");
    properties[1].propertyValue.set_propertyInt64(-1);
    properties[2].propertyName = ndr::WStr(u"c");
    properties[2].propertyValue.set_propertyBlob({3, ndr::Bytes(blob)});
    EnumJobNamedProperties::In in;
    EnumJobNamedProperties::Out out;
    out.pcProperties = 3;
    out.ppProperties = ndr::Array<RPC_PrintNamedProperty>(properties);
    compare("EnumJobNamedPropertiesOut", EnumJobNamedProperties::kCodec.out, &in, &out);
}

// The question every client starts with: who speaks IRemoteWinspool over TCP?
TEST(GoldenStubs, EptMap) {
    base::ByteBuffer tower_bytes;
    ASSERT_TRUE(
        base::from_hex("050013000d963ff076fdcdfc44a22c64950a00120901000200000013000d045d888aeb1cc9119fe808002b10486002000200000001000b0200"
                       "0000010007020000870100090400c0000207",
                       tower_bytes));
    wire::epm::twr_t tower;
    tower.tower_length = static_cast<std::uint32_t>(tower_bytes.size());
    tower.tower_octet_string = ndr::Bytes(std::span<std::byte>(tower_bytes));
    base::Guid object = guid();
    wire::epm::EptMap::In in;
    in.obj = &object;
    in.map_tower = &tower;
    in.max_towers = 4;
    compare("EptMapIn", wire::epm::EptMap::kCodec.in, nullptr, &in);

    wire::epm::twr_t* towers[] = {&tower};
    wire::epm::EptMap::Out out;
    out.entry_handle = handle();
    out.num_towers = 1;
    out.ITowers = ndr::Array<wire::epm::twr_t*>(std::span<wire::epm::twr_t*>(towers));
    compare("EptMapOut", wire::epm::EptMap::kCodec.out, &in, &out);
}

}  // namespace
