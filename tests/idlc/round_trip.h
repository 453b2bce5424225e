// Round-trip tests that generated code fills with types and operations: random values, both transfer syntaxes, both byte orders,
// every truncation, random damage.
#pragma once

#include "dcerpc/ndr/operation.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace ndr {

inline void PrintTo(const TypeCodec& type, std::ostream* stream) { *stream << type.name; }
inline void PrintTo(const OperationInfo& operation, std::ostream* stream) { *stream << operation.codec->name; }

}  // namespace ndr

namespace wire_test {

// `in` as in ndr::ValueCodec. Each checks with gtest assertions.
void there_and_back(const ndr::ValueCodec& codec, const ndr::ValueCodec* in_codec);
void truncated(const ndr::ValueCodec& codec, const ndr::ValueCodec* in_codec);
void damaged(const ndr::ValueCodec& codec, const ndr::ValueCodec* in_codec);

inline std::string type_name(const testing::TestParamInfo<ndr::TypeCodec>& info) { return std::string(info.param.name); }
inline std::string operation_name(const testing::TestParamInfo<ndr::OperationInfo>& info) { return std::string(info.param.codec->name); }

}  // namespace wire_test

class TypeRoundTrip : public testing::TestWithParam<ndr::TypeCodec> {};
class OperationRoundTrip : public testing::TestWithParam<ndr::OperationInfo> {};
