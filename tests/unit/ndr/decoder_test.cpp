// What a decoder has to refuse, and with which fault; what it has to tolerate. Requests are encoded, then damaged at known places.
#include "dcerpc/ndr/decoder.h"
#include "dcerpc/ndr/encoder.h"
#include "dcerpc/ndr/operation.h"
#include "wire/winspool/types.h"

#include <gtest/gtest.h>

#include <array>

namespace {

using namespace wire::winspool;

constexpr std::array kSyntaxes = {ndr::Syntax::ndr20, ndr::Syntax::ndr64};

template <class Op>
base::ByteBuffer encode(typename Op::In& in, ndr::Syntax syntax) {
    base::ByteBuffer bytes;
    ndr::Encoder encoder(bytes, syntax);
    encoder.allow_inconsistent();
    Op::kCodec.in.encode(encoder, nullptr, &in);
    EXPECT_EQ(encoder.fault(), 0U);
    return bytes;
}

template <class Op>
struct Outcome {
    ndr::Arena arena;
    typename Op::In in;
    std::uint32_t fault = 0;
    std::string where;
    std::size_t position = 0;

    Outcome(base::ByteView bytes, ndr::Syntax syntax, std::size_t arena_limit = base::limits::kMaxArenaBytes) : arena(arena_limit) {
        ndr::Decoder decoder(bytes, syntax, base::ByteOrder::little, arena);
        Op::kCodec.in.decode(decoder, nullptr, &in);
        fault = decoder.fault();
        where = decoder.where();
        position = decoder.position();
    }
};

void put32(base::ByteBuffer& bytes, std::size_t at, std::uint32_t value) {
    ASSERT_LE(at + 4, bytes.size());
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::byte>((value >> (8 * i)) & 0xFFU);
}

class DecoderInBothSyntaxes : public testing::TestWithParam<ndr::Syntax> {};
INSTANTIATE_TEST_SUITE_P(Syntaxes, DecoderInBothSyntaxes, testing::ValuesIn(kSyntaxes));

// ---- counts

TEST_P(DecoderInBothSyntaxes, CountMustAgreeWithTheParameter) {
    std::byte data[8] = {};
    GetPrinter::In in;
    in.pPrinter = ndr::Bytes(data);
    for (const std::uint32_t size : {0U, 7U, 9U, 0xFFFFFFFFU}) {
        in.cbBuf = size;
        const Outcome<GetPrinter> outcome(encode<GetPrinter>(in, GetParam()), GetParam());
        EXPECT_EQ(outcome.fault, ndr::kFaultBadStubData);
        EXPECT_EQ(outcome.where, "pPrinter");
    }
    in.cbBuf = 8;
    EXPECT_EQ((Outcome<GetPrinter>(encode<GetPrinter>(in, GetParam()), GetParam())).fault, 0U);
}

TEST_P(DecoderInBothSyntaxes, NullBufferNeedsCountZero) {
    GetPrinter::In in;
    in.cbBuf = 1;
    EXPECT_EQ((Outcome<GetPrinter>(encode<GetPrinter>(in, GetParam()), GetParam())).fault, ndr::kFaultBadStubData);
    in.cbBuf = 0;
    const base::ByteBuffer bytes = encode<GetPrinter>(in, GetParam());
    const Outcome<GetPrinter> outcome(bytes, GetParam());
    EXPECT_EQ(outcome.fault, 0U);
    EXPECT_FALSE(outcome.in.pPrinter.present);
}

TEST_P(DecoderInBothSyntaxes, EmptyBufferIsPresent) {
    GetPrinter::In in;
    in.pPrinter.present = true;
    const base::ByteBuffer bytes = encode<GetPrinter>(in, GetParam());
    const Outcome<GetPrinter> outcome(bytes, GetParam());
    EXPECT_EQ(outcome.fault, 0U);
    EXPECT_TRUE(outcome.in.pPrinter.present);
    EXPECT_EQ(outcome.in.pPrinter.size, 0U);
}

TEST_P(DecoderInBothSyntaxes, CountInsideAStructureMustAgree) {
    std::byte data[8] = {};
    ResetPrinter::In in;
    in.pDevModeContainer.cbBuf = 9;
    in.pDevModeContainer.pDevMode = ndr::Bytes(data);
    const Outcome<ResetPrinter> wrong(encode<ResetPrinter>(in, GetParam()), GetParam());
    EXPECT_EQ(wrong.fault, ndr::kFaultBadStubData);
    EXPECT_EQ(wrong.where, "pDevMode");
    in.pDevModeContainer.pDevMode = {};
    EXPECT_EQ((Outcome<ResetPrinter>(encode<ResetPrinter>(in, GetParam()), GetParam())).fault, ndr::kFaultBadStubData);
}

TEST_P(DecoderInBothSyntaxes, CountOfAConformantStructureMustAgree) {
    RPC_BIDI_REQUEST_DATA item;
    item.data.set_iData(1);
    SendRecvBidiData::In in;
    in.pReqData.Count = 2;
    in.pReqData.aData = ndr::Array<RPC_BIDI_REQUEST_DATA>(std::span<RPC_BIDI_REQUEST_DATA>(&item, 1));
    EXPECT_EQ((Outcome<SendRecvBidiData>(encode<SendRecvBidiData>(in, GetParam()), GetParam())).fault, ndr::kFaultBadStubData);
}

// Counts that agree with each other, but not with the size of the stub: refused before anything is allocated.
TEST_P(DecoderInBothSyntaxes, HugeCountsAllocateNothing) {
    SetPrinterData::In in;
    in.pValueName = ndr::WStr(u"x");
    in.cbData = 0x7FFFFFFF;
    base::ByteBuffer bytes = encode<SetPrinterData>(in, GetParam());
    const std::size_t count_at = bytes.size() - (GetParam() == ndr::Syntax::ndr64 ? 12 : 8);
    put32(bytes, count_at, 0x7FFFFFFF);
    const Outcome<SetPrinterData> outcome(bytes, GetParam());
    EXPECT_EQ(outcome.fault, ndr::kFaultBadStubData);
    EXPECT_LE(outcome.arena.used_bytes(), 4096U);

    SendRecvBidiData::In bidi;
    bidi.pReqData.Count = 0x7FFFFFFF;
    base::ByteBuffer stub = encode<SendRecvBidiData>(bidi, GetParam());
    put32(stub, GetParam() == ndr::Syntax::ndr64 ? 32 : 24, 0x7FFFFFFF);
    const Outcome<SendRecvBidiData> other(stub, GetParam());
    EXPECT_EQ(other.fault, ndr::kFaultInvalidBound);
    EXPECT_EQ(other.arena.used_bytes(), 0U);
}

TEST_P(DecoderInBothSyntaxes, ElementsAndCharactersAreBounded) {
    DeleteForm::In form;
    const std::u16string name(base::limits::kMaxNdrElements, u'n');
    form.pFormName = ndr::WStr(std::u16string_view(name).substr(1));               // with its NUL exactly the bound
    EXPECT_EQ((Outcome<DeleteForm>(encode<DeleteForm>(form, GetParam()), GetParam())).fault, 0U);
    form.pFormName = ndr::WStr(name);
    EXPECT_EQ((Outcome<DeleteForm>(encode<DeleteForm>(form, GetParam()), GetParam())).fault, ndr::kFaultInvalidBound);

    std::vector<RPC_BIDI_REQUEST_DATA> items(base::limits::kMaxNdrElements + 1);
    for (RPC_BIDI_REQUEST_DATA& item : items) item.data.set_iData(1);
    SendRecvBidiData::In bidi;
    for (const std::size_t count : {base::limits::kMaxNdrElements, base::limits::kMaxNdrElements + 1}) {
        bidi.pReqData.Count = static_cast<std::uint32_t>(count);
        bidi.pReqData.aData = ndr::Array<RPC_BIDI_REQUEST_DATA>(std::span<RPC_BIDI_REQUEST_DATA>(items).first(count));
        const std::uint32_t expected = count > base::limits::kMaxNdrElements ? ndr::kFaultInvalidBound : 0;
        EXPECT_EQ((Outcome<SendRecvBidiData>(encode<SendRecvBidiData>(bidi, GetParam()), GetParam())).fault, expected) << count;
    }
}

TEST(Decoder, Ndr64CountBeyond32BitsIsAnInvalidBound) {
    WritePrinter::In in;
    base::ByteBuffer bytes = encode<WritePrinter>(in, ndr::Syntax::ndr64);
    put32(bytes, 28, 1);  // upper half of the count that follows the handle
    EXPECT_EQ((Outcome<WritePrinter>(bytes, ndr::Syntax::ndr64)).fault, ndr::kFaultInvalidBound);
}

TEST_P(DecoderInBothSyntaxes, FullArenaIsOutOfMemory) {
    DeletePrinterDriver::In in;
    const std::u16string name(5000, u'n');
    in.pEnvironment = ndr::WStr(std::u16string_view(name));
    const base::ByteBuffer bytes = encode<DeletePrinterDriver>(in, GetParam());
    EXPECT_EQ((Outcome<DeletePrinterDriver>(bytes, GetParam(), 8000)).fault, ndr::kFaultNoMemory);
    EXPECT_EQ((Outcome<DeletePrinterDriver>(bytes, GetParam(), 20'000)).fault, 0U);
}

// ---- ranges

TEST_P(DecoderInBothSyntaxes, RangesHold) {
    std::byte data[513] = {};
    RemoteFindFirstPrinterChangeNotification::In in;
    in.pBuffer = ndr::Bytes(data);
    in.cbBuffer = 513;
    const Outcome<RemoteFindFirstPrinterChangeNotification> wrong(encode<RemoteFindFirstPrinterChangeNotification>(in, GetParam()),
                                                                  GetParam());
    EXPECT_EQ(wrong.fault, ndr::kFaultBadStubData);
    EXPECT_EQ(wrong.where, "cbBuffer");
    in.pBuffer.size = in.cbBuffer = 512;
    EXPECT_EQ(
        (Outcome<RemoteFindFirstPrinterChangeNotification>(encode<RemoteFindFirstPrinterChangeNotification>(in, GetParam()), GetParam()))
            .fault,
        0U);

    std::vector<RpcPrintNamedProperty> properties(51);
    for (auto& property : properties) property.propertyValue.set_propertyInt32(0);
    RegisterForRemoteNotifications::In many;
    many.pNotifyFilter.numberOfProperties = 51;
    many.pNotifyFilter.propertiesCollection = ndr::Array<RpcPrintNamedProperty>(std::span<RpcPrintNamedProperty>(properties));
    EXPECT_EQ((Outcome<RegisterForRemoteNotifications>(encode<RegisterForRemoteNotifications>(many, GetParam()), GetParam())).fault,
              ndr::kFaultBadStubData);
}

// ---- strings. NDR20 layout of DeleteForm: handle 0..19, max 20, offset 24, actual 28, text 32.

base::ByteBuffer delete_form() {
    DeleteForm::In in;
    in.pFormName = ndr::WStr(u"A4x");
    return encode<DeleteForm>(in, ndr::Syntax::ndr20);
}

std::uint32_t string_fault(const base::ByteBuffer& bytes) { return Outcome<DeleteForm>(bytes, ndr::Syntax::ndr20).fault; }

TEST(DecoderStrings, GoodOne) {
    const base::ByteBuffer bytes = delete_form();
    const Outcome<DeleteForm> outcome(bytes, ndr::Syntax::ndr20);
    EXPECT_EQ(outcome.fault, 0U);
    EXPECT_EQ(outcome.in.pFormName.view(), u"A4x");
    EXPECT_EQ(outcome.in.pFormName.data[3], u'\0');
}

TEST(DecoderStrings, NeedTerminator) {
    base::ByteBuffer bytes = delete_form();
    bytes[38] = std::byte{'y'};
    EXPECT_EQ(string_fault(bytes), ndr::kFaultBadStubData);
    bytes[38] = std::byte{0};
    bytes[39] = std::byte{1};
    EXPECT_EQ(string_fault(bytes), ndr::kFaultBadStubData);
}

TEST(DecoderStrings, OffsetMustBeZero) {
    base::ByteBuffer bytes = delete_form();
    put32(bytes, 24, 1);
    EXPECT_EQ(string_fault(bytes), ndr::kFaultBadStubData);
}

TEST(DecoderStrings, ActualMustFit) {
    base::ByteBuffer bytes = delete_form();
    put32(bytes, 20, 3);
    EXPECT_EQ(string_fault(bytes), ndr::kFaultBadStubData);
    put32(bytes, 20, 400);  // more room than used is legal
    EXPECT_EQ(string_fault(bytes), 0U);
    put32(bytes, 28, 0);
    EXPECT_EQ(string_fault(bytes), ndr::kFaultBadStubData);
    put32(bytes, 28, 5);
    EXPECT_EQ(string_fault(bytes), ndr::kFaultBadStubData);
}

TEST(DecoderStrings, EndAtTheFirstNul) {
    base::ByteBuffer bytes = delete_form();
    bytes[34] = std::byte{0};
    const Outcome<DeleteForm> outcome(bytes, ndr::Syntax::ndr20);
    EXPECT_EQ(outcome.fault, 0U);
    EXPECT_EQ(outcome.in.pFormName.view(), u"A");
}

TEST(DecoderStrings, AbsentIsNotEmpty) {
    ResetPrinter::In in;
    EXPECT_FALSE((Outcome<ResetPrinter>(encode<ResetPrinter>(in, ndr::Syntax::ndr20), ndr::Syntax::ndr20)).in.pDatatype.present);
    in.pDatatype = ndr::WStr(u"");
    const base::ByteBuffer bytes = encode<ResetPrinter>(in, ndr::Syntax::ndr20);
    const Outcome<ResetPrinter> outcome(bytes, ndr::Syntax::ndr20);
    EXPECT_TRUE(outcome.in.pDatatype.present);
    EXPECT_EQ(outcome.in.pDatatype.size, 0U);
}

// ---- unions

TEST_P(DecoderInBothSyntaxes, TagWithoutArmIsAnInvalidTag) {
    StartDocPrinter::In in;
    DOC_INFO_1 info;
    in.pDocInfoContainer.set_pDocInfo1(&info);
    base::ByteBuffer bytes = encode<StartDocPrinter>(in, GetParam());
    const std::size_t level_at = GetParam() == ndr::Syntax::ndr64 ? 24 : 20;
    const std::size_t tag_at = GetParam() == ndr::Syntax::ndr64 ? 32 : 24;
    put32(bytes, level_at, 2);
    put32(bytes, tag_at, 2);
    EXPECT_EQ((Outcome<StartDocPrinter>(bytes, GetParam())).fault, ndr::kFaultInvalidTag);
    put32(bytes, tag_at, 1);
    EXPECT_EQ((Outcome<StartDocPrinter>(bytes, GetParam())).fault, ndr::kFaultBadStubData) << "tag and Level differ";
}

TEST_P(DecoderInBothSyntaxes, PresentArmMayBeNull) {
    StartDocPrinter::In in;
    in.pDocInfoContainer.set_pDocInfo1(nullptr);
    const base::ByteBuffer bytes = encode<StartDocPrinter>(in, GetParam());
    const Outcome<StartDocPrinter> outcome(bytes, GetParam());
    EXPECT_EQ(outcome.fault, 0U);
    EXPECT_EQ(outcome.in.pDocInfoContainer.DocInfo.index(), 1U);
    EXPECT_EQ(outcome.in.pDocInfoContainer.pDocInfo1(), nullptr);
}

// Level travels as it is, the tag is what switch_is makes of it.
TEST_P(DecoderInBothSyntaxes, PortLevelIsMasked) {
    PORT_INFO_FF info;
    info.pPortName = ndr::WStr(u"ip_1");
    AddPort::In in;
    in.pPortContainer.set_pPortInfoFF(&info);
    in.pPortContainer.Level = 0xFFFFFFFF;
    const base::ByteBuffer bytes = encode<AddPort>(in, GetParam());
    const Outcome<AddPort> outcome(bytes, GetParam());
    EXPECT_EQ(outcome.fault, 0U);
    EXPECT_EQ(outcome.in.pPortContainer.Level, 0xFFFFFFFFU);
    ASSERT_NE(outcome.in.pPortContainer.pPortInfoFF(), nullptr);
    EXPECT_EQ(outcome.in.pPortContainer.pPortInfoFF()->pPortName.view(), u"ip_1");
}

// ---- the end of the stub

TEST_P(DecoderInBothSyntaxes, EveryTruncationIsRefused) {
    GetPrinter::In in;
    std::byte data[16] = {};
    in.pPrinter = ndr::Bytes(data);
    in.cbBuf = 16;
    const base::ByteBuffer bytes = encode<GetPrinter>(in, GetParam());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_EQ((Outcome<GetPrinter>(base::ByteView(bytes).first(size), GetParam())).fault, ndr::kFaultBadStubData) << size;
    }
}

TEST_P(DecoderInBothSyntaxes, TrailingBytesAreTolerated) {
    GetPrinter::In in;
    in.Level = 7;
    base::ByteBuffer bytes = encode<GetPrinter>(in, GetParam());
    const std::size_t size = bytes.size();
    bytes.resize(size + 40, std::byte{0xEE});
    const Outcome<GetPrinter> outcome(bytes, GetParam());
    EXPECT_EQ(outcome.fault, 0U);
    EXPECT_EQ(outcome.in.Level, 7U);
    EXPECT_EQ(outcome.position, size) << "where a verification trailer would be looked for";
}

// ---- performance

TEST_P(DecoderInBothSyntaxes, WrittenBytesAreNotCopied) {
    std::vector<std::byte> data(100'000, std::byte{0x42});
    WritePrinter::In in;
    in.pBuf = ndr::Bytes(std::span<std::byte>(data));
    in.cbBuf = 100'000;
    const base::ByteBuffer bytes = encode<WritePrinter>(in, GetParam());
    const Outcome<WritePrinter> outcome(bytes, GetParam());
    ASSERT_EQ(outcome.fault, 0U);
    EXPECT_GE(outcome.in.pBuf.data, bytes.data());
    EXPECT_LE(outcome.in.pBuf.data + outcome.in.pBuf.size, bytes.data() + bytes.size());
    EXPECT_EQ(outcome.arena.used_bytes(), 0U);
}

}  // namespace
