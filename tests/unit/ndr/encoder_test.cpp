#include "dcerpc/ndr/decoder.h"
#include "dcerpc/ndr/dumper.h"
#include "dcerpc/ndr/encoder.h"
#include "dcerpc/ndr/operation.h"
#include "dcerpc/ndr/sampler.h"
#include "wire/mgmt/types.h"
#include "wire/winspool/operations.h"
#include "wire/winspool/types.h"

#include <gtest/gtest.h>

namespace {

using namespace wire::winspool;

std::uint32_t fault_of(const ndr::ValueCodec& codec, const void* in, void* value, std::string* where = nullptr) {
    base::ByteBuffer bytes;
    ndr::Encoder encoder(bytes, ndr::Syntax::ndr20);
    codec.encode(encoder, in, value);
    if (where != nullptr) *where = encoder.where();
    return encoder.fault();
}

// A reply that its client would refuse must not leave the server.
TEST(Encoder, RefusesCountsThatDisagree) {
    std::byte data[4] = {};
    GetPrinterData::In in;
    in.nSize = 5;
    GetPrinterData::Out out;
    out.pData = ndr::Bytes(data);
    std::string where;
    EXPECT_EQ(fault_of(GetPrinterData::kCodec.out, &in, &out, &where), ndr::kFaultBadStubData);
    EXPECT_EQ(where, "pData");
    in.nSize = 4;
    EXPECT_EQ(fault_of(GetPrinterData::kCodec.out, &in, &out), 0U);
}

TEST(Encoder, RefusesAnArmThatDoesNotMatch) {
    RPC_PrintPropertyValue value;
    value.set_propertyInt32(1);
    value.ePropertyType = kRpcPropertyTypeString;
    GetJobNamedPropertyValue::In in;
    GetJobNamedPropertyValue::Out out;
    out.pValue = value;
    EXPECT_EQ(fault_of(GetJobNamedPropertyValue::kCodec.out, &in, &out), ndr::kFaultBadStubData);
    out.pValue.ePropertyType = static_cast<RPC_EPrintPropertyType>(77);
    EXPECT_EQ(fault_of(GetJobNamedPropertyValue::kCodec.out, &in, &out), ndr::kFaultInvalidTag);
}

TEST(Encoder, RefusesWhatNoReplyMayCarry) {
    ndr::Bytes big;
    std::vector<std::byte> storage(base::limits::kMaxReplyBytes);
    big = ndr::Bytes(std::span<std::byte>(storage));
    ReadPrinter::In in;
    in.cbBuf = big.size;
    ReadPrinter::Out out;
    out.pBuf = big;
    EXPECT_EQ(fault_of(ReadPrinter::kCodec.out, &in, &out), ndr::kFaultReplyTooBig);
}

TEST(Encoder, ReferentsCountUp) {
    DOC_INFO_1 info;
    info.pDocName = ndr::WStr(u"a");
    info.pDatatype = ndr::WStr(u"b");
    StartDocPrinter::In in;
    in.pDocInfoContainer.set_pDocInfo1(&info);
    base::ByteBuffer bytes;
    ndr::Encoder encoder(bytes, ndr::Syntax::ndr20);
    StartDocPrinter::kCodec.in.encode(encoder, nullptr, &in);
    base::ByteReader reader(bytes);
    reader.skip(28);
    EXPECT_EQ(reader.u32(), 0x00020000U);
    EXPECT_EQ(reader.u32(), 0x00020004U);
    EXPECT_EQ(reader.u32(), 0U);
    EXPECT_EQ(reader.u32(), 0x00020008U);
}

TEST(Encoder, AppendsAndAlignsFromItsStart) {
    base::ByteBuffer bytes(3, std::byte{0xFF});
    ndr::Encoder encoder(bytes, ndr::Syntax::ndr20);
    EndDocPrinter::In in;
    EndDocPrinter::kCodec.in.encode(encoder, nullptr, &in);
    EXPECT_EQ(bytes.size(), 23U);
}

// A string with a bound of its own: max_count is the bound, not the length.
TEST(Encoder, SizedStringKeepsItsBound) {
    wire::mgmt::RpcMgmtInqPrincName::In in;
    in.princ_name_size = 10;
    wire::mgmt::RpcMgmtInqPrincName::Out out;
    out.princ_name = ndr::AStr(std::string_view("abc"));
    base::ByteBuffer bytes;
    ndr::Encoder encoder(bytes, ndr::Syntax::ndr20);
    wire::mgmt::RpcMgmtInqPrincName::kCodec.out.encode(encoder, &in, &out);
    EXPECT_EQ(base::to_hex(bytes),
              "0a000000"
              "00000000"
              "04000000"
              "61626300"
              "00000000");
    in.princ_name_size = 3;
    EXPECT_EQ(fault_of(wire::mgmt::RpcMgmtInqPrincName::kCodec.out, &in, &out), ndr::kFaultBadStubData);
}

TEST(Dumper, IsReadable) {
    SPLCLIENT_INFO_1 client;
    client.dwSize = 28;
    client.pMachineName = ndr::WStr(u"ws\u00e4");
    std::byte mode[3] = {std::byte{1}, std::byte{2}, std::byte{0xFF}};
    OpenPrinter::In in;
    in.pDevModeContainer = {3, ndr::Bytes(mode)};
    in.AccessRequired = 8;
    in.pClientInfo.set_pClientInfo1(&client);
    ndr::Dumper dumper(2);
    OpenPrinter::kCodec.in.map(dumper, nullptr, &in);
    EXPECT_EQ(dumper.text(), R"(pPrinterName = NULL
pDatatype = NULL
pDevModeContainer:
  cbBuf = 3
  pDevMode = present
pDevModeContainer:
  pDevMode = [3] 0102...
AccessRequired = 8
pClientInfo:
  Level = 1
  ClientInfo:
    tag = 1
    pClientInfo1 = present
pClientInfo:
  ClientInfo:
    pClientInfo1:
      dwSize = 28
      pMachineName = present
      pUserName = NULL
      dwBuildNum = 0
      dwMajorVersion = 0
      dwMinorVersion = 0
      wProcessorArchitecture = 0
    pClientInfo1:
      pMachineName = "ws\u00e4"
)");
}

TEST(Sampler, SameSeedSameValue) {
    for (const ndr::OperationInfo& operation : wire::winspool::operations()) {
        std::string texts[2];
        for (std::string& text : texts) {
            ndr::Arena arena;
            ndr::Sampler sampler(7, arena);
            void* in = operation.codec->in.make(arena);
            operation.codec->in.sample(sampler, nullptr, in);
            ndr::Dumper dumper;
            operation.codec->in.map(dumper, nullptr, in);
            text = dumper.text();
        }
        EXPECT_EQ(texts[0], texts[1]) << operation.codec->name;
    }
}

// ---- storage of replies

TEST(Storage, ReserveAndFit) {
    ndr::Arena arena;
    ndr::Bytes buffer;
    EXPECT_EQ(ndr::reserve(arena, buffer, 4), 0U);
    EXPECT_TRUE(buffer.present);
    EXPECT_EQ(buffer.size, 4U);
    buffer.data[3] = std::byte{9};
    EXPECT_EQ(ndr::fit(arena, buffer, 6), 0U);
    EXPECT_EQ(buffer.size, 6U);
    EXPECT_EQ(buffer.data[3], std::byte{9});
    EXPECT_EQ(buffer.data[5], std::byte{0});
    EXPECT_EQ(ndr::fit(arena, buffer, 2), 0U);
    EXPECT_EQ(buffer.size, 2U);
    ndr::Bytes none;
    EXPECT_EQ(ndr::fit(arena, none, 2), 0U);
    EXPECT_FALSE(none.present);
    EXPECT_EQ(ndr::reserve(arena, none, std::uint64_t{1} << 40U), ndr::kFaultReplyTooBig);
}

TEST(Storage, ReserveLikeTheRequest) {
    ndr::Arena arena;
    ndr::Array<char16_t> in;
    ndr::Array<char16_t> out;
    EXPECT_EQ(ndr::reserve_like(arena, out, in), 0U);
    EXPECT_FALSE(out.present);
    in = arena.array<char16_t>(3);
    in[0] = u'x';
    EXPECT_EQ(ndr::reserve_like(arena, out, in), 0U);
    EXPECT_EQ(out.size, 3U);
    EXPECT_NE(out.data, in.data);
    EXPECT_EQ(out[0], u'\0');
}

}  // namespace
